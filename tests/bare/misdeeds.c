/* SPDX-License-Identifier: MIT */
/* The misdeeds themselves. Each returns 0 if nothing stops it; a deed that is none (some are allowed) returns 7. */
#include "misdeeds.h"

#include <string.h>

#include <ukern/call.h>

const uint32_t code_page[] = {
    0x00700513, /* li a0, 7 */
    0x00008067, /* ret */
};
const size_t code_page_bytes = sizeof code_page;

#define NOINLINE __attribute__((noinline)) static

NOINLINE uk_word load(uk_word address) { return *(volatile unsigned char *)address & 0; }

NOINLINE uk_word load_word(uk_word address)
{
    uk_word value;
    __asm__ volatile("ld %0, (%1)" : "=r"(value) : "r"(address) : "memory");
    return value & 0;
}

NOINLINE uk_word store(uk_word address)
{
    __asm__ volatile("sb zero, (%0)" ::"r"(address) : "memory");
    return 0;
}

NOINLINE uk_word store_word(uk_word address)
{
    __asm__ volatile("sd zero, (%0)" ::"r"(address) : "memory");
    return 0;
}

NOINLINE uk_word jump(uk_word address)
{
    uk_word (*code)(void) = (uk_word (*)(void))address;
    return code();
}

/* Down to the page below the stack, in small steps. */
NOINLINE uk_word recurse(uk_word depth)
{
    volatile uk_word frame[4] = {depth, depth, depth, depth};
    return depth != 0 ? recurse(frame[0] + 1) + frame[3] : 0;
}

NOINLINE uk_word execute_stack(uk_word address)
{
    uint32_t code[sizeof code_page / sizeof code_page[0]];
    (void)address;
    memcpy(code, code_page, sizeof code);
    __asm__ volatile("fence.i" ::"r"(code) : "memory");
    return jump((uk_word)code);
}

/* An unaligned word, written, read and compared. */
NOINLINE uk_word misaligned(uk_word address)
{
    uk_word value = 0x1122334455667788, found;
    __asm__ volatile("sd %1, (%2)\n\tld %0, (%2)" : "=&r"(found) : "r"(value), "r"(address) : "memory");
    return found == value ? 7 : 0;
}

/* One instruction; a0 holds the row's address. */
#define INSTRUCTION(name, text)                                                                                        \
    NOINLINE uk_word name(uk_word address)                                                                             \
    {                                                                                                                  \
        register uk_word a0 __asm__("a0") = address;                                                                   \
        __asm__ volatile(text : "+r"(a0) : : "t0", "memory");                                                          \
        return 0;                                                                                                      \
    }

INSTRUCTION(all_zeros, ".4byte 0")
INSTRUCTION(all_ones, ".4byte 0xffffffff")
INSTRUCTION(csrr_sstatus, "csrr t0, sstatus")
INSTRUCTION(csrw_sstatus, "csrw sstatus, a0")
INSTRUCTION(csrw_satp, "csrw satp, zero")
INSTRUCTION(csrw_stvec, "csrw stvec, a0")
INSTRUCTION(csrr_sscratch, "csrr t0, sscratch")
INSTRUCTION(csrr_mstatus, "csrr t0, mstatus")
INSTRUCTION(csrw_cycle, "csrw cycle, zero")
INSTRUCTION(csrr_unknown, "csrr t0, 0x8c0")
INSTRUCTION(sret, "sret")
INSTRUCTION(mret, "mret")
INSTRUCTION(uret, ".4byte 0x00200073")
INSTRUCTION(wfi, "wfi")
INSTRUCTION(sfence_vma, "sfence.vma")
INSTRUCTION(ebreak, ".4byte 0x00100073")
INSTRUCTION(c_ebreak, ".2byte 0x9002")
INSTRUCTION(atomic_add, "amoadd.d t0, zero, (a0)")
INSTRUCTION(load_reserved, "lr.d t0, (a0)")
/* Of the extensions F and D, which the assembler is not told of. */
INSTRUCTION(fadd_d, ".4byte 0x02000053")
INSTRUCTION(fmadd_d, ".4byte 0x02000043")
INSTRUCTION(fld, ".4byte 0x00053007")
INSTRUCTION(fsd, ".4byte 0x00053027")
INSTRUCTION(flw, ".4byte 0x00052007")
INSTRUCTION(c_fld, ".2byte 0x2108")
INSTRUCTION(c_fsd, ".2byte 0xa108")
INSTRUCTION(c_fldsp, ".2byte 0x2002")
INSTRUCTION(c_fsdsp, ".2byte 0xa002")
INSTRUCTION(fmv_x_d, ".4byte 0xe20002d3")
INSTRUCTION(csrr_fcsr, ".4byte 0x003022f3")
INSTRUCTION(csrw_frm, ".4byte 0x00201073")

NOINLINE uk_word read_counters(uk_word address)
{
    uk_word time, cycle, retired;
    (void)address;
    __asm__ volatile("rdtime %0\n\trdcycle %1\n\trdinstret %2" : "=r"(time), "=r"(cycle), "=r"(retired));
    return 7;
}

/* Pushes onto what is no stack. */
NOINLINE uk_word push_on_stack(uk_word address)
{
    __asm__ volatile("mv sp, %0\n\tsd zero, -8(sp)" ::"r"(address) : "memory");
    return 0;
}

const struct misdeed misdeeds[] = {
    {"load from address 0", load, NOWHERE, 0},
    {"load from the first page", load, FIRST_PAGE, 0},
    {"store to address 0", store, NOWHERE, 0},
    {"jump to address 0", jump, NOWHERE, 0},
    {"load from the kernel's text", load, KERNEL_TEXT, 0},
    {"load a word from kernel memory", load_word, KERNEL_MEMORY, 0},
    {"load from the firmware", load, FIRMWARE, 0},
    {"load from a device that the kernel maps", load, DEVICE, 0},
    {"load from a physical address", load, PHYSICAL, 0},
    {"load from a physical address of a device", load, IDENTITY_DEVICE, 0},
    {"load from a hole in the address space", load, HOLE, 0},
    {"load from the last page", load_word, LAST_PAGE, 4088},
    {"store to the kernel's text", store, KERNEL_TEXT, 0},
    {"store a word to kernel memory", store_word, KERNEL_MEMORY, 0},
    {"store to a device that the kernel maps", store_word, DEVICE, 0},
    {"store to a hole in the address space", store, HOLE, 0},
    {"jump into the kernel's text", jump, KERNEL_TEXT, 0},
    {"jump into kernel memory", jump, KERNEL_MEMORY, 0},
    {"jump to a physical address", jump, PHYSICAL, 0},
    {"jump to a hole in the address space", jump, HOLE, 0},
    {"jump to the last page", jump, LAST_PAGE, 4092},
    {"load from another task's page", load, OTHER, 0},
    {"store to another task's page", store, OTHER, 0},
    {"jump into another task's page", jump, OTHER, 0},
    {"jump to code", jump, CODE, 0},
    {"jump to an odd address of code", jump, CODE, 1},
    {"jump to an odd address of nothing", jump, BEHIND, 1},
    {"store to a page of code", store, CODE, 0},
    {"store to a page of constants", store, CONSTANT, 0},
    {"jump into a page of constants", jump, CONSTANT, 0},
    {"jump into a page of data", jump, DATA, 0},
    {"store to the program's text", store, PROGRAM_TEXT, 0},
    {"store to the program's constants", store, PROGRAM_CONSTANT, 0},
    {"jump into the program's constants", jump, PROGRAM_CONSTANT, 0},
    {"jump into the program's data", jump, PROGRAM_DATA, 0},
    {"execute the stack", execute_stack, NOWHERE, 0},
    {"recurse without end", recurse, CODE, 0},
    {"push on a stack at 0", push_on_stack, NOWHERE, 0},
    {"push on a stack in kernel memory", push_on_stack, KERNEL_MEMORY, 16},
    {"push on a stack at an odd address", push_on_stack, KERNEL_MEMORY, 17},
    {"call with a stack at 0", call_on_stack, NOWHERE, 0},
    {"call with a stack at an odd address", call_on_stack, DATA, 1},
    {"call with a stack in kernel memory", call_on_stack, KERNEL_MEMORY, 0},
    {"call with a stack in a hole in the address space", call_on_stack, HOLE, 0},
    {"store and load a misaligned word", misaligned, DATA, 1},
    {"store and load a word across pages", misaligned, DATA, 4092},
    {"misaligned atomic addition", atomic_add, DATA, 4},
    {"misaligned load-reserved", load_reserved, DATA, 1},
    {"load-reserved from kernel memory", load_reserved, KERNEL_MEMORY, 0},
    {"atomic addition to a page of constants", atomic_add, CONSTANT, 0},
    {"an instruction of zeros", all_zeros, NOWHERE, 0},
    {"an instruction of ones", all_ones, NOWHERE, 0},
    {"ebreak", ebreak, NOWHERE, 0},
    {"c.ebreak", c_ebreak, NOWHERE, 0},
    {"csrr sstatus", csrr_sstatus, NOWHERE, 0},
    {"csrw sstatus", csrw_sstatus, NOWHERE, 0},
    {"csrw satp", csrw_satp, NOWHERE, 0},
    {"csrw stvec", csrw_stvec, NOWHERE, 0},
    {"csrr sscratch", csrr_sscratch, NOWHERE, 0},
    {"csrr mstatus", csrr_mstatus, NOWHERE, 0},
    {"csrw cycle", csrw_cycle, NOWHERE, 0},
    {"csrr of no register", csrr_unknown, NOWHERE, 0},
    {"csrr time, cycle, instret", read_counters, NOWHERE, 0},
    {"sret", sret, NOWHERE, 0},
    {"mret", mret, NOWHERE, 0},
    {"uret", uret, NOWHERE, 0},
    {"wfi", wfi, NOWHERE, 0},
    {"sfence.vma", sfence_vma, NOWHERE, 0},
    {"fadd.d", fadd_d, DATA, 0},
    {"fmadd.d", fmadd_d, DATA, 0},
    {"fld", fld, DATA, 0},
    {"fsd", fsd, DATA, 0},
    {"flw", flw, DATA, 0},
    {"c.fld", c_fld, DATA, 0},
    {"c.fsd", c_fsd, DATA, 0},
    {"c.fldsp", c_fldsp, DATA, 0},
    {"c.fsdsp", c_fsdsp, DATA, 0},
    {"fmv.x.d", fmv_x_d, DATA, 0},
    {"csrr fcsr", csrr_fcsr, DATA, 0},
    {"csrw frm", csrw_frm, DATA, 0},
    {NULL, NULL, NOWHERE, 0},
};
