/* SPDX-License-Identifier: MIT */
/* Commands that change the tree's shape: mkdir, rm, mv, chmod; each operand is done or complained about on its own. */
#include "shell/commands.h"
#include "shell/tour.h"

#include <string.h>

enum { MAKE_PARENTS = 1 };
enum { REMOVE_TREE = 1, REMOVE_FORCED = 2 };

static int make_directory(struct shell *shell, const char *path)
{
    char name[CLIENT_NAME_MAX + 1];
    uint32_t parent;
    int error = shell_resolve_parent(shell, path, &parent, name);
    if (error != 0)
        return error == CLIENT_EINVAL ? CLIENT_EEXIST : error;
    error = client_mkdir(shell->parts.client, parent, name, 0755);
    (void)client_clunk(shell->parts.client, parent);
    return error;
}

/* With -p: a directory that is there already is as good as made. */
static int ensure_directory(struct shell *shell, const char *path)
{
    struct client_qid qid;
    uint32_t fid;
    int error = shell_resolve(shell, path, true, &fid, &qid);
    if (error != 0)
        return error == CLIENT_ENOENT ? make_directory(shell, path) : error;
    (void)client_clunk(shell->parts.client, fid);
    return qid.type & CLIENT_QID_DIRECTORY ? CLIENT_OK : CLIENT_EEXIST;
}

/* Makes every directory along the path; a prefix is the path with a zero in place of a slash. */
static int make_parents(struct shell *shell, char *path)
{
    int error = CLIENT_OK;
    for (size_t i = 1; error == 0 && path[0] != '\0' && path[i] != '\0'; i++) {
        if (path[i] != '/' || path[i - 1] == '/')
            continue;
        path[i] = '\0';
        error = ensure_directory(shell, path);
        if (error == CLIENT_EEXIST)
            error = CLIENT_ENOTDIR;
        path[i] = '/';
    }
    return error != 0 ? error : ensure_directory(shell, path);
}

int command_mkdir(struct shell *shell, int count, char **words)
{
    uint32_t set;
    int code = 0, i = shell_options(shell, count, words, "p", &set);
    if (i == 0)
        return SHELL_CODE_USAGE;
    if (i == count)
        return shell_usage(shell);
    for (; i < count; i++) {
        int error = set & MAKE_PARENTS ? make_parents(shell, words[i]) : make_directory(shell, words[i]);
        if (error != 0)
            code = shell_error(shell, words[i], error);
    }
    return code;
}

/* Removes what the walk is at. */
static int remove_here(struct tour *tour, bool directory)
{
    uint32_t parent;
    int error = tour_walk_parent(tour, &parent);
    if (error != 0)
        return error;
    error = client_unlinkat(tour->shell->parts.client, parent, tour_name(tour), directory);
    (void)client_clunk(tour->shell->parts.client, parent);
    return error;
}

/* Removes everything below a directory; what cannot be removed keeps the directories above it, without more words. */
static int remove_below(struct shell *shell, const char *path)
{
    struct tour_event event;
    struct tour tour;
    int code = 0, error = tour_open(&tour, shell, path, false, ENTRY_BY_NAME);
    if (error != 0)
        return shell_error(shell, path, error);
    while (tour_next(&tour, &event)) {
        error = event.error;
        if (event.kind == TOUR_FILE || (event.kind == TOUR_LEFT && event.depth > 0 && !event.flawed))
            error = remove_here(&tour, event.kind == TOUR_LEFT);
        if (error != 0) {
            code = shell_error(shell, tour.path, error);
            tour_flaw(&tour);
        }
    }
    tour_close(&tour);
    return code;
}

/* Removes `name` in `parent`, whose path is `path`. */
static int remove_name(struct shell *shell, uint32_t parent, const char *name, const char *path, uint32_t set)
{
    struct client_qid qid;
    uint32_t fid;
    int error = client_walk(shell->parts.client, parent, name, text_length(name), &fid, &qid);
    if (error != 0)
        return error;
    (void)client_clunk(shell->parts.client, fid);
    bool directory = qid.type & CLIENT_QID_DIRECTORY;
    if (!directory && path_means_directory(path))
        return CLIENT_ENOTDIR;
    if (directory && !(set & REMOVE_TREE))
        return CLIENT_EISDIR;
    if (directory && remove_below(shell, path) != 0)
        return CLIENT_ENOTEMPTY;
    return client_unlinkat(shell->parts.client, parent, name, directory);
}

static int remove_operand(struct shell *shell, const char *path, uint32_t set)
{
    char name[CLIENT_NAME_MAX + 1];
    uint32_t parent;
    int error = shell_resolve_parent(shell, path, &parent, name);
    if (error == 0) {
        error = remove_name(shell, parent, name, path, set);
        (void)client_clunk(shell->parts.client, parent);
    }
    if (error == 0 || (error == CLIENT_ENOENT && set & REMOVE_FORCED))
        return 0;
    return shell_error(shell, path, error);
}

int command_rm(struct shell *shell, int count, char **words)
{
    uint32_t set;
    int code = 0, i = shell_options(shell, count, words, "rf", &set);
    if (i == 0)
        return SHELL_CODE_USAGE;
    if (i == count && !(set & REMOVE_FORCED))
        return shell_usage(shell);
    for (; i < count; i++)
        if (remove_operand(shell, words[i], set) != 0)
            code = 1;
    return code;
}

/* A file on its way. */
struct moving {
    struct shell *shell;
    const char *source, *target; /* paths */
    bool into;                   /* the target must be a directory, to move into */
    bool directory;              /* the source is one */
    uint32_t from, to;           /* fids of the directories */
    char name[CLIENT_NAME_MAX + 1], target_name[CLIENT_NAME_MAX + 1];
};

/* Finds where it goes: in the target if that is a directory, else in its place. */
static int find_target(struct moving *moving)
{
    struct client_qid qid;
    int error = shell_resolve(moving->shell, moving->target, true, &moving->to, &qid);
    if (error == 0 && qid.type & CLIENT_QID_DIRECTORY) {
        memcpy(moving->target_name, moving->name, sizeof moving->name);
        return CLIENT_OK;
    }
    if (error == 0)
        (void)client_clunk(moving->shell->parts.client, moving->to);
    if (moving->into)
        return error != 0 ? error : CLIENT_ENOTDIR;
    if (path_means_directory(moving->target) && !moving->directory)
        return CLIENT_ENOTDIR;
    return shell_resolve_parent(moving->shell, moving->target, &moving->to, moving->target_name);
}

static int check_source(struct moving *moving)
{
    struct client *client = moving->shell->parts.client;
    struct client_qid qid;
    uint32_t fid;
    int error = client_walk(client, moving->from, moving->name, text_length(moving->name), &fid, &qid);
    if (error != 0)
        return error;
    (void)client_clunk(client, fid);
    moving->directory = qid.type & CLIENT_QID_DIRECTORY;
    return path_means_directory(moving->source) && !moving->directory ? CLIENT_ENOTDIR : CLIENT_OK;
}

static int move_checked(struct moving *moving)
{
    struct client *client = moving->shell->parts.client;
    int error = find_target(moving);
    if (error == 0) {
        error = client_renameat(client, moving->from, moving->name, moving->to, moving->target_name);
        (void)client_clunk(client, moving->to);
    }
    return error != 0 ? shell_error(moving->shell, moving->target, error) : 0;
}

static int move(struct moving *moving)
{
    int error = shell_resolve_parent(moving->shell, moving->source, &moving->from, moving->name);
    if (error != 0)
        return shell_error(moving->shell, moving->source, error);
    error = check_source(moving);
    int code = error != 0 ? shell_error(moving->shell, moving->source, error) : move_checked(moving);
    (void)client_clunk(moving->shell->parts.client, moving->from);
    return code;
}

int command_mv(struct shell *shell, int count, char **words)
{
    uint32_t set;
    int code = 0, i = shell_options(shell, count, words, "", &set);
    if (i == 0)
        return SHELL_CODE_USAGE;
    if (count - i < 2)
        return shell_usage(shell);
    bool into = count - i > 2;
    for (; i < count - 1; i++) {
        struct moving moving = {.shell = shell, .source = words[i], .target = words[count - 1], .into = into};
        if (move(&moving) != 0)
            code = 1;
    }
    return code;
}

static int change_mode(struct shell *shell, const char *path, uint32_t mode)
{
    struct client_change change = {.valid = CLIENT_CHANGE_MODE, .mode = mode};
    uint32_t fid;
    int error = shell_resolve(shell, path, true, &fid, NULL);
    if (error == 0) {
        error = client_setattr(shell->parts.client, fid, &change);
        (void)client_clunk(shell->parts.client, fid);
    }
    return error != 0 ? shell_error(shell, path, error) : 0;
}

int command_chmod(struct shell *shell, int count, char **words)
{
    char octal[16];
    uint64_t mode;
    int code = 0;
    if (count < 3)
        return shell_usage(shell);
    text_format(octal, sizeof octal, "0%s", words[1]);
    if (text_length(words[1]) > 4 || words[1][0] == 'x' || words[1][0] == 'X' || !text_to_number(octal, &mode)) {
        (void)shell_complain(shell, "%s: not an octal mode", words[1]);
        return SHELL_CODE_USAGE;
    }
    for (int i = 2; i < count; i++)
        if (change_mode(shell, words[i], (uint32_t)mode) != 0)
            code = 1;
    return code;
}
