/* SPDX-License-Identifier: MIT */
/* A message at rest: what a buffered design keeps between its sender and its receiver. Capabilities in it lie in held
 * slots, so that revocation reaches them on the way. */
#ifndef CORE_PARCEL_H
#define CORE_PARCEL_H

#include "core/thread.h"

struct parcel {
    uk_word tag;                            /* as its receiver will see it */
    uk_word badge;
    uint8_t kinds[UK_ITEMS_MAX];            /* enum uk_item_kind: COPY or MOVE */
    uint32_t reserved;
    uk_word words[UK_MESSAGE_WORDS];        /* valid up to the tag's length */
    struct capability items[UK_ITEMS_MAX];  /* empty: there was none, or it was revoked on the way */
};

/* What a sender's message consists of, found and checked. */
struct packing {
    unsigned length, items;
    const struct uk_buffer *from;
    struct uk_item item[UK_ITEMS_MAX];
    struct capability *source[UK_ITEMS_MAX];
};

/* Makes zeroed memory an empty parcel. */
void parcel_begin(struct parcel *parcel);
/* Checks the message in the sender's registers and buffer. Any status but UK_OK is the sender's fault. Memory items
 * have no window to land in yet, so they are UK_BAD_ARGUMENT: frames travel as capabilities. */
enum uk_status parcel_check(struct kernel *kernel, const struct thread *source, uint32_t rights,
                            struct packing *packing);
/* Moves a checked message into an empty parcel. */
void parcel_pack(struct kernel *kernel, const struct thread *source, const struct packing *packing, uk_word badge,
                 struct parcel *parcel);
/* Moves it on to its receiver; `flags` go into the tag. TOO_LARGE, NO_WINDOW, CALLER_FAULT: the receiver has no room,
 * and nothing has moved. */
enum uk_status parcel_open(struct kernel *kernel, struct parcel *parcel, struct thread *target, uk_word flags);
/* Removes the capabilities in it. UK_BUSY: preempted, call again. */
enum uk_status parcel_clear(struct kernel *kernel, struct parcel *parcel);

#endif
