/* SPDX-License-Identifier: MIT */
/* Commands that read files through: cat, sha256sum, wc; each file is read once, in order, to its end. */
#include "client/ahead.h"
#include "runtime/sha256.h"
#include "shell/commands.h"
#include "shell/print.h"
#include "shell/tour.h"

#define PIECE 4096 /* bytes that are looked at in one go */

enum { SUM_RECURSIVE = 1 };
enum { COUNT_LINES = 1, COUNT_WORDS = 2, COUNT_BYTES = 4 };

/* What is done with each piece of a file. False: no more is wanted. */
typedef bool (*piece_use)(void *context, const char *bytes, size_t count);

/* Feeds an open file to `use`, and clunks it. */
static int read_through(struct shell *shell, uint32_t fid, piece_use use, void *context)
{
    struct ahead ahead = ahead_open(shell->parts.client, fid, 0, shell->transfer, SHELL_TRANSFER);
    const char *bytes;
    size_t done;
    int error;
    do
        error = ahead_next(&ahead, PIECE, &bytes, &done);
    while (error == 0 && done > 0 && use(context, bytes, done));
    (void)client_clunk(shell->parts.client, fid);
    return error;
}

static bool print_piece(void *context, const char *bytes, size_t count)
{
    struct writer *writer = context;
    writer_bytes(writer, bytes, count);
    return !writer->failed;
}

int command_cat(struct shell *shell, int count, char **words)
{
    uint32_t set, fid;
    int code = 0, i = shell_options(shell, count, words, "", &set);
    if (i == 0)
        return SHELL_CODE_USAGE;
    if (i == count)
        return shell_usage(shell);
    for (; i < count; i++) {
        int error = shell_open_file(shell, words[i], &fid);
        if (error == 0)
            error = read_through(shell, fid, print_piece, shell->output);
        if (error != 0)
            code = shell_error(shell, words[i], error);
    }
    return code;
}

static bool sum_piece(void *context, const char *bytes, size_t count)
{
    sha256_add(context, bytes, count);
    return true;
}

/* Sums an open file and prints its line. */
static int sum_fid(struct shell *shell, uint32_t fid, const char *path)
{
    struct sha256 sum;
    unsigned char digest[SHA256_BYTES];
    char text[2 * SHA256_BYTES + 1];
    sha256_begin(&sum);
    int error = read_through(shell, fid, sum_piece, &sum);
    if (error != 0)
        return shell_error(shell, path, error);
    sha256_end(&sum, digest);
    sha256_text(digest, text);
    print_sum(shell->output, text, path);
    return 0;
}

static int sum_path(struct shell *shell, const char *path)
{
    uint32_t fid;
    int error = shell_open_file(shell, path, &fid);
    return error != 0 ? shell_error(shell, path, error) : sum_fid(shell, fid, path);
}

static int sum_tree_file(struct tour *tour)
{
    struct client *client = tour->shell->parts.client;
    uint32_t fid;
    int error = tour_walk(tour, &fid);
    if (error == 0) {
        error = client_lopen(client, fid, CLIENT_READ);
        if (error != 0)
            (void)client_clunk(client, fid);
    }
    return error != 0 ? shell_error(tour->shell, tour->path, error) : sum_fid(tour->shell, fid, tour->path);
}

static int sum_tree(struct shell *shell, const char *path)
{
    struct tour_event event;
    struct tour tour;
    int code = 0, error = tour_open(&tour, shell, path, true, ENTRY_BY_PATH);
    if (error != 0)
        return shell_error(shell, path, error);
    while (tour_next(&tour, &event)) {
        if (event.kind == TOUR_ERROR)
            code = shell_error(shell, tour.path, event.error);
        if (event.kind == TOUR_FILE && event.entry->kind == ENTRY_FILE && sum_tree_file(&tour) != 0)
            code = 1;
    }
    tour_close(&tour);
    return code;
}

int command_sha256sum(struct shell *shell, int count, char **words)
{
    uint32_t set;
    int code = 0, i = shell_options(shell, count, words, "r", &set);
    if (i == 0)
        return SHELL_CODE_USAGE;
    if (i == count)
        return shell_usage(shell);
    for (; i < count; i++)
        if ((set & SUM_RECURSIVE ? sum_tree : sum_path)(shell, words[i]) != 0)
            code = 1;
    return code;
}

struct counts {
    uint64_t number[3]; /* lines, words, bytes */
    bool in_word;
};

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static bool count_piece(void *context, const char *bytes, size_t count)
{
    struct counts *counts = context;
    counts->number[2] += count;
    for (size_t i = 0; i < count; i++) {
        bool space = is_space(bytes[i]);
        counts->number[0] += bytes[i] == '\n';
        counts->number[1] += !space && !counts->in_word;
        counts->in_word = !space;
    }
    return true;
}

static void print_counts(struct shell *shell, const struct counts *counts, uint32_t set, unsigned width,
                         const char *name)
{
    const char *between = "";
    for (unsigned i = 0; i < 3; i++) {
        if (!(set >> i & 1))
            continue;
        writer_format(shell->output, "%s%*lu", between, (int)width, (unsigned long)counts->number[i]);
        between = " ";
    }
    writer_text(shell->output, " ");
    print_path(shell->output, name);
    writer_text(shell->output, "\n");
}

/* GNU's column width: the digits of all sizes together; 1 for a single number. */
static unsigned counts_width(struct shell *shell, int count, char **words, uint32_t set)
{
    uint64_t total = 0;
    if (count == 1 && (set & (set - 1)) == 0)
        return 1;
    for (int i = 0; i < count; i++) {
        struct client_attributes attributes;
        uint32_t fid;
        if (shell_resolve(shell, words[i], true, &fid, NULL) != 0)
            continue;
        if (client_getattr(shell->parts.client, fid, &attributes) == 0
            && (attributes.mode & CLIENT_MODE_TYPE) == CLIENT_MODE_FILE)
            total += attributes.size;
        (void)client_clunk(shell->parts.client, fid);
    }
    return number_width(total);
}

int command_wc(struct shell *shell, int count, char **words)
{
    struct counts total = {{0, 0, 0}, false};
    uint32_t set, fid;
    int code = 0, first = shell_options(shell, count, words, "lwc", &set);
    if (first == 0)
        return SHELL_CODE_USAGE;
    if (first == count)
        return shell_usage(shell);
    set = set == 0 ? COUNT_LINES | COUNT_WORDS | COUNT_BYTES : set;
    unsigned width = counts_width(shell, count - first, words + first, set);
    for (int i = first; i < count; i++) {
        struct counts counts = {{0, 0, 0}, false};
        int error = shell_open_file(shell, words[i], &fid);
        if (error == 0)
            error = read_through(shell, fid, count_piece, &counts);
        if (error != 0)
            code = shell_error(shell, words[i], error);
        else
            print_counts(shell, &counts, set, width, words[i]);
        for (unsigned j = 0; j < 3; j++)
            total.number[j] += counts.number[j];
    }
    if (count - first > 1)
        print_counts(shell, &total, set, width, "total");
    return code;
}
