/* SPDX-License-Identifier: MIT */
/* The root task's service: tells who runs and how much, notices every death, and decides when the system is over. */
#include "memory/memory.h"
#include "memory/record.h"
#include "root/root.h"
#include "runtime/message.h"
#include "runtime/protocol.h"
#include "runtime/text.h"

#define SAY_BYTES  (5 * sizeof(uk_word)) /* of a console message that needs no buffer */
#define LINE_BYTES 160                   /* of a line that is said, at most */
#define EXIT_WORD  4                     /* of UK_THREAD_INSPECT, page 1 */
#define RUNS_ON    (~(uk_word)0)         /* no exit code yet */

static void print(const struct root *root, const char *line, size_t length)
{
    for (size_t done = 0; done < length; done += SAY_BYTES) {
        size_t part = length - done < SAY_BYTES ? length - done : SAY_BYTES;
        struct uk_message message = uk_message(CONSOLE_WRITE, 1);
        message_put_bytes(&message, NULL, 1, line + done, part);
        message.word[0] = part;
        if (root_call(root, ROW_CONSOLE, &message) != UK_OK)
            return;
    }
}

void root_say(const struct root *root, const char *text)
{
    char line[LINE_BYTES];
    print(root, line, text_format(line, sizeof line, "ukern: %s\n", text));
}

static uk_handle thread_of(const struct root *root, uint32_t row)
{
    return row == ROW_ROOT ? UK_SLOT_THREAD : root_slot(root, row, BLOCK_THREAD);
}

/* The `index`-th task that lives; row_count: there are fewer. */
static uint32_t find_alive(const struct root *root, uk_word index)
{
    for (uint32_t row = 0; row < root->plan->row_count; row++)
        if (root->tasks[row].alive && index-- == 0)
            return row;
    return root->plan->row_count;
}

static void answer_inspect(const struct root *root, struct uk_message *message, uk_word page)
{
    uint32_t row = find_alive(root, message->word[0]);
    enum uk_status status = UK_NOT_MAPPED;
    message->word[0] = page;
    if (row < root->plan->row_count)
        status = uk_thread_inspect(thread_of(root, row), message->word);
    message->tag = UK_TAG(status, status == UK_OK ? UK_REGISTER_WORDS : 0, 0);
}

/* What the memory server stopped it for; UK_FAULT_NONE: nothing, it ended by itself. */
static uk_word fault_of(const struct root *root, uint32_t row)
{
    struct uk_message message = uk_message(MEMORY_STATUS, 1);
    message.word[0] = row;
    return root_call(root, ROW_MEMORY, &message) == UK_OK ? message.word[0] : UK_FAULT_NONE;
}

/* Takes back all that a dead task had. */
static void reclaim(const struct root *root, uint32_t row)
{
    struct uk_message message = uk_message(MEMORY_RECLAIM, 1);
    message.word[0] = row;
    root_leave(root, row);
    (void)root_call(root, ROW_MEMORY, &message);
    (void)uk_revoke(UK_SLOT_CNODE, root_slot(root, row, BLOCK_HOME));
    (void)uk_delete(UK_SLOT_CNODE, root_slot(root, row, BLOCK_HOME));
}

/* A task is no more. Returns the system's exit code if that ends it, else RUNS_ON. */
static uk_word task_died(struct root *root, uint32_t row)
{
    const struct row *spec = &root->plan->rows[row];
    uk_word words[UK_REGISTER_WORDS] = {1};
    char text[LINE_BYTES];
    root->tasks[row].alive = 0;
    enum uk_status status = uk_thread_inspect(thread_of(root, row), words);
    uk_word fault = row == ROW_MEMORY ? root->memory_fault : fault_of(root, row), code = words[EXIT_WORD];
    if ((spec->flags & (ROW_LEADER | ROW_ESSENTIAL)) == 0) {
        reclaim(root, row);
        return RUNS_ON;
    }
    if (status == UK_OK && fault == UK_FAULT_NONE && (spec->flags & ROW_LEADER) != 0)
        return code & 255;
    text_format(text, sizeof text, "\"%s\" %s, and the system ends with it", spec->name,
                fault == UK_FAULT_NONE ? "has ended" : "was stopped");
    root_say(root, text);
    return fault == UK_FAULT_NONE && code > 0 && code < 256 ? code : ROOT_DIED | row;
}

static uk_word tasks_died(struct root *root, uk_word bits)
{
    uk_word code = RUNS_ON;
    for (uint32_t row = 1; row < root->plan->row_count && code == RUNS_ON; row++)
        if ((bits >> row & 1) != 0)
            code = task_died(root, row);
    return code;
}

/* Only the memory server's faults come here: it feeds the others and cannot feed itself. */
static void stop_faulted(struct root *root, struct uk_message *message)
{
    char line[RECORD_BYTES];
    struct writer writer = writer_open(line, sizeof line, NULL);
    uint32_t row = message->badge < root->plan->row_count ? (uint32_t)message->badge : ROW_ROOT;
    struct record record = {
        .name = root->plan->rows[row].name, .kind = UK_TAG_LABEL(message->tag), .reason = "no mapping"};
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        record.word[i] = message->word[i];
    record_write(&writer, &record);
    root->memory_fault = record.kind;
    print(root, line, writer.used);
    *message = uk_message(UK_FAULT_KILL, 0);
}

static uk_word serve_call(struct root *root, struct uk_message *message)
{
    if ((message->tag & UK_TAG_FAULT) != 0) {
        stop_faulted(root, message);
        return RUNS_ON;
    }
    switch (UK_TAG_LABEL(message->tag)) {
    case ROOT_PS:
        answer_inspect(root, message, 0);
        return RUNS_ON;
    case ROOT_STAT:
        answer_inspect(root, message, 1);
        return RUNS_ON;
    case ROOT_EXIT:
        return message->word[0] & 255;
    default:
        *message = uk_message(UK_BAD_OPERATION, 0);
        return RUNS_ON;
    }
}

uk_word root_serve(struct root *root)
{
    uk_handle endpoint = root_slot(root, ROW_ROOT, BLOCK_ENDPOINT), reply = root_slot(root, ROW_ROOT, BLOCK_REPLY);
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(endpoint, &message, reply, UK_FOREVER);
    for (;;) {
        bool signal = status == UK_OK && (message.tag & UK_TAG_SIGNAL) != 0;
        uk_word code = RUNS_ON;
        if (status == UK_OK)
            code = signal ? tasks_died(root, message.badge) : serve_call(root, &message);
        if (code != RUNS_ON)
            return code;
        if (status != UK_OK || signal)
            status = uk_receive(endpoint, &message, reply, UK_FOREVER);
        else
            status = uk_reply_receive(endpoint, &message, reply, UK_FOREVER);
    }
}

static const char *status_text(enum uk_status status)
{
    static const char *const texts[] = {
#define UK_X(name, number, text) [number] = text,
        UK_STATUSES(UK_X)
#undef UK_X
    };
    return (unsigned)status < UK_STATUS_COUNT ? texts[status] : "an unknown status";
}

static void say_no_start(const struct root *root, uint32_t row, enum uk_status status)
{
    char text[LINE_BYTES];
    const char *what = "", *why = status_text(status);
    if (root->refusal != UK_ELF_OK) {
        what = "its program is refused: ";
        why = uk_elf_error_text(root->refusal);
    } else if (status == UK_NOT_MAPPED) {
        why = "there is no such program"; /* as loaders say it */
    }
    text_format(text, sizeof text, "cannot start \"%s\": %s%s", root->plan->rows[row].name, what, why);
    if (root->tasks[ROW_CONSOLE].alive)
        root_say(root, text);
}

uk_word root_run(const struct plan *plan, uk_word boot_info)
{
    struct root root = {.plan = plan, .info = (const struct uk_boot_info *)boot_info};
    uint32_t row;
    enum uk_status status = root_start(&root, &row);
    if (status != UK_OK) {
        say_no_start(&root, row, status);
        return ROOT_NO_START | (uk_word)root.refusal << ROOT_REFUSAL_SHIFT | (uk_word)status << 8 | row;
    }
    root.tasks[ROW_ROOT].alive = 1;
    return root_serve(&root);
}

uk_word root_main(uk_word boot_info) { return root_run(&root_plan, boot_info); }
