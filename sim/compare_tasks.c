/* SPDX-License-Identifier: MIT */
/* What clients and servers do at user level, whatever the design: batches, payloads that are checked, a flood. */
#include <ukern/call.h>

#include "sim/compare.h"

static volatile uint64_t *page_at(uk_word address, uint32_t bytes, uint32_t page)
{
    return page * UK_PAGE < bytes ? (volatile uint64_t *)(uintptr_t)(address + page * UK_PAGE) : NULL;
}

/* Every word is what the client wrote once and for all. */
static enum uk_status look(const struct compare_link *link, uk_word address, uint32_t bytes)
{
    volatile uint64_t *word;
    enum uk_status status = UK_OK;
    for (uint32_t page = 0; (word = page_at(address, bytes, page)) != NULL; page++)
        status = *word == link->sequence + page ? status : UK_BAD_ARGUMENT;
    return status;
}

/* A request without payload, first of all: what is measured then is a few instructions in some designs, and each of ours is
 * in every one of them. */
static enum uk_status answer_null(struct compare_link *link, enum compare_what what)
{
    struct compare_link *down = link->server->down;
    uk_word bits;
    if (down != NULL)
        return link->world->design->exchange(down, what, 0);
    if (what == COMPARE_HANG)
        (void)uk_wait(link->server->wait, &bits, UK_FOREVER);
    return UK_OK;
}

enum uk_status compare_answer(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    volatile uint64_t *word;
    if (bytes == 0)
        return answer_null(link, what);
    if (compare_has_files(link->world->work))
        return compare_files_answer(link, bytes);
    if (link->world->work->kind == COMPARE_LOOK) {
        link->answer_bytes = 0;
        return look(link, link->there, bytes);
    }
    link->answer_bytes = bytes;
    for (uint32_t page = 0; (word = page_at(link->there, bytes, page)) != NULL; page++)
        ++*word;
    return answer_null(link, what);
}

/* The client writes a word of each page, and finds it one greater. */
static enum uk_status echo(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    volatile uint64_t *word;
    if (bytes == 0)
        return link->world->design->exchange(link, what, 0);
    int looks = link->world->work->kind == COMPARE_LOOK;
    if (looks && link->sequence != 0) {
        enum uk_status seen = look(link, link->here, bytes);
        return seen == UK_OK ? link->world->design->exchange(link, what, bytes) : seen;
    }
    link->sequence += 2;
    link->request_bytes = bytes;
    for (uint32_t page = 0; (word = page_at(link->here, bytes, page)) != NULL; page++)
        *word = link->sequence + page;
    enum uk_status status = link->world->design->exchange(link, what, bytes);
    uk_word answer = link->answer != 0 ? link->answer : link->here;
    for (uint32_t page = 0; status == UK_OK && !looks && (word = page_at(answer, bytes, page)) != NULL; page++)
        if (*word != link->sequence + page + 1)
            status = UK_BAD_ARGUMENT;
    return status;
}

static enum uk_status operate(struct compare_link *link, uint32_t count)
{
    uk_word words[UK_REGISTER_WORDS];
    enum uk_status status = UK_OK;
    if (link->world->design->operate != NULL)
        return link->world->design->operate(link, count);
    for (uint32_t i = 0; i < count && status == UK_OK; i++)
        status = uk_inspect(UK_SLOT_CNODE, UK_SLOT_THREAD, words);
    return status;
}

static enum uk_status ask(struct compare_link *link, uint32_t requests)
{
    const struct compare_work *work = link->world->work;
    if (compare_has_files(work))
        return compare_files_ask(link);
    if (work->kind == COMPARE_OPERATIONS)
        return operate(link, requests);
    if (requests > 1 && link->world->design->batch != NULL)
        return link->world->design->batch(link, requests);
    enum uk_status status = UK_OK;
    for (uint32_t i = 0; i < requests && status == UK_OK; i++)
        status = echo(link, work->kind == COMPARE_KILL ? COMPARE_HANG : COMPARE_ANSWER, work->bytes);
    return status;
}

static enum uk_status work_through(struct compare_task *self)
{
    const struct compare_work *work = self->world->work;
    enum uk_status status = UK_OK;
    for (uint64_t i = self->world->count; i != 0 && status == UK_OK; i--) {
        status = ask(self->down, work->requests);
        self->done++;
        if (compare_is_flood(work))
            uk_yield(); /* it is the others' turn after each call: they shall do their worst */
    }
    return status;
}

/* In virtual time only kernel entries take any, and the look at the clock stands for what a client does between two
 * calls: without it each of its slices would end within a call, where there is nobody to preempt. */
static void flood(struct compare_task *self)
{
    const struct compare_design *design = self->world->design;
    bool post = self->world->work->kind == COMPARE_POST && design->flood != NULL;
    while (!self->world->stop) {
        (void)uk_clock();
        enum uk_status status = post ? design->flood(self->down) : design->exchange(self->down, COMPARE_ANSWER, 0);
        self->done++;
        self->refused += status != UK_OK;
    }
}

/* Each signal of the embedder is one batch. In a flood the first client works and the others are hostile. */
uk_word compare_client(uk_word argument)
{
    struct compare_task *self = (struct compare_task *)(uintptr_t)argument;
    struct compare_world *world = self->world;
    uk_word bits;
    while (uk_wait(self->wait, &bits, UK_FOREVER) == UK_OK) {
        if (!world->begun)
            world->begun = 1, world->begin = compare_clock();
        if (compare_is_flood(world->work) && self != world->clients) {
            flood(self);
        } else {
            self->status = (uint32_t)work_through(self);
            struct compare_time now = compare_clock();
            world->took = (struct compare_time){now.real - world->begin.real, now.cpu - world->begin.cpu};
            world->stop = 1;
        }
        self->running = 0;
    }
    return 1;
}

uk_word compare_server(uk_word argument)
{
    struct compare_task *self = (struct compare_task *)(uintptr_t)argument;
    return (uk_word)self->world->design->serve(self);
}
