/* SPDX-License-Identifier: MIT */
/* The kernel's own voice, through the firmware, and the end of the machine. Never used while all is well. */
#include "riscv64.h"
#include "sbi.h"

#define UART_STATUS   5      /* of an NS16550 */
#define UART_EMPTY    0x40
#define FINISHER_FAIL 0x3333 /* of QEMU's test device: with the exit code in the upper half */

void console_put(char character) { sbi_put(character); }

void console_text(const char *text)
{
    while (*text != 0)
        sbi_put(*text++);
}

static void console_digits(uint64_t number, unsigned base)
{
    char digits[24];
    unsigned at = sizeof digits - 1;
    digits[at] = 0;
    do
        digits[--at] = "0123456789abcdef"[number % base];
    while ((number /= base) != 0);
    console_text(digits + at);
}

void console_number(uint64_t number) { console_digits(number, 10); }

void console_hex(uint64_t number)
{
    console_text("0x");
    console_digits(number, 16);
}

void power_off(uint32_t code)
{
    const volatile uint8_t *status = direct(platform.facts.uart.base + UART_STATUS);
    platform_runs(NULL);
    for (uint32_t i = 0; platform.facts.uart.bytes != 0 && i < 1000000 && (*status & UART_EMPTY) == 0; i++)
        continue; /* what the console server has written shows before the end */
    if (code != 0 && platform.facts.finisher.bytes >= sizeof(uint32_t))
        *(volatile uint32_t *)direct(platform.facts.finisher.base) = code << 16 | FINISHER_FAIL;
    sbi_power_off(code != 0);
    for (;;)
        __asm__ volatile("wfi");
}
