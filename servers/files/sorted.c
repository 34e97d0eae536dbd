/* SPDX-License-Identifier: MIT */
/* The ordered set; invariant: heights of siblings differ by at most one, so no keys can make it deep. */
#include "files/sorted.h"

static uint32_t height(const struct sorted_link *link) { return link == NULL ? 0 : link->height; }

static uint32_t height_from_children(const struct sorted_link *link)
{
    uint32_t left = height(link->child[0]);
    uint32_t right = height(link->child[1]);
    return 1 + (left > right ? left : right);
}

/* Puts `with` (or nothing) where `link` hangs. */
static void replace(struct sorted *set, const struct sorted_link *link, struct sorted_link *with)
{
    struct sorted_link *parent = link->parent;
    if (with != NULL)
        with->parent = parent;
    if (parent == NULL)
        set->root = with;
    else
        parent->child[parent->child[1] == link] = with;
}

/* Brings the child at `side` up into the place of `top`. */
static struct sorted_link *rotate(struct sorted *set, struct sorted_link *top, int side)
{
    struct sorted_link *up = top->child[side];
    top->child[side] = up->child[!side];
    if (top->child[side] != NULL)
        top->child[side]->parent = top;
    replace(set, top, up);
    up->child[!side] = top;
    top->parent = up;
    top->height = height_from_children(top);
    up->height = height_from_children(up);
    return up;
}

static struct sorted_link *balance(struct sorted *set, struct sorted_link *link)
{
    uint32_t left = height(link->child[0]);
    uint32_t right = height(link->child[1]);
    link->height = height_from_children(link);
    if (left <= right + 1 && right <= left + 1)
        return link;
    int side = right > left;
    struct sorted_link *heavy = link->child[side];
    if (height(heavy->child[side]) < height(heavy->child[!side]))
        rotate(set, heavy, !side);
    return rotate(set, link, side);
}

static void balance_upwards(struct sorted *set, struct sorted_link *link)
{
    while (link != NULL)
        link = balance(set, link)->parent;
}

static struct sorted_link *lowest(struct sorted_link *link)
{
    while (link != NULL && link->child[0] != NULL)
        link = link->child[0];
    return link;
}

struct sorted_link *sorted_find(const struct sorted *set, sorted_compare compare, const void *key)
{
    struct sorted_link *link = set->root;
    while (link != NULL) {
        int order = compare(key, link);
        if (order == 0)
            return link;
        link = link->child[order > 0];
    }
    return NULL;
}

struct sorted_link *sorted_after(const struct sorted *set, sorted_compare compare, const void *key)
{
    struct sorted_link *link = set->root;
    struct sorted_link *after = NULL;
    while (link != NULL) {
        bool beyond = compare(key, link) < 0;
        if (beyond)
            after = link;
        link = link->child[!beyond];
    }
    return after;
}

void sorted_insert(struct sorted *set, sorted_compare compare, const void *key, struct sorted_link *link)
{
    struct sorted_link *parent = NULL;
    struct sorted_link **place = &set->root;
    while (*place != NULL) {
        parent = *place;
        place = &parent->child[compare(key, parent) > 0];
    }
    link->child[0] = link->child[1] = NULL;
    link->parent = parent;
    link->height = 1;
    *place = link;
    balance_upwards(set, parent);
}

/* A link with two children gives its place to its successor. Returns the deepest link whose height may have changed. */
static struct sorted_link *take_out(struct sorted *set, struct sorted_link *link)
{
    struct sorted_link *only = link->child[link->child[0] == NULL];
    if (link->child[0] == NULL || link->child[1] == NULL) {
        replace(set, link, only);
        return link->parent;
    }
    struct sorted_link *next = lowest(link->child[1]);
    struct sorted_link *deepest = next;
    if (next->parent != link) {
        deepest = next->parent;
        replace(set, next, next->child[1]);
        next->child[1] = link->child[1];
        next->child[1]->parent = next;
    }
    replace(set, link, next);
    next->child[0] = link->child[0];
    next->child[0]->parent = next;
    return deepest;
}

void sorted_remove(struct sorted *set, struct sorted_link *link) { balance_upwards(set, take_out(set, link)); }

struct sorted_link *sorted_first(const struct sorted *set) { return lowest(set->root); }

struct sorted_link *sorted_next(const struct sorted_link *link)
{
    if (link->child[1] != NULL)
        return lowest(link->child[1]);
    while (link->parent != NULL && link->parent->child[1] == link)
        link = link->parent;
    return link->parent;
}

static bool link_check(const struct sorted_link *link)
{
    uint32_t left = height(link->child[0]);
    uint32_t right = height(link->child[1]);
    for (int side = 0; side < 2; side++)
        if (link->child[side] != NULL && link->child[side]->parent != link)
            return false;
    return link->height == height_from_children(link) && left <= right + 1 && right <= left + 1;
}

bool sorted_check(const struct sorted *set)
{
    if (set->root != NULL && set->root->parent != NULL)
        return false;
    for (const struct sorted_link *link = sorted_first(set); link != NULL; link = sorted_next(link))
        if (!link_check(link))
            return false;
    return true;
}
