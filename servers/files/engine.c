/* SPDX-License-Identifier: MIT */
/* Tree and conversations without IPC; invariant: whoever calls is in here alone, and a place without a badge has no fids. */
#include "files/engine.h"

#include <string.h>

/* Takes whole pages from the front of what is left. NULL: they are not there. */
static void *take(uint8_t **next, const uint8_t *end, size_t bytes)
{
    void *taken = *next;
    bytes = (bytes + STORE_PAGE - 1) & ~(STORE_PAGE - 1);
    if ((size_t)(end - *next) < bytes)
        return NULL;
    *next += bytes;
    return taken;
}

struct engine *engine_open(void *memory, size_t bytes, uint32_t places, const void *archive, size_t archive_bytes)
{
    uint8_t *next = memory, *end = next + bytes;
    struct engine *engine = take(&next, end, sizeof *engine);
    if (engine == NULL)
        return NULL;
    memset(engine, 0, sizeof *engine);
    places = (uint32_t)(bytes / 4 / sizeof *engine->ninep < places ? bytes / 4 / sizeof *engine->ninep : places);
    engine->place_count = places;
    engine->request = take(&next, end, WINDOW_BYTES);
    engine->reply = take(&next, end, WINDOW_BYTES);
    engine->ninep = take(&next, end, places * sizeof *engine->ninep);
    if (places == 0 || engine->request == NULL || engine->reply == NULL || engine->ninep == NULL ||
        tree_initialise(&engine->tree, next, (size_t)(end - next)) != TREE_OK)
        return NULL;
    engine->report = archive_load(&engine->tree, archive, archive_bytes);
    return engine;
}

/* The place of this badge; place_count: there is none. */
static uint32_t find(const struct engine *engine, uk_word badge)
{
    uint32_t place = 0;
    while (place < engine->place_count && engine->badge[place] != badge)
        place++;
    return place;
}

enum uk_status engine_begin(struct engine *engine, uk_word badge, uint32_t limit)
{
    uint32_t place = find(engine, 0);
    if (place == engine->place_count)
        return UK_LIMIT;
    engine->badge[place] = badge;
    memset(&engine->ninep[place], 0, sizeof engine->ninep[place]);
    ninep_start(&engine->ninep[place], &engine->tree, limit);
    return UK_OK;
}

enum uk_status engine_end(struct engine *engine, uk_word badge)
{
    uint32_t place = find(engine, badge);
    if (badge == 0 || place == engine->place_count)
        return UK_STALE;
    ninep_end(&engine->ninep[place]);
    engine->badge[place] = 0;
    return UK_OK;
}

uint32_t engine_limit(const struct engine *engine, uk_word badge)
{
    uint32_t place = find(engine, badge);
    return badge == 0 || place == engine->place_count ? 0 : engine->ninep[place].limit;
}

size_t engine_exchange(struct engine *engine, uk_word badge, uk_time now, const uint8_t *request, size_t request_bytes,
                       uint8_t *reply)
{
    uint32_t place = find(engine, badge);
    engine->tree.now.seconds = engine->report.newest + now / 1000000000;
    engine->tree.now.nanoseconds = (uint32_t)(now % 1000000000);
    if (badge == 0 || place == engine->place_count)
        return 0;
    return ninep_exchange(&engine->ninep[place], request, request_bytes, reply, engine->ninep[place].limit);
}
