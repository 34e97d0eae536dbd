/* SPDX-License-Identifier: MIT */
/* Timer and Interrupt: a deadline or a line, delivered as a signal. */
#ifndef IPC_TIMER_H
#define IPC_TIMER_H

#include "core/capability.h"
#include "core/deadline.h"

struct timer {
    struct object object;
    struct deadline deadline;
    uk_time period;            /* 0: once */
    struct capability target;  /* what it signals */
};

struct interrupt {
    struct object object;
    uint32_t line;
    uint8_t masked;            /* signalled, not yet acknowledged */
    uint8_t pending;           /* raised again meanwhile */
    uint8_t reserved[2];
    struct capability target;
};

enum uk_status timer_make(struct kernel *kernel, struct object *object, uk_word size);
void timer_disable(struct kernel *kernel, struct object *object);
/* Its deadline has come. */
void timer_fire(struct kernel *kernel, struct deadline *deadline);
void interrupt_disable(struct kernel *kernel, struct object *object);
/* Its line was raised. */
void interrupt_raise(struct kernel *kernel, struct interrupt *interrupt);

struct outcome timer_bind(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome timer_set(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome interrupt_bind(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome interrupt_acknowledge(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
