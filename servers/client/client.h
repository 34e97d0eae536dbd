/* SPDX-License-Identifier: MIT */
/* A 9P2000.L client: every reply is checked before it is believed, and nothing of it is kept beyond the call. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "client/error.h"
#include "client/transport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_PATH_MAX    4096 /* bytes of a path at most */
#define CLIENT_NAME_MAX    255  /* bytes of a name at most */
#define CLIENT_WALK_MAX    16   /* names of one Twalk at most */
#define CLIENT_LINKS_MAX   40   /* symbolic links followed in one path at most */
#define CLIENT_FIDS_MAX    64   /* fids in use at a time */
#define CLIENT_MESSAGE_MIN 512  /* a smaller msize is not workable */
#define CLIENT_ENTRY_MAX   (13 + 8 + 1 + 2 + CLIENT_NAME_MAX) /* bytes of a directory entry at most */

/* Linux's open flags, as Tlopen and Tlcreate carry them. */
enum client_open_flag {
    CLIENT_READ = 0,
    CLIENT_WRITE = 1,
    CLIENT_READ_WRITE = 2,
    CLIENT_EXCLUSIVE = 0200,
    CLIENT_TRUNCATE = 01000,
    CLIENT_DIRECTORY = 0200000
};

/* A mode's file type, as Linux numbers it. */
enum client_mode {
    CLIENT_MODE_TYPE = 0170000,
    CLIENT_MODE_SOCKET = 0140000,
    CLIENT_MODE_LINK = 0120000,
    CLIENT_MODE_FILE = 0100000,
    CLIENT_MODE_BLOCK = 0060000,
    CLIENT_MODE_DIRECTORY = 0040000,
    CLIENT_MODE_CHARACTER = 0020000,
    CLIENT_MODE_PIPE = 0010000
};

enum client_qid_type {
    CLIENT_QID_DIRECTORY = 0x80,
    CLIENT_QID_LINK = 0x02
};

/* What a server calls the same file always. */
struct client_qid {
    uint8_t type; /* enum client_qid_type */
    uint32_t version;
    uint64_t path;
};

struct client_time {
    uint64_t seconds;     /* since 1970, UTC */
    uint64_t nanoseconds;
};

struct client_attributes {
    struct client_qid qid;
    uint32_t mode, uid, gid;
    uint64_t links, device, size, block_bytes, blocks; /* blocks of 512 bytes */
    struct client_time accessed, modified, changed;
};

/* What client_setattr changes; the rest stays. */
enum client_change_flag {
    CLIENT_CHANGE_MODE = 1,
    CLIENT_CHANGE_UID = 2,
    CLIENT_CHANGE_GID = 4,
    CLIENT_CHANGE_SIZE = 8,
    CLIENT_CHANGE_ACCESSED = 16,  /* to now, unless CLIENT_CHANGE_ACCESSED_SET */
    CLIENT_CHANGE_MODIFIED = 32,  /* to now, unless CLIENT_CHANGE_MODIFIED_SET */
    CLIENT_CHANGE_CHANGED = 64,   /* to now */
    CLIENT_CHANGE_ACCESSED_SET = 128,
    CLIENT_CHANGE_MODIFIED_SET = 256
};

struct client_change {
    uint32_t valid; /* enum client_change_flag */
    uint32_t mode, uid, gid;
    uint64_t size;
    struct client_time accessed, modified;
};

struct client_space {
    uint32_t type, block_bytes;
    uint64_t blocks, free, available, files, free_files, id;
    uint32_t name_max;
};

/* One entry of a directory; the name lies in the caller's buffer and is not terminated. */
struct client_entry {
    struct client_qid qid;
    uint64_t next;   /* offset for reading on after this entry */
    uint8_t type;    /* as Linux's d_type; 0: not told */
    const char *name;
    size_t length;   /* 1..CLIENT_NAME_MAX; no slash and no zero within */
};

/* How much one message carries at most; 0: as much as fits. */
struct client_batch {
    uint32_t names;   /* of a path that is walked */
    uint32_t entries; /* of a directory that is read */
    uint32_t bytes;   /* of a file that is read or written */
};

struct client_counts {
    uint64_t exchanges, errors, bytes_sent, bytes_received;
};

/* One conversation. All members belong to the client; users may read `root`, `message_max` and `counts`, and set `batch`. */
struct client {
    struct transport *transport;
    unsigned char *message;          /* a request, then its reply: private memory of `message_max` bytes or more */
    size_t message_max;              /* the msize agreed on */
    size_t reply_max;                /* bytes that the answer to the request under way can have */
    uint32_t root;                   /* fid of the tree's root */
    int broken;                      /* not 0: the conversation is over, for this reason */
    uint16_t tag;                    /* of the last request */
    uint64_t fids;                   /* a bit for each fid in use */
    struct client_counts counts;
    struct client_batch batch;
    char path[CLIENT_PATH_MAX + 1];  /* what client_resolve has still to walk */
};

/*
 * All functions below return 0 or an error number. After CLIENT_EPROTO (the server broke the rules) or
 * CLIENT_ECONNRESET (it hung up) every later call returns the same.
 */

/* Agrees on a version and attaches to the root of the tree `tree`. `message` (room >= CLIENT_MESSAGE_MIN) must stay. */
int client_open(struct client *client, struct transport *transport, void *message, size_t room, const char *user,
                const char *tree);
/* Clunks nothing (the server does) and closes the transport. */
void client_close(struct client *client);

/* Walks the names in `path` from the fid `from`, following nothing, to a new fid. `qid` may be NULL. */
int client_walk(struct client *client, uint32_t from, const char *path, size_t length, uint32_t *fid,
                struct client_qid *qid);
/* As client_walk, but as paths mean it: from the root if absolute, following symbolic links (the last one only if
 * `follow` or a slash comes after it). `qid` may be NULL. */
int client_resolve(struct client *client, uint32_t from, const char *path, size_t length, bool follow, uint32_t *fid,
                   struct client_qid *qid);
/* Resolves all of `path` but its last name, which is put in `name`. CLIENT_EINVAL: it has none, or . or .. */
int client_resolve_parent(struct client *client, uint32_t from, const char *path, size_t length, uint32_t *fid,
                          char name[CLIENT_NAME_MAX + 1]);
/* Gives back a fid, whatever the server says. */
int client_clunk(struct client *client, uint32_t fid);
/* Asks to forget the request with that tag. Ours are all answered, so this is for completeness. */
int client_flush(struct client *client, uint16_t old_tag);

/* Opens a fid for reading or writing, or for readdir. */
int client_lopen(struct client *client, uint32_t fid, uint32_t flags);
/* Makes and opens a file in the directory `directory`; `fid` is a new one. */
int client_lcreate(struct client *client, uint32_t directory, const char *name, uint32_t flags, uint32_t mode,
                   uint32_t *fid);
/* Both move at most one message's data: `done` may be less than `count`; 0 read: the end. A write of 0 bytes of more
 * than none is CLIENT_EIO. */
int client_read(struct client *client, uint32_t fid, uint64_t offset, void *bytes, size_t count, size_t *done);
int client_write(struct client *client, uint32_t fid, uint64_t offset, const void *bytes, size_t count, size_t *done);
int client_fsync(struct client *client, uint32_t fid);

/* Fills `bytes` (count >= CLIENT_ENTRY_MAX) with whole entries from `offset` on, those of one message; `done` 0: the end. */
int client_readdir(struct client *client, uint32_t fid, uint64_t offset, void *bytes, size_t count, size_t *done);
/* Takes the next entry out of what client_readdir brought. False: the end, or CLIENT_EPROTO in `error`. */
bool client_entry_next(const unsigned char **bytes, size_t *left, struct client_entry *entry, int *error);

/* `target` is ended by a zero; CLIENT_ENAMETOOLONG: it needs more than `room`. */
int client_readlink(struct client *client, uint32_t fid, char *target, size_t room);
int client_getattr(struct client *client, uint32_t fid, struct client_attributes *attributes);
int client_setattr(struct client *client, uint32_t fid, const struct client_change *change);
int client_statfs(struct client *client, uint32_t fid, struct client_space *space);

int client_mkdir(struct client *client, uint32_t directory, const char *name, uint32_t mode);
int client_symlink(struct client *client, uint32_t directory, const char *name, const char *target);
int client_unlinkat(struct client *client, uint32_t directory, const char *name, bool is_directory);
int client_renameat(struct client *client, uint32_t source, const char *source_name, uint32_t target,
                    const char *target_name);

#endif
