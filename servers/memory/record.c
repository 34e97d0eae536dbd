/* SPDX-License-Identifier: MIT */
/* Puts a fault message in words: which address, which access, and what there is instead; never more than one line. */
#include "memory/record.h"

#include <ukern/abi.h>

enum {
    WORD_ADDRESS = 0,
    WORD_ACCESS = 1,
    WORD_IP = 2,
    WORD_STATUS = 3,
    WORD_OPERATION = 4,
    WORD_HANDLE = 5
};

static const char *access_text(uk_word access)
{
    if ((access & UK_RIGHT_EXECUTE) != 0)
        return "execute";
    return (access & UK_RIGHT_WRITE) != 0 ? "write" : "read";
}

static const char *status_text(uk_word status)
{
    static const char *const texts[] = {
#define UK_X(name, number, text) [number] = text,
        UK_STATUSES(UK_X)
#undef UK_X
    };
    return status < UK_STATUS_COUNT ? texts[status] : "an unknown status";
}

static const char *kind_text(uk_word kind)
{
    static const char *const texts[] = {
#define UK_X(name, number, text) [number] = text,
        UK_FAULTS(UK_X)
#undef UK_X
    };
    return kind < UK_FAULT_COUNT ? texts[kind] : "an unknown fault";
}

static void write_mapped(struct writer *writer, const struct record *record)
{
    const struct mapped *below = &record->below, *above = &record->above;
    if (below->end == 0 && above->end == 0) {
        writer_text(writer, " (its space maps nothing)");
        return;
    }
    writer_text(writer, " (its space maps ");
    if (below->end != 0)
        writer_format(writer, "0x%lx-0x%lx", below->base, below->end);
    if (below->end != 0 && above->end != 0)
        writer_text(writer, " and ");
    if (above->end != 0)
        writer_format(writer, "0x%lx-0x%lx", above->base, above->end);
    writer_text(writer, ")");
}

static void write_page(struct writer *writer, const struct record *record)
{
    writer_format(writer, "%s of 0x%lx: ", access_text(record->word[WORD_ACCESS]), record->word[WORD_ADDRESS]);
    if (record->reason != NULL) {
        writer_text(writer, record->reason);
        return;
    }
    writer_format(writer, "no mapping%s%s", record->hint != NULL ? ": " : "", record->hint != NULL ? record->hint : "");
    write_mapped(writer, record);
}

static void write_operation(struct writer *writer, const struct record *record)
{
    static const char *const names[] = {
#define UK_X(name, number, function, type, right, handles) [number] = &#name[3],
        UK_OPERATIONS(UK_X)
#undef UK_X
    };
    uk_word operation = record->word[WORD_OPERATION] & 255;
    const char *name = operation < UK_OPERATION_COUNT ? names[operation] : "operation";
    for (; *name != '\0'; name++)
        writer_fill(writer, *name == '_' ? ' ' : (char)(*name | 32), 1);
    writer_format(writer, " on slot %u: %s", (unsigned)record->word[WORD_HANDLE],
                  status_text(record->word[WORD_STATUS]));
}

void record_write(struct writer *writer, const struct record *record)
{
    writer_format(writer, "thread \"%.*s\" stopped: ", UK_NAME_MAX, record->name);
    if (record->kind == UK_FAULT_PAGE)
        write_page(writer, record);
    else if (record->kind == UK_FAULT_OPERATION)
        write_operation(writer, record);
    else
        writer_format(writer, "%s at 0x%lx", kind_text(record->kind), record->word[WORD_IP]);
    writer_text(writer, "\n");
}
