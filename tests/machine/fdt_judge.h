/* SPDX-License-Identifier: MIT */
/* Holds what the device tree reader says of a blob, sound or not, against what libfdt says of it. */
#ifndef MACHINE_FDT_JUDGE_H
#define MACHINE_FDT_JUDGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "fdt_reference.h"
#include "fdt_trees.h"

#define JUDGE_GUARD 4096

struct judge {
    unsigned char *guarded; /* TREE_ROOM bytes between two pages that cannot be touched */
    struct {
        unsigned long both, none, trimmed; /* accepted by both, by none; by both after judge_trim, which both counts too */
        unsigned long reasons[FDT_ERRORS]; /* accepted by libfdt alone, and why */
    } counts;
};

static inline int judge_open(struct judge *judge)
{
    size_t bytes = TREE_ROOM + 2 * JUDGE_GUARD;
    unsigned char *memory = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(judge, 0, sizeof *judge);
    if (memory == MAP_FAILED || mprotect(memory + JUDGE_GUARD, TREE_ROOM, PROT_READ | PROT_WRITE) != 0)
        return -1;
    judge->guarded = memory + JUDGE_GUARD;
    return 0;
}

static inline void judge_close(struct judge *judge)
{
    (void)munmap(judge->guarded - JUDGE_GUARD, TREE_ROOM + 2 * JUDGE_GUARD);
}

/* Reads a blob whose neighbours on both sides cannot be read: neither what is beyond its room nor beyond its size. */
static inline enum fdt_error judge_read(const struct judge *judge, const unsigned char *bytes, size_t room,
                                        uint32_t boot_hart, struct fdt_facts *facts)
{
    struct fdt_facts other;
    size_t there = room;
    if (room >= 8 && word_at(bytes + 4) < room)
        there = word_at(bytes + 4) < 8 ? 8 : word_at(bytes + 4);
    unsigned char *last = judge->guarded + TREE_ROOM - there;
    memset(facts, 0x55, sizeof *facts);
    memset(&other, 0xaa, sizeof other);
    memcpy(last, bytes, there);
    enum fdt_error error = fdt_read(last, room, boot_hart, facts);
    memcpy(judge->guarded, bytes, there);
    assert_int_equal(fdt_read(judge->guarded, room, boot_hart, &other), error);
    assert_memory_equal(facts, &other, sizeof other);
    return error;
}

static inline const char *judge_compare(const struct reference *reference, enum fdt_error error, const struct fdt_facts *facts)
{
    if (reference->reasons == 0 && error != FDT_OK)
        return "libfdt sees no reason to refuse it";
    if (reference->reasons != 0 && error == FDT_OK)
        return "it should have been refused";
    if (error != FDT_OK && !(reference->reasons & REASON(error)))
        return "it was refused for another reason than libfdt sees";
    if (error == FDT_OK && memcmp(facts, &reference->facts, sizeof *facts) != 0)
        return "the facts are not those that libfdt tells";
    return NULL;
}

/* The one thing that libfdt refuses and the specification does not: tokens without meaning after the root. Cuts them
 * off; were there any? */
static inline int judge_trim(unsigned char *tree)
{
    int depth = 0, next = 0;
    uint32_t tag;
    do {
        tag = fdt_next_tag(tree, next, &next);
        if (tag == FDT_END)
            return 0;
        depth += tag == FDT_BEGIN_NODE ? 1 : tag == FDT_END_NODE ? -1 : 0;
    } while (depth > 0 || tag != FDT_END_NODE);
    unsigned char *end = tree + fdt_off_dt_struct(tree) + next;
    int trimmed = word_at(end) == FDT_NOP;
    word_set(end, FDT_END);
    return trimmed;
}

/* What is wrong with what the reader says of a blob, or NULL; judge->counts. */
static inline const char *judge_blob(struct judge *judge, const unsigned char *bytes, size_t room, uint32_t boot_hart)
{
    static _Alignas(8) unsigned char copy[TREE_ROOM + 64];
    static const struct fdt_facts nothing;
    struct fdt_facts facts;
    struct reference reference;
    enum fdt_error error = judge_read(judge, bytes, room, boot_hart, &facts);
    if ((unsigned)error >= FDT_ERRORS)
        return "the error is none of the enumeration";
    if (error != FDT_OK && memcmp(&facts, &nothing, sizeof facts) != 0)
        return "it was refused, but not all facts are zero";
    memcpy(copy, bytes, room);
    memset(copy + room, 0, 64);
    if (fdt_check_full(copy, room) != 0 && error == FDT_OK && judge_trim(copy))
        judge->counts.trimmed++;
    if (fdt_check_full(copy, room) != 0) {
        judge->counts.none++;
        return error == FDT_OK ? "libfdt refuses it" : NULL;
    }
    reference_read(&reference, copy, boot_hart);
    if (error == FDT_OK)
        judge->counts.both++;
    else
        judge->counts.reasons[error]++;
    return judge_compare(&reference, error, &facts);
}

#endif
