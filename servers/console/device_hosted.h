/* SPDX-License-Identifier: MIT */
/* Registers of the hosted console: two rings in a page; each index has one writer, counts bytes, and never falls. */
#ifndef CONSOLE_DEVICE_HOSTED_H
#define CONSOLE_DEVICE_HOSTED_H

#include <stdint.h>

#define HOSTED_OUTPUT_BYTES 2048 /* powers of two, so that the counts may wrap */
#define HOSTED_INPUT_BYTES  1024

struct hosted_console {
    volatile uint32_t output_head; /* written by the driver: bytes put */
    volatile uint32_t output_tail; /* written by the host: bytes taken */
    volatile uint32_t input_head;  /* written by the host */
    volatile uint32_t input_tail;  /* written by the driver */
    volatile uint32_t input_ended; /* written by the host: 1: input_head is final */
    volatile uint32_t reserved[11];
    volatile char output[HOSTED_OUTPUT_BYTES];
    volatile char input[HOSTED_INPUT_BYTES];
};
#define HOSTED_CONSOLE_NAME  "console"
#define HOSTED_CONSOLE_BYTES 4096

#endif
