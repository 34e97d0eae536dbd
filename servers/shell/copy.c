/* SPDX-License-Identifier: MIT */
/* The command cp: files byte for byte, trees with their links and permissions; a source is never its own target. */
#include "shell/commands.h"
#include "shell/redirect.h"
#include "shell/tour.h"

#include <string.h>

enum { COPY_TREE = 1 };

/* A tree being copied. */
struct copying {
    struct tour tour;
    const char *target;         /* what the tree's start becomes */
    struct client_qid made;     /* the target's own directory, not to be copied into itself */
    char *path;                 /* of the copy of what the walk is at */
};

/* Copies an open file's bytes into another; clunks neither. */
static int copy_bytes(struct shell *shell, uint32_t source, uint32_t target)
{
    uint64_t offset = 0;
    size_t done;
    int error;
    do {
        error = client_read(shell->parts.client, source, offset, shell->transfer, SHELL_TRANSFER, &done);
        if (error == 0)
            error = file_write_all(shell->parts.client, target, offset, shell->transfer, done);
        offset += done;
    } while (error == 0 && done > 0);
    return error;
}

/* Whether `path` is there and the same file as the one with this qid. */
static bool is_same(struct shell *shell, const char *path, const struct client_qid *qid)
{
    struct client_qid found;
    uint32_t fid;
    if (shell_resolve(shell, path, true, &fid, &found) != 0)
        return false;
    (void)client_clunk(shell->parts.client, fid);
    return found.path == qid->path;
}

/* Copies the file `source`, not yet open, to `target`. Complaints name one or the other. */
static int copy_file(struct shell *shell, uint32_t source, const char *name, const char *target)
{
    struct client_attributes attributes;
    uint32_t fid;
    int error = client_getattr(shell->parts.client, source, &attributes);
    if (error == 0)
        error = client_lopen(shell->parts.client, source, CLIENT_READ);
    if (error != 0)
        return shell_error(shell, name, error);
    if (is_same(shell, target, &attributes.qid))
        return shell_complain(shell, "%s and %s are the same file", name, target);
    error = file_open_to_write(shell, target, false, attributes.mode & 0777, &fid);
    if (error != 0)
        return shell_error(shell, target, error);
    error = copy_bytes(shell, source, fid);
    (void)client_clunk(shell->parts.client, fid);
    return error != 0 ? shell_error(shell, target, error) : 0;
}

/* Makes a link in place of what is there, unless that is a directory or the link itself. */
static int replace_by_link(struct client *client, uint32_t directory, const char *name, const char *target,
                           const struct client_qid *source)
{
    struct client_qid found;
    uint32_t fid;
    int error = client_walk(client, directory, name, text_length(name), &fid, &found);
    if (error != 0)
        return error;
    (void)client_clunk(client, fid);
    if (found.path == source->path)
        return CLIENT_EEXIST;
    error = client_unlinkat(client, directory, name, false);
    return error != 0 ? error : client_symlink(client, directory, name, target);
}

/* Makes the link `copying->path` with this target. */
static int make_link(struct copying *copying, const char *target, const struct client_qid *source)
{
    struct client *client = copying->tour.shell->parts.client;
    char name[CLIENT_NAME_MAX + 1];
    uint32_t directory;
    if (path_means_directory(copying->path))
        return CLIENT_ENOENT;
    int error = shell_resolve_parent(copying->tour.shell, copying->path, &directory, name);
    if (error != 0)
        return error;
    error = client_symlink(client, directory, name, target);
    if (error == CLIENT_EEXIST)
        error = replace_by_link(client, directory, name, target, source);
    (void)client_clunk(client, directory);
    return error;
}

static int copy_link(struct copying *copying, uint32_t source, const struct client_qid *qid)
{
    struct shell *shell = copying->tour.shell;
    size_t mark = shell->arena.used;
    char *target = arena_take(&shell->arena, CLIENT_PATH_MAX + 1);
    int error = target == NULL ? CLIENT_ENOMEM
                               : client_readlink(shell->parts.client, source, target, CLIENT_PATH_MAX + 1);
    if (error == 0)
        error = make_link(copying, target, qid);
    shell->arena.used = mark;
    return error != 0 ? shell_error(shell, copying->path, error) : 0;
}

/* Makes the copy of a directory, unless there is one. */
static int copy_directory(struct copying *copying)
{
    struct shell *shell = copying->tour.shell;
    char name[CLIENT_NAME_MAX + 1];
    struct client_qid qid;
    uint32_t fid, directory;
    int error = shell_resolve(shell, copying->path, true, &fid, &qid);
    if (error == CLIENT_ENOENT) {
        error = shell_resolve_parent(shell, copying->path, &directory, name);
        if (error == 0) {
            error = client_mkdir(shell->parts.client, directory, name, 0755);
            (void)client_clunk(shell->parts.client, directory);
        }
        if (error == 0)
            error = shell_resolve(shell, copying->path, true, &fid, &qid);
    }
    if (error == 0)
        (void)client_clunk(shell->parts.client, fid);
    if (error == 0 && !(qid.type & CLIENT_QID_DIRECTORY))
        error = CLIENT_ENOTDIR;
    if (error == 0 && copying->tour.depth == 0)
        copying->made = qid;
    return error != 0 ? shell_error(shell, copying->path, error) : 0;
}

static int copy_entry(struct copying *copying, const struct entry *entry)
{
    struct shell *shell = copying->tour.shell;
    uint32_t fid;
    if (entry->kind == ENTRY_OTHER)
        return shell_complain(shell, "%s: neither file, directory nor link; left out", copying->tour.path);
    int error = tour_walk(&copying->tour, &fid);
    if (error != 0)
        return shell_error(shell, copying->tour.path, error);
    int code = entry->kind == ENTRY_LINK ? copy_link(copying, fid, &entry->qid)
                                         : copy_file(shell, fid, copying->tour.path, copying->path);
    (void)client_clunk(shell->parts.client, fid);
    return code;
}

/* Where the copy of what the walk is at goes. */
static int place_copy(struct copying *copying)
{
    const char *below = copying->tour.path + copying->tour.base;
    if (*below == '\0') {
        memcpy(copying->path, copying->target, text_length(copying->target) + 1);
        return CLIENT_OK;
    }
    return shell_join(copying->path, copying->target, below + (*below == '/'));
}

static int copy_event(struct copying *copying, const struct tour_event *event)
{
    struct tour *tour = &copying->tour;
    int error = event->kind == TOUR_ERROR ? event->error : CLIENT_OK;
    if (event->kind == TOUR_LISTED || event->kind == TOUR_LEFT)
        return 0;
    if (error == 0)
        error = place_copy(copying);
    if (error != 0)
        return shell_error(tour->shell, tour->path, error);
    if (event->kind == TOUR_FILE)
        return copy_entry(copying, event->entry);
    if (event->depth > 0 && event->entry->qid.path == copying->made.path) {
        tour->descend = false;
        return shell_complain(tour->shell, "%s: cannot copy a directory into itself", tour->path);
    }
    int code = copy_directory(copying);
    tour->descend = code == 0;
    return code;
}

static int copy_tree(struct shell *shell, const char *source, const char *target)
{
    struct copying copying = {.target = target};
    struct tour_event event;
    int code = 0;
    copying.path = arena_take(&shell->arena, CLIENT_PATH_MAX + 1);
    int error = copying.path == NULL ? CLIENT_ENOMEM
                                     : tour_open(&copying.tour, shell, source, false, ENTRY_BY_NAME);
    if (error != 0)
        return shell_error(shell, source, error);
    if (copying.tour.root->kind == ENTRY_DIRECTORY && is_same(shell, target, &copying.tour.root->qid))
        code = shell_complain(shell, "%s and %s are the same", source, target);
    else
        while (tour_next(&copying.tour, &event))
            if (copy_event(&copying, &event) != 0)
                code = 1;
    tour_close(&copying.tour);
    return code;
}

static int copy_plain(struct shell *shell, const char *source, const char *target)
{
    struct client_qid qid;
    uint32_t fid;
    int error = shell_resolve(shell, source, true, &fid, &qid);
    if (error != 0)
        return shell_error(shell, source, error);
    int code = qid.type & CLIENT_QID_DIRECTORY ? shell_error(shell, source, CLIENT_EISDIR)
                                               : copy_file(shell, fid, source, target);
    (void)client_clunk(shell->parts.client, fid);
    return code;
}

/* The place in the directory `target` for a copy of `path`: of the same last name, or for "." and ".." all of it. */
static int join_last(char *joined, const char *target, const char *path)
{
    char name[CLIENT_NAME_MAX + 1];
    size_t end = text_length(path), begin;
    while (end > 0 && path[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && path[begin - 1] != '/';)
        begin--;
    if (end - begin > CLIENT_NAME_MAX)
        return CLIENT_ENAMETOOLONG;
    memcpy(name, path + begin, end - begin);
    name[end - begin] = '\0';
    return shell_join(joined, target, text_equal(name, "..") ? "." : name);
}

static bool is_directory(struct shell *shell, const char *path)
{
    struct client_qid qid;
    uint32_t fid;
    if (shell_resolve(shell, path, true, &fid, &qid) != 0)
        return false;
    (void)client_clunk(shell->parts.client, fid);
    return qid.type & CLIENT_QID_DIRECTORY;
}

int command_cp(struct shell *shell, int count, char **words)
{
    uint32_t set;
    int code = 0, i = shell_options(shell, count, words, "r", &set);
    if (i == 0)
        return SHELL_CODE_USAGE;
    if (count - i < 2)
        return shell_usage(shell);
    char *target = words[count - 1], *joined = arena_take(&shell->arena, CLIENT_PATH_MAX + 1);
    bool into = is_directory(shell, target);
    if (joined == NULL)
        return shell_error(shell, target, CLIENT_ENOMEM);
    if (count - i > 2 && !into)
        return shell_error(shell, target, CLIENT_ENOTDIR);
    for (; i < count - 1; i++) {
        size_t mark = shell->arena.used;
        int error = into ? join_last(joined, target, words[i]) : CLIENT_OK;
        const char *place = into ? joined : target;
        if (error != 0)
            code = shell_error(shell, target, error);
        else if ((set & COPY_TREE ? copy_tree : copy_plain)(shell, words[i], place) != 0)
            code = 1;
        shell->arena.used = mark;
    }
    return code;
}
