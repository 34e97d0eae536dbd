/* SPDX-License-Identifier: MIT */
/* The machine's other door: what the embedding interface asks of it, to begin, end and move time. */
#ifndef HOSTED_BOOT_H
#define HOSTED_BOOT_H

#include <ukern/ukern.h>

struct kernel;

/* Bytes that machine_boot needs, a multiple of 64. */
size_t machine_bytes(const struct uk_config *config);
/* Makes kernel->machine in `memory` (64-aligned). Running: also kernel->arena (zeroed) and kernel->arena_bytes, rounded
 * up from config->arena_bytes (0: 64 MiB), and the windows; UK_REFUSED if the host says no, and then nothing is held.
 * Stepping: the caller sets the arena. */
enum uk_status machine_boot(struct kernel *kernel, void *memory, const struct uk_config *config);
void machine_shutdown(struct kernel *kernel);
/* Boot put the device's register frame here in the arena. */
void machine_device_place(struct kernel *kernel, unsigned device, uk_word physical);
/* Looks at devices whose doorbell rang and delivers raised lines (entry_line); 1: some line was delivered, so
 * entry_interrupt is due. uk_run does it by itself; uk_step calls it after the operation. */
int machine_devices_settle(struct kernel *kernel);
/* Virtual time is at least `time` from now on (uk_advance). */
void machine_time_advance(struct kernel *kernel, uk_time time);

#endif
