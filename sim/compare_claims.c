/* SPDX-License-Identifier: MIT */
/* Claims that people make about designs: a row each; what is found and the verdict are computed from this run's cells. */
#include "sim/compare_claims.h"

static const struct claim_row rows[] = {
    {"A server needs no time of its own: lending the caller's is cheaper", AT_MOST, "rendezvous", "active", "null", 1.0},
    {"Mach is slow because its IPC is buffered", AT_LEAST, "port", "rendezvous", "null", 1.5},
    {"A request and reply through a port costs at most 2.5 calls by rendezvous", AT_MOST, "port", "rendezvous", "null", 2.5},
    {"Buffering costs more for one client, and pays when many share a server", UNTIL_MANY, "port", "rendezvous",
     "clients-64", 1.0},
    {"IPC should be a function call: the caller's own thread enters the server", AT_MOST, "portal", "rendezvous", "null",
     1.0},
    {"Entry points were a mistake: with many clients a queue is better", AT_MOST, "port", "portal", "clients-64", 1.0},
    {"A path that was resolved once need not be checked again: a bound call costs at most 0.8", AT_MOST, "bound",
     "rendezvous", "null", 0.8},
    {"In one address space IPC is a function call: at most a quarter, proxy included", AT_MOST, "direct", "rendezvous",
     "null", 0.25},
    {"Put the server into the kernel, and calls are cheaper", AT_MOST, "resident", "rendezvous", "null", 1.0},
    {"The closer a server is, the cheaper: in the kernel, then migrating threads, rendezvous, a queue", IN_ORDER,
     "resident portal rendezvous port", NULL, "null", 0},
    {"Send only signals through the kernel: notifications are cheaper than calls", AT_MOST, "notify", "rendezvous",
     "null", 1.0},
    {"A ring is as good as a call even for one request", AT_MOST, "ring", "rendezvous", "null", 1.0},
    {"You must batch: 64 requests through a ring cost at most half of 64 calls", AT_MOST, "ring", "rendezvous",
     "batch-64", 0.5},
    {"From some batch on a ring beats calls", FROM_BATCH, "ring", "rendezvous", NULL, 0},
    {"64 kernel operations in one entry cost at most 0.7 of 64 entries", AT_MOST, "kernel-ring", "rendezvous",
     "operations-64", 0.7},
    {"IPC is slow, so batch: 256 names to a message cost at most half of one to a message", BATCHED, "rendezvous", NULL,
     "list-256", 0.5},
    {"Make IPC fast, and nobody needs to batch: one name to a message costs at most twice 256", BATCHED, "shared", NULL,
     "list-256", 2.0},
    {"Small messages in registers, medium ones copied on write, large ones shared", BY_SIZE, NULL, NULL, NULL, 0},
    {"What fits into registers costs less there than through memory", AT_MOST, "registers", "buffer", "look-16B", 1.0},
    {"From some size on a message buffer beats registers", FROM_LOOK, "buffer", "registers", NULL, 0},
    {"Memory that both sides share beats copying by the kernel", FROM_SIZE, "shared", "rendezvous", NULL, 0},
    {"Shared memory wins even when both sides copy out of it for safety", FROM_SIZE, "shared-copy", "rendezvous", NULL, 0},
    {"Large messages should be mapped, not copied (for the length of a call)", FROM_SIZE, "share", "rendezvous", NULL, 0},
    {"Large messages should be mapped, not copied (given away and back)", FROM_SIZE, "gift", "rendezvous", NULL, 0},
    {"Mapping for each call beats copying through memory that stays mapped", FROM_SIZE, "gift", "shared-copy", NULL, 0},
    {"Medium messages should be copied on write (if both sides write each page)", FROM_SIZE, "cow", "rendezvous", NULL, 0},
    {"Medium messages should be copied on write (if nobody writes)", FROM_LOOK, "cow", "rendezvous", NULL, 0},
    {"Copy-on-write beats sharing, since what is the same need not be mapped again", FROM_LOOK, "cow", "share", NULL, 0},
    {"A message that picks its means by size beats copying", FROM_LOOK, "auto", "rendezvous", NULL, 0},
    {"Large messages should be copied once, straight from the caller's memory to the server's", FROM_SIZE, "lease",
     "rendezvous", NULL, 0},
    {"Copying from space to space costs no more than through memory that both map", FROM_SIZE, "lease", "shared-copy",
     NULL, 0},
    {"1 MiB mapped for a call costs at most a tenth of copying it", REMAPPED, "share", "rendezvous", "echo-1MiB", 0.1},
    {"1 MiB given away and back costs at most a tenth of copying it", REMAPPED, "gift", "rendezvous", "echo-1MiB", 0.1},
    {"1 MiB copied on write costs at most a tenth of copying it (both sides write each page)", REMAPPED, "cow", "rendezvous",
     "echo-1MiB", 0.1},
    {"1 MiB copied on write costs at most a tenth of copying it (nobody writes)", AT_MOST, "cow", "rendezvous", "look-1MiB",
     0.1},
    {"Where there is real work, the design hardly matters", SPREAD, NULL, NULL, "open", 1.5},
    {"Layers cost what they are many: each server in a chain costs the same", PER_LINK, "rendezvous", NULL, "chain-16", 1.5},
    {"A server's work for one client does not depend on how many there are", PER_CLIENT, NULL, NULL, "clients-64", 1.5},
    {"When a server crashes its clients go down with it, or hang", NONE_HEARS, NULL, NULL, "kill", 0},
    {"Whoever floods a server shuts out the others (by calls)", NONE_SERVED, NULL, NULL, "flood", 0},
    {"Whoever floods a server shuts out the others (by messages that nobody answers)", NONE_SERVED, NULL, NULL,
     "flood-post", 0},
};

size_t compare_claims(const struct compare_results *results, struct compare_claim claims[COMPARE_CLAIMS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && count < COMPARE_CLAIMS_MAX; i++) {
        struct compare_claim *claim = &claims[count];
        *claim = (struct compare_claim){.claim = rows[i].claim};
        for (unsigned j = 0; j < COMPARE_MACHINES; j++)
            compare_decide(results, &rows[i], (enum compare_machine)j, &claim->findings[j]);
        count += compare_first(claim)->verdict != COMPARE_UNDECIDED; /* of designs that are not in this run nothing is said */
    }
    return count;
}

const char *compare_verdict_name(enum compare_verdict verdict)
{
    static const char *const names[] = {"undecided", "holds", "does not hold"};
    return names[verdict];
}
