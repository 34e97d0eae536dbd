/* SPDX-License-Identifier: MIT */
/* Driver of the hosted console: bytes through rings, a doorbell by acknowledging; trusts no index but its own. */
#include "console/device_hosted.h"
#include "console/device.h"

static struct hosted_console *registers_of(const struct device *device)
{
    return (struct hosted_console *)device->registers;
}

void device_open(struct device *device, const struct task_start *start)
{
    *device = (struct device){.registers = start->device_base, .line = TASK_INTERRUPT};
}

size_t device_put(struct device *device, const char *bytes, size_t count)
{
    struct hosted_console *console = registers_of(device);
    uint32_t head = console->output_head, used = head - console->output_tail;
    size_t room = used <= HOSTED_OUTPUT_BYTES ? HOSTED_OUTPUT_BYTES - used : 0;
    size_t part = count < room ? count : room;
    for (size_t i = 0; i < part; i++)
        console->output[head++ % HOSTED_OUTPUT_BYTES] = bytes[i];
    console->output_head = head;
    return part;
}

size_t device_get(struct device *device, char *bytes, size_t room)
{
    struct hosted_console *console = registers_of(device);
    uint32_t tail = console->input_tail, used = console->input_head - tail;
    size_t part = used <= HOSTED_INPUT_BYTES ? used : 0;
    part = part < room ? part : room;
    for (size_t i = 0; i < part; i++)
        bytes[i] = console->input[tail++ % HOSTED_INPUT_BYTES];
    console->input_tail = tail;
    return part;
}

bool device_ended(const struct device *device)
{
    const struct hosted_console *console = registers_of(device);
    return console->input_ended != 0 && console->input_head == console->input_tail;
}

void device_acknowledge(struct device *device) { (void)uk_interrupt_acknowledge(device->line); }
