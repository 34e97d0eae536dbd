/* SPDX-License-Identifier: MIT */
/* What C cannot do: all registers at once, before and after something that enters the kernel. probe.S knows the offsets. */
#ifndef BARE_PROBE_H
#define BARE_PROBE_H

#define PROBE_SAVED 0   /* of the caller's registers */
#define PROBE_IN    128
#define PROBE_OUT   384

#ifndef __ASSEMBLER__
#include <ukern/abi.h>

enum {
    RA = 1, SP, GP, TP, T0, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5, A6, A7, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, T3, T4,
    T5, T6, PROBE_REGISTERS
};

struct probe {
    uk_word saved[16];
    uk_word in[PROBE_REGISTERS];  /* by number; that of the register which holds the probe's own address is not used */
    uk_word out[PROBE_REGISTERS];
};

/* Each loads all registers from `in`, does one thing, and stores all to `out`. The first has `probe` in tp, the second in
 * s0, so that between them they look at every register. */
void probe_call_tp(struct probe *probe);  /* one system call */
void probe_call_s0(struct probe *probe);
void probe_spin_tp(struct probe *probe);  /* counts a register down to 0: t6 ... */
void probe_spin_s0(struct probe *probe);  /* ... ra */
void probe_touch_tp(struct probe *probe); /* t6 is an address: loads the word there to t5, then stores ra there; ... */
void probe_touch_s0(struct probe *probe); /* ... here ra is the address; to a0, from t6 */
/* A thread's entry: stores all registers as they are to `out`. */
uk_word probe_begin(uk_word probe);
#endif

#endif
