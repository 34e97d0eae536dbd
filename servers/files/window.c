/* SPDX-License-Identifier: MIT */
/* Frames of clients, used by copying only; invariant: no byte of them is trusted to be there still. */
#include "files/window.h"
#include "runtime/task.h"

#include <string.h>

#define SHARED_RIGHTS (UK_RIGHT_READ | UK_RIGHT_WRITE)
#define ADDRESS_WORD  5 /* of UK_CAPABILITY_INSPECT on a frame */

void window_declare(const struct window *window, struct uk_buffer *buffer, uint32_t more)
{
    buffer->window = (struct uk_window){.slot = window->slot,
                                        .slot_count = WINDOW_FRAMES_MAX + more,
                                        .address = window->base,
                                        .bytes = WINDOW_BYTES};
}

bool window_take(struct window *window, const struct uk_item *item, uint32_t kind)
{
    if (item->kind != kind || item->address != window->base || (uint32_t)item->handle != window->slot ||
        item->count > WINDOW_FRAMES_MAX || (item->rights & SHARED_RIGHTS) != SHARED_RIGHTS)
        return false;
    window->count = (uint32_t)item->count;
    return true;
}

static bool frame_is_here(const struct window *window, uint32_t index)
{
    uk_word words[UK_REGISTER_WORDS];
    enum uk_status status = uk_inspect(TASK_CNODE, window->slot + index, words);
    return status == UK_OK && words[0] == UK_TYPE_FRAME && words[ADDRESS_WORD] == window->base + index * UK_PAGE;
}

bool window_is_here(const struct window *window, size_t offset, size_t bytes)
{
    for (uint32_t i = (uint32_t)(offset / UK_PAGE); i * UK_PAGE < offset + bytes; i++)
        if (i >= window->count || !frame_is_here(window, i))
            return false;
    return true;
}

bool window_was_here(struct window *window, size_t offset, size_t bytes)
{
    window->spoilt = window->spoilt || !window_is_here(window, offset, bytes);
    return !window->spoilt;
}

void window_release(struct window *window)
{
    if (window->count > 0)
        (void)uk_delete_run(TASK_CNODE, window->slot, window->count);
    window->count = 0;
}

/* A copy is good if the frames were here before and after it. */
static bool copy(struct window *window, size_t offset, void *target, const void *source, size_t bytes)
{
    if (!window_is_here(window, offset, bytes))
        return false;
    memcpy(target, source, bytes);
    return window_was_here(window, offset, bytes);
}

bool window_read(struct window *window, void *target, size_t offset, size_t bytes)
{
    return copy(window, offset, target, (const uint8_t *)(uintptr_t)window->base + offset, bytes);
}

bool window_write(struct window *window, size_t offset, const void *source, size_t bytes)
{
    return copy(window, offset, (uint8_t *)(uintptr_t)window->base + offset, source, bytes);
}
