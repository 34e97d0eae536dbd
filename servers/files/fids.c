/* SPDX-License-Identifier: MIT */
/* The fid table; invariant: each fid in use holds its node, so the node outlives every name it loses. */
#include "files/fids.h"

#include <string.h>

static uint16_t *bucket_of(struct fids *fids, uint32_t number)
{
    return &fids->bucket[(number * UINT32_C(2654435769)) >> 22];
}

struct fid *fids_find(struct fids *fids, uint32_t number)
{
    for (uint16_t at = *bucket_of(fids, number); at != 0; at = fids->fid[at - 1].next)
        if (fids->fid[at - 1].number == number)
            return &fids->fid[at - 1];
    return NULL;
}

static uint16_t slot_take(struct fids *fids)
{
    uint16_t at = fids->unused;
    if (at != 0)
        fids->unused = fids->fid[at - 1].next;
    else if (fids->fresh < FIDS_MAX)
        at = (uint16_t)++fids->fresh;
    return at;
}

struct fid *fids_add(struct fids *fids, uint32_t number)
{
    uint16_t *bucket = bucket_of(fids, number);
    uint16_t at = slot_take(fids);
    if (at == 0)
        return NULL;
    struct fid *fid = &fids->fid[at - 1];
    memset(fid, 0, sizeof *fid);
    fid->number = number;
    fid->used = true;
    fid->next = *bucket;
    *bucket = at;
    fids->count++;
    return fid;
}

void fid_set(struct fid *fid, struct tree *tree, struct tree_node *node, struct tree_node *directory, uint64_t cookie)
{
    struct tree_node *old_node = fid->node;
    struct tree_node *old_directory = fid->directory;
    fid->node = node;
    fid->directory = node == NULL || tree_is(node, TREE_DIRECTORY) ? NULL : directory;
    fid->cookie = cookie;
    /* Hold before release: it may be the same node. */
    if (fid->node != NULL)
        tree_hold(fid->node);
    if (fid->directory != NULL)
        tree_hold(fid->directory);
    if (old_node != NULL)
        tree_release(tree, old_node);
    if (old_directory != NULL)
        tree_release(tree, old_directory);
}

void fids_remove(struct fids *fids, struct tree *tree, struct fid *fid)
{
    uint16_t at = (uint16_t)(fid - fids->fid + 1);
    uint16_t *place = bucket_of(fids, fid->number);
    while (*place != at)
        place = &fids->fid[*place - 1].next;
    *place = fid->next;
    fid_set(fid, tree, NULL, NULL, 0);
    fid->used = false;
    fid->next = fids->unused;
    fids->unused = at;
    fids->count--;
}

void fids_clear(struct fids *fids, struct tree *tree)
{
    for (uint32_t i = 0; i < fids->fresh; i++)
        if (fids->fid[i].used)
            fids_remove(fids, tree, &fids->fid[i]);
}

struct tree_entry *fid_entry(const struct fid *fid, struct tree_node **directory)
{
    bool is_directory = tree_is(fid->node, TREE_DIRECTORY);
    struct tree_node *in = is_directory ? fid->node->directory->parent : fid->directory;
    uint64_t cookie = is_directory ? fid->node->directory->cookie : fid->cookie;
    if (in == NULL || in == fid->node)
        return NULL;
    struct tree_entry *entry = tree_entry_at(in, cookie);
    *directory = in;
    return entry != NULL && entry->node == fid->node ? entry : NULL;
}
