/* SPDX-License-Identifier: MIT */
/* The door on the hosted x86-64 machine: one operation, all of it in registers, by an indirect jump and back. */
#ifndef UKERN_TRAP_H
#define UKERN_TRAP_H

#include <ukern/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(UKERN_SWITCH_UCONTEXT)

/** The portable build's door; only `uk_trap` may call it. */
void uk_hosted_trap_c(struct uk_call *call);

__attribute__((always_inline)) static inline void uk_trap(struct uk_call *call) { uk_hosted_trap_c(call); }

#else

/** Where the kernel is entered; not a C function, only `uk_trap` may jump to it. */
void uk_hosted_trap(void);

/**
 * Performs one operation. The kernel preserves rsp and rbp only; r14 carries the address at which user code goes on.
 * No stack is touched on the way in, so the red zone is safe and a thread with a broken stack pointer can still call.
 * The landing is aligned because a jump into the block that it was left from is mispredicted every time: measured, two
 * switches then take 31 to 33 ns instead of 15.
 */
__attribute__((always_inline)) static inline void uk_trap(struct uk_call *call)
{
    register uk_word operation __asm__("rax") = call->operation;
    register uk_word handle __asm__("rdi") = call->handle;
    register uk_word tag __asm__("rsi") = call->tag;
    register uk_word word0 __asm__("rdx") = call->word[0];
    register uk_word word1 __asm__("rcx") = call->word[1];
    register uk_word word2 __asm__("r8") = call->word[2];
    register uk_word word3 __asm__("r9") = call->word[3];
    register uk_word word4 __asm__("r10") = call->word[4];
    register uk_word word5 __asm__("r11") = call->word[5];
    register uk_word reply __asm__("r12") = call->reply;
    register uk_word deadline __asm__("r13") = call->deadline;
    register uk_word filter __asm__("rbx") = call->filter;
    __asm__ volatile("leaq 1f(%%rip), %%r14\n\t"
                     "jmp *uk_hosted_trap@GOTPCREL(%%rip)\n\t"
                     ".p2align 5\n"
                     "1:"
                     : "+r"(operation), "+r"(handle), "+r"(tag), "+r"(word0), "+r"(word1), "+r"(word2), "+r"(word3),
                       "+r"(word4), "+r"(word5), "+r"(reply), "+r"(deadline), "+r"(filter)
                     :
                     : "r14", "r15", "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    call->operation = operation;
    call->handle = handle;
    call->tag = tag;
    call->word[0] = word0;
    call->word[1] = word1;
    call->word[2] = word2;
    call->word[3] = word3;
    call->word[4] = word4;
    call->word[5] = word5;
}

#endif

/** For <ukern/direct.h>, which says what these are. */
#define UK_LAND_HERE(place, label)                                                                                     \
    __asm__ goto("leaq %l[" #label "](%%rip), %%r14\n\t"                                                               \
                 "movq %%r14, 0(%%rax)\n\t"                                                                            \
                 "movq %%rsp, 8(%%rax)\n\t"                                                                            \
                 "movq %%rbp, 16(%%rax)\n\t"                                                                           \
                 "movq %%rbx, 24(%%rax)"                                                                               \
                 :                                                                                                     \
                 : "a"(place)                                                                                          \
                 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc",             \
                   "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",  \
                   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"                                                         \
                 : label)

__attribute__((noreturn, noinline, unused)) static void uk_land(const uk_word place[4])
{
    __asm__ volatile("movq 8(%%rax), %%rsp\n\tmovq 16(%%rax), %%rbp\n\tmovq 24(%%rax), %%rbx\n\tjmp *0(%%rax)"
                     :
                     : "a"(place)
                     : "memory");
    __builtin_unreachable();
}

/**
 * Defines `void name(void)`, at which a portal enters: collects the message from the registers (struct uk_message: tag,
 * words, badge) on the portal's stack and goes on in `inside(&message)`, which never returns: so this is no `call`, after
 * which the processor would expect one `ret` more than comes, and mispredict the caller's.
 */
#define UK_PORTAL_LANDING(name, inside)                                                                                \
    void name(void);                                                                                                   \
    __asm__(".pushsection .text\n\t.balign 64\n\t.globl " #name "\n\t.hidden " #name "\n" #name ":\n\t"                \
            "subq $64, %rsp\n\t"                                                                                       \
            "movq %rsi, (%rsp)\n\tmovq %rdx, 8(%rsp)\n\tmovq %rcx, 16(%rsp)\n\tmovq %r8, 24(%rsp)\n\t"                  \
            "movq %r9, 32(%rsp)\n\tmovq %r10, 40(%rsp)\n\tmovq %r11, 48(%rsp)\n\tmovq %rdi, 56(%rsp)\n\t"               \
            "movq %rsp, %rdi\n\tpushq $0\n\tjmp " #inside "\n\t.popsection")

#ifdef __cplusplus
}
#endif
#endif
