/* SPDX-License-Identifier: MIT */
/* The archive of all other programs, which the root task starts from; the build says where it is (PROGRAMS). */
        .section .rodata.programs, "a", @progbits
        .globl  programs_begin, programs_end
        .balign 16
programs_begin:
        .incbin PROGRAMS
programs_end:
