/* SPDX-License-Identifier: MIT */
/* What the console server asks of whatever moves its bytes; each kind of device is one file behind these functions. */
#ifndef CONSOLE_DEVICE_H
#define CONSOLE_DEVICE_H

#include <stdbool.h>

#include "runtime/task.h"

/* A driver's state. */
struct device {
    uk_word registers; /* address of its registers */
    uk_handle line;    /* its Interrupt; signals arrive in the thread's receives */
    uk_word state;     /* the driver's own */
};

void device_open(struct device *device, const struct task_start *start);

/* Hands bytes over; returns how many it took, 0 while it is full. Whoever has begun comes back until all is taken: until
 * then only room for output need signal, and input that came meanwhile signals afterwards. */
size_t device_put(struct device *device, const char *bytes, size_t count);

/* Takes input; returns how many bytes there were, 0 while there are none. After a call with no `room`, input does not
 * signal until the next call that has some. */
size_t device_get(struct device *device, char *bytes, size_t room);

/* No byte will ever come in again, and all that came have been taken. */
bool device_ended(const struct device *device);

/* What has been put and taken shows, and the line may signal again. */
void device_acknowledge(struct device *device);

#endif
