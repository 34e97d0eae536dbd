/* SPDX-License-Identifier: MIT */
/* Endpoint: unbuffered rendezvous. The message moves only when both sides are here. After L4 and seL4. */
#ifndef IPC_ENDPOINT_H
#define IPC_ENDPOINT_H

#include "core/thread.h"

struct endpoint {
    struct object object;
    struct queue senders, receivers; /* both at once only while a receiver's filter refuses all senders */
    struct service service;          /* the thread bound to it, if any */
    uint32_t generation;             /* incarnation of the server; capabilities of earlier ones are dead */
    uint8_t by_priority;             /* order of the queues */
    uint8_t closed;                  /* its server died (or its last capability went): nobody can wait here */
    uint8_t served;                  /* a server has been bound before */
    uint8_t reserved;
};

enum uk_status endpoint_make(struct kernel *kernel, struct object *object, uk_word size);
void endpoint_disable(struct kernel *kernel, struct object *object);
int endpoint_drain(struct kernel *kernel, struct object *object);
struct thread *endpoint_helped(const struct object *object);
const struct queue *endpoint_waiters(const struct object *object);
void endpoint_server_died(struct kernel *kernel, struct object *object);

/* The call that a fault is (caller->marks has THREAD_FAULTED), or an operation on an object that is interposed. */
struct outcome endpoint_call_with(struct kernel *kernel, struct thread *caller, struct capability *via, uk_time until,
                                  uk_word flags);

struct outcome endpoint_send(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome endpoint_receive(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome endpoint_call(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome endpoint_reply_receive(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome endpoint_bind(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
