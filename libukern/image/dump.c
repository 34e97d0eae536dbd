/* SPDX-License-Identifier: MIT */
/* The life before: memory outlives a reset, so a machine that hung can be reset to tell what it was doing. */
#include "image.h"

#include "core/kernel.h"
#include "entry/fold.h"

static void dump_thread(const struct kernel *inside, const struct uk_thread_info *info)
{
    static const char *const states[UK_THREAD_STATE_COUNT] = {
#define UK_X(name, number, text) [number] = text,
        UK_THREAD_STATES(UK_X)
#undef UK_X
    };
    char text[512];
    console_text("  ");
    console_text(info->name);
    console_text(" (");
    console_number(info->object);
    console_text("): ");
    console_text(info->state < UK_THREAD_STATE_COUNT ? states[info->state] : "?");
    const struct thread *current = inside->current;
    if (current != NULL && current->object.number == info->object)
        console_text(", running");
    if (info->waits_for != 0) {
        console_text(", waits for object ");
        console_number(info->waits_for);
    }
    console_text(", priority ");
    console_number(info->effective_priority);
    console_text(", kernel entries ");
    console_number(info->entries);
    console_text("\n");
    if (uk_explain_object((const struct uk_kernel *)inside, info->object, text, sizeof text) > 0) {
        console_text("    ");
        console_text(text);
        console_text("\n");
    }
}

int image_dump(void)
{
    char text[512];
    struct uk_thread_info info;
    struct kernel *inside = platform_earlier();
    const struct uk_kernel *kernel = (const struct uk_kernel *)inside;
    if (inside == NULL)
        return 0;
    fold_end(inside);
    console_text("ukern: the machine was reset while it ran; its threads were:\n");
    for (uint32_t object = 1; object <= inside->object_number; object++)
        if (uk_find_thread(kernel, object, &info) == UK_OK)
            dump_thread(inside, &info);
    if (inside->guest != NULL) {
        console_text("ukern: the kernel was in the resident server ");
        console_text(inside->guest->name);
        console_text("\n");
    }
    console_text("ukern: kernel entries ");
    console_number(inside->counters.entries);
    console_text(", kernel time ");
    console_number(inside->now);
    console_text(" ns\n");
    if (uk_deadlock(kernel, text, sizeof text) > 0) {
        console_text(text);
        console_text("\n");
    }
    return 1;
}
