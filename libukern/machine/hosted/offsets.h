/* SPDX-License-Identifier: MIT */
/* Offsets and numbers that trap.S needs; trap.c checks each of them against the C declaration. */
#ifndef HOSTED_OFFSETS_H
#define HOSTED_OFFSETS_H

#define REGISTERS_OPERATION 0
#define REGISTERS_HANDLE    8
#define REGISTERS_TAG       16
#define REGISTERS_WORD(n)   (24 + 8 * (n))
#define REGISTERS_REPLY     72
#define REGISTERS_DEADLINE  80
#define REGISTERS_FILTER    88
#define REGISTERS_IP        96
#define REGISTERS_SP        104
#define REGISTERS_BP        112
#define REGISTERS_CONTEXT   120
#define REGISTERS_FULL      128

#define MACHINE_REGISTERS   0
#define MACHINE_STACK       8
#define MACHINE_KERNEL      16
#define MACHINE_REDIRECTED  24

/* Saved registers stand in the order of a Linux signal frame (gregs). */
#define CONTEXT_R8          0
#define CONTEXT_R9          8
#define CONTEXT_R10         16
#define CONTEXT_R11         24
#define CONTEXT_R12         32
#define CONTEXT_R13         40
#define CONTEXT_R14         48
#define CONTEXT_R15         56
#define CONTEXT_RDI         64
#define CONTEXT_RSI         72
#define CONTEXT_RBP         80
#define CONTEXT_RBX         88
#define CONTEXT_RDX         96
#define CONTEXT_RAX         104
#define CONTEXT_RCX         112
#define CONTEXT_RSP         120
#define CONTEXT_RIP         128
#define CONTEXT_FLAGS       136
#define CONTEXT_XFEATURES   144
#define CONTEXT_FPU         192

#define NUMBER_EXIT         1    /* UK_EXIT */
#define SELECTOR_CODE       0x33 /* Linux: 64-bit user code */
#define SELECTOR_STACK      0x2b

#endif
