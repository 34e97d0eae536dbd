/* SPDX-License-Identifier: MIT */
/* The ELF file of the one program that the kernel loads itself; the build says which (PAYLOAD). */
        .section .rodata.payload, "a", @progbits
        .globl  payload_begin, payload_end
        .balign 16
payload_begin:
        .incbin PAYLOAD
payload_end:
