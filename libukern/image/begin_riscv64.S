/* SPDX-License-Identifier: MIT */
/* Where an embedder's program begins on bare riscv64, where its tasks end, and its calls of the embedding interface. */
#include "gate.h"

#define NUMBER_EXIT 1 /* UK_EXIT */

        .option norelax
        .section .start, "ax", @progbits
        .globl  _start
/* int _start(gate, boot words): in the kernel's mode, on the kernel's stack. */
_start:
        la      t0, gate_table
        sd      a0, (t0)
        tail    program_begin

/* A task's function has returned; a0 is its exit code. All registers as uk_exit would have them. */
        .balign 32
returned:
        .org    _start + 32
        mv      a3, a0
        li      a0, NUMBER_EXIT
        li      a1, 0
        li      a2, 0
        li      a4, 0
        li      a5, 0
        li      a6, 0
        li      a7, 0
        li      t0, 0
        li      t1, 0
        li      t2, -1
        li      t3, 0
        ecall
        unimp

        .text
.set index, 0
.macro gate name
        .globl  \name
\name:
        la      t0, gate_table
        ld      t0, (t0)
        ld      t0, index(t0)
        jr      t0
        .set    index, index + 8
.endm
#define GATE_CALL(name) gate name ;
        GATE(GATE_CALL)

        .section .bss
        .balign 8
gate_table:
        .skip   8
