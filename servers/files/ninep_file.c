/* SPDX-License-Identifier: MIT */
/* Requests that open, read, write and list; data moves only through an open fid, as that fid was opened. */
#include "files/ninep_request.h"

int ninep_open_fid(struct ninep_request *request, struct fid *fid, uint32_t flags)
{
    uint32_t access = flags & NINEP_ACCESS_MASK;
    bool directory = tree_is(fid->node, TREE_DIRECTORY);
    if (fid->opened || access == NINEP_ACCESS_MASK)
        return TREE_INVALID;
    if (!directory && !tree_is(fid->node, TREE_REGULAR))
        return tree_is(fid->node, TREE_SYMLINK) ? TREE_LOOP : TREE_NO_DEVICE;
    if (directory && (access != NINEP_READ_ONLY || (flags & NINEP_TRUNCATE) != 0))
        return TREE_IS_DIRECTORY;
    if (!directory && (flags & NINEP_MUST_BE_DIRECTORY) != 0)
        return TREE_NOT_DIRECTORY;
    if ((flags & NINEP_TRUNCATE) != 0)
        (void)tree_resize(request->tree, fid->node, 0);
    fid->opened = true;
    fid->readable = access != NINEP_WRITE_ONLY;
    fid->writable = access != NINEP_READ_ONLY;
    fid->appending = (flags & NINEP_APPEND) != 0;
    ninep_put_qid(&request->out, fid->node);
    packet_put(&request->out, 4, request->session->message_size - NINEP_IO_HEADER);
    return TREE_OK;
}

int ninep_open(struct ninep_request *request)
{
    struct fid *fid = ninep_take_fid(request);
    uint32_t flags = (uint32_t)packet_take(&request->in, 4);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    return fid == NULL ? TREE_BAD_FILE : ninep_open_fid(request, fid, flags);
}

/* How much of `count` an answer can carry. */
static size_t data_room(const struct ninep_request *request, uint32_t count)
{
    size_t room = request->session->message_size - NINEP_DATA_HEADER;
    return count < room ? count : room;
}

int ninep_read(struct ninep_request *request)
{
    const struct fid *fid = ninep_take_fid(request);
    uint64_t offset = packet_take(&request->in, 8);
    uint32_t count = (uint32_t)packet_take(&request->in, 4);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    if (fid == NULL || !fid->readable)
        return TREE_BAD_FILE;
    if (tree_is(fid->node, TREE_DIRECTORY))
        return TREE_IS_DIRECTORY;
    size_t room = data_room(request, count);
    uint8_t *target = request->out.base + NINEP_DATA_HEADER;
    size_t there = content_read(&fid->node->content, offset, target, room);
    packet_put(&request->out, 4, there);
    packet_reserve(&request->out, there);
    return TREE_OK;
}

int ninep_write(struct ninep_request *request)
{
    const struct fid *fid = ninep_take_fid(request);
    uint64_t offset = packet_take(&request->in, 8);
    uint32_t count = (uint32_t)packet_take(&request->in, 4);
    if (request->in.short_of || (size_t)(request->in.end - request->in.at) != count)
        return NINEP_HANG_UP;
    if (fid == NULL || !fid->writable)
        return TREE_BAD_FILE;
    if (fid->appending)
        offset = fid->node->content.bytes;
    int status = tree_write(request->tree, fid->node, offset, request->in.at, count);
    packet_put(&request->out, 4, count);
    return status;
}

/* Nothing is kept anywhere else. Some clients send a word more, whether data alone would do. */
int ninep_fsync(struct ninep_request *request)
{
    const struct fid *fid = ninep_take_fid(request);
    if (!packet_is_whole(&request->in))
        packet_take(&request->in, 4);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    return fid == NULL ? TREE_BAD_FILE : TREE_OK;
}

/* Puts one directory entry, or nothing if it does not fit. */
static bool entry_put(struct packet_writer *list, const struct tree_node *node, uint64_t cookie, struct tree_text name)
{
    size_t before = list->used;
    ninep_put_qid(list, node);
    packet_put(list, 8, cookie);
    packet_put(list, 1, node->attributes.mode >> 12);
    packet_put_text(list, name);
    if (list->full)
        list->used = before;
    return !list->full;
}

/* A directory that has been removed is its own parent, so that a listing begun before still ends. */
static const struct tree_node *parent_of(const struct tree_node *directory)
{
    const struct tree_node *parent = directory->directory->parent;
    return parent == NULL ? directory : parent;
}

/* Puts as many entries after `cookie` as fit. */
static void list_after(struct packet_writer *list, const struct tree_node *directory, uint64_t cookie)
{
    struct tree_text dot = {".", 1};
    struct tree_text dot_dot = {"..", 2};
    if (cookie < TREE_COOKIE_DOT && !entry_put(list, directory, TREE_COOKIE_DOT, dot))
        return;
    if (cookie < TREE_COOKIE_DOT_DOT && !entry_put(list, parent_of(directory), TREE_COOKIE_DOT_DOT, dot_dot))
        return;
    struct sorted_link *link;
    struct tree_entry *entry = tree_entry_after(directory, cookie);
    while (entry != NULL) {
        struct tree_text name = {entry->name, entry->name_bytes};
        if (!entry_put(list, entry->node, entry->cookie, name))
            return;
        link = sorted_next(&entry->by_cookie);
        entry = link == NULL ? NULL : SORTED_OWNER(link, struct tree_entry, by_cookie);
    }
}

int ninep_readdir(struct ninep_request *request)
{
    const struct fid *fid = ninep_take_fid(request);
    uint64_t offset = packet_take(&request->in, 8);
    uint32_t count = (uint32_t)packet_take(&request->in, 4);
    if (!packet_is_whole(&request->in))
        return NINEP_HANG_UP;
    if (fid == NULL || !fid->readable)
        return TREE_BAD_FILE;
    if (!tree_is(fid->node, TREE_DIRECTORY))
        return TREE_NOT_DIRECTORY;
    if (offset >= fid->node->directory->next_cookie)
        return TREE_INVALID;
    struct packet_writer list = {request->out.base + NINEP_DATA_HEADER, data_room(request, count), 0, false};
    list_after(&list, fid->node, offset);
    /* An empty answer would mean the end. */
    if (list.used == 0 && list.full)
        return TREE_INVALID;
    packet_put(&request->out, 4, list.used);
    packet_reserve(&request->out, list.used);
    return TREE_OK;
}
