/* SPDX-License-Identifier: MIT */
/* Moves bytes between the console's rings and the host; the driver's indices are checked, for a driver may be wrong. */
#include "sim/console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "console/device_hosted.h"

static void write_out(struct host_console *console)
{
    size_t done = 0;
    if (console->used > 0 && console->output_fd >= 0 && console->before_output != NULL)
        console->before_output(console->context);
    while (done < console->used && !console->failed) {
        ssize_t count;
        if (console->output_fd < 0) {
            count = (ssize_t)console->used;
            console->failed = console->sink != NULL && !console->sink(console->context, console->buffer, console->used);
        } else {
            count = write(console->output_fd, console->buffer + done, console->used - done);
            console->host_calls++;
        }
        if (count < 0 && errno != EINTR) {
            console->failed = true;
            console->error = errno;
        }
        done += count > 0 ? (size_t)count : 0;
    }
    console->used = 0;
}

static void take_output(struct host_console *console, struct hosted_console *ring)
{
    uint32_t tail = ring->output_tail, count = ring->output_head - tail;
    if (count > HOSTED_OUTPUT_BYTES)
        count = HOSTED_OUTPUT_BYTES;
    if (count > sizeof console->buffer - console->used)
        write_out(console);
    for (uint32_t i = 0; i < count; i++)
        console->buffer[console->used++] = ring->output[tail++ % HOSTED_OUTPUT_BYTES];
    ring->output_tail = tail;
}

static uint32_t input_room(const struct hosted_console *ring)
{
    uint32_t used = ring->input_head - ring->input_tail;
    return used < HOSTED_INPUT_BYTES ? HOSTED_INPUT_BYTES - used : 0;
}

/* Is there something to read from input_fd, within `timeout` milliseconds (-1: for ever)? */
static bool input_ready(struct host_console *console, int timeout)
{
    struct pollfd item = {.fd = console->input_fd, .events = POLLIN};
    console->host_calls++;
    return poll(&item, 1, timeout) > 0;
}

static size_t read_input(struct host_console *console, char *bytes, size_t room, int timeout)
{
    if (console->script != NULL) {
        size_t part = console->script_bytes < room ? console->script_bytes : room;
        memcpy(bytes, console->script, part);
        console->script += part;
        console->script_bytes -= part;
        console->input_ended = console->script_bytes == 0;
        return part;
    }
    if (console->input_fd < 0) {
        console->input_ended = true;
        return 0;
    }
    if (!input_ready(console, timeout))
        return 0;
    ssize_t count = read(console->input_fd, bytes, room);
    console->host_calls++;
    console->input_ended = count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
    return count > 0 ? (size_t)count : 0;
}

/* Gives the driver what there is; true: something new, so the line is raised. */
static bool give_input(struct host_console *console, struct hosted_console *ring, int timeout)
{
    char bytes[HOSTED_INPUT_BYTES];
    uint32_t room = input_room(ring), head = ring->input_head;
    if (console->end_told || (room == 0 && !console->input_ended))
        return false;
    size_t count = console->input_ended ? 0 : read_input(console, bytes, room, timeout);
    for (size_t i = 0; i < count; i++)
        ring->input[head++ % HOSTED_INPUT_BYTES] = bytes[i];
    ring->input_head = head;
    console->end_told = console->input_ended;
    ring->input_ended = console->input_ended;
    return count > 0 || console->end_told;
}

static void poll_console(void *context, struct uk_kernel *kernel, unsigned device)
{
    struct host_console *console = context;
    struct hosted_console *ring = uk_device_registers(kernel, device);
    take_output(console, ring);
    if (console->prompt_output)
        write_out(console);
    if (give_input(console, ring, 0))
        uk_interrupt(kernel, device);
}

struct uk_device host_console_device(struct host_console *console)
{
    struct uk_device device = {HOSTED_CONSOLE_NAME, HOSTED_CONSOLE_BYTES, poll_console, console};
    return device;
}

void host_console_flush(struct host_console *console, struct uk_kernel *kernel, unsigned device)
{
    take_output(console, uk_device_registers(kernel, device));
    write_out(console);
}

bool host_console_wait(struct host_console *console, struct uk_kernel *kernel, unsigned device)
{
    host_console_flush(console, kernel, device);
    while (!console->end_told && !console->failed) {
        if (give_input(console, uk_device_registers(kernel, device), -1)) {
            uk_interrupt(kernel, device);
            return true;
        }
        if (input_room(uk_device_registers(kernel, device)) == 0)
            return false;
    }
    return false;
}
