/* SPDX-License-Identifier: MIT */
/* An NS16550 in software, its wire and its interrupt controller: between any two accesses all of them may have moved on. */
#ifndef TESTS_SERVERS_NS16550_MODEL_H
#define TESTS_SERVERS_NS16550_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "console/device_ns16550.h"

struct uk_kernel;

#define MODEL_OUTPUT 262144

enum model_kind {
    MODEL_EDGES = 1,     /* the controller hears of a level only when the chip changes something, as QEMU's PLIC */
    MODEL_NO_ENABLE = 2, /* enabling the interrupt of an empty transmitter does not raise it, as in some old chips */
    MODEL_QUIET = 4      /* it moves only when told to, not between two accesses */
};

struct model {
    unsigned kind;
    uint32_t seed;
    const char *input; /* what the other end of the wire types */
    size_t input_bytes;
    bool plugged; /* the other end takes nothing */
    /* ---- the chip */
    uint8_t enable, line_control, modem_control, fifo_control;
    bool empty_raised; /* the transmitter has become empty, and nobody has seen it */
    char received[NS16550_FIFO_BYTES], sent[NS16550_FIFO_BYTES];
    size_t received_count, sent_count;
    /* ---- the controller */
    bool pending, claimed;
    unsigned claims;
    /* ---- what came of it */
    size_t input_used, output_used;
    char output[MODEL_OUTPUT];
    const char *broken;       /* what the driver should not have done */
    struct uk_kernel *kernel; /* told of interrupts; may be NULL */
};

static inline uint32_t model_random(struct model *model)
{
    model->seed ^= model->seed << 13;
    model->seed ^= model->seed >> 17;
    return model->seed ^= model->seed << 5;
}

static inline bool model_level(const struct model *model)
{
    return ((model->enable & NS16550_ENABLE_RECEIVED) != 0 && model->received_count > 0) ||
           ((model->enable & NS16550_ENABLE_EMPTY) != 0 && model->empty_raised);
}

/* The chip has changed something. */
static inline void model_update(struct model *model) { model->pending = model_level(model); }

/* The processor takes the interrupt; true: there was one. From then on the line is masked. */
static inline bool model_claim(struct model *model, void (*interrupt)(struct uk_kernel *kernel, unsigned device))
{
    if ((model->kind & MODEL_EDGES) == 0)
        model_update(model);
    if (!model->pending || model->claimed)
        return false;
    model->pending = false;
    model->claimed = true;
    model->claims++;
    if (model->kernel != NULL)
        interrupt(model->kernel, 0);
    return true;
}

static inline void model_receive(struct model *model)
{
    model->received[model->received_count++] = model->input[model->input_used++];
    model_update(model);
}

static inline void model_send(struct model *model)
{
    if (model->output_used < MODEL_OUTPUT)
        model->output[model->output_used++] = model->sent[0];
    memmove(model->sent, model->sent + 1, --model->sent_count);
    if (model->sent_count == 0)
        model->empty_raised = (model->enable & NS16550_ENABLE_EMPTY) != 0 || (model->kind & MODEL_NO_ENABLE) != 0;
    model_update(model);
}

/* Moves one byte, if there is one to move. */
static inline bool model_step(struct model *model)
{
    bool receive = model->received_count < NS16550_FIFO_BYTES && model->input_used < model->input_bytes;
    bool send = model->sent_count > 0 && !model->plugged;
    if (receive && (!send || model_random(model) % 2 == 0))
        model_receive(model);
    else if (send)
        model_send(model);
    return receive || send;
}

static inline void model_breathe(struct model *model)
{
    while ((model->kind & MODEL_QUIET) == 0 && model_random(model) % 4 == 0 && model_step(model))
        ;
}

static inline uint8_t model_status(const struct model *model)
{
    return (uint8_t)((model->received_count > 0 ? NS16550_STATUS_RECEIVED : 0) |
                     (model->sent_count == 0 ? NS16550_STATUS_EMPTY : 0));
}

static inline uint8_t model_take(struct model *model)
{
    uint8_t byte = (uint8_t)model->received[0];
    if (model->received_count == 0) {
        model->broken = "read of a byte that is not there";
        return 0;
    }
    memmove(model->received, model->received + 1, --model->received_count);
    model_update(model);
    return byte;
}

static inline uint8_t model_cause(struct model *model)
{
    if ((model->enable & NS16550_ENABLE_RECEIVED) != 0 && model->received_count > 0)
        return 0xc4;
    if ((model->enable & NS16550_ENABLE_EMPTY) == 0 || !model->empty_raised)
        return 0xc1;
    model->empty_raised = false;
    model_update(model);
    return 0xc2;
}

static inline uint8_t model_read(struct model *model, enum ns16550_register number)
{
    model_breathe(model);
    switch (number) {
    case NS16550_DATA:
        return model_take(model);
    case NS16550_INTERRUPT_CAUSE:
        return model_cause(model);
    case NS16550_LINE_STATUS:
        return model_status(model);
    default:
        model->broken = "read of a register that tells nothing";
        return 0;
    }
}

static inline void model_give(struct model *model, uint8_t byte)
{
    if (model->sent_count == NS16550_FIFO_BYTES) {
        model->broken = "a byte for a transmitter that is full";
        return;
    }
    model->sent[model->sent_count++] = (char)byte;
    model->empty_raised = false;
    model_update(model);
}

static inline void model_enable(struct model *model, uint8_t value)
{
    bool newly = (value & ~model->enable & NS16550_ENABLE_EMPTY) != 0;
    model->enable = value;
    if ((model->kind & MODEL_NO_ENABLE) == 0)
        model->empty_raised =
            (value & NS16550_ENABLE_EMPTY) != 0 && (newly ? model->sent_count == 0 : model->empty_raised);
    model_update(model);
}

static inline void model_write(struct model *model, enum ns16550_register number, uint8_t value)
{
    model_breathe(model);
    if (number != NS16550_LINE_CONTROL && (model->line_control & 0x80) != 0)
        model->broken = "the divisor is written";
    switch (number) {
    case NS16550_DATA:
        model_give(model, value);
        break;
    case NS16550_INTERRUPT_ENABLE:
        model_enable(model, value);
        break;
    case NS16550_FIFO_CONTROL:
        if ((value & 0x06) != 0 || (model->fifo_control & 1) == 0)
            model->received_count = 0; /* what was typed is lost */
        model->fifo_control = value;
        break;
    case NS16550_LINE_CONTROL:
        model->line_control = value;
        break;
    case NS16550_MODEM_CONTROL:
        model->modem_control = value;
        break;
    default:
        model->broken = "write of a register that cannot be written";
    }
}

#endif
