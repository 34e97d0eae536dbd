/* SPDX-License-Identifier: MIT */
/* Seeded choices for uk_config.choose: the same seed makes the same choices on every host. */
#ifndef SIM_CHOOSE_H
#define SIM_CHOOSE_H

#include <ukern/ukern.h>

struct chooser {
    uint64_t state;
};

void chooser_open(struct chooser *chooser, uint64_t seed);

/* A uk_config.choose; `context` is a struct chooser. Equals: each is as likely. Preemption: one entry in 64. */
uint32_t chooser_choose(void *context, enum uk_choice what, uint32_t count);

#endif
