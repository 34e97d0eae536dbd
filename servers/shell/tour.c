/* SPDX-License-Identifier: MIT */
/* Walking trees: only lists of entries are kept; each directory is reached anew from the start, and no fid stays. */
#include "shell/tour.h"

#include <string.h>

static int make_root(struct tour *tour, const char *operand, const struct client_qid *qid)
{
    size_t length = text_length(operand);
    tour->path = arena_take(&tour->shell->arena, CLIENT_PATH_MAX + 1);
    tour->root = arena_take(&tour->shell->arena, sizeof *tour->root + length + 1);
    if (tour->path == NULL || tour->root == NULL)
        return CLIENT_ENOMEM;
    enum entry_kind kind = qid->type & CLIENT_QID_DIRECTORY ? ENTRY_DIRECTORY
                           : qid->type & CLIENT_QID_LINK    ? ENTRY_LINK
                                                            : ENTRY_FILE;
    *tour->root = (struct entry){NULL, *qid, kind, length};
    memcpy(tour->root->name, operand, length + 1);
    memcpy(tour->path, operand, length + 1);
    tour->path_length = tour->base = length;
    return CLIENT_OK;
}

int tour_open(struct tour *tour, struct shell *shell, const char *operand, bool follow, enum entry_order order)
{
    struct client_qid qid;
    *tour = (struct tour){.shell = shell, .order = order};
    int error = shell_resolve(shell, operand, follow, &tour->start, &qid);
    if (error != 0)
        return error;
    error = make_root(tour, operand, &qid);
    if (error != 0)
        (void)client_clunk(shell->parts.client, tour->start);
    return error;
}

void tour_close(struct tour *tour) { (void)client_clunk(tour->shell->parts.client, tour->start); }

int tour_walk(struct tour *tour, uint32_t *fid)
{
    return client_walk(tour->shell->parts.client, tour->start, tour->path + tour->base, tour->path_length - tour->base,
                       fid, NULL);
}

const char *tour_name(const struct tour *tour)
{
    size_t begin = tour->path_length;
    while (begin > 0 && tour->path[begin - 1] != '/')
        begin--;
    return tour->path + begin;
}

int tour_walk_parent(struct tour *tour, uint32_t *fid)
{
    size_t length = (size_t)(tour_name(tour) - tour->path);
    return client_walk(tour->shell->parts.client, tour->start, tour->path + tour->base,
                       length > tour->base ? length - tour->base : 0, fid, NULL);
}

void tour_flaw(struct tour *tour)
{
    if (tour->top != NULL)
        tour->top->flawed = true;
}

/* Reads the directory at tour->path and makes it the top level. */
static int enter(struct tour *tour, struct entry **list)
{
    struct arena *arena = &tour->shell->arena;
    size_t mark = arena->used;
    uint32_t fid;
    struct tour_level *level = arena_take(arena, sizeof *level);
    int error = level == NULL ? CLIENT_ENOMEM : tour_walk(tour, &fid);
    if (error == 0)
        error = entries_read(tour->shell, fid, tour->order, list);
    if (error != 0) {
        arena->used = mark;
        return error;
    }
    *level = (struct tour_level){tour->top, *list, tour->path_length, mark, false};
    tour->top = level;
    tour->depth++;
    return CLIENT_OK;
}

static void leave(struct tour *tour, struct tour_event *event)
{
    struct tour_level *level = tour->top;
    event->kind = TOUR_LEFT;
    event->flawed = level->flawed;
    tour->top = level->above;
    event->depth = --tour->depth;
    if (tour->top != NULL && level->flawed)
        tour->top->flawed = true;
    tour->shell->arena.used = level->mark;
}

/* Makes tour->path that of an entry of the top level. */
static int append(struct tour *tour, const struct entry *entry)
{
    size_t length = tour->path_length;
    size_t slash = length > 0 && tour->path[length - 1] == '/' ? 0 : 1;
    if (length + slash + entry->length > CLIENT_PATH_MAX)
        return CLIENT_ENAMETOOLONG;
    tour->path[length] = '/';
    memcpy(tour->path + length + slash, entry->name, entry->length + 1);
    tour->path_length = length + slash + entry->length;
    return CLIENT_OK;
}

static void visit(struct tour *tour, const struct entry *entry, struct tour_event *event)
{
    bool directory = entry->kind == ENTRY_DIRECTORY;
    event->kind = directory ? TOUR_DIRECTORY : TOUR_FILE;
    event->entry = entry;
    event->depth = tour->depth;
    event->last = entry->next == NULL;
    event->error = tour->begun ? append(tour, entry) : CLIENT_OK;
    if (event->error != 0)
        event->kind = TOUR_ERROR;
    tour->descend = directory && event->error == 0;
    tour->begun = true;
}

bool tour_next(struct tour *tour, struct tour_event *event)
{
    *event = (struct tour_event){.depth = tour->depth};
    if (tour->descend) {
        tour->descend = false;
        event->error = enter(tour, &event->list);
        event->kind = event->error == 0 ? TOUR_LISTED : TOUR_ERROR;
        return true;
    }
    if (!tour->begun) {
        visit(tour, tour->root, event);
        return true;
    }
    if (tour->top == NULL)
        return false;
    struct entry *entry = tour->top->next;
    tour->path_length = tour->top->path_length;
    tour->path[tour->path_length] = '\0';
    if (entry == NULL) {
        leave(tour, event);
    } else {
        tour->top->next = entry->next;
        visit(tour, entry, event);
    }
    return true;
}
