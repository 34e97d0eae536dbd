/* SPDX-License-Identifier: MIT */
/* The store; invariant: a page is fresh, free, one allocation, or a slab with at least one object in use. */
#include "files/store.h"

#include <string.h>

/* Sizes that fill a page well behind its head; anything greater takes the whole page. */
static const uint16_t class_bytes[STORE_CLASSES] = {64, 96, 128, 192, 256, 320, 448, 672, 1008, 2016};

#define SLAB_HEAD ((sizeof(struct store_slab) + 15) & ~(size_t)15)

#define SCRUB 0xa5

static unsigned class_of(size_t bytes)
{
    unsigned class = 0;
    while (class < STORE_CLASSES && class_bytes[class] < bytes)
        class ++;
    return class;
}

static unsigned slab_capacity(unsigned class) { return (unsigned)((STORE_PAGE - SLAB_HEAD) / class_bytes[class]); }

void store_initialise(struct store *store, void *region, size_t bytes)
{
    size_t skip = (size_t)(-(uintptr_t)region & (STORE_PAGE - 1));
    memset(store, 0, sizeof *store);
    if (bytes < skip)
        return;
    store->base = (uint8_t *)region + skip;
    store->page_count = (bytes - skip) / STORE_PAGE;
}

size_t store_pages_free(const struct store *store) { return store->page_count - store->fresh + store->free_count; }

static void *page_take(struct store *store)
{
    void *page = store->free;
    if (page != NULL) {
        memcpy(&store->free, page, sizeof store->free);
        store->free_count--;
        return page;
    }
    if (store->fresh == store->page_count)
        return NULL;
    return store->base + STORE_PAGE * store->fresh++;
}

static void page_give(struct store *store, void *page)
{
    memcpy(page, &store->free, sizeof store->free);
    store->free = page;
    store->free_count++;
}

static void slab_list(struct store *store, struct store_slab *slab)
{
    slab->previous = NULL;
    slab->next = store->roomy[slab->class];
    if (slab->next != NULL)
        slab->next->previous = slab;
    store->roomy[slab->class] = slab;
}

static void slab_unlist(struct store *store, struct store_slab *slab)
{
    if (slab->next != NULL)
        slab->next->previous = slab->previous;
    if (slab->previous != NULL)
        slab->previous->next = slab->next;
    else
        store->roomy[slab->class] = slab->next;
}

static struct store_slab *slab_with_room(struct store *store, unsigned class)
{
    struct store_slab *slab = store->roomy[class];
    if (slab != NULL)
        return slab;
    slab = page_take(store);
    if (slab == NULL)
        return NULL;
    memset(slab, 0, sizeof *slab);
    slab->class = class;
    slab_list(store, slab);
    return slab;
}

static void *slab_take(struct store *store, struct store_slab *slab)
{
    void *object = slab->free;
    if (object != NULL)
        memcpy(&slab->free, object, sizeof slab->free);
    else
        object = (uint8_t *)slab + SLAB_HEAD + (size_t)class_bytes[slab->class] * slab->fresh++;
    if (++slab->used == slab_capacity(slab->class))
        slab_unlist(store, slab);
    return object;
}

static void slab_give(struct store *store, struct store_slab *slab, void *object)
{
    memcpy(object, &slab->free, sizeof slab->free);
    slab->free = object;
    if (slab->used-- == slab_capacity(slab->class))
        slab_list(store, slab);
    if (slab->used != 0)
        return;
    slab_unlist(store, slab);
    page_give(store, slab);
}

void *store_allocate(struct store *store, size_t bytes)
{
    unsigned class = class_of(bytes);
    void *object;
    if (bytes > STORE_PAGE)
        return NULL;
    if (class == STORE_CLASSES) {
        object = page_take(store);
    } else {
        struct store_slab *slab = slab_with_room(store, class);
        object = slab == NULL ? NULL : slab_take(store, slab);
    }
    if (object == NULL)
        return NULL;
    store->live_bytes += bytes;
    return memset(object, 0, bytes);
}

void store_free(struct store *store, void *object, size_t bytes)
{
    /* Whoever still uses it should trip over it. */
    memset(object, SCRUB, bytes);
    store->live_bytes -= bytes;
    if (class_of(bytes) == STORE_CLASSES)
        page_give(store, object);
    else
        slab_give(store, (struct store_slab *)((uintptr_t)object & ~(STORE_PAGE - 1)), object);
}

static bool slab_check(const struct store *store, unsigned class)
{
    const struct store_slab *previous = NULL;
    for (const struct store_slab *slab = store->roomy[class]; slab != NULL; slab = slab->next) {
        if (slab->class != class || slab->previous != previous || slab->fresh > slab_capacity(class))
            return false;
        if (slab->used == 0 || slab->used >= slab_capacity(class) || slab->used > slab->fresh)
            return false;
        previous = slab;
    }
    return true;
}

bool store_check(const struct store *store)
{
    size_t count = 0;
    const void *page = store->free;
    for (; page != NULL && count <= store->free_count; count++)
        memcpy(&page, page, sizeof page);
    if (count != store->free_count || store->fresh > store->page_count || store->free_count > store->fresh)
        return false;
    for (unsigned class = 0; class < STORE_CLASSES; class ++)
        if (!slab_check(store, class))
            return false;
    return true;
}
