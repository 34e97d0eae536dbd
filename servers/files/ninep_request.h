/* SPDX-License-Identifier: MIT */
/* What the 9P engine's files share: a request on its way, and its handlers; one that fails has changed nothing. */
#ifndef FILES_NINEP_REQUEST_H
#define FILES_NINEP_REQUEST_H

#include "files/ninep.h"
#include "files/packet.h"

/* Beside enum tree_status: the message is malformed, and whoever sent it is not to be talked to. */
#define NINEP_HANG_UP (-1)

struct ninep_request {
    struct ninep_session *session;
    struct tree *tree;
    struct packet_reader in;  /* the request's body */
    struct packet_writer out; /* the answer; its header is put last */
};

/* Returns an enum tree_status or NINEP_HANG_UP; unless it is TREE_OK, what it has put is dropped. */
typedef int ninep_handler(struct ninep_request *request);

/* Takes a fid's number and finds it; NULL: there is none. */
struct fid *ninep_take_fid(struct ninep_request *request);

/* The same for a directory: `*status` says what is wrong when there is none. */
struct tree_node *ninep_directory(const struct fid *fid, int *status);

void ninep_put_qid(struct packet_writer *writer, const struct tree_node *node);

/* Opens the fid on its node and puts what Rlopen and Rlcreate say. */
int ninep_open_fid(struct ninep_request *request, struct fid *fid, uint32_t flags);

ninep_handler ninep_version, ninep_auth, ninep_attach, ninep_walk, ninep_clunk, ninep_flush, ninep_statfs;
ninep_handler ninep_open, ninep_read, ninep_write, ninep_readdir, ninep_fsync;
ninep_handler ninep_getattr, ninep_setattr, ninep_readlink;
ninep_handler ninep_create, ninep_mkdir, ninep_symlink, ninep_mknod, ninep_link;
ninep_handler ninep_rename, ninep_renameat, ninep_unlinkat, ninep_remove;

#endif
