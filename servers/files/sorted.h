/* SPDX-License-Identifier: MIT */
/* An ordered set of links embedded in their owners (an AVL tree): everything is logarithmic, whatever the keys. */
#ifndef FILES_SORTED_H
#define FILES_SORTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sorted_link {
    struct sorted_link *child[2]; /* [0] the smaller ones, [1] the greater ones */
    struct sorted_link *parent;
    uint32_t height; /* of the subtree that begins here; a leaf has 1 */
};

struct sorted {
    struct sorted_link *root;
};

/* The owner of a link, where the link is its member `field`. */
#define SORTED_OWNER(link, type, field) ((type *)(void *)((char *)(link)-offsetof(type, field)))

/* Below, at or above 0 as the key comes before, at or after the link's owner. */
typedef int (*sorted_compare)(const void *key, const struct sorted_link *link);

struct sorted_link *sorted_find(const struct sorted *set, sorted_compare compare, const void *key);

/* The first link that comes after the key, which need not be in the set. */
struct sorted_link *sorted_after(const struct sorted *set, sorted_compare compare, const void *key);

/* The link's key must not be in the set yet. */
void sorted_insert(struct sorted *set, sorted_compare compare, const void *key, struct sorted_link *link);
void sorted_remove(struct sorted *set, struct sorted_link *link);

struct sorted_link *sorted_first(const struct sorted *set);
struct sorted_link *sorted_next(const struct sorted_link *link);

/* Whether shape and heights are those of an AVL tree (the order is the owner's to check). */
bool sorted_check(const struct sorted *set);

#endif
