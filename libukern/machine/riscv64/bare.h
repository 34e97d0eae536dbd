/* SPDX-License-Identifier: MIT */
/* What a bare machine offers to images: who it is, memory for ever, a voice for when all else fails, and the end. */
#ifndef RISCV64_BARE_H
#define RISCV64_BARE_H

#include <ukern/fdt.h>
#include <ukern/ukern.h>

#include <registers.h>

struct kernel;

#define EXIT_PANIC  70  /* the exit code when the kernel broke, as the command `ukern` has it */
#define EXIT_BOOT   71  /* ... and when there is no system to run */
#define MACHINE_ELF 243 /* of programs for this machine */
#define PROGRAM_BASE ((uk_word)0x7f8000000000) /* addresses of an embedder's program begin here */

/* What the firmware told, once. */
struct platform {
    struct fdt_facts facts;
    uk_word low, high;           /* physical memory that nobody uses yet; the program's heap takes from below */
    unsigned char *archive;      /* in front of `low` */
    uk_word archive_bytes;
    page_entry program;          /* entry of every root table: the embedder's program as user code sees it; 0: none */
    uk_word program_return;      /* where its tasks return to: user code that ends them; 0: none */
    uint32_t asid_limit;         /* ASIDs that the processor has, at most ASIDS_MAX */
};
extern struct platform platform;

/* Takes pages from the bottom of free memory, for ever, zeroed. NULL: there are not so many. */
void *platform_take(uk_word bytes);
/* A kernel ran when the machine was reset, and what it was is still in memory. NULL: no. Asked once. */
struct kernel *platform_earlier(void);

/* A page of the embedder's program, which platform_take gave: at `address` as the kernel sees it, and, without any right
 * that is not in `rights`, in every space. 0: there are no tables left. */
int program_map(uk_word address, void *page, uint32_t rights);

/* The kernel's own words, for when there is nobody else to speak. */
void console_put(char character);
void console_text(const char *text);
void console_number(uint64_t number);
void console_hex(uint64_t number);
__attribute__((noreturn)) void power_off(uint32_t code);

/* The image's part: what it is for. Returns the exit code. */
uint32_t image_main(void);

#endif
