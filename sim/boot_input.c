/* SPDX-License-Identifier: MIT */
/* Reads only when all that was read before has gone to the machine: so it is fed as fast as it reads, and no faster. */
#include "sim/boot_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void end(struct boot_input *input)
{
    input->ended = true;
    input->bytes[input->used++] = BOOT_INPUT_END;
}

bool boot_input_wants(const struct boot_input *input)
{
    return input->script == NULL && !input->ended && input->done == input->used;
}

void boot_input_read(struct boot_input *input)
{
    ssize_t count = read(input->fd, input->bytes, sizeof input->bytes);
    input->done = input->used = 0;
    if (count > 0)
        input->used = (size_t)count;
    else if (count == 0 || (errno != EINTR && errno != EAGAIN))
        end(input);
}

/* The next part of the script. */
static void refill(struct boot_input *input)
{
    size_t part = input->script_bytes < sizeof input->bytes ? input->script_bytes : sizeof input->bytes;
    if (input->script == NULL || input->ended || input->done < input->used)
        return;
    memcpy(input->bytes, input->script, part);
    input->script += part;
    input->script_bytes -= part;
    input->done = 0;
    input->used = part;
    if (part == 0)
        end(input);
}

bool boot_input_pending(const struct boot_input *input)
{
    return input->done < input->used || (input->script != NULL && !input->ended);
}

bool boot_input_feed(struct boot_input *input, int machine)
{
    refill(input);
    ssize_t count = write(machine, input->bytes + input->done, input->used - input->done);
    input->done += count > 0 ? (size_t)count : 0;
    return count >= 0 || errno == EAGAIN || errno == EINTR;
}
