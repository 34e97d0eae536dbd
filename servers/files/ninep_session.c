/* SPDX-License-Identifier: MIT */
/* Requests about the session and its fids: version, attach, walk, clunk; a fid exists from its Rattach or Rwalk on. */
#include "files/ninep_request.h"

#include <string.h>

static bool text_is(struct tree_text text, const char *wanted, size_t count)
{
    return text.count == count && memcmp(text.bytes, wanted, count) == 0;
}

#define TEXT_IS(text, literal) text_is(text, literal, sizeof(literal) - 1)

static struct tree_text version_answer(bool known)
{
    if (known)
        return (struct tree_text){NINEP_VERSION, sizeof NINEP_VERSION - 1};
    return (struct tree_text){NINEP_VERSION_UNKNOWN, sizeof NINEP_VERSION_UNKNOWN - 1};
}

/* Begins the session anew, whatever comes of it. */
int ninep_version(struct ninep_request *request)
{
    struct ninep_session *session = request->session;
    uint32_t offered = (uint32_t)packet_take(&request->in, 4);
    struct tree_text version = packet_take_text(&request->in);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    bool known = TEXT_IS(version, NINEP_VERSION) && offered >= NINEP_MESSAGE_MIN;
    uint32_t agreed = offered < session->limit ? offered : session->limit;
    ninep_end(session);
    request->out.room = agreed > NINEP_HEADER_BYTES ? agreed : NINEP_HEADER_BYTES;
    packet_put(&request->out, 4, agreed);
    packet_put_text(&request->out, version_answer(known));
    session->message_size = known ? agreed : 0;
    return TREE_OK;
}

/* The capability to the session is the authority; there is nothing to prove. */
int ninep_auth(struct ninep_request *request)
{
    packet_take(&request->in, 4);
    packet_take_text(&request->in);
    packet_take_text(&request->in);
    packet_take(&request->in, 4);
    return packet_is_whole(&request->in) ? TREE_NOT_SUPPORTED : NINEP_HANG_UP;
}

static bool number_is_free(struct ninep_request *request, uint32_t number)
{
    return number != NINEP_NO_FID && fids_find(&request->session->fids, number) == NULL;
}

int ninep_attach(struct ninep_request *request)
{
    uint32_t number = (uint32_t)packet_take(&request->in, 4);
    uint32_t auth_number = (uint32_t)packet_take(&request->in, 4);
    packet_take_text(&request->in);
    struct tree_text path = packet_take_text(&request->in);
    uint32_t user = (uint32_t)packet_take(&request->in, 4);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    if (auth_number != NINEP_NO_FID || !number_is_free(request, number))
        return TREE_BAD_FILE;
    if (path.count != 0 && !TEXT_IS(path, "/"))
        return TREE_NOT_FOUND;
    struct fid *fid = fids_add(&request->session->fids, number);
    if (fid == NULL)
        return TREE_TOO_MANY_OPEN;
    fid_set(fid, request->tree, request->tree->root, NULL, 0);
    request->session->user = user == NINEP_NO_USER ? 0 : user;
    ninep_put_qid(&request->out, fid->node);
    return TREE_OK;
}

/* Where a walk is. */
struct position {
    struct tree_node *node, *directory;
    uint64_t cookie;
};

static int walk_up(struct position *position)
{
    struct tree_node *parent = position->node->directory->parent;
    if (parent == NULL)
        return TREE_NOT_FOUND;
    *position = (struct position){parent, NULL, 0};
    return TREE_OK;
}

static int walk_step(struct position *position, struct tree_text name)
{
    struct tree_entry *entry;
    if (!tree_is(position->node, TREE_DIRECTORY))
        return TREE_NOT_DIRECTORY;
    if (TEXT_IS(name, "."))
        return TREE_OK;
    if (TEXT_IS(name, ".."))
        return walk_up(position);
    int status = tree_find(position->node, name, &entry);
    if (status == TREE_OK)
        *position = (struct position){entry->node, position->node, entry->cookie};
    return status;
}

/* Walks as far as it goes, a qid for each step; returns how far. */
static unsigned walk_names(struct ninep_request *request, struct position *position, const struct tree_text *names,
                           unsigned count, int *status)
{
    unsigned walked = 0;
    *status = TREE_OK;
    while (walked < count && (*status = walk_step(position, names[walked])) == TREE_OK) {
        ninep_put_qid(&request->out, position->node);
        walked++;
    }
    return walked;
}

static int set_walked(struct ninep_request *request, struct fid *fid, uint32_t new_number, struct position position)
{
    if (fid->number != new_number)
        fid = fids_add(&request->session->fids, new_number);
    if (fid == NULL)
        return TREE_TOO_MANY_OPEN;
    fid_set(fid, request->tree, position.node, position.directory, position.cookie);
    return TREE_OK;
}

static int walk_fid(struct ninep_request *request, struct fid *fid, uint32_t new_number, const struct tree_text *names,
                    unsigned count)
{
    struct position position = {fid->node, fid->directory, fid->cookie};
    size_t count_at = request->out.used;
    int status;
    packet_put(&request->out, 2, 0);
    unsigned walked = walk_names(request, &position, names, count, &status);
    if (walked == 0 && status != TREE_OK)
        return status;
    request->out.base[count_at] = (uint8_t)walked;
    /* Half the way makes no fid (9P-2). */
    return walked < count ? TREE_OK : set_walked(request, fid, new_number, position);
}

int ninep_walk(struct ninep_request *request)
{
    struct tree_text names[NINEP_WALK_MAX];
    struct fid *fid = ninep_take_fid(request);
    uint32_t new_number = (uint32_t)packet_take(&request->in, 4);
    unsigned count = (unsigned)packet_take(&request->in, 2);
    for (unsigned i = 0; i < count; i++) {
        struct tree_text name = packet_take_text(&request->in);
        if (i < NINEP_WALK_MAX)
            names[i] = name;
    }
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    if (fid == NULL || (fid->number != new_number && !number_is_free(request, new_number)))
        return TREE_BAD_FILE;
    if (count > NINEP_WALK_MAX || fid->opened)
        return TREE_INVALID;
    return walk_fid(request, fid, new_number, names, count);
}

int ninep_clunk(struct ninep_request *request)
{
    struct fid *fid = ninep_take_fid(request);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    if (fid == NULL)
        return TREE_BAD_FILE;
    fids_remove(&request->session->fids, request->tree, fid);
    return TREE_OK;
}

/* Each request is answered before the next is read, so whatever a flush names has been answered already (9P-4). */
int ninep_flush(struct ninep_request *request)
{
    packet_take(&request->in, 2);
    return packet_is_whole(&request->in) ? TREE_OK : NINEP_HANG_UP;
}

int ninep_statfs(struct ninep_request *request)
{
    const struct store *store = &request->tree->store;
    const struct fid *fid = ninep_take_fid(request);
    uint64_t free_pages = store_pages_free(store);
    uint64_t free_nodes = free_pages * (STORE_PAGE / 512);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    if (fid == NULL)
        return TREE_BAD_FILE;
    packet_put(&request->out, 4, NINEP_FILE_SYSTEM);
    packet_put(&request->out, 4, STORE_PAGE);
    packet_put(&request->out, 8, store->page_count);
    packet_put(&request->out, 8, free_pages);
    packet_put(&request->out, 8, free_pages);
    packet_put(&request->out, 8, request->tree->node_count + free_nodes);
    packet_put(&request->out, 8, free_nodes);
    packet_put(&request->out, 8, 0);
    packet_put(&request->out, 4, TREE_NAME_MAX);
    return TREE_OK;
}
