/* SPDX-License-Identifier: MIT */
/* File contents; invariant: a data page holds zeros from the file's end on, so growing never shows old bytes. */
#include "files/content.h"

#include <string.h>

#define FAN_OUT    512 /* pointers in a page */
#define HEIGHT_MAX 5
#define BROKEN     (~(uint64_t)0)

_Static_assert(sizeof(void *) * FAN_OUT == STORE_PAGE, "a table fills a page");

/* Data pages below one root of this height. */
static uint64_t span_of(uint32_t height)
{
    uint64_t span = height == 0 ? 0 : 1;
    for (uint32_t i = 1; i < height; i++)
        span *= FAN_OUT;
    return span;
}

static uint32_t height_for(uint64_t index)
{
    uint32_t height = 1;
    while (index >= span_of(height))
        height++;
    return height;
}

/* The page of height `height` that leads to data page `index`, or NULL. */
static void *page_find(const struct content *content, uint64_t index, uint32_t height)
{
    void *page = content->root;
    if (index >= span_of(content->height) || height > content->height)
        return NULL;
    for (uint32_t above = content->height; above > height && page != NULL; above--)
        page = ((void **)page)[index / span_of(above - 1) % FAN_OUT];
    return page;
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Bytes [begin, begin + count) of the file as the origin has them, zeros after its end. */
static void origin_read(const struct content *content, uint64_t begin, uint8_t *target, size_t count)
{
    size_t there = 0;
    if (begin < content->origin_bytes)
        there = (size_t)smaller(count, content->origin_bytes - begin);
    if (there > 0)
        memcpy(target, content->origin + begin, there);
    memset(target + there, 0, count - there);
}

size_t content_read(const struct content *content, uint64_t offset, uint8_t *target, size_t count)
{
    if (offset >= content->bytes)
        return 0;
    count = (size_t)smaller(count, content->bytes - offset);
    if (content->root == NULL) {
        origin_read(content, offset, target, count);
        return count;
    }
    for (size_t done = 0, part; done < count; done += part) {
        uint64_t at = offset + done;
        const uint8_t *page = page_find(content, at / STORE_PAGE, 1);
        part = (size_t)smaller(count - done, STORE_PAGE - at % STORE_PAGE);
        if (page != NULL)
            memcpy(target + done, page + at % STORE_PAGE, part);
        else
            origin_read(content, at, target + done, part);
    }
    return count;
}

/* How many pages of this height are missing between the roots to the data pages first..last. */
static uint64_t pages_missing(const struct content *content, uint64_t first, uint64_t last, uint32_t height)
{
    uint64_t span = span_of(height);
    uint64_t missing = 0;
    for (uint64_t group = first / span; group <= last / span; group++) {
        /* Growth puts a table above the old root, and counts it itself. */
        bool grown = height > content->height && content->root != NULL && group == 0;
        missing += !grown && page_find(content, group * span, height) == NULL;
    }
    return missing;
}

/* Exactly the pages that a write of this range will take. */
static uint64_t pages_needed(const struct content *content, uint64_t first, uint64_t last)
{
    uint32_t height = height_for(last);
    if (height < content->height)
        height = content->height;
    uint64_t needed = content->root == NULL ? 0 : height - content->height;
    for (uint32_t level = 1; level <= height; level++)
        needed += pages_missing(content, first, last, level);
    return needed;
}

static void grow_to(struct content *content, struct store *store, uint32_t height)
{
    if (content->root == NULL && content->height < height)
        content->height = height;
    while (content->height < height) {
        void **table = store_allocate(store, STORE_PAGE);
        table[0] = content->root;
        content->root = table;
        content->height++;
    }
}

/* The data page, made if it is missing. There must be memory for that. */
static uint8_t *page_make(struct content *content, struct store *store, uint64_t index)
{
    void **place = &content->root;
    for (uint32_t height = content->height; height > 1; height--) {
        if (*place == NULL)
            *place = store_allocate(store, STORE_PAGE);
        place = &((void **)*place)[index / span_of(height - 1) % FAN_OUT];
    }
    if (*place == NULL) {
        *place = store_allocate(store, STORE_PAGE);
        origin_read(content, index * STORE_PAGE, *place, STORE_PAGE);
        content->pages++;
    }
    return *place;
}

bool content_write(struct content *content, struct store *store, uint64_t offset, const uint8_t *source, size_t count)
{
    if (offset > CONTENT_BYTES_MAX || count > CONTENT_BYTES_MAX - offset)
        return false;
    if (count == 0)
        return true;
    uint64_t first = offset / STORE_PAGE;
    uint64_t last = (offset + count - 1) / STORE_PAGE;
    if (pages_needed(content, first, last) > store_pages_free(store))
        return false;
    grow_to(content, store, height_for(last));
    for (size_t done = 0, part; done < count; done += part) {
        uint64_t at = offset + done;
        part = (size_t)smaller(count - done, STORE_PAGE - at % STORE_PAGE);
        memcpy(page_make(content, store, at / STORE_PAGE) + at % STORE_PAGE, source + done, part);
    }
    if (offset + count > content->bytes)
        content->bytes = offset + count;
    return true;
}

/* Frees the data pages from `first` on below `*place`, and the tables that this leaves empty. */
static void prune(struct content *content, struct store *store, void **place, uint32_t height, uint64_t first)
{
    uint64_t span = span_of(height - 1);
    unsigned left = 0;
    for (unsigned i = 0; height > 1 && i < FAN_OUT; i++) {
        void **child = &((void **)*place)[i];
        uint64_t begin = i * span;
        if (*child != NULL && begin + span > first)
            prune(content, store, child, height - 1, begin < first ? first - begin : 0);
        left += *child != NULL;
    }
    if (left > 0 || (height == 1 && first > 0))
        return;
    content->pages -= height == 1;
    store_free(store, *place, STORE_PAGE);
    *place = NULL;
}

static void shrink(struct content *content, struct store *store, uint64_t bytes)
{
    uint64_t first = (bytes + STORE_PAGE - 1) / STORE_PAGE;
    uint8_t *last = page_find(content, bytes / STORE_PAGE, 1);
    content->origin_bytes = smaller(content->origin_bytes, bytes);
    if (last != NULL)
        memset(last + bytes % STORE_PAGE, 0, STORE_PAGE - bytes % STORE_PAGE);
    if (content->root != NULL)
        prune(content, store, &content->root, content->height, first);
    if (content->root == NULL)
        content->height = 0;
}

void content_resize(struct content *content, struct store *store, uint64_t bytes)
{
    if (bytes < content->bytes)
        shrink(content, store, bytes);
    content->bytes = bytes;
}

struct census {
    uint64_t tables, data;
    uint64_t end; /* no data page has this index or a greater one */
    bool broken;
};

/* `page` covers the data pages from `index` on. A table leads somewhere, or it would have been freed. */
static void count_below(const void *page, uint32_t height, uint64_t index, struct census *census)
{
    bool leads = false;
    if (height == 1) {
        census->data++;
        census->broken |= index >= census->end;
        return;
    }
    census->tables++;
    for (unsigned i = 0; i < FAN_OUT; i++) {
        const void *child = ((void *const *)page)[i];
        if (child != NULL)
            count_below(child, height - 1, index + i * span_of(height - 1), census);
        leads |= child != NULL;
    }
    census->broken |= !leads;
}

uint64_t content_count(const struct content *content)
{
    struct census census = {.end = (content->bytes + STORE_PAGE - 1) / STORE_PAGE};
    if (content->origin_bytes > content->bytes || content->height > HEIGHT_MAX)
        return BROKEN;
    if ((content->root == NULL) != (content->height == 0))
        return BROKEN;
    if (content->root != NULL)
        count_below(content->root, content->height, 0, &census);
    return census.broken || census.data != content->pages ? BROKEN : (census.tables + census.data) * STORE_PAGE;
}
