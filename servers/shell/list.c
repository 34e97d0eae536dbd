/* SPDX-License-Identifier: MIT */
/* The command ls: columns as wide as they must be, so a directory is looked through once before it is printed. */
#include "shell/commands.h"
#include "shell/print.h"
#include "shell/tour.h"

enum { LIST_LONG = 1, LIST_RECURSIVE = 2, LIST_ALL = 4, LIST_ITSELF = 8 };

/* One line to be printed. */
struct row {
    struct row *next;
    const char *name;
    const char *target; /* of a symbolic link; else NULL */
    uint32_t mode;
    struct client_time modified;
    uint64_t links, uid, gid, size, device;
};

/* The rows of one listing, in order. */
struct rows {
    struct shell *shell;
    struct row *first, **end;
    uint32_t set;      /* LIST_ options */
    uint64_t blocks;
    unsigned links, uid, gid, size; /* column widths */
    int code;
};

static void rows_open(struct rows *rows, struct shell *shell, uint32_t set)
{
    *rows = (struct rows){.shell = shell, .end = &rows->first, .set = set};
}

static void widen(unsigned *width, unsigned needed)
{
    if (*width < needed)
        *width = needed;
}

static bool is_device(const struct row *row)
{
    uint32_t type = row->mode & CLIENT_MODE_TYPE;
    return type == CLIENT_MODE_BLOCK || type == CLIENT_MODE_CHARACTER;
}

/* As Linux packs them in 64 bits. */
static uint64_t device_major(uint64_t device) { return (device >> 8 & 0xfff) | (device >> 32 & 0xfffff000); }
static uint64_t device_minor(uint64_t device) { return (device & 0xff) | (device >> 12 & 0xffffff00); }

static unsigned size_width(const struct row *row)
{
    if (is_device(row))
        return number_width(device_major(row->device)) + 2 + number_width(device_minor(row->device));
    return number_width(row->size);
}

static int read_target(struct rows *rows, uint32_t fid, struct row *row)
{
    char *target = arena_take(&rows->shell->arena, CLIENT_PATH_MAX + 1);
    if (target == NULL)
        return CLIENT_ENOMEM;
    int error = client_readlink(rows->shell->parts.client, fid, target, CLIENT_PATH_MAX + 1);
    row->target = target;
    if (error == 0)
        rows->shell->arena.used -= CLIENT_PATH_MAX - text_length(target);
    return error;
}

/* Asks the server all that a long listing shows. */
static int fill_row(struct rows *rows, uint32_t fid, struct row *row)
{
    struct client_attributes found;
    int error = client_getattr(rows->shell->parts.client, fid, &found);
    if (error != 0)
        return error;
    row->mode = found.mode;
    row->modified = found.modified;
    row->links = found.links;
    row->uid = found.uid;
    row->gid = found.gid;
    row->size = found.size;
    row->device = found.device;
    rows->blocks += found.blocks;
    widen(&rows->links, number_width(row->links));
    widen(&rows->uid, number_width(row->uid));
    widen(&rows->gid, number_width(row->gid));
    widen(&rows->size, size_width(row));
    return (row->mode & CLIENT_MODE_TYPE) == CLIENT_MODE_LINK ? read_target(rows, fid, row) : CLIENT_OK;
}

/* Adds a row for the file that `fid` stands for, which is clunked. */
static int add_row(struct rows *rows, uint32_t fid, const char *name)
{
    struct row *row = arena_take(&rows->shell->arena, sizeof *row);
    int error = CLIENT_ENOMEM;
    if (row != NULL) {
        *row = (struct row){.name = name};
        error = rows->set & LIST_LONG ? fill_row(rows, fid, row) : CLIENT_OK;
    }
    (void)client_clunk(rows->shell->parts.client, fid);
    if (error != 0)
        return error;
    *rows->end = row;
    rows->end = &row->next;
    return CLIENT_OK;
}

/* Adds a row for `name` in the directory; `walked` is how to get there, if not by its name. */
static void add_name(struct rows *rows, uint32_t directory, const char *name, const char *walked)
{
    uint32_t fid;
    int error = client_walk(rows->shell->parts.client, directory, walked, text_length(walked), &fid, NULL);
    if (error == 0)
        error = add_row(rows, fid, name);
    if (error != 0)
        rows->code = shell_error(rows->shell, name, error);
}

static void print_number(struct writer *output, uint64_t number, unsigned width)
{
    writer_format(output, "%*lu ", (int)width, (unsigned long)number);
}

static void print_long(struct rows *rows, const struct row *row)
{
    struct writer *output = rows->shell->output;
    print_mode(output, row->mode);
    writer_text(output, " ");
    print_number(output, row->links, rows->links);
    print_number(output, row->uid, rows->uid);
    print_number(output, row->gid, rows->gid);
    if (is_device(row)) {
        writer_fill(output, ' ', rows->size - size_width(row));
        writer_format(output, "%lu, %lu ", (unsigned long)device_major(row->device),
                      (unsigned long)device_minor(row->device));
    } else {
        print_number(output, row->size, rows->size);
    }
    print_time(output, &row->modified, false);
    writer_text(output, " ");
}

static void print_rows(struct rows *rows)
{
    struct writer *output = rows->shell->output;
    for (const struct row *row = rows->first; row != NULL; row = row->next) {
        if (rows->set & LIST_LONG)
            print_long(rows, row);
        print_path(output, row->name);
        if (row->target != NULL) {
            writer_text(output, " -> ");
            print_path(output, row->target);
        }
        writer_text(output, "\n");
    }
}

static bool is_hidden(const struct entry *entry, uint32_t set) { return !(set & LIST_ALL) && entry->name[0] == '.'; }

/* Without -l the names alone are enough. */
static void print_names(struct rows *rows, const struct entry *list)
{
    struct writer *output = rows->shell->output;
    if (rows->set & LIST_ALL)
        writer_text(output, ".\n..\n");
    for (; list != NULL && !output->failed; list = list->next) {
        if (is_hidden(list, rows->set))
            continue;
        print_name(output, list->name, list->length);
        writer_text(output, "\n");
    }
}

static void list_long(struct rows *rows, struct tour *tour, const struct entry *list)
{
    uint32_t directory;
    int error = tour_walk(tour, &directory);
    if (error != 0) {
        rows->code = shell_error(rows->shell, tour->path, error);
        return;
    }
    if (rows->set & LIST_ALL) {
        add_name(rows, directory, ".", "");
        add_name(rows, directory, "..", "..");
    }
    for (; list != NULL; list = list->next)
        if (!is_hidden(list, rows->set))
            add_name(rows, directory, list->name, list->name);
    (void)client_clunk(rows->shell->parts.client, directory);
    writer_format(rows->shell->output, "total %lu\n", (unsigned long)((rows->blocks + 1) / 2));
    print_rows(rows);
}

/* One directory's listing. */
static int list_directory(struct tour *tour, const struct entry *list, uint32_t set)
{
    struct rows rows;
    size_t mark = tour->shell->arena.used;
    rows_open(&rows, tour->shell, set);
    if (set & LIST_LONG)
        list_long(&rows, tour, list);
    else
        print_names(&rows, list);
    tour->shell->arena.used = mark;
    return rows.code;
}

/* "path:" and an empty line between listings. */
static void print_heading(struct tour *tour, bool *begun)
{
    struct writer *output = tour->shell->output;
    if (*begun)
        writer_text(output, "\n");
    print_path(output, tour->path);
    writer_text(output, ":\n");
}

/* The directory at `path`, and with -R all below. */
static int list_tree(struct shell *shell, const char *path, uint32_t set, bool heading, bool *begun)
{
    struct tour_event event;
    struct tour tour;
    int code = 0, error = tour_open(&tour, shell, path, true, ENTRY_BY_NAME);
    if (error != 0)
        return shell_error(shell, path, error);
    while (tour_next(&tour, &event)) {
        if (event.kind == TOUR_ERROR)
            code = shell_error(shell, tour.path, event.error);
        if (event.kind == TOUR_DIRECTORY && event.depth > 0 && (!(set & LIST_RECURSIVE) || is_hidden(event.entry, set)))
            tour.descend = false;
        if (event.kind != TOUR_LISTED)
            continue;
        if (heading)
            print_heading(&tour, begun);
        *begun = true;
        if (list_directory(&tour, event.list, set) != 0)
            code = 1;
    }
    tour_close(&tour);
    return code;
}

/* Finds an operand; without -l and -d a link counts as what it points to, if that is there. */
static int find_operand(struct shell *shell, const char *path, uint32_t set, uint32_t *fid, struct client_qid *qid)
{
    bool follow = !(set & (LIST_LONG | LIST_ITSELF));
    int error = shell_resolve(shell, path, follow, fid, qid);
    return error == CLIENT_ENOENT && follow ? shell_resolve(shell, path, false, fid, qid) : error;
}

/* Lists the operands that are not directories and marks, by NULL, all that are done with. */
static int list_files(struct shell *shell, int count, char **words, uint32_t set, bool *begun)
{
    struct rows rows;
    rows_open(&rows, shell, set);
    for (int i = 0; i < count; i++) {
        struct client_qid qid;
        uint32_t fid;
        int error = find_operand(shell, words[i], set, &fid, &qid);
        if (error == 0 && qid.type & CLIENT_QID_DIRECTORY && !(set & LIST_ITSELF)) {
            (void)client_clunk(shell->parts.client, fid);
            continue;
        }
        if (error == 0)
            error = add_row(&rows, fid, words[i]);
        if (error != 0)
            rows.code = shell_error(shell, words[i], error);
        words[i] = NULL;
    }
    print_rows(&rows);
    *begun = rows.first != NULL;
    return rows.code;
}

int command_ls(struct shell *shell, int count, char **words)
{
    char here[] = ".";
    char *alone[] = {here};
    uint32_t set;
    bool begun;
    int first = shell_options(shell, count, words, "lRad", &set);
    if (first == 0)
        return SHELL_CODE_USAGE;
    if (first == count) {
        words = alone;
        first = 0;
        count = 1;
    }
    int code = list_files(shell, count - first, words + first, set, &begun);
    bool heading = count - first > 1 || set & LIST_RECURSIVE;
    for (int i = first; i < count; i++)
        if (words[i] != NULL && list_tree(shell, words[i], set, heading, &begun) != 0)
            code = 1;
    return code;
}
