/* SPDX-License-Identifier: MIT */
/* The fids of one session: a fixed table, so that a full store never keeps a client from freeing something. */
#ifndef FILES_FIDS_H
#define FILES_FIDS_H

#include "files/tree.h"

#include <stdbool.h>
#include <stdint.h>

#define FIDS_MAX     1024
#define FIDS_BUCKETS 1024

struct fid {
    uint32_t number; /* the client's */
    uint16_t next;   /* index + 1 in its bucket's chain, or in the chain of unused ones; 0: the last */
    bool used;
    bool opened, readable, writable, appending;
    struct tree_node *node;      /* held */
    struct tree_node *directory; /* held: where it was found; NULL for directories, which know it themselves */
    uint64_t cookie;             /* of the entry by which it was found there */
};

/* Zeroed: empty. */
struct fids {
    uint32_t count; /* in use */
    uint32_t fresh; /* used at least once */
    uint16_t unused;
    uint16_t bucket[FIDS_BUCKETS];
    struct fid fid[FIDS_MAX];
};

struct fid *fids_find(struct fids *fids, uint32_t number);

/* The number must be unused. NULL: the table is full. The new fid is zero but for its number. */
struct fid *fids_add(struct fids *fids, uint32_t number);

/* Lets go of what it held. */
void fids_remove(struct fids *fids, struct tree *tree, struct fid *fid);
void fids_clear(struct fids *fids, struct tree *tree);

/* Points a fid at a node, in place of what it held before. */
void fid_set(struct fid *fid, struct tree *tree, struct tree_node *node, struct tree_node *directory, uint64_t cookie);

/* The name by which it was found, if that still leads to it: its entry and the directory where this is. */
struct tree_entry *fid_entry(const struct fid *fid, struct tree_node **directory);

#endif
