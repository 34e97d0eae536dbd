/* SPDX-License-Identifier: MIT */
/* Notification: a word of bits. Signals never block and never queue; they merge. After seL4 and OKL4. */
#ifndef IPC_NOTIFICATION_H
#define IPC_NOTIFICATION_H

#include "core/thread.h"

struct notification {
    struct object object;
    struct queue waiters;
    struct service service; /* the thread bound to it: then its bits are kept in the thread */
    uk_word bits;
    uint32_t active;        /* there are bits */
    uint32_t reserved;
};

void notification_disable(struct kernel *kernel, struct object *object);
int notification_drain(struct kernel *kernel, struct object *object);
void notification_take_signal(struct kernel *kernel, struct object *object, uk_word badge);
void notification_server_died(struct kernel *kernel, struct object *object);

struct outcome notification_signal(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome notification_wait(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_bind(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
