/* SPDX-License-Identifier: MIT */
/* The first C code: learns what machine this is, sets its memory up, and does what the image is for. */
#include "riscv64.h"

#define TREE_BYTES_MAX ((size_t)2 << 20)

__attribute__((noreturn)) static void stop(const char *what, const char *why)
{
    console_text("ukern: ");
    console_text(what);
    console_text(why);
    console_text("\n");
    power_off(EXIT_BOOT);
}

/* Called by start.S, on the first page table, with everything of static storage zeroed. */
__attribute__((noreturn)) void machine_start(uint64_t hart, uint64_t tree);
void machine_start(uint64_t hart, uint64_t tree)
{
    enum fdt_error error = fdt_read(direct(tree), TREE_BYTES_MAX, (uint32_t)hart, &platform.facts);
    if (error != FDT_OK)
        stop("the device tree is refused: ", fdt_error_text(error));
    space_boot();
    if (platform.facts.plic.bytes == 0 || platform.asid_limit < 16)
        stop("this kernel needs ", platform.asid_limit < 16 ? "a processor with ASIDs" : "an interrupt controller (a PLIC)");
    if (!memory_boot())
        stop("the archive does not fit in memory", "; give the machine more");
    csr_write(scounteren, 7); /* user code may read cycle, time and instret */
    power_off(image_main());
}
