/* SPDX-License-Identifier: MIT */
/* The way in and out of user code: never touches a user stack, and never returns into user code, but jumps. */
#include "offsets.h"

#if !defined(UKERN_SWITCH_UCONTEXT)

        .text

/* Loads machine_current into a register. */
.macro current_machine register
        movq    machine_current@GOTTPOFF(%rip), \register
        movq    %fs:(\register), \register
.endm

.macro function name
        .globl  \name
        .hidden \name
        .type   \name, @function
        .balign 16
\name:
.endm

/* Between these two labels user code has been left already, or is not reached yet: nobody may preempt here. */
        .globl  trap_begin
        .hidden trap_begin
trap_begin:

/* An operation. r14: where user code goes on; r15 is free; the rest as in <ukern/trap.h>. */
        .globl  uk_hosted_trap
        .type   uk_hosted_trap, @function
        .balign 64
uk_hosted_trap:
        current_machine %r15
        movq    MACHINE_REGISTERS(%r15), %r15
        movq    %rax, REGISTERS_OPERATION(%r15)
        movq    %rdi, REGISTERS_HANDLE(%r15)
        movq    %rsi, REGISTERS_TAG(%r15)
        movq    %rdx, REGISTERS_WORD(0)(%r15)
        movq    %rcx, REGISTERS_WORD(1)(%r15)
        movq    %r8, REGISTERS_WORD(2)(%r15)
        movq    %r9, REGISTERS_WORD(3)(%r15)
        movq    %r10, REGISTERS_WORD(4)(%r15)
        movq    %r11, REGISTERS_WORD(5)(%r15)
        movq    %r12, REGISTERS_REPLY(%r15)
        movq    %r13, REGISTERS_DEADLINE(%r15)
        movq    %rbx, REGISTERS_FILTER(%r15)
        current_machine %rbx
        movq    %r14, REGISTERS_IP(%r15)
        movq    %rsp, REGISTERS_SP(%r15)
        movq    %rbp, REGISTERS_BP(%r15)
        movq    $0, MACHINE_REGISTERS(%rbx)
        movq    MACHINE_STACK(%rbx), %rsp
        movq    MACHINE_KERNEL(%rbx), %rdi
        call    trap_syscall

/* rax: registers to resume, or 0 to leave; rbx: the machine. */
resume:
        testq   %rax, %rax
        jz      leave
        movq    %rax, %r15
        cmpq    $0, REGISTERS_FULL(%r15)
        jne     resume_full
        movq    %r15, MACHINE_REGISTERS(%rbx)
        movq    REGISTERS_OPERATION(%r15), %rax
        movq    REGISTERS_HANDLE(%r15), %rdi
        movq    REGISTERS_TAG(%r15), %rsi
        movq    REGISTERS_WORD(0)(%r15), %rdx
        movq    REGISTERS_WORD(1)(%r15), %rcx
        movq    REGISTERS_WORD(2)(%r15), %r8
        movq    REGISTERS_WORD(3)(%r15), %r9
        movq    REGISTERS_WORD(4)(%r15), %r10
        movq    REGISTERS_WORD(5)(%r15), %r11
        movq    REGISTERS_SP(%r15), %rsp
        movq    REGISTERS_BP(%r15), %rbp
        jmp     *REGISTERS_IP(%r15)

/* The thread was stopped anywhere. iretq is the one instruction that loads stack, flags and address without a register
 * to spare and without touching the user's stack. */
resume_full:
        movq    $0, REGISTERS_FULL(%r15)
        movq    REGISTERS_CONTEXT(%r15), %rcx
        pushq   $SELECTOR_STACK
        pushq   CONTEXT_RSP(%rcx)
        pushq   CONTEXT_FLAGS(%rcx)
        pushq   $SELECTOR_CODE
        pushq   CONTEXT_RIP(%rcx)
        movl    CONTEXT_XFEATURES(%rcx), %eax
        movl    CONTEXT_XFEATURES + 4(%rcx), %edx
        testl   %eax, %eax
        jz      1f
        xrstor64 CONTEXT_FPU(%rcx)
        jmp     2f
1:      fxrstor64 CONTEXT_FPU(%rcx)
2:      movq    %r15, MACHINE_REGISTERS(%rbx)
        movq    CONTEXT_R8(%rcx), %r8
        movq    CONTEXT_R9(%rcx), %r9
        movq    CONTEXT_R10(%rcx), %r10
        movq    CONTEXT_R11(%rcx), %r11
        movq    CONTEXT_R12(%rcx), %r12
        movq    CONTEXT_R13(%rcx), %r13
        movq    CONTEXT_R14(%rcx), %r14
        movq    CONTEXT_R15(%rcx), %r15
        movq    CONTEXT_RDI(%rcx), %rdi
        movq    CONTEXT_RSI(%rcx), %rsi
        movq    CONTEXT_RBP(%rcx), %rbp
        movq    CONTEXT_RBX(%rcx), %rbx
        movq    CONTEXT_RDX(%rcx), %rdx
        movq    CONTEXT_RAX(%rcx), %rax
        movq    CONTEXT_RCX(%rcx), %rcx
        iretq

/* void trap_enter(struct machine *): the host's side is an ordinary C call, and its stack the kernel's. */
function trap_enter
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        subq    $8, %rsp
        stmxcsr (%rsp)
        fnstcw  4(%rsp)
        movq    %rdi, %rbx
        movq    %rsp, MACHINE_STACK(%rbx)
        movq    MACHINE_KERNEL(%rbx), %rdi
        call    trap_first
        jmp     resume

/* void trap_leave(struct machine *) */
function trap_leave
        movq    %rdi, %rbx
        movq    MACHINE_STACK(%rbx), %rsp
leave:
        ldmxcsr (%rsp)
        fldcw   4(%rsp)
        addq    $8, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        ret

/* Signal frames are redirected here; the context has the general registers already. The stack is changed and the rest is
 * saved here, not in the handler, so that Valgrind sees the one and has the other; and no register brings a value along,
 * for Valgrind would take it to be as undefined as what the interrupted code had there. */
.macro landing kind
function trap_\kind\()_landing
        current_machine %rbx
        movq    MACHINE_REDIRECTED(%rbx), %rcx
        movq    MACHINE_STACK(%rbx), %rsp
        movl    CONTEXT_XFEATURES(%rcx), %eax
        movl    CONTEXT_XFEATURES + 4(%rcx), %edx
        testl   %eax, %eax
        jz      1f
        xsave64 CONTEXT_FPU(%rcx)
        jmp     2f
1:      fxsave64 CONTEXT_FPU(%rcx)
2:      movq    MACHINE_KERNEL(%rbx), %rdi
        call    trap_\kind
        jmp     resume
.endm
        landing fault
        landing preempt

/* The second half of trap_edge. */
edge:
        current_machine %rbx
        movq    MACHINE_REGISTERS(%rbx), %r15
        movq    %r14, REGISTERS_IP(%r15)
        movq    %rsp, REGISTERS_SP(%r15)
        movq    %rbp, REGISTERS_BP(%r15)
        movq    $0, MACHINE_REGISTERS(%rbx)
        movq    MACHINE_STACK(%rbx), %rsp
        movq    MACHINE_KERNEL(%rbx), %rdi
        call    trap_sliced
        jmp     resume

        .globl  trap_end
        .hidden trap_end
trap_end:

/* void trap_edge(void): user code, so its pushes may fault like any others. */
function trap_edge
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        subq    $16, %rsp
        stmxcsr (%rsp)
        fnstcw  4(%rsp)
        leaq    1f(%rip), %r14
        jmp     edge
1:      ldmxcsr (%rsp)
        fldcw   4(%rsp)
        addq    $16, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        ret

/* A thread's first instruction: rbp the entry, rdi its argument. What it returns is its exit code. */
function trap_start
        .cfi_startproc
        .cfi_undefined rip
        movq    %rbp, %rax
        xorl    %ebp, %ebp
        call    *%rax
        movq    %rax, %r12
2:      movq    %r12, %rdx
        movl    $NUMBER_EXIT, %eax
        xorl    %edi, %edi
        xorl    %esi, %esi
        xorl    %ecx, %ecx
        xorl    %r8d, %r8d
        xorl    %r9d, %r9d
        xorl    %r10d, %r10d
        xorl    %r11d, %r11d
        xorl    %r12d, %r12d
        movq    $-1, %r13               # no deadline, as uk_exit says: the trace of both builds is the same
        xorl    %ebx, %ebx
        leaq    3f(%rip), %r14
        jmp     uk_hosted_trap
3:      ud2
        .cfi_endproc

#endif

        .section .note.GNU-stack, "", @progbits
