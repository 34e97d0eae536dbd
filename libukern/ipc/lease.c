/* SPDX-License-Identifier: MIT */
/* Leases: every byte is within what was lent and still is, by a caller who waits; how far it got is in the registers. */
#include "ipc/lease.h"

#include <string.h>

#include "core/kernel.h"
#include "core/machine.h"
#include "core/reply.h"

enum {
    LEASE_PIECE = 4 * UK_PAGE /* copied without asking whether somebody wants the CPU */
};

/* The lease by its name: bits 0..31 the item, 32..63 the number of the call that brought it, or 0: whichever is there. */
static enum uk_status lease_find(const struct reply *reply, uk_handle name, const struct lease **lease)
{
    uint32_t item = (uint32_t)name, number = (uint32_t)(name >> 32);
    if (reply->caller == NULL)
        return UK_PEER_DIED;
    int lends = (reply->caller->marks & THREAD_LENDS) != 0;
    if (number != 0 && (!lends || number != reply->lease_number))
        return UK_STALE;
    if (!lends || item >= UK_ITEMS_MAX || reply->leases[item].rights == 0)
        return UK_BAD_ARGUMENT;
    *lease = &reply->leases[item];
    return UK_OK;
}

/* One side of a piece: its bytes as the kernel sees them, up to `most`, on one page; 0: not mapped so, or registers of a
 * device, which are no memory to copy. */
static uk_word lease_reach(struct kernel *kernel, const struct space *space, uk_word address, uk_word most,
                           uint32_t right, unsigned char **at)
{
    struct mapping mapping;
    if (!space_walk_for(kernel, space, address, right, &mapping) ||
        ((const struct frame *)mapping.behind->object)->device)
        return 0;
    uk_word offset = address - mapping.address, here = mapping.bytes - offset;
    *at = arena_pointer(kernel, mapping.physical + offset);
    return here < most ? here : most;
}

/* w1: offset in the lease, w2: own address, w3: bytes left. All three move on with each piece. */
static enum uk_status lease_copy_piece(struct kernel *kernel, struct thread *caller, const struct thread *lender,
                                       const struct lease *lease, uint32_t right)
{
    uk_word *word = caller->registers.call.word, bytes = word[3] < LEASE_PIECE ? word[3] : LEASE_PIECE;
    uint32_t own_right = right == UK_RIGHT_READ ? UK_RIGHT_WRITE : UK_RIGHT_READ;
    unsigned char *own, *lent;
    bytes = lease_reach(kernel, thread_space(caller), word[2], bytes, own_right, &own);
    if (bytes == 0)
        return UK_CALLER_FAULT;
    bytes = lease_reach(kernel, thread_space(lender), lease->address + word[1], bytes, right, &lent);
    if (bytes == 0)
        return UK_PEER_FAULT;
    memmove(right == UK_RIGHT_READ ? own : lent, right == UK_RIGHT_READ ? lent : own, bytes);
    word[1] += bytes;
    word[2] += bytes;
    word[3] -= bytes;
    kernel->counters.words_copied += (bytes + sizeof(uk_word) - 1) / sizeof(uk_word);
    return UK_OK;
}

/* Broken off, it goes on with this call's lease or not at all: from now on its name has the number. */
static struct outcome lease_break_off(struct thread *caller, const struct reply *reply)
{
    caller->registers.call.word[0] |= (uk_word)reply->lease_number << 32;
    return outcome_restart();
}

static struct outcome lease_copy(struct kernel *kernel, struct thread *caller, const struct reply *reply, uint32_t right)
{
    const uk_word *word = caller->registers.call.word;
    const struct lease *lease = NULL;
    enum uk_status status = lease_find(reply, word[0], &lease);
    if (status != UK_OK)
        return outcome_done(status);
    if ((lease->rights & right) == 0)
        return outcome_done(UK_NO_RIGHT);
    if (word[1] > lease->bytes || word[3] > lease->bytes - word[1])
        return outcome_done(UK_BAD_ARGUMENT); /* MX-4 */
    while (word[3] > 0 && status == UK_OK) {
        status = lease_copy_piece(kernel, caller, reply->caller, lease, right);
        if (status == UK_OK && word[3] > 0 && machine_preempted(kernel))
            return lease_break_off(caller, reply);
    }
    return outcome_done(status);
}

struct outcome lease_read(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    return lease_copy(kernel, caller, (const struct reply *)via->object, UK_RIGHT_READ);
}

struct outcome lease_write(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    return lease_copy(kernel, caller, (const struct reply *)via->object, UK_RIGHT_WRITE);
}

struct outcome lease_inspect(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)kernel;
    const struct reply *reply = (const struct reply *)via->object;
    const struct lease *lease = NULL;
    uk_word *word = caller->registers.call.word;
    enum uk_status status = lease_find(reply, word[0], &lease);
    if (status != UK_OK)
        return outcome_done(status);
    word[0] = (uk_word)reply->lease_number << 32 | (uint32_t)word[0];
    word[1] = lease->rights;
    word[2] = lease->bytes;
    word[3] = word[4] = word[5] = 0;
    return outcome_done(UK_OK);
}
