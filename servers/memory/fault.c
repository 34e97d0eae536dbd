/* SPDX-License-Identifier: MIT */
/* Answers faults: a page where a region asks for one, else the end of the thread with a line that says why. */
#include "memory/memory.h"
#include "memory/record.h"
#include "runtime/message.h"
#include "runtime/protocol.h"

static uk_handle space_of(uk_word task) { return MEMORY_SPACES + (uk_handle)task; }

static void console_line(const struct memory *memory, const char *line, size_t length)
{
    struct uk_message message = uk_message(CONSOLE_WRITE, 1);
    message_put_bytes(&message, memory->start->buffer, 1, line, length);
    message.word[0] = length;
    (void)uk_call(TASK_CONSOLE, &message, UK_FOREVER);
}

/* The run of mappings that begins at or after `from`; the rights are those of its first. Both ends 0: none. */
static struct mapped next_run(uk_word task, uk_word from, uk_word *rights)
{
    uk_word words[UK_REGISTER_WORDS] = {from};
    struct mapped run = {0, 0};
    if (uk_query(space_of(task), words) != UK_OK)
        return run;
    run = (struct mapped){words[0], words[0] + words[1]};
    *rights = words[2];
    for (words[0] = run.end; uk_query(space_of(task), words) == UK_OK && words[0] == run.end; words[0] = run.end)
        run.end += words[1];
    return run;
}

/* The nearest runs around the fault. Returns the rights of what is mapped at the address; 0: nothing is. */
static uk_word look_around(uk_word task, struct record *record)
{
    uk_word address = record->word[0], rights = 0, here = 0;
    for (struct mapped run = next_run(task, 0, &rights); run.end != 0; run = next_run(task, run.end, &rights)) {
        if (run.base > address) {
            record->above = run;
            break;
        }
        record->below = run;
        if (address < run.end)
            (void)next_run(task, address & ~(UK_PAGE - 1), &here);
    }
    return here;
}

static const char *hint_for(const struct fed_task *fed, uk_word address, uk_word access)
{
    if ((access & UK_RIGHT_EXECUTE) != 0)
        return address < UK_PAGE ? "a jump to 0, so perhaps a function pointer that was never set" : NULL;
    if (address < UK_PAGE)
        return "a null pointer";
    if (address < fed->stack.base && fed->stack.base - address <= UK_PAGE)
        return "just below its stack, which has overflowed";
    return NULL;
}

/* Gives the page that the fault asks for; NULL: done, else why not. */
static const char *give_page(struct memory *memory, uk_word task, uk_word address)
{
    struct fed_task *fed = &memory->tasks[task];
    uint32_t frame;
    if (fed->pages >= fed->quota_pages)
        return "its memory is used up";
    if (pool_take(&memory->pool, (uint8_t)task, &frame) != UK_OK)
        return "the memory server has no page left";
    enum uk_status status = uk_map(space_of(task), frame, address & ~(UK_PAGE - 1), UK_RIGHT_READ | UK_RIGHT_WRITE);
    if (status == UK_MAPPED)
        return "the task's own mapping does not allow it";
    if (status != UK_OK)
        return "its space has no memory for page tables left";
    fed->pages++;
    fed->faults++;
    return NULL;
}

/* Decides on a page fault. True: it has its page; false: `record` says why not. */
static bool handle_page(struct memory *memory, uk_word task, struct record *record)
{
    const struct fed_task *fed = &memory->tasks[task];
    uk_word address = record->word[0], access = record->word[1];
    enum verdict verdict = region_judge(&fed->stack, &fed->heap, address, access);
    if (verdict == VERDICT_PAGE)
        record->reason = give_page(memory, task, address);
    if (verdict == VERDICT_PAGE && record->reason == NULL)
        return true;
    bool mapped = look_around(task, record) != 0;
    if (verdict == VERDICT_RIGHT || (verdict == VERDICT_OUTSIDE && mapped))
        record->reason =
            (access & UK_RIGHT_EXECUTE) != 0 ? "mapped without the execute right" : "mapped without the write right";
    record->hint = hint_for(fed, address, access);
    return false;
}

enum uk_status memory_page(struct memory *memory, const struct uk_message *message)
{
    uk_word task = message->badge, address = message->word[0];
    if (task >= MEMORY_TASKS || UK_TAG_LENGTH(message->tag) < 2)
        return UK_BAD_ARGUMENT;
    const struct fed_task *fed = &memory->tasks[task];
    bool may = region_judge(&fed->stack, &fed->heap, address, message->word[1]) == VERDICT_PAGE;
    return may && give_page(memory, task, address) == NULL ? UK_OK : UK_CALLER_FAULT;
}

void memory_fault(struct memory *memory, struct uk_message *message)
{
    char bytes[RECORD_BYTES];
    uk_word task = message->badge < MEMORY_TASKS ? message->badge : 0;
    struct record record = {.name = memory->tasks[task].name, .kind = UK_TAG_LABEL(message->tag)};
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        record.word[i] = message->word[i];
    if (record.kind == UK_FAULT_PAGE && handle_page(memory, task, &record)) {
        *message = uk_message(UK_FAULT_RESUME, 0);
        return;
    }
    struct writer writer = writer_open(bytes, sizeof bytes, NULL);
    record_write(&writer, &record);
    memory->tasks[task].stopped_for = (uint32_t)record.kind;
    console_line(memory, bytes, writer.used);
    *message = uk_message(UK_FAULT_KILL, 0);
}
