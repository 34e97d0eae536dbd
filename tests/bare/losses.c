/* SPDX-License-Identifier: MIT */
/* The losses themselves. A victim uses the mapping, so that the processor knows it; takes it away; and uses it again. */
#include "losses.h"

#include <ukern/call.h>

volatile unsigned stage;
uk_handle victim_space, table_memory;

static volatile uk_word *at(uk_word address) { return (volatile uk_word *)address; }

static void lost(enum uk_status status) { stage = status == UK_OK ? 2 : 100 + status; }

static void map(uk_handle frame, uk_word address, uint32_t rights)
{
    if (uk_map(UK_SLOT_SPACE, frame, address, rights) != UK_OK)
        uk_exit(99);
}

/* li a0, 7; ret. And with 8. */
static void write_code(uk_word address, uint32_t number)
{
    volatile uint32_t *code = (volatile uint32_t *)address;
    code[0] = 0x00000513 | number << 20;
    code[1] = 0x00008067;
}

static uk_word run_code(uk_word address) { return ((uk_word(*)(void))address)(); }

uk_word unmapped(uk_word writes)
{
    map(COPY, PAGE_AT, WRITES);
    *at(PAGE_AT) = 1;
    stage = *at(PAGE_AT) == 1;
    lost(uk_unmap(UK_SLOT_SPACE, PAGE_AT));
    if (writes)
        *at(PAGE_AT) = 2;
    else
        (void)*at(PAGE_AT);
    stage = 3;
    return 0;
}

uk_word made_readable(uk_word argument)
{
    (void)argument;
    map(COPY, PAGE_AT, WRITES);
    *at(PAGE_AT) = 1;
    stage = 1;
    lost(uk_protect(UK_SLOT_SPACE, PAGE_AT, READS));
    if (*at(PAGE_AT) != 1)
        stage = 50;
    *at(PAGE_AT) = 2;
    stage = 3;
    return 0;
}

uk_word made_code(uk_word argument)
{
    (void)argument;
    map(COPY, PAGE_AT, WRITES);
    write_code(PAGE_AT, 7);
    stage = 1;
    lost(uk_protect(UK_SLOT_SPACE, PAGE_AT, RUNS));
    if (run_code(PAGE_AT) != 7)
        stage = 50;
    write_code(PAGE_AT, 8);
    stage = 3;
    return 0;
}

uk_word made_data(uk_word argument)
{
    (void)argument;
    map(COPY, PAGE_AT, WRITES);
    write_code(PAGE_AT, 7);
    if (uk_protect(UK_SLOT_SPACE, PAGE_AT, RUNS) == UK_OK)
        stage = run_code(PAGE_AT) == 7;
    lost(uk_protect(UK_SLOT_SPACE, PAGE_AT, WRITES));
    (void)run_code(PAGE_AT);
    stage = 3;
    return 0;
}

uk_word revoked(uk_word argument)
{
    (void)argument;
    map(COPY, PAGE_AT, WRITES);
    *at(PAGE_AT) = 1;
    stage = 1;
    lost(uk_revoke(UK_SLOT_CNODE, FRAME));
    *at(PAGE_AT) = 2;
    stage = 3;
    return 0;
}

uk_word deleted(uk_word argument)
{
    (void)argument;
    map(COPY, PAGE_AT, WRITES);
    *at(PAGE_AT) = 1;
    stage = 1;
    lost(uk_delete(UK_SLOT_CNODE, COPY));
    *at(PAGE_AT) = 2;
    stage = 3;
    return 0;
}

uk_word large_unmapped(uk_word offset)
{
    map(LARGE_COPY, LARGE_AT, WRITES);
    *at(LARGE_AT) = 1;
    *at(LARGE_AT + LAST) = 2;
    stage = *at(LARGE_AT) == 1 && *at(LARGE_AT + LAST) == 2 && *at(LARGE_AT + UK_LARGE / 2) == 0;
    lost(uk_unmap(UK_SLOT_SPACE, LARGE_AT));
    (void)*at(LARGE_AT + offset);
    stage = 3;
    return 0;
}

uk_word large_made_readable(uk_word offset)
{
    map(LARGE_COPY, LARGE_AT, WRITES);
    for (uk_word i = 0; i < UK_LARGE; i += UK_PAGE)
        *at(LARGE_AT + i) = i;
    stage = 1;
    lost(uk_protect(UK_SLOT_SPACE, LARGE_AT, READS));
    for (uk_word i = 0; i < UK_LARGE; i += UK_PAGE)
        stage = *at(LARGE_AT + i) == i ? stage : 50;
    *at(LARGE_AT + offset) = 3;
    stage = 3;
    return 0;
}

/* A small page where a large one was: the rest of it must be gone. */
uk_word large_then_small(uk_word offset)
{
    map(LARGE_COPY, LARGE_AT, WRITES);
    for (uk_word i = 0; i < UK_LARGE; i += UK_PAGE)
        *at(LARGE_AT + i) = 5;
    stage = 1;
    lost(uk_unmap(UK_SLOT_SPACE, LARGE_AT));
    map(COPY, LARGE_AT + UK_PAGE, WRITES);
    if (*at(LARGE_AT + UK_PAGE) != 0)
        stage = 50;
    (void)*at(LARGE_AT + offset);
    stage = 3;
    return 0;
}

uk_word mate_main(uk_word argument)
{
    (void)argument;
    lost(uk_unmap(UK_SLOT_SPACE, PAGE_AT));
    return 0;
}

uk_word unmapped_by_a_mate(uk_word argument)
{
    (void)argument;
    map(COPY, PAGE_AT, WRITES);
    *at(PAGE_AT) = 1;
    stage = 1;
    (void)uk_thread_resume(MATE);
    while (stage == 1)
        uk_yield();
    *at(PAGE_AT) = 2;
    stage = 3;
    return 0;
}

/* Nothing is left of its space, not even this program. */
uk_word tables_lost(uk_word argument)
{
    (void)argument;
    stage = 2; /* there will be no time to say so */
    (void)uk_revoke(ROOT, table_memory);
    stage = 3;
    return 0;
}

uk_word space_lost(uk_word argument)
{
    (void)argument;
    stage = 2;
    (void)uk_revoke(ROOT, victim_space);
    stage = 3;
    return 0;
}

/* A mapping comes where there was none, or more rights: that is seen at once, too. */
uk_word gained(uk_word argument)
{
    (void)argument;
    unsigned good = 1;
    for (uint32_t i = 0; i < 20; i++) {
        map(COPY, PAGE_AT, READS);
        good &= *at(PAGE_AT) == (i == 0 ? 0 : ((uk_word)0x00008067 << 32 | 0x00000513 | (i - 1) << 20));
        good &= uk_protect(UK_SLOT_SPACE, PAGE_AT, WRITES) == UK_OK;
        write_code(PAGE_AT, i);
        good &= uk_protect(UK_SLOT_SPACE, PAGE_AT, RUNS) == UK_OK;
        good &= run_code(PAGE_AT) == i;
        good &= uk_unmap(UK_SLOT_SPACE, PAGE_AT) == UK_OK;
    }
    stage = good ? 2 : 50;
    return 0;
}
