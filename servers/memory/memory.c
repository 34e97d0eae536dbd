/* SPDX-License-Identifier: MIT */
/* The memory server: feeds tasks page by page on their faults, within what they were promised and no further. */
#include "memory/memory.h"

#define ROOT_BADGE 0 /* only the endpoint's maker has a capability without a badge */

static struct fed_task *task_of(struct memory *memory, const struct uk_message *message)
{
    return message->word[0] > 0 && message->word[0] < MEMORY_TASKS ? &memory->tasks[message->word[0]] : NULL;
}

static enum uk_status name_task(struct fed_task *task, const uk_word *word)
{
    for (unsigned i = 0; i < UK_NAME_MAX; i++)
        task->name[i] = (char)(word[1 + i / 8] >> (i % 8 * 8));
    return UK_OK;
}

static enum uk_status feed_task(struct memory *memory, struct fed_task *task, const uk_word *word)
{
    struct region stack = {word[1], word[2]}, heap = {word[3], word[4]};
    uk_word pages = word[5] / UK_PAGE;
    uint32_t chunks = pool_chunks_in(pages);
    if (!region_good(&stack) || !region_good(&heap) || task->promised != 0 || chunks == 0)
        return UK_BAD_ARGUMENT;
    enum uk_status status = pool_promise(&memory->pool, chunks);
    if (status != UK_OK)
        return status;
    task->stack = stack;
    task->heap = heap;
    task->promised = chunks;
    task->quota_pages = pages < POOL_CHUNK_PAGES ? (uint32_t)pages : chunks * POOL_CHUNK_PAGES;
    return UK_OK;
}

static enum uk_status tell_status(const struct fed_task *task, struct uk_message *message)
{
    message->word[0] = task->stopped_for;
    message->word[1] = task->pages;
    message->word[2] = task->faults;
    return UK_OK;
}

static enum uk_status reclaim_task(struct memory *memory, struct fed_task *task)
{
    uk_word index = (uk_word)(task - memory->tasks);
    pool_reclaim(&memory->pool, (uint8_t)index, task->promised);
    (void)uk_delete(TASK_CNODE, MEMORY_SPACES + index);
    *task = (struct fed_task){.promised = 0};
    return UK_OK;
}

static enum uk_status serve_root(struct memory *memory, struct uk_message *message)
{
    struct fed_task *task = task_of(memory, message);
    if (task == NULL)
        return UK_BAD_ARGUMENT;
    switch (UK_TAG_LABEL(message->tag)) {
    case MEMORY_NAME:
        return name_task(task, message->word);
    case MEMORY_FEED:
        return feed_task(memory, task, message->word);
    case MEMORY_STATUS:
        return tell_status(task, message);
    case MEMORY_RECLAIM:
        return reclaim_task(memory, task);
    default:
        return UK_BAD_OPERATION;
    }
}

static enum uk_status serve_task(struct memory *memory, const struct uk_message *message)
{
    return UK_TAG_LABEL(message->tag) == MEMORY_PAGE ? memory_page(memory, message) : UK_NO_RIGHT;
}

/* Turns a message into its answer. */
static void serve(struct memory *memory, struct uk_message *message)
{
    if ((message->tag & UK_TAG_FAULT) != 0) {
        memory_fault(memory, message);
        return;
    }
    enum uk_status status = message->badge == ROOT_BADGE ? serve_root(memory, message) : serve_task(memory, message);
    message->tag = UK_TAG(status, status == UK_OK ? UK_REGISTER_WORDS : 0, 0);
}

uk_word memory_main(const struct task_start *start)
{
    struct memory memory = {.start = start};
    struct uk_message message = uk_message(0, 0);
    pool_open(&memory.pool, MEMORY_POOL, start->slots, (void *)start->heap_base, start->heap_end - start->heap_base);
    enum uk_status status = uk_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        serve(&memory, &message);
        status = uk_reply_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
    }
    return status;
}
