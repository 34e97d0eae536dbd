/* SPDX-License-Identifier: MIT */
/* The door on riscv64: one operation, all of it in registers, by ecall. */
#ifndef UKERN_TRAP_H
#define UKERN_TRAP_H

#include <ukern/abi.h>

/**
 * Performs one operation. The kernel preserves sp, gp, tp and s0, and returns zeros in every register that is neither
 * one of these nor a result. It touches no stack of its caller, so a thread with a broken stack pointer can still call.
 * There are no floating-point registers: a program that uses them faults (UK_FAULT_FLOATING_POINT).
 */
__attribute__((always_inline)) static inline void uk_trap(struct uk_call *call)
{
    register uk_word operation __asm__("a0") = call->operation;
    register uk_word handle __asm__("a1") = call->handle;
    register uk_word tag __asm__("a2") = call->tag;
    register uk_word word0 __asm__("a3") = call->word[0];
    register uk_word word1 __asm__("a4") = call->word[1];
    register uk_word word2 __asm__("a5") = call->word[2];
    register uk_word word3 __asm__("a6") = call->word[3];
    register uk_word word4 __asm__("a7") = call->word[4];
    register uk_word word5 __asm__("t0") = call->word[5];
    register uk_word reply __asm__("t1") = call->reply;
    register uk_word deadline __asm__("t2") = call->deadline;
    register uk_word filter __asm__("t3") = call->filter;
    __asm__ volatile("ecall"
                     : "+r"(operation), "+r"(handle), "+r"(tag), "+r"(word0), "+r"(word1), "+r"(word2), "+r"(word3),
                       "+r"(word4), "+r"(word5), "+r"(reply), "+r"(deadline), "+r"(filter)
                     :
                     : "ra", "t4", "t5", "t6", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
                       "memory");
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

/** For <ukern/direct.h>, which says what these are. */
#define UK_LAND_HERE(place, label)                                                                                     \
    register uk_word *label##_place __asm__("a0") = (place);                                                           \
    __asm__ goto("1: auipc t0, %%pcrel_hi(%l[" #label "])\n\taddi t0, t0, %%pcrel_lo(1b)\n\t"                           \
                 "sd t0, 0(a0)\n\tsd sp, 8(a0)\n\tsd s0, 16(a0)\n\tsd s1, 24(a0)" : : "r"(label##_place)              \
                 : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a1", "a2", "a3", "a4", "a5", "a6", "a7",           \
                   "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "memory" : label)

__attribute__((noreturn, noinline, unused)) static void uk_land(const uk_word place[4])
{
    register const uk_word *at __asm__("a0") = place;
    __asm__ volatile("ld sp, 8(a0)\n\tld s0, 16(a0)\n\tld s1, 24(a0)\n\tld t0, 0(a0)\n\tjr t0" : : "r"(at) : "memory");
    __builtin_unreachable();
}

/** Defines `void name(void)`, at which a portal enters: `inside(struct uk_message *)` gets what is in the registers. */
#define UK_PORTAL_LANDING(name, inside)                                                                                \
    void name(void);                                                                                                   \
    __asm__(".pushsection .text\n\t.balign 4\n\t.globl " #name "\n\t.hidden " #name "\n" #name ":\n\t"                 \
            "addi sp, sp, -64\n\tsd a2, (sp)\n\tsd a3, 8(sp)\n\tsd a4, 16(sp)\n\tsd a5, 24(sp)\n\tsd a6, 32(sp)\n\t"     \
            "sd a7, 40(sp)\n\tsd t0, 48(sp)\n\tsd a1, 56(sp)\n\tmv a0, sp\n\tcall " #inside "\n\t.popsection")

#endif
