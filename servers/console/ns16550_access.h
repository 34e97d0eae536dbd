/* SPDX-License-Identifier: MIT */
/* How the driver of the NS16550 reaches its registers, which lie one byte apart; a file of its own for tests' sake. */
#ifndef CONSOLE_NS16550_ACCESS_H
#define CONSOLE_NS16550_ACCESS_H

#include "console/device_ns16550.h"
#include "runtime/task.h"

static inline uint8_t ns16550_read(uk_word registers, enum ns16550_register number)
{
    return *(const volatile uint8_t *)(registers + number);
}

static inline void ns16550_write(uk_word registers, enum ns16550_register number, uint8_t value)
{
    *(volatile uint8_t *)(registers + number) = value;
}

#endif
