/* SPDX-License-Identifier: MIT */
/* The floor: a coroutine switch as one writes it, all callee-saved registers kept, ending in an indirect jump. */

        .text

/* void bench_floor_switch(void **save, void *const *load): leaves this stack in *save and goes on on *load. A `ret` at
 * the end would be mispredicted each time, because the other side's call came last; so it jumps (as Boost.Context). */
        .globl  bench_floor_switch
        .hidden bench_floor_switch
        .type   bench_floor_switch, @function
        .balign 64
bench_floor_switch:
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, (%rdi)
        movq    (%rsi), %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        popq    %rcx
        jmp     *%rcx

        .section .note.GNU-stack, "", @progbits
