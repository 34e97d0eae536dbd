/* SPDX-License-Identifier: MIT */
/* A poll loop over the two pipes of the serial line, QEMU's messages, the user's three files, signals and the monitor. */
#include "sim/boot_pump.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "sim/report.h"

enum item {
    SIGNALS,
    SERIAL,
    SAID,
    MONITOR,
    FEED,
    SOURCE,
    CONSOLE,
    MESSAGES,
    ITEMS
};

/* Not before all that a part of the machine's output may become has room. */
static bool has_room(const struct boot_pump *pump)
{
    const size_t needed = BOOT_PUMP_PART + BOOT_STREAM_HELD;
    return boot_outlet_room(&pump->console) >= needed &&
           boot_outlet_room(&pump->messages) >= needed + BOOT_PUMP_PART + sizeof pump->line + QEMU_MONITOR_ROOM;
}

static bool is_pending(const struct boot_pump *pump)
{
    return boot_outlet_pending(&pump->console) || boot_outlet_pending(&pump->messages);
}

static bool is_lost(const struct boot_pump *pump)
{
    return pump->console.error != 0 || (pump->trace && pump->messages.error != 0);
}

/* Bytes that come before the firmware is done would be lost in it. */
static bool takes_input(const struct boot_pump *pump)
{
    return pump->process->input >= 0 && pump->stream.phase != BOOT_STREAM_FIRMWARE && !pump->watch.hung &&
           !pump->process->ended;
}

static void describe(const struct boot_pump *pump, struct pollfd *items)
{
    const struct qemu_process *process = pump->process;
    bool room = has_room(pump), input = takes_input(pump);
    items[SIGNALS] = (struct pollfd){pump->signals->fd, POLLIN, 0};
    items[SERIAL] = (struct pollfd){room ? process->output : -1, POLLIN, 0};
    items[SAID] = (struct pollfd){room ? process->messages : -1, POLLIN, 0};
    items[MONITOR] = (struct pollfd){room ? pump->watch.monitor.fd : -1, POLLIN, 0};
    items[FEED] = (struct pollfd){input && boot_input_pending(&pump->input) ? process->input : -1, POLLOUT, 0};
    items[SOURCE] = (struct pollfd){input && boot_input_wants(&pump->input) ? pump->input.fd : -1, POLLIN, 0};
    items[CONSOLE] = (struct pollfd){boot_outlet_pending(&pump->console) ? pump->console.fd : -1, POLLOUT, 0};
    items[MESSAGES] = (struct pollfd){boot_outlet_pending(&pump->messages) ? pump->messages.fd : -1, POLLOUT, 0};
}

/* A part of what a pipe holds; closes it at its end, which for a process that has ended is when it holds nothing. */
static size_t take(struct boot_pump *pump, int *fd)
{
    ssize_t count = *fd >= 0 ? read(*fd, pump->part, sizeof pump->part) : 0;
    if (*fd >= 0 && (count == 0 || (count < 0 && errno != EINTR && (errno != EAGAIN || pump->process->ended)))) {
        close(*fd);
        *fd = -1;
    }
    return count > 0 ? (size_t)count : 0;
}

static void take_serial(struct boot_pump *pump)
{
    size_t count = take(pump, &pump->process->output);
    boot_stream_take(&pump->stream, pump->part, count);
    if (count > 0)
        boot_watch_alive(&pump->watch, report_host_time());
    if (pump->process->output < 0)
        boot_stream_end(&pump->stream);
    if (pump->first_ns == 0 && pump->console.total > 0)
        pump->first_ns = report_host_time();
    pump->serial_bytes += count;
}

/* One warning of QEMU is about what is usual: with counted time, a machine that waits for input has nothing to count. */
static void show_line(struct boot_pump *pump)
{
    static const char usual[] = "warning: icount sleep disabled and no active timers";
    if (memmem(pump->line, pump->line_bytes, usual, sizeof usual - 1) == NULL)
        boot_outlet_put(&pump->messages, pump->line, pump->line_bytes);
    pump->line_bytes = 0;
}

/* Line by line, so that no other line comes into one of QEMU's. */
static void show_said(struct boot_pump *pump, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pump->line[pump->line_bytes++] = bytes[i];
        if (bytes[i] == '\n' || pump->line_bytes == sizeof pump->line)
            show_line(pump);
    }
    if (pump->process->messages < 0)
        show_line(pump);
}

static void take_said(struct boot_pump *pump)
{
    size_t count = take(pump, &pump->process->messages), room = sizeof pump->said - 1 - pump->said_bytes;
    size_t kept = count < room ? count : room;
    memcpy(pump->said + pump->said_bytes, pump->part, kept);
    pump->said_bytes += kept;
    show_said(pump, pump->part, count);
}

static void feed(struct boot_pump *pump)
{
    if (boot_input_feed(&pump->input, pump->process->input))
        return;
    close(pump->process->input);
    pump->process->input = -1;
}

static void step(struct boot_pump *pump, const struct pollfd *items)
{
    bool last = pump->process->ended && has_room(pump);
    if (items[SERIAL].revents != 0 || last)
        take_serial(pump);
    if (items[SAID].revents != 0 || last)
        take_said(pump);
    if (items[FEED].revents != 0)
        feed(pump);
    if (items[SOURCE].revents != 0)
        boot_input_read(&pump->input);
    if (items[CONSOLE].revents != 0)
        boot_outlet_write(&pump->console);
    if (items[MESSAGES].revents != 0)
        boot_outlet_write(&pump->messages);
    if (items[MONITOR].revents != 0)
        boot_watch_answer(&pump->watch, report_host_time());
}

static bool is_over(const struct boot_pump *pump)
{
    const struct qemu_process *process = pump->process;
    bool drained = process->ended && process->output < 0 && process->messages < 0 && !is_pending(pump);
    return drained || pump->signals->stopped != 0 || is_lost(pump);
}

/* Once the machine has ended only the user's files can make us wait. */
static int patience(const struct boot_pump *pump, uint64_t now)
{
    bool more = pump->process->output >= 0 || pump->process->messages >= 0;
    return !pump->process->ended ? boot_watch_wait(&pump->watch, now) : more && has_room(pump) ? 0 : -1;
}

void boot_pump_run(struct boot_pump *pump)
{
    struct pollfd items[ITEMS];
    pump->stream = (struct boot_stream){.console = &pump->console, .trace = pump->trace ? &pump->messages : NULL};
    pump->watch.process = pump->process;
    pump->watch.stream = &pump->stream;
    pump->watch.messages = &pump->messages;
    boot_watch_open(&pump->watch, report_host_time());
    while (!is_over(pump)) {
        uint64_t now = report_host_time();
        describe(pump, items);
        if (poll(items, ITEMS, patience(pump, now)) < 0)
            memset(items, 0, sizeof items);
        (void)boot_signals_take(pump->signals);
        bool ended = qemu_process_ended(pump->process);
        step(pump, items);
        if (is_pending(pump))
            boot_watch_alive(&pump->watch, report_host_time());
        if (!ended)
            boot_watch_tick(&pump->watch, report_host_time());
    }
    qemu_process_kill(pump->process);
    boot_watch_close(&pump->watch);
}
