/* SPDX-License-Identifier: MIT */
/* Writes at most what a pipe takes at once: then a blocking file, which others share, need not be made non-blocking. */
#include "sim/boot_outlet.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

size_t boot_outlet_room(const struct boot_outlet *outlet)
{
    return sizeof outlet->bytes - (outlet->used - outlet->done);
}

bool boot_outlet_pending(const struct boot_outlet *outlet) { return outlet->done < outlet->used; }

void boot_outlet_put(struct boot_outlet *outlet, const char *bytes, size_t count)
{
    outlet->total += count;
    if (outlet->error != 0 || count > boot_outlet_room(outlet))
        return;
    if (count > sizeof outlet->bytes - outlet->used) {
        outlet->used -= outlet->done;
        memmove(outlet->bytes, outlet->bytes + outlet->done, outlet->used);
        outlet->done = 0;
    }
    memcpy(outlet->bytes + outlet->used, bytes, count);
    outlet->used += count;
}

void boot_outlet_say(struct boot_outlet *outlet, const char *format, ...)
{
    char line[1024] = "ukern: ";
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line + 7, sizeof line - 8, format, list);
    va_end(list);
    size_t used = 7 + (length < 0 ? 0 : (size_t)length < sizeof line - 9 ? (size_t)length : sizeof line - 9);
    line[used++] = '\n';
    boot_outlet_put(outlet, line, used);
}

void boot_outlet_write(struct boot_outlet *outlet)
{
    size_t left = outlet->used - outlet->done;
    ssize_t count = write(outlet->fd, outlet->bytes + outlet->done, left < PIPE_BUF ? left : PIPE_BUF);
    if (count < 0 && errno != EINTR && errno != EAGAIN)
        outlet->error = errno;
    outlet->done += count > 0 ? (size_t)count : 0;
    if (outlet->error != 0 || outlet->done == outlet->used)
        outlet->done = outlet->used = 0;
}
