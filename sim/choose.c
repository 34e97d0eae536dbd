/* SPDX-License-Identifier: MIT */
/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016). */
#include "sim/choose.h"

#define PREEMPT_ONE_IN 64

void chooser_open(struct chooser *chooser, uint64_t seed)
{
    uint64_t mixed = seed + 0x9e3779b97f4a7c15u; /* splitmix64, so that small seeds differ in all bits */
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    mixed ^= mixed >> 31;
    chooser->state = mixed != 0 ? mixed : 1;
}

static uint32_t draw(struct chooser *chooser)
{
    chooser->state ^= chooser->state >> 12;
    chooser->state ^= chooser->state << 25;
    chooser->state ^= chooser->state >> 27;
    return (uint32_t)((chooser->state * 0x2545f4914f6cdd1du) >> 32);
}

uint32_t chooser_choose(void *context, enum uk_choice what, uint32_t count)
{
    struct chooser *chooser = context;
    if (count < 2)
        return 0;
    if (what == UK_CHOICE_PREEMPT)
        return draw(chooser) % PREEMPT_ONE_IN == 0;
    return (uint32_t)((uint64_t)draw(chooser) * count >> 32);
}
