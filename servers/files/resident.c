/* SPDX-License-Identifier: MIT */
/* The file server in the kernel: requests and answers are copied from and to the caller's pages, and nothing ever waits. */
#include <ukern/linked.h>

#include <string.h>

#include "files/engine.h"
#include "runtime/protocol.h"
#include "runtime/transports.h"

/* Enough for most exchanges. What takes longer is counted by the kernel: of 64 KiB where memory is slow, and the removal of a
 * large file, which takes as long as it has pages. */
#define BOUND_NS 20000

/* At the beginning of its memory; the engine has the rest, from the next page on. */
struct linked {
    struct uk_resident about;
    struct engine *engine;
};

/* Whoever opens sessions: the one task that has a capability without a badge. */
static enum uk_status serve_door(struct engine *engine, struct uk_resident_call *call)
{
    uk_word badge = call->word[1];
    switch (call->word[0]) {
    case RESIDENT_REPORT:
        call->word[0] = engine->report.error;
        call->word[1] = engine->report.offset;
        return UK_OK;
    case RESIDENT_BEGIN:
        return badge != 0 && engine_limit(engine, badge) == 0 ? engine_begin(engine, badge, WINDOW_BYTES) : UK_BAD_ARGUMENT;
    case RESIDENT_END:
        return engine_end(engine, badge);
    default:
        return UK_BAD_OPERATION;
    }
}

/* An answer that cannot be given must not have been worked for. */
static bool may_answer(const struct uk_resident_call *call)
{
    size_t bytes = 0;
    for (uk_word at = 0; at < call->bytes; at += bytes)
        if (uk_resident_view(call, at, UK_RIGHT_WRITE, &bytes) == NULL)
            return false;
    return true;
}

static void take(const struct uk_resident_call *call, uint8_t *target, uk_word count)
{
    size_t bytes = 0;
    for (uk_word at = 0; at < count; at += bytes) {
        const uint8_t *view = uk_resident_view(call, at, UK_RIGHT_READ, &bytes);
        memcpy(target + at, view, bytes < count - at ? bytes : (size_t)(count - at));
    }
}

static void give(const struct uk_resident_call *call, const uint8_t *source, uk_word count)
{
    size_t bytes = 0;
    for (uk_word at = 0; at < count; at += bytes) {
        uint8_t *view = uk_resident_view(call, at, UK_RIGHT_WRITE, &bytes);
        memcpy(view, source + at, bytes < count - at ? bytes : (size_t)(count - at));
    }
}

static enum uk_status serve_client(struct engine *engine, struct uk_resident_call *call)
{
    uk_word request = call->word[0], limit = engine_limit(engine, call->badge);
    if (limit == 0)
        return UK_STALE;
    if (request > call->bytes || request > limit)
        return UK_TOO_LARGE;
    if (!may_answer(call))
        return UK_CALLER_FAULT;
    take(call, engine->request, request);
    size_t bytes = engine_exchange(engine, call->badge, call->now, engine->request, (size_t)request, engine->reply);
    call->word[0] = bytes;
    if (bytes != 0 && bytes <= call->bytes) {
        give(call, engine->reply, bytes);
        return UK_OK;
    }
    (void)engine_end(engine, call->badge); /* it hung up, or there is no room for what it said */
    return bytes == 0 ? UK_OK : UK_TOO_LARGE;
}

static enum uk_status visit(void *context, struct uk_resident_call *call)
{
    struct linked *linked = context;
    return call->badge == 0 ? serve_door(linked->engine, call) : serve_client(linked->engine, call);
}

int linked_wanted(uk_word argument) { return argument_kind(argument) == TRANSPORT_RESIDENT; }

enum uk_status linked_open(struct uk_config *config, void *memory, size_t bytes)
{
    struct linked *linked = memory;
    if (bytes < UK_PAGE)
        return UK_NO_MEMORY;
    linked->engine = engine_open((uint8_t *)memory + UK_PAGE, bytes - UK_PAGE, SESSIONS_MAX, config->archive,
                                 config->archive_bytes);
    if (linked->engine == NULL)
        return UK_NO_MEMORY;
    linked->about = (struct uk_resident){.name = "files", .function = visit, .context = linked, .bound_ns = BOUND_NS};
    config->residents = &linked->about;
    config->resident_count = 1;
    config->archive = NULL;
    config->archive_bytes = 0;
    return UK_OK;
}
