/* SPDX-License-Identifier: MIT */
/* The file system in memory: nodes, and names that lead to them; an operation that fails has changed nothing. */
#ifndef FILES_TREE_H
#define FILES_TREE_H

#include "files/content.h"
#include "files/sorted.h"
#include "files/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_NAME_MAX   255
#define TREE_TARGET_MAX 4095
#define TREE_ROOT       1 /* the root's node number */

/* Positions in a directory: what readdir continues after. They only grow, so those of removed names stay valid. */
#define TREE_COOKIE_DOT     1
#define TREE_COOKIE_DOT_DOT 2

/* Errors have the numbers that Linux gives them, since 9P2000.L sends those. */
enum tree_status {
    TREE_OK = 0,
    TREE_NOT_PERMITTED = 1,     /* EPERM */
    TREE_NOT_FOUND = 2,         /* ENOENT */
    TREE_NO_DEVICE = 6,         /* ENXIO */
    TREE_BAD_FILE = 9,          /* EBADF */
    TREE_BUSY = 16,             /* EBUSY */
    TREE_EXISTS = 17,           /* EEXIST */
    TREE_NOT_DIRECTORY = 20,    /* ENOTDIR */
    TREE_IS_DIRECTORY = 21,     /* EISDIR */
    TREE_INVALID = 22,          /* EINVAL */
    TREE_TOO_MANY_OPEN = 24,    /* EMFILE */
    TREE_FILE_TOO_LARGE = 27,   /* EFBIG */
    TREE_NO_SPACE = 28,         /* ENOSPC */
    TREE_NAME_TOO_LONG = 36,    /* ENAMETOOLONG */
    TREE_NOT_EMPTY = 39,        /* ENOTEMPTY */
    TREE_LOOP = 40,             /* ELOOP */
    TREE_MESSAGE_TOO_LONG = 90, /* EMSGSIZE */
    TREE_NOT_SUPPORTED = 95     /* EOPNOTSUPP */
};

enum tree_type {
    TREE_TYPE_MASK = 0170000,
    TREE_SYMLINK = 0120000,
    TREE_REGULAR = 0100000,
    TREE_DIRECTORY = 0040000
};

struct tree_time {
    uint64_t seconds; /* as the client gave them, negative ones too */
    uint32_t nanoseconds;
};

struct tree_text {
    const char *bytes; /* not zero-ended */
    size_t count;
};

struct tree_attributes {
    uint32_t mode; /* with the type */
    uint32_t user, group;
    uint32_t special_major, special_minor;
};

struct tree_directory {
    struct sorted names, cookies; /* the same entries, by name and in order of arrival */
    uint64_t next_cookie;
    uint64_t cookie;          /* of its own entry in `parent` */
    struct tree_node *parent; /* the root's is the root; NULL once it has been removed */
    bool implied;             /* the archive named it only within longer names so far */
};

struct tree_node {
    struct tree_node *previous, *next; /* all nodes */
    uint64_t number;                   /* never used again */
    uint32_t version;                  /* grows with each change of content or of names in a directory */
    uint32_t links;                    /* names; directories: as Unix counts them; 0: removed */
    uint32_t holds;                    /* who else keeps it alive: fids */
    uint32_t seen;                     /* only for tree_check */
    struct tree_attributes attributes;
    struct tree_time accessed, modified, changed;
    struct content content;           /* files; symbolic links: the target */
    struct tree_directory *directory; /* directories only */
};

struct tree_entry {
    struct sorted_link by_name, by_cookie;
    struct tree_node *node;
    uint64_t cookie;
    uint16_t name_bytes;
    char name[];
};

struct tree {
    struct store store;
    struct tree_node *nodes;
    struct tree_node *root;
    struct tree_time now; /* set by the owner before each operation */
    uint64_t next_number;
    uint64_t node_count;
};

enum tree_status tree_initialise(struct tree *tree, void *region, size_t bytes);

static inline bool tree_is(const struct tree_node *node, uint32_t type)
{
    return (node->attributes.mode & TREE_TYPE_MASK) == type;
}

/* Names: 1 to 255 bytes without '/' and zero, neither "." nor "..". */
enum tree_status tree_name_check(struct tree_text name);

/* "." and ".." are not names here. */
enum tree_status tree_find(const struct tree_node *directory, struct tree_text name, struct tree_entry **entry);
struct tree_entry *tree_entry_at(const struct tree_node *directory, uint64_t cookie);
struct tree_entry *tree_entry_after(const struct tree_node *directory, uint64_t cookie);

/* Makes a node of any type with its first name. `target` is for symbolic links. */
enum tree_status tree_create(struct tree *tree, struct tree_node *directory, struct tree_text name,
                             const struct tree_attributes *attributes, struct tree_node **node);
enum tree_status tree_symlink(struct tree *tree, struct tree_node *directory, struct tree_text name,
                              const struct tree_attributes *attributes, struct tree_text target,
                              struct tree_node **node);
enum tree_status tree_link(struct tree *tree, struct tree_node *directory, struct tree_text name,
                           struct tree_node *node);

/* Takes a name away: of an empty directory if `directories`, of anything else if not. */
enum tree_status tree_unlink(struct tree *tree, struct tree_node *directory, struct tree_text name, bool directories);
enum tree_status tree_rename(struct tree *tree, struct tree_node *from, struct tree_text old_name, struct tree_node *to,
                             struct tree_text new_name);

enum tree_status tree_write(struct tree *tree, struct tree_node *node, uint64_t offset, const uint8_t *source,
                            size_t count);
enum tree_status tree_resize(struct tree *tree, struct tree_node *node, uint64_t bytes);

/* A held node outlives its last name, until it is released. */
void tree_hold(struct tree_node *node);
void tree_release(struct tree *tree, struct tree_node *node);

/* Whether links, orders, parents and memory all agree. Slow; for tests and fuzzers. */
bool tree_check(const struct tree *tree);

#endif
