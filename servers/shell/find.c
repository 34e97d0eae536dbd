/* SPDX-License-Identifier: MIT */
/* The commands find and tree: every entry below a path once, parents first, links not followed. */
#include "shell/commands.h"
#include "shell/glob.h"
#include "shell/print.h"
#include "shell/tour.h"

enum { DRAW_ALL = 1 };

#define DEPTH_MAX (CLIENT_PATH_MAX / 2 + 2) /* a level takes at least two bytes of a path */

/* What find looks for. */
struct wanted {
    char type;        /* 0: any */
    const char *name; /* a pattern; NULL: any */
};

/* Reads the tests behind the paths. */
static bool parse_wanted(int count, char **words, struct wanted *wanted)
{
    for (int i = 0; i < count; i += 2) {
        if (i + 1 == count)
            return false;
        if (text_equal(words[i], "-name"))
            wanted->name = words[i + 1];
        else if (text_equal(words[i], "-type") && text_length(words[i + 1]) == 1 && words[i + 1][0] != '\0'
                 && text_find("fdl", 3, words[i + 1][0]) != NULL)
            wanted->type = words[i + 1][0];
        else
            return false;
    }
    return true;
}

/* The name that -name is about: the last in the path, slashes after it aside. */
static bool name_matches(const struct tour *tour, const char *pattern)
{
    size_t end = tour->path_length, begin;
    while (end > 1 && tour->path[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && tour->path[begin - 1] != '/';)
        begin--;
    return end == 1 && tour->path[0] == '/' ? glob_match(pattern, "/", 1)
                                            : glob_match(pattern, tour->path + begin, end - begin);
}

static void find_entry(const struct tour *tour, const struct tour_event *event, const struct wanted *wanted)
{
    if (wanted->type != 0 && wanted->type != (char)event->entry->kind)
        return;
    if (wanted->name != NULL && !name_matches(tour, wanted->name))
        return;
    print_path(tour->shell->output, tour->path);
    writer_text(tour->shell->output, "\n");
}

static int find_tree(struct shell *shell, const char *path, const struct wanted *wanted)
{
    struct tour_event event;
    struct tour tour;
    int code = 0, error = tour_open(&tour, shell, path, false, ENTRY_BY_PATH);
    if (error != 0)
        return shell_error(shell, path, error);
    while (tour_next(&tour, &event)) {
        if (event.kind == TOUR_ERROR)
            code = shell_error(shell, tour.path, event.error);
        if (event.kind == TOUR_FILE || event.kind == TOUR_DIRECTORY)
            find_entry(&tour, &event, wanted);
    }
    tour_close(&tour);
    return code;
}

int command_find(struct shell *shell, int count, char **words)
{
    struct wanted wanted = {0, NULL};
    int paths = 1, code = 0;
    while (paths < count && words[paths][0] != '-')
        paths++;
    if (!parse_wanted(count - paths, words + paths, &wanted))
        return shell_usage(shell);
    if (paths == 1)
        return find_tree(shell, ".", &wanted);
    for (int i = 1; i < paths; i++)
        if (find_tree(shell, words[i], &wanted) != 0)
            code = 1;
    return code;
}

/* A tree being drawn. */
struct drawing {
    struct tour tour;
    uint32_t set;
    uint64_t files, directories;
    unsigned char last[DEPTH_MAX / 8 + 1]; /* a bit for each level: the entry drawn there was its directory's last */
};

/* Whether no entry that will be drawn follows. */
static bool is_last(const struct drawing *drawing, const struct entry *entry)
{
    do
        entry = entry->next;
    while (entry != NULL && !(drawing->set & DRAW_ALL) && entry->name[0] == '.');
    return entry == NULL;
}

static void draw_entry(struct drawing *drawing, const struct tour_event *event)
{
    struct writer *output = drawing->tour.shell->output;
    bool last = is_last(drawing, event->entry);
    size_t depth = event->depth;
    unsigned char bit = (unsigned char)(1U << depth % 8);
    drawing->last[depth / 8] = (unsigned char)((drawing->last[depth / 8] & ~bit) | (last ? bit : 0));
    for (size_t i = 1; i < depth; i++)
        writer_text(output, drawing->last[i / 8] >> i % 8 & 1 ? "    " : "\u2502   ");
    if (depth > 0)
        writer_text(output, last ? "\u2514\u2500\u2500 " : "\u251c\u2500\u2500 ");
    print_name(output, event->entry->name, event->entry->length);
}

/* A link's target, if the server tells it. */
static void draw_target(struct drawing *drawing)
{
    struct shell *shell = drawing->tour.shell;
    size_t mark = shell->arena.used;
    char *target = arena_take(&shell->arena, CLIENT_PATH_MAX + 1);
    uint32_t fid;
    if (target == NULL || tour_walk(&drawing->tour, &fid) != 0)
        return;
    if (client_readlink(shell->parts.client, fid, target, CLIENT_PATH_MAX + 1) == 0) {
        writer_text(shell->output, " -> ");
        print_path(shell->output, target);
    }
    (void)client_clunk(shell->parts.client, fid);
    shell->arena.used = mark;
}

/* Draws what the event is about; returns an exit code. */
static int draw_event(struct drawing *drawing, const struct tour_event *event)
{
    if (event->kind == TOUR_ERROR)
        return shell_error(drawing->tour.shell, drawing->tour.path, event->error);
    if (event->kind != TOUR_FILE && event->kind != TOUR_DIRECTORY)
        return 0;
    if (event->depth > 0 && event->entry->name[0] == '.' && !(drawing->set & DRAW_ALL)) {
        drawing->tour.descend = false;
        return 0;
    }
    draw_entry(drawing, event);
    if (event->entry->kind == ENTRY_LINK)
        draw_target(drawing);
    writer_text(drawing->tour.shell->output, "\n");
    drawing->files += event->kind == TOUR_FILE;
    drawing->directories += event->kind == TOUR_DIRECTORY && event->depth > 0;
    return 0;
}

int command_tree(struct shell *shell, int count, char **words)
{
    struct drawing drawing = {.files = 0};
    struct tour_event event;
    int code = 0, first = shell_options(shell, count, words, "a", &drawing.set);
    if (first == 0)
        return SHELL_CODE_USAGE;
    if (count - first > 1)
        return shell_usage(shell);
    const char *path = first == count ? "." : words[first];
    int error = tour_open(&drawing.tour, shell, path, true, ENTRY_BY_NAME);
    if (error != 0)
        return shell_error(shell, path, error);
    while (tour_next(&drawing.tour, &event))
        if (draw_event(&drawing, &event) != 0)
            code = 1;
    tour_close(&drawing.tour);
    writer_format(shell->output, "\n%lu director%s, %lu file%s\n", (unsigned long)drawing.directories,
                  drawing.directories == 1 ? "y" : "ies", (unsigned long)drawing.files, drawing.files == 1 ? "" : "s");
    return code;
}
