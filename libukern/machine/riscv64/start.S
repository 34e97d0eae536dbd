/* SPDX-License-Identifier: MIT */
/* From the firmware to C: a first page table of two huge pages, so that the image finds itself where it was linked. */
#include "offsets.h"

#define HUGE_PAGE 0xcf /* dirty, accessed, executable, writable, readable, valid; 512 GiB from physical 0 on */

        .section .start, "ax", @progbits
        .globl  _start
/* a0: this hart; a1: the device tree, a physical address. All other harts stay with the firmware. */
_start:
        j       begin
        .balign 64
        .globl  image_header
image_header:
        .ascii  "ukernimg"
        .dword  0, 0                    /* an archive that was put behind the image: where, how long */
        .dword  0, 0, 0, 0, 0
begin:
        csrw    sie, zero
        li      t0, USER_EXTENSIONS     /* firmware may leave them on, and nobody saves their registers */
        csrc    sstatus, t0
        la      t0, first_table
        li      t1, 4096
        add     t1, t1, t0
1:      addi    t1, t1, -8
        sd      zero, (t1)
        bgtu    t1, t0, 1b
        li      t1, HUGE_PAGE
        sd      t1, (t0)
        li      t2, DIRECT_INDEX * 8
        add     t2, t2, t0
        sd      t1, (t2)
        srli    t0, t0, 12
        li      t1, SATP_SV48 << 60
        or      t0, t0, t1
        la      t1, high
        li      t2, DIRECT_MAP
        add     t1, t1, t2
        sfence.vma
        csrw    satp, t0
        jr      t1
high:
        la      sp, boot_stack_end
        la      t0, bss_begin
        la      t1, bss_end
1:      sd      zero, (t0)
        addi    t0, t0, 8
        bltu    t0, t1, 1b
        la      t0, trap_entry
        csrw    stvec, t0
        csrw    sscratch, zero
        tail    machine_start

/* Not among what is zeroed above: that code runs on it. */
        .section .noinit, "aw", @nobits
        .balign 4096
first_table:
        .skip   4096
        .balign 16
        .skip   BOOT_STACK_BYTES
boot_stack_end:
        .skip   TRAP_STACK_BYTES
        .globl  trap_stack_end
trap_stack_end:
