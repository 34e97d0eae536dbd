/* SPDX-License-Identifier: MIT */
/* The way in and out of user mode. sscratch: while user code runs, its struct registers; while the kernel runs, 0. */
#include "offsets.h"

        .text

/* Every register but x0, x2 (sp), x10 (a0) and x31 (t6), which the two sides treat by hand. */
.macro general operation, base
        .irp    number, 1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
        \operation x\number, REGISTERS_GENERAL(\number)(\base)
        .endr
.endm

        .globl  trap_entry
        .balign 64
trap_entry:
        csrrw   sp, sscratch, sp
        beqz    sp, inside
        sd      t6, REGISTERS_GENERAL(31)(sp)
        csrr    t6, scause
        addi    t6, t6, -CAUSE_OPERATION
        bnez    t6, other
        .set    offset, REGISTERS_OPERATION
        .irp    name, a0, a1, a2, a3, a4, a5, a6, a7, t0, t1, t2, t3
        sd      \name, offset(sp)
        .set    offset, offset + 8
        .endr
        csrr    a0, sepc
        csrrw   a1, sscratch, zero
        addi    a0, a0, ECALL_BYTES
        sd      a0, REGISTERS_IP(sp)
        sd      a1, REGISTERS_GENERAL(2)(sp)
        sd      gp, REGISTERS_GENERAL(3)(sp)
        sd      tp, REGISTERS_GENERAL(4)(sp)
        sd      s0, REGISTERS_GENERAL(8)(sp)
        la      sp, trap_stack_end
        call    trap_syscall

/* a0: registers to resume, or 0 to leave. What is no result is zero, so that nobody learns what others computed. */
resume:
        beqz    a0, trap_leave
        ld      t0, REGISTERS_FULL(a0)
        ld      t1, REGISTERS_IP(a0)
        csrw    sscratch, a0
        csrw    sepc, t1
        bnez    t0, resume_full
        ld      sp, REGISTERS_GENERAL(2)(a0)
        ld      gp, REGISTERS_GENERAL(3)(a0)
        ld      tp, REGISTERS_GENERAL(4)(a0)
        ld      s0, REGISTERS_GENERAL(8)(a0)
        .set    offset, REGISTERS_HANDLE
        .irp    name, a1, a2, a3, a4, a5, a6, a7, t0
        ld      \name, offset(a0)
        .set    offset, offset + 8
        .endr
        ld      a0, REGISTERS_OPERATION(a0)
        .irp    name, ra, t1, t2, t3, t4, t5, t6, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
        li      \name, 0
        .endr
        sret

/* A fault or an interrupt: every register counts. */
other:
        general sd, sp
        sd      a0, REGISTERS_GENERAL(10)(sp)
        csrr    a2, sepc
        csrrw   a3, sscratch, zero
        sd      a2, REGISTERS_IP(sp)
        sd      a3, REGISTERS_GENERAL(2)(sp)
        li      a2, 1
        sd      a2, REGISTERS_FULL(sp)
        csrr    a0, scause
        csrr    a1, stval
        la      sp, trap_stack_end
        call    trap_other
        j       resume

resume_full:
        sd      zero, REGISTERS_FULL(a0)
        general ld, a0
        ld      t6, REGISTERS_GENERAL(31)(a0)
        ld      sp, REGISTERS_GENERAL(2)(a0)
        ld      a0, REGISTERS_GENERAL(10)(a0)
        sret

/* The kernel itself went wrong; nothing of what was is worth more than knowing where. */
inside:
        csrw    sscratch, zero
        la      sp, trap_stack_end
        csrr    a0, scause
        csrr    a1, sepc
        csrr    a2, stval
        call    trap_kernel

/* void trap_enter(void): the run loop's side is an ordinary C call. */
        .globl  trap_enter
trap_enter:
        addi    sp, sp, -112
        .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        sd      s\number, \number * 8(sp)
        .endr
        sd      ra, 96(sp)
        la      t0, outside_stack
        sd      sp, (t0)
        li      t0, 1 << 8              /* sstatus: sret goes to user mode ... */
        csrc    sstatus, t0
        li      t0, 1 << 5              /* ... with interrupts on */
        csrs    sstatus, t0
        la      sp, trap_stack_end
        call    trap_first
        j       resume

/* void trap_leave(void), from anywhere inside the run. */
        .globl  trap_leave
trap_leave:
        la      t0, outside_stack
        ld      sp, (t0)
        .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        ld      s\number, \number * 8(sp)
        .endr
        ld      ra, 96(sp)
        addi    sp, sp, 112
        ret

        .section .bss
        .balign 8
outside_stack:
        .skip   8
