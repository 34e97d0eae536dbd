/* SPDX-License-Identifier: MIT */
/* Lays out a task's space from its base upwards, with an unmapped page between any two parts. */
#include "root/layout.h"

/* The range still free; `short_of` is set once something did not fit, and then nothing more is taken. */
struct cursor {
    uk_word next, end;
    bool short_of;
};

static uk_word round_up(uk_word value, uk_word unit) { return (value + unit - 1) / unit * unit; }

/* Takes `bytes` at a multiple of `unit`, after a guard page. */
static uk_word take(struct cursor *cursor, uk_word bytes, uk_word unit)
{
    uk_word base = round_up(cursor->next + UK_PAGE, unit); /* 0 or little if it wraps */
    uk_word room = base > cursor->next && base < cursor->end ? cursor->end - base : 0;
    if (cursor->short_of || bytes > room || room - bytes < UK_PAGE) {
        cursor->short_of = true;
        return 0;
    }
    cursor->next = base + round_up(bytes, UK_PAGE);
    return base;
}

bool layout_make(struct layout *layout, const struct layout_need *need, uk_word base, uk_word end)
{
    struct cursor cursor = {base, end, end <= base};
    layout->start = take(&cursor, UK_PAGE, UK_PAGE);
    layout->buffer = take(&cursor, UK_PAGE, UK_PAGE);
    layout->stack_base = take(&cursor, need->stack_bytes, UK_PAGE);
    layout->stack_end = layout->stack_base + round_up(need->stack_bytes, UK_PAGE);
    layout->heap_base = take(&cursor, need->heap_bytes, UK_PAGE);
    layout->heap_end = layout->heap_base + round_up(need->heap_bytes, UK_PAGE);
    layout->device_base = need->device_bytes > 0 ? take(&cursor, need->device_bytes, UK_PAGE) : 0;
    layout->archive_base = need->archive_bytes > 0 ? take(&cursor, need->archive_bytes, UK_LARGE) : 0;
    layout->free_base = take(&cursor, 0, UK_LARGE);
    layout->free_end = end;
    return !cursor.short_of;
}
