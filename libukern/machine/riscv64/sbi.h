/* SPDX-License-Identifier: MIT */
/* What we ask of the firmware below us (RISC-V SBI specification): a character, the timer, the end. */
#ifndef RISCV64_SBI_H
#define RISCV64_SBI_H

#include <stdint.h>

#define SBI_PUT_CHARACTER 0x01 /* legacy, but every firmware has it */
#define SBI_TIMER         0x54494d45
#define SBI_RESET         0x53525354

static inline void sbi_call(uint64_t extension, uint64_t function, uint64_t first, uint64_t second)
{
    register uint64_t a0 __asm__("a0") = first;
    register uint64_t a1 __asm__("a1") = second;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
}

static inline void sbi_put(char character) { sbi_call(SBI_PUT_CHARACTER, 0, (unsigned char)character, 0); }

/* In ticks of the time register; all ones: never. Also takes a pending timer interrupt back. */
static inline void sbi_set_timer(uint64_t ticks) { sbi_call(SBI_TIMER, 0, ticks, 0); }

/* For good; whether something failed is all that this can tell. */
static inline void sbi_power_off(int failed) { sbi_call(SBI_RESET, 0, 0, failed != 0); }

#endif
