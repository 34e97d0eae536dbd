/* SPDX-License-Identifier: MIT */
/* Requests that give names and take them away; the tree decides, these only translate. */
#include "files/ninep_request.h"

#define PERMISSIONS 07777u

static struct tree_attributes attributes_of(const struct ninep_request *request, uint32_t mode, uint32_t group)
{
    return (struct tree_attributes){.mode = mode, .user = request->session->user, .group = group};
}

/* The file that has the name already is opened, unless the client wants a new one. */
static int open_existing(struct ninep_request *request, struct fid *fid, struct tree_entry *entry, uint32_t flags)
{
    struct tree_node *directory = fid->node;
    if ((flags & NINEP_EXCLUSIVE) != 0)
        return TREE_EXISTS;
    if (tree_is(entry->node, TREE_DIRECTORY))
        return TREE_IS_DIRECTORY;
    struct fid trial = {.node = entry->node};
    int status = ninep_open_fid(request, &trial, flags);
    if (status != TREE_OK)
        return status;
    fid_set(fid, request->tree, entry->node, directory, entry->cookie);
    fid->opened = true;
    fid->readable = trial.readable;
    fid->writable = trial.writable;
    fid->appending = trial.appending;
    return TREE_OK;
}

static int create_and_open(struct ninep_request *request, struct fid *fid, struct tree_text name, uint32_t flags,
                           const struct tree_attributes *attributes)
{
    struct tree_node *directory = fid->node;
    struct tree_node *node;
    struct tree_entry *entry;
    int status = tree_create(request->tree, directory, name, attributes, &node);
    if (status == TREE_OK)
        status = tree_find(directory, name, &entry);
    if (status != TREE_OK)
        return status;
    fid_set(fid, request->tree, node, directory, entry->cookie);
    return ninep_open_fid(request, fid, flags);
}

int ninep_create(struct ninep_request *request)
{
    struct fid *fid = ninep_take_fid(request);
    struct tree_text name = packet_take_text(&request->in);
    uint32_t flags = (uint32_t)packet_take(&request->in, 4);
    uint32_t mode = (uint32_t)packet_take(&request->in, 4);
    uint32_t group = (uint32_t)packet_take(&request->in, 4);
    struct tree_attributes attributes = attributes_of(request, TREE_REGULAR | (mode & PERMISSIONS), group);
    struct tree_entry *entry;
    int status;
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    struct tree_node *directory = ninep_directory(fid, &status);
    if (status != TREE_OK)
        return status;
    if (fid->opened || (flags & NINEP_ACCESS_MASK) == NINEP_ACCESS_MASK)
        return TREE_INVALID;
    if ((flags & NINEP_MUST_BE_DIRECTORY) != 0)
        return TREE_INVALID;
    if (tree_find(directory, name, &entry) == TREE_OK)
        return open_existing(request, fid, entry, flags);
    return create_and_open(request, fid, name, flags, &attributes);
}

/* The common end of those that make something and tell its qid. */
static int put_made(struct ninep_request *request, int status, const struct tree_node *node)
{
    if (status == TREE_OK)
        ninep_put_qid(&request->out, node);
    return status;
}

static int make_node(struct ninep_request *request, const struct fid *fid, struct tree_text name,
                     const struct tree_attributes *attributes)
{
    struct tree_node *node = NULL;
    int status;
    struct tree_node *directory = ninep_directory(fid, &status);
    if (status == TREE_OK)
        status = tree_create(request->tree, directory, name, attributes, &node);
    return put_made(request, status, node);
}

int ninep_mkdir(struct ninep_request *request)
{
    const struct fid *fid = ninep_take_fid(request);
    struct tree_text name = packet_take_text(&request->in);
    uint32_t mode = (uint32_t)packet_take(&request->in, 4);
    uint32_t group = (uint32_t)packet_take(&request->in, 4);
    struct tree_attributes attributes = attributes_of(request, TREE_DIRECTORY | (mode & PERMISSIONS), group);
    return packet_is_whole(&request->in) ? make_node(request, fid, name, &attributes) : NINEP_HANG_UP;
}

/* Directories and symbolic links have requests of their own. */
static bool type_can_be_made(uint32_t mode)
{
    uint32_t type = mode >> 12;
    return type == 1 || type == 2 || type == 6 || type == 8 || type == 12;
}

int ninep_mknod(struct ninep_request *request)
{
    const struct fid *fid = ninep_take_fid(request);
    struct tree_text name = packet_take_text(&request->in);
    uint32_t mode = (uint32_t)packet_take(&request->in, 4);
    uint32_t major = (uint32_t)packet_take(&request->in, 4);
    uint32_t minor = (uint32_t)packet_take(&request->in, 4);
    uint32_t group = (uint32_t)packet_take(&request->in, 4);
    struct tree_attributes attributes = attributes_of(request, mode, group);
    attributes.special_major = major;
    attributes.special_minor = minor;
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    return type_can_be_made(mode) ? make_node(request, fid, name, &attributes) : TREE_INVALID;
}

int ninep_symlink(struct ninep_request *request)
{
    const struct fid *fid = ninep_take_fid(request);
    struct tree_text name = packet_take_text(&request->in);
    struct tree_text target = packet_take_text(&request->in);
    uint32_t group = (uint32_t)packet_take(&request->in, 4);
    struct tree_attributes attributes = attributes_of(request, TREE_SYMLINK | 0777, group);
    struct tree_node *node = NULL;
    int status;
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    struct tree_node *directory = ninep_directory(fid, &status);
    if (status == TREE_OK)
        status = tree_symlink(request->tree, directory, name, &attributes, target, &node);
    return put_made(request, status, node);
}

int ninep_link(struct ninep_request *request)
{
    const struct fid *directory_fid = ninep_take_fid(request);
    const struct fid *fid = ninep_take_fid(request);
    struct tree_text name = packet_take_text(&request->in);
    int status;
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    struct tree_node *directory = ninep_directory(directory_fid, &status);
    if (status == TREE_OK && fid == NULL)
        status = TREE_BAD_FILE;
    return status == TREE_OK ? (int)tree_link(request->tree, directory, name, fid->node) : status;
}

int ninep_renameat(struct ninep_request *request)
{
    const struct fid *from_fid = ninep_take_fid(request);
    struct tree_text old_name = packet_take_text(&request->in);
    const struct fid *to_fid = ninep_take_fid(request);
    struct tree_text new_name = packet_take_text(&request->in);
    int status, to_status;
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    struct tree_node *from = ninep_directory(from_fid, &status);
    struct tree_node *to = ninep_directory(to_fid, &to_status);
    if (status != TREE_OK || to_status != TREE_OK)
        return status != TREE_OK ? status : to_status;
    return tree_rename(request->tree, from, old_name, to, new_name);
}

/* The root has no name to change or to take away; nor has what lost its name since. */
static int find_own_entry(const struct fid *fid, struct tree_node **directory, struct tree_text *name)
{
    if (fid == NULL)
        return TREE_BAD_FILE;
    if (fid->node->number == TREE_ROOT)
        return TREE_BUSY;
    const struct tree_entry *entry = fid_entry(fid, directory);
    if (entry == NULL)
        return TREE_NOT_FOUND;
    *name = (struct tree_text){entry->name, entry->name_bytes};
    return TREE_OK;
}

int ninep_rename(struct ninep_request *request)
{
    struct fid *fid = ninep_take_fid(request);
    const struct fid *to_fid = ninep_take_fid(request);
    struct tree_text new_name = packet_take_text(&request->in);
    struct tree_text old_name;
    struct tree_node *from, *to;
    struct tree_entry *entry;
    int status;
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    to = ninep_directory(to_fid, &status);
    if (status == TREE_OK)
        status = find_own_entry(fid, &from, &old_name);
    if (status == TREE_OK)
        status = tree_rename(request->tree, from, old_name, to, new_name);
    if (status == TREE_OK && tree_find(to, new_name, &entry) == TREE_OK)
        fid_set(fid, request->tree, fid->node, to, entry->cookie);
    return status;
}

int ninep_unlinkat(struct ninep_request *request)
{
    const struct fid *fid = ninep_take_fid(request);
    struct tree_text name = packet_take_text(&request->in);
    uint32_t flags = (uint32_t)packet_take(&request->in, 4);
    int status;
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    struct tree_node *directory = ninep_directory(fid, &status);
    if (status != TREE_OK)
        return status;
    if ((flags & ~NINEP_UNLINK_DIRECTORY) != 0)
        return TREE_INVALID;
    return tree_unlink(request->tree, directory, name, flags != 0);
}

/* The fid is gone afterwards, also when the file is not (9P-3). */
int ninep_remove(struct ninep_request *request)
{
    struct fid *fid = ninep_take_fid(request);
    struct tree_node *directory;
    struct tree_text name;
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    int status = find_own_entry(fid, &directory, &name);
    if (status == TREE_OK)
        status = tree_unlink(request->tree, directory, name, tree_is(fid->node, TREE_DIRECTORY));
    if (fid != NULL)
        fids_remove(&request->session->fids, request->tree, fid);
    return status;
}
