/* SPDX-License-Identifier: MIT */
/* Each step has a deadline of its own, so that a QEMU that hangs as well is ended as surely as one that does not. */
#include "sim/boot_watch.h"

#define SECOND_NS UINT64_C(1000000000)
#define ANSWER_NS (2 * SECOND_NS)
#define DUMP_NS   (5 * SECOND_NS)

static bool is_watching(const struct boot_watch *watch)
{
    return watch->phase != BOOT_WATCH_OVER && (watch->phase != BOOT_WATCH_RUNNING || watch->timeout_ns != 0);
}

void boot_watch_open(struct boot_watch *watch, uint64_t now)
{
    watch->monitor.fd = -1;
    boot_watch_alive(watch, now);
}

void boot_watch_alive(struct boot_watch *watch, uint64_t now)
{
    if (watch->phase == BOOT_WATCH_RUNNING)
        watch->deadline = now + watch->timeout_ns;
}

int boot_watch_wait(const struct boot_watch *watch, uint64_t now)
{
    if (!is_watching(watch))
        return -1;
    if (now >= watch->deadline)
        return 0;
    uint64_t left = (watch->deadline - now) / 1000000 + 1;
    return left < 3600000 ? (int)left : 3600000;
}

static void end(struct boot_watch *watch)
{
    watch->phase = BOOT_WATCH_OVER;
    qemu_process_kill(watch->process);
    boot_watch_close(watch);
}

/* Memory outlives a reset, so the kernel that starts again finds what the one before did. */
static void reset(struct boot_watch *watch, uint64_t now)
{
    if (!qemu_monitor_send(&watch->monitor, "system_reset")) {
        end(watch);
        return;
    }
    boot_stream_restart(watch->stream);
    watch->phase = BOOT_WATCH_RESETTING;
    watch->deadline = now + DUMP_NS;
}

static void ask(struct boot_watch *watch, uint64_t now)
{
    watch->hung = true;
    boot_outlet_say(watch->messages, "the machine hung: no output for %llu s",
                    (unsigned long long)(watch->timeout_ns / SECOND_NS));
    if (!qemu_monitor_open(&watch->monitor, watch->monitor_path) ||
        !qemu_monitor_send(&watch->monitor, "info registers -a")) {
        end(watch);
        return;
    }
    watch->phase = BOOT_WATCH_ASKING;
    watch->deadline = now + ANSWER_NS;
}

void boot_watch_answer(struct boot_watch *watch, uint64_t now)
{
    bool there = qemu_monitor_read(&watch->monitor, watch->messages);
    if (!there)
        qemu_monitor_close(&watch->monitor);
    if (watch->phase == BOOT_WATCH_ASKING && (!there || watch->monitor.prompts > 1))
        reset(watch, now);
}

void boot_watch_tick(struct boot_watch *watch, uint64_t now)
{
    if (!is_watching(watch) || now < watch->deadline)
        return;
    switch (watch->phase) {
    case BOOT_WATCH_RUNNING:
        ask(watch, now);
        break;
    case BOOT_WATCH_ASKING:
        reset(watch, now);
        break;
    default:
        end(watch);
        break;
    }
}

void boot_watch_close(struct boot_watch *watch) { qemu_monitor_close(&watch->monitor); }
