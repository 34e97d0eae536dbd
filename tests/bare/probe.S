/* SPDX-License-Identifier: MIT */
/* Programs that own every register for a while: nothing of the C environment is used between load and store. */
#include "probe.h"

        .option norelax
        .text

.macro one operation, offset, base, number
        .if     \number - \base
        \operation x\number, \offset + 8 * \number(x\base)
        .endif
.endm

/* OPERATION (ld or sd) for every register but x0 and the base, at OFFSET from the base. */
.macro all operation, offset, base
        .irp    number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        one     \operation, \offset, \base, \number
        .endr
        .irp    number, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        one     \operation, \offset, \base, \number
        .endr
.endm

/* The registers that a C function must leave as they were, in the order of `saved`. */
.macro kept operation, base
        \operation ra, PROBE_SAVED + 0(\base)
        \operation sp, PROBE_SAVED + 8(\base)
        \operation gp, PROBE_SAVED + 16(\base)
        \operation s1, PROBE_SAVED + 24(\base)
        \operation s2, PROBE_SAVED + 32(\base)
        \operation s3, PROBE_SAVED + 40(\base)
        \operation s4, PROBE_SAVED + 48(\base)
        \operation s5, PROBE_SAVED + 56(\base)
        \operation s6, PROBE_SAVED + 64(\base)
        \operation s7, PROBE_SAVED + 72(\base)
        \operation s8, PROBE_SAVED + 80(\base)
        \operation s9, PROBE_SAVED + 88(\base)
        \operation s10, PROBE_SAVED + 96(\base)
        \operation s11, PROBE_SAVED + 104(\base)
        \operation tp, PROBE_SAVED + 112(\base)
        \operation s0, PROBE_SAVED + 120(\base)
.endm

.macro probe_enter name, base
        .globl  \name
\name:
        kept    sd, a0
        mv      x\base, a0
        all     ld, PROBE_IN, \base
.endm

.macro probe_leave base
        all     sd, PROBE_OUT, \base
        sd      x\base, PROBE_OUT + 8 * \base(x\base)
        mv      a0, x\base
        kept    ld, a0
        ret
.endm

.macro probe_call name, base
        probe_enter \name, \base
        ecall
        probe_leave \base
.endm

.macro probe_spin name, base, counter
        probe_enter \name, \base
1:      addi    \counter, \counter, -1
        bnez    \counter, 1b
        probe_leave \base
.endm

.macro probe_touch name, base, address, target, source
        probe_enter \name, \base
        ld      \target, (\address)
        sd      \source, (\address)
        probe_leave \base
.endm

        probe_call  probe_call_tp, 4
        probe_call  probe_call_s0, 8
        probe_spin  probe_spin_tp, 4, t6
        probe_spin  probe_spin_s0, 8, ra
        probe_touch probe_touch_tp, 4, t6, t5, ra
        probe_touch probe_touch_s0, 8, ra, a0, t6

        .globl  probe_begin
probe_begin:
        all     sd, PROBE_OUT, 10
        sd      a0, PROBE_OUT + 80(a0)
        li      a0, 0
        ret

        .globl  call_on_stack
call_on_stack:
        addi    sp, sp, -112
        sd      a0, 0(sp)
        sd      ra, 8(sp)
        .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        sd      s\number, 16 + 8 * \number(sp)
        .endr
        mv      s0, sp
        mv      sp, a0
        li      a0, 0                   /* UK_YIELD */
        ecall
        mv      t0, sp
        mv      sp, s0
        ld      t1, 0(sp)
        sub     t0, t0, t1
        or      t0, t0, a0
        seqz    t0, t0
        li      a0, 7
        mul     a0, a0, t0
        ld      ra, 8(sp)
        .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        ld      s\number, 16 + 8 * \number(sp)
        .endr
        addi    sp, sp, 112
        ret
