/* SPDX-License-Identifier: MIT */
/* A tour of a tree of files, event by event; it follows no link, and takes no stack for depth. */
#ifndef SHELL_TOUR_H
#define SHELL_TOUR_H

#include "shell/shell.h"

enum entry_kind {
    ENTRY_FILE = 'f',
    ENTRY_DIRECTORY = 'd',
    ENTRY_LINK = 'l',
    ENTRY_OTHER = 'o' /* devices, pipes, sockets */
};

/* An entry of a directory that has been read. */
struct entry {
    struct entry *next;
    struct client_qid qid;
    enum entry_kind kind;
    size_t length;
    char name[]; /* ends with a zero */
};

enum entry_order {
    ENTRY_BY_NAME, /* as bytes */
    ENTRY_BY_PATH  /* so that a walk meets whole paths in the order of their bytes: a directory counts as "name/" */
};

/* Reads all entries of a directory but "." and "..", sorted, into the arena. `fid` is clunked in any case. */
int entries_read(struct shell *shell, uint32_t fid, enum entry_order order, struct entry **list);

/* A directory that the walk is in. */
struct tour_level {
    struct tour_level *above;
    struct entry *next;  /* to be visited */
    size_t path_length;  /* of the directory */
    size_t mark;         /* the arena's, before this level */
    bool flawed;         /* tour_flaw was called for something in it */
};

struct tour {
    struct shell *shell;
    enum entry_order order;
    uint32_t start;             /* fid of what the walk began with */
    size_t base;                /* bytes of `path` that stand for it */
    char *path;                 /* of what the last event is about */
    size_t path_length;
    struct tour_level *top;
    size_t depth;
    struct entry *root;         /* made up for the start itself */
    bool begun;
    bool descend;               /* the next step goes into `path`; clear it to skip that directory */
};

enum tour_kind {
    TOUR_FILE,      /* anything but a directory */
    TOUR_DIRECTORY, /* a directory, which will be read next */
    TOUR_LISTED,    /* it has been read: `list` */
    TOUR_LEFT,      /* everything in it has been visited; `flawed` */
    TOUR_ERROR      /* `path` could not be read, or would be too long: `error` */
};

struct tour_event {
    enum tour_kind kind;
    int error;
    const struct entry *entry; /* FILE and DIRECTORY; the start's has its operand as name */
    struct entry *list;
    size_t depth;              /* 0: the start */
    bool last;                 /* the last of its directory */
    bool flawed;
};

/* Begins at `operand`. On success tour_close must follow. Between steps the arena must be left as it was found. */
int tour_open(struct tour *tour, struct shell *shell, const char *operand, bool follow, enum entry_order order);
bool tour_next(struct tour *tour, struct tour_event *event);
void tour_close(struct tour *tour);

/* A new fid for tour->path, and one for the directory that holds it (not of the start). */
int tour_walk(struct tour *tour, uint32_t *fid);
int tour_walk_parent(struct tour *tour, uint32_t *fid);

/* The last name in tour->path. */
const char *tour_name(const struct tour *tour);

/* Marks the directory that the walk is in, and with it all above. */
void tour_flaw(struct tour *tour);

#endif
