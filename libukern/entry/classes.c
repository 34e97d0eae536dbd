/* SPDX-License-Identifier: MIT */
/* One row for each type of object: how it is made, disabled, taken apart and signalled. A new design adds its row. */
#include "core/cnode.h"
#include "core/kernel.h"
#include "core/reply.h"
#include "core/sched_context.h"
#include "ipc/bound.h"
#include "ipc/endpoint.h"
#include "ipc/notification.h"
#include "ipc/port.h"
#include "ipc/resident.h"
#include "ipc/portal.h"
#include "ipc/ring.h"
#include "ipc/timer.h"

const struct object_class object_classes[UK_TYPE_COUNT] = {
    [UK_TYPE_UNTYPED] = {sizeof(struct untyped), UK_RIGHT_MANAGE, NULL, NULL, untyped_drain, NULL, NULL},
    [UK_TYPE_CNODE] = {sizeof(struct cnode), UK_RIGHT_MANAGE, cnode_make, NULL, cnode_drain, NULL, NULL},
    [UK_TYPE_FRAME] = {sizeof(struct frame), UK_RIGHTS_ALL, NULL, NULL, NULL, NULL, NULL},
    [UK_TYPE_SPACE] = {sizeof(struct space), UK_RIGHT_MANAGE, space_make, space_disable, space_drain, NULL, NULL},
    [UK_TYPE_THREAD] = {sizeof(struct thread), UK_RIGHT_READ | UK_RIGHT_MANAGE, thread_make, thread_disable,
                        thread_drain, NULL, NULL},
    [UK_TYPE_SCHED_CONTEXT] = {sizeof(struct sched_context), UK_RIGHT_MANAGE, sched_context_make,
                               sched_context_disable, NULL, NULL, NULL},
    [UK_TYPE_ENDPOINT] = {sizeof(struct endpoint), UK_RIGHTS_ALL & ~UK_RIGHT_EXECUTE, endpoint_make, endpoint_disable,
                          endpoint_drain, NULL, endpoint_server_died},
    [UK_TYPE_REPLY] = {sizeof(struct reply), UK_RIGHT_SEND | UK_RIGHT_MANAGE, NULL, reply_disable, NULL, NULL, NULL},
    [UK_TYPE_NOTIFICATION] = {sizeof(struct notification), UK_RIGHTS_ALL & ~(UK_RIGHT_EXECUTE | UK_RIGHT_GRANT), NULL,
                              notification_disable, notification_drain, notification_take_signal,
                              notification_server_died},
    [UK_TYPE_TIMER] = {sizeof(struct timer), UK_RIGHT_MANAGE, timer_make, timer_disable, NULL, NULL, NULL},
    /* Boot makes one for each line; nobody else can, so its size is given as 0. */
    [UK_TYPE_INTERRUPT] = {0, UK_RIGHT_MANAGE, NULL, interrupt_disable, NULL, NULL, NULL},
    [UK_TYPE_RING] = {sizeof(struct ring), UK_RIGHT_SEND | UK_RIGHT_MANAGE, ring_make, ring_disable, NULL, NULL, NULL},
    [UK_TYPE_BOUND] = {sizeof(struct bound), UK_RIGHT_SEND | UK_RIGHT_MANAGE, bound_make, bound_disable, NULL, NULL, NULL},
    [UK_TYPE_PORT] = {sizeof(struct port), UK_RIGHTS_ALL, port_make, NULL, port_drain, NULL, NULL},
    /* Boot makes these, too: they are the embedder's. */
    [UK_TYPE_RESIDENT] = {0, UK_RIGHT_SEND | UK_RIGHT_MANAGE, NULL, NULL, NULL, NULL, NULL},
    [UK_TYPE_PORT_SET] = {sizeof(struct port_set), UK_RIGHT_RECEIVE | UK_RIGHT_MANAGE, NULL, NULL, port_set_drain, NULL,
                          NULL},
    [UK_TYPE_PORTAL] = {sizeof(struct portal), UK_RIGHT_SEND | UK_RIGHT_GRANT | UK_RIGHT_MANAGE, portal_make, portal_disable,
                        portal_drain, NULL, NULL},
};

const struct object_rule object_rules[UK_TYPE_COUNT] = {
    [UK_TYPE_ENDPOINT] = {.call = endpoint_call, .helped = endpoint_helped, .waiters = endpoint_waiters},
    [UK_TYPE_PORT] = {UK_RIGHT_RECEIVE | UK_RIGHT_ONCE | UK_RIGHT_MANAGE, port_lost, port_size, NULL, NULL, NULL},
    [UK_TYPE_PORTAL] = {.size = portal_size, .helped = portal_helped},
};
