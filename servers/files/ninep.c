/* SPDX-License-Identifier: MIT */
/* Requests in, answers out; invariant: an answer has its request's tag and is never longer than was agreed. */
#include "files/ninep_request.h"

#include <string.h>

static ninep_handler *handler_of(uint8_t type)
{
    static ninep_handler *const handlers[256] = {
        [NINEP_TSTATFS] = ninep_statfs,     [NINEP_TLOPEN] = ninep_open,        [NINEP_TLCREATE] = ninep_create,
        [NINEP_TSYMLINK] = ninep_symlink,   [NINEP_TMKNOD] = ninep_mknod,       [NINEP_TRENAME] = ninep_rename,
        [NINEP_TREADLINK] = ninep_readlink, [NINEP_TGETATTR] = ninep_getattr,   [NINEP_TSETATTR] = ninep_setattr,
        [NINEP_TREADDIR] = ninep_readdir,   [NINEP_TFSYNC] = ninep_fsync,       [NINEP_TLINK] = ninep_link,
        [NINEP_TMKDIR] = ninep_mkdir,       [NINEP_TRENAMEAT] = ninep_renameat, [NINEP_TUNLINKAT] = ninep_unlinkat,
        [NINEP_TVERSION] = ninep_version,   [NINEP_TAUTH] = ninep_auth,         [NINEP_TATTACH] = ninep_attach,
        [NINEP_TFLUSH] = ninep_flush,       [NINEP_TWALK] = ninep_walk,         [NINEP_TREAD] = ninep_read,
        [NINEP_TWRITE] = ninep_write,       [NINEP_TCLUNK] = ninep_clunk,       [NINEP_TREMOVE] = ninep_remove,
    };
    return handlers[type];
}

void ninep_start(struct ninep_session *session, struct tree *tree, uint32_t limit)
{
    session->tree = tree;
    session->limit = limit;
    session->message_size = 0;
    session->user = 0;
}

void ninep_end(struct ninep_session *session)
{
    fids_clear(&session->fids, session->tree);
    session->message_size = 0;
}

struct fid *ninep_take_fid(struct ninep_request *request)
{
    return fids_find(&request->session->fids, (uint32_t)packet_take(&request->in, 4));
}

struct tree_node *ninep_directory(const struct fid *fid, int *status)
{
    *status = fid == NULL ? TREE_BAD_FILE : !tree_is(fid->node, TREE_DIRECTORY) ? TREE_NOT_DIRECTORY : TREE_OK;
    return *status == TREE_OK ? fid->node : NULL;
}

void ninep_put_qid(struct packet_writer *writer, const struct tree_node *node)
{
    uint8_t type = NINEP_QID_FILE;
    if (tree_is(node, TREE_DIRECTORY))
        type = NINEP_QID_DIRECTORY;
    if (tree_is(node, TREE_SYMLINK))
        type = NINEP_QID_SYMLINK;
    packet_put(writer, 1, type);
    packet_put(writer, 4, node->version);
    packet_put(writer, 8, node->number);
}

static uint32_t read_number(const uint8_t *bytes, unsigned count)
{
    struct packet_reader reader = {bytes, bytes + count, false};
    return (uint32_t)packet_take(&reader, count);
}

static size_t hang_up(struct ninep_session *session)
{
    ninep_end(session);
    return 0;
}

/* The size in the header must be the size of the message; and before Tversion there is no other request. */
static bool is_acceptable(const struct ninep_session *session, const uint8_t *request, size_t request_bytes)
{
    if (request_bytes < NINEP_HEADER_BYTES || read_number(request, 4) != request_bytes)
        return false;
    if (session->message_size == 0)
        return request[4] == NINEP_TVERSION;
    return request_bytes <= session->message_size;
}

static int handle(struct ninep_request *request, uint8_t type)
{
    ninep_handler *handler = handler_of(type);
    int status = handler == NULL ? TREE_NOT_SUPPORTED : handler(request);
    if (status == TREE_OK && request->out.full)
        return NINEP_HANG_UP;
    return status;
}

bool ninep_wants_time(const uint8_t *request, size_t request_bytes)
{
    switch (request_bytes < NINEP_HEADER_BYTES ? 0 : request[4]) {
    case 0:
    case NINEP_TREAD:
    case NINEP_TREADDIR:
    case NINEP_TREADLINK:
    case NINEP_TGETATTR:
    case NINEP_TSTATFS:
    case NINEP_TWALK:
    case NINEP_TCLUNK:
        return false;
    default:
        return true;
    }
}

static size_t finish(struct packet_writer *out, uint8_t type, uint32_t tag)
{
    struct packet_writer header = {out->base, NINEP_HEADER_BYTES, 0, false};
    packet_put(&header, 4, out->used);
    packet_put(&header, 1, type);
    packet_put(&header, 2, tag);
    return out->used;
}

static size_t finish_error(struct packet_writer *out, int status, uint32_t tag)
{
    out->used = NINEP_HEADER_BYTES;
    out->full = false;
    packet_put(out, 4, (uint64_t)status);
    return finish(out, NINEP_RLERROR, tag);
}

size_t ninep_exchange(struct ninep_session *session, const uint8_t *request, size_t request_bytes, uint8_t *reply,
                      size_t reply_room)
{
    if (reply_room < session->limit || !is_acceptable(session, request, request_bytes))
        return hang_up(session);
    uint32_t room = session->message_size == 0 ? session->limit : session->message_size;
    struct ninep_request work = {
        .session = session,
        .tree = session->tree,
        .in = {request + NINEP_HEADER_BYTES, request + request_bytes, false},
        .out = {reply, room, NINEP_HEADER_BYTES, false},
    };
    uint8_t type = request[4];
    uint32_t tag = read_number(request + 5, 2);
    int status = handle(&work, type);
    if (status == NINEP_HANG_UP)
        return hang_up(session);
    if (status != TREE_OK)
        return finish_error(&work.out, status, tag);
    return finish(&work.out, (uint8_t)(type + 1), tag);
}
