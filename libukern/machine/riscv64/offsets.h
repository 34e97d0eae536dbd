/* SPDX-License-Identifier: MIT */
/* Offsets and numbers that trap.S, start.S and the linker script need; trap.c checks them against the C declarations. */
#ifndef RISCV64_OFFSETS_H
#define RISCV64_OFFSETS_H

#define REGISTERS_OPERATION  0
#define REGISTERS_HANDLE     8
#define REGISTERS_FILTER     88 /* the last of the call's, which lie one behind the other */
#define REGISTERS_IP         96
#define REGISTERS_FULL       104
#define REGISTERS_GENERAL(n) (112 + 8 * (n))

#define CAUSE_OPERATION 8 /* scause: ecall from user mode */
#define ECALL_BYTES     4
#define DIRECT_MAP      0xffff800000000000 /* physical memory from 0 on, entry 256 of every root table */
#define DIRECT_INDEX    256
#define PROGRAM_INDEX   255 /* the embedder's program, if there is one */

#define TRAP_STACK_BYTES 16384
#define BOOT_STACK_BYTES 65536
#define SATP_SV48        9 /* in bits 60..63 */
#define USER_EXTENSIONS  0x6600 /* of sstatus: floating point (FS) and vectors (VS) */

#endif
