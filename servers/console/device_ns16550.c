/* SPDX-License-Identifier: MIT */
/* Driver of an NS16550: every reason to interrupt is one that the server's next calls put an end to, so none is lost. */
#include "console/device.h"
#include "console/ns16550_access.h"

#define INPUT_END 0x04 /* this byte is the end of the input */

/* Bits of device->state. */
#define STATE_ENDED  ((uk_word)1) /* INPUT_END has come */
#define STATE_FULL   ((uk_word)2) /* who called for input last had no room for any */
#define STATE_OUTPUT ((uk_word)4) /* the last put has not taken all */

/*
 * The line signals for as long as there is a reason, so what the server's next calls will not end must not be one, or it
 * would be signalled for ever:
 * - while output waits for room, room is the only reason: who puts does not look for input;
 * - input is none while nobody has room for it, and once it has ended.
 * Nothing is lost: what has come in meanwhile is there still when it may be a reason again, and is one at once.
 */
static uint8_t reasons(uk_word state)
{
    if ((state & STATE_OUTPUT) != 0)
        return NS16550_ENABLE_EMPTY;
    return (state & (STATE_FULL | STATE_ENDED)) == 0 ? NS16550_ENABLE_RECEIVED : 0;
}

static void change_state(struct device *device, uk_word state)
{
    uint8_t wanted = reasons(state);
    if (wanted != reasons(device->state))
        ns16550_write(device->registers, NS16550_INTERRUPT_ENABLE, wanted);
    device->state = state;
}

static uint8_t line_status(const struct device *device) { return ns16550_read(device->registers, NS16550_LINE_STATUS); }

/* Firmware has set the speed and turned the FIFOs on: these hold what was typed since, so they are not reset. */
void device_open(struct device *device, const struct task_start *start)
{
    *device = (struct device){.registers = start->device_base, .line = TASK_INTERRUPT};
    ns16550_write(device->registers, NS16550_INTERRUPT_ENABLE, 0);
    ns16550_write(device->registers, NS16550_LINE_CONTROL, NS16550_LINE_8N1);
    ns16550_write(device->registers, NS16550_FIFO_CONTROL, NS16550_FIFO_ON);
    ns16550_write(device->registers, NS16550_MODEM_CONTROL, NS16550_MODEM_READY);
    ns16550_write(device->registers, NS16550_INTERRUPT_ENABLE, reasons(device->state));
    device_acknowledge(device); /* the line may have been raised, and masked, before anybody listened */
}

size_t device_put(struct device *device, const char *bytes, size_t count)
{
    size_t done = 0;
    while (done < count && (line_status(device) & NS16550_STATUS_EMPTY) != 0)
        for (size_t room = NS16550_FIFO_BYTES; done < count && room > 0; room--)
            ns16550_write(device->registers, NS16550_DATA, (uint8_t)bytes[done++]);
    change_state(device, (device->state & ~STATE_OUTPUT) | (done < count ? STATE_OUTPUT : 0));
    return done;
}

size_t device_get(struct device *device, char *bytes, size_t room)
{
    size_t count = 0;
    uk_word state = device->state & ~STATE_FULL;
    while (count < room && (state & STATE_ENDED) == 0 && (line_status(device) & NS16550_STATUS_RECEIVED) != 0) {
        uint8_t byte = ns16550_read(device->registers, NS16550_DATA);
        if (byte == INPUT_END)
            state |= STATE_ENDED;
        else
            bytes[count++] = (char)byte;
    }
    change_state(device, state | (room == 0 ? STATE_FULL : 0));
    return count;
}

bool device_ended(const struct device *device) { return (device->state & STATE_ENDED) != 0; }

/* Reading the cause takes back the interrupt of an empty transmitter, which the next put will see by itself. */
void device_acknowledge(struct device *device)
{
    (void)ns16550_read(device->registers, NS16550_INTERRUPT_CAUSE);
    (void)uk_interrupt_acknowledge(device->line);
}
