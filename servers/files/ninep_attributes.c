/* SPDX-License-Identifier: MIT */
/* Requests that tell and set attributes; a Tsetattr is done as a whole or not at all. */
#include "files/ninep_request.h"

#define NANOSECONDS_END 1000000000u
#define PERMISSIONS     07777u

/* As Linux packs device numbers for user programs. */
static uint64_t device_number(const struct tree_attributes *attributes)
{
    uint32_t minor = attributes->special_minor;
    return (minor & 0xff) | (attributes->special_major & 0xfff) << 8 | (minor & 0xfff00) << 12;
}

static void put_time(struct packet_writer *writer, struct tree_time time)
{
    packet_put(writer, 8, time.seconds);
    packet_put(writer, 8, time.nanoseconds);
}

static void put_attributes(struct packet_writer *out, const struct tree_node *node)
{
    const struct tree_attributes *attributes = &node->attributes;
    ninep_put_qid(out, node);
    packet_put(out, 4, attributes->mode);
    packet_put(out, 4, attributes->user);
    packet_put(out, 4, attributes->group);
    packet_put(out, 8, node->links);
    packet_put(out, 8, device_number(attributes));
    packet_put(out, 8, node->content.bytes);
    packet_put(out, 8, STORE_PAGE);
    packet_put(out, 8, node->content.bytes / 512 + (node->content.bytes % 512 != 0));
    put_time(out, node->accessed);
    put_time(out, node->modified);
    put_time(out, node->changed);
    put_time(out, (struct tree_time){0, 0});
    packet_put(out, 8, 0);
    packet_put(out, 8, node->version);
}

/* All fields are always filled; time of birth and generation are not kept, and the mask says so. */
int ninep_getattr(struct ninep_request *request)
{
    const struct fid *fid = ninep_take_fid(request);
    uint64_t mask = packet_take(&request->in, 8);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    if (fid == NULL)
        return TREE_BAD_FILE;
    packet_put(&request->out, 8, mask & (NINEP_ATTRIBUTES_BASIC | NINEP_ATTRIBUTES_DATA_VERSION));
    put_attributes(&request->out, fid->node);
    return TREE_OK;
}

struct new_attributes {
    uint32_t valid, mode, user, group;
    uint64_t bytes;
    struct tree_time accessed, modified;
    bool times_are_good;
};

static struct tree_time take_time(struct packet_reader *in, bool *good)
{
    uint64_t seconds = packet_take(in, 8);
    uint64_t nanoseconds = packet_take(in, 8);
    *good = nanoseconds < NANOSECONDS_END;
    return (struct tree_time){seconds, (uint32_t)nanoseconds};
}

static struct new_attributes take_attributes(struct packet_reader *in)
{
    struct new_attributes new = {.valid = (uint32_t)packet_take(in, 4)};
    bool accessed_good, modified_good;
    new.mode = (uint32_t)packet_take(in, 4);
    new.user = (uint32_t)packet_take(in, 4);
    new.group = (uint32_t)packet_take(in, 4);
    new.bytes = packet_take(in, 8);
    new.accessed = take_time(in, &accessed_good);
    new.modified = take_time(in, &modified_good);
    new.times_are_good = (accessed_good || (new.valid &NINEP_SET_ACCESSED_TO) == 0) &&
                         (modified_good || (new.valid &NINEP_SET_MODIFIED_TO) == 0);
    return new;
}

static void set_times(const struct tree *tree, struct tree_node *node, const struct new_attributes *new)
{
    if ((new->valid &NINEP_SET_ACCESSED) != 0)
        node->accessed = (new->valid &NINEP_SET_ACCESSED_TO) != 0 ? new->accessed : tree->now;
    if ((new->valid &NINEP_SET_MODIFIED) != 0)
        node->modified = (new->valid &NINEP_SET_MODIFIED_TO) != 0 ? new->modified : tree->now;
    node->changed = tree->now;
}

static void set_attributes(const struct tree *tree, struct tree_node *node, const struct new_attributes *new)
{
    struct tree_attributes *attributes = &node->attributes;
    if ((new->valid &NINEP_SET_MODE) != 0)
        attributes->mode = (attributes->mode & TREE_TYPE_MASK) | (new->mode &PERMISSIONS);
    if ((new->valid &NINEP_SET_USER) != 0)
        attributes->user = new->user;
    if ((new->valid &NINEP_SET_GROUP) != 0)
        attributes->group = new->group;
    set_times(tree, node, new);
}

int ninep_setattr(struct ninep_request *request)
{
    struct fid *fid = ninep_take_fid(request);
    struct new_attributes new = take_attributes(&request->in);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    if (fid == NULL)
        return TREE_BAD_FILE;
    if ((new.valid & ~(uint32_t)NINEP_SET_ALL) != 0 || !new.times_are_good)
        return TREE_INVALID;
    if ((new.valid &NINEP_SET_SIZE) != 0) {
        int status = tree_resize(request->tree, fid->node, new.bytes);
        if (status != TREE_OK)
            return status;
    }
    set_attributes(request->tree, fid->node, &new);
    return TREE_OK;
}

int ninep_readlink(struct ninep_request *request)
{
    const struct fid *fid = ninep_take_fid(request);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    if (fid == NULL)
        return TREE_BAD_FILE;
    if (!tree_is(fid->node, TREE_SYMLINK))
        return TREE_INVALID;
    size_t bytes = (size_t)fid->node->content.bytes;
    packet_put(&request->out, 2, bytes);
    uint8_t *target = packet_reserve(&request->out, bytes);
    if (target == NULL)
        return TREE_MESSAGE_TOO_LONG;
    content_read(&fid->node->content, 0, target, bytes);
    return TREE_OK;
}
