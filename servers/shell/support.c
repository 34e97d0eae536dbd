/* SPDX-License-Identifier: MIT */
/* What all commands share: complaints, options, paths. A complaint never overtakes the output before it. */
#include "shell/commands.h"
#include "shell/print.h"

#include <string.h>

/* The screen, behind everything that the command has put out so far. */
static struct writer *screen_for_complaint(struct shell *shell)
{
    if (shell->output != &shell->screen.writer)
        (void)writer_flush(shell->output);
    print_path(&shell->screen.writer, shell->command);
    return &shell->screen.writer;
}

int shell_error(struct shell *shell, const char *path, int error)
{
    struct writer *screen = screen_for_complaint(shell);
    const char *text = client_error_text(error);
    writer_text(screen, ": ");
    print_path(screen, path);
    writer_format(screen, ": %s", text);
    if (text_equal(text, "Unknown error"))
        writer_format(screen, " %d", error);
    writer_text(screen, "\n");
    return 1;
}

int shell_complain(struct shell *shell, const char *format, ...)
{
    struct writer *screen = screen_for_complaint(shell);
    va_list list;
    writer_text(screen, ": ");
    va_start(list, format);
    writer_format_list(screen, format, list);
    va_end(list);
    writer_text(screen, "\n");
    return 1;
}

int shell_usage(struct shell *shell)
{
    const struct shell_command *known = command_lookup(shell->command);
    (void)shell_complain(shell, "usage: %s %s", known->name, known->words);
    return SHELL_CODE_USAGE;
}

/* Adds the options in one word; false: one of them is unknown. */
static bool add_options(const char *word, const char *letters, uint32_t *set)
{
    for (word++; *word != '\0'; word++) {
        const char *found = text_find(letters, text_length(letters), *word);
        if (found == NULL)
            return false;
        *set |= (uint32_t)1 << (found - letters);
    }
    return true;
}

int shell_options(struct shell *shell, int count, char **words, const char *letters, uint32_t *set)
{
    int i = 1;
    *set = 0;
    for (; i < count && words[i][0] == '-' && words[i][1] != '\0'; i++) {
        if (text_equal(words[i], "--"))
            return i + 1;
        if (!add_options(words[i], letters, set)) {
            (void)shell_usage(shell);
            return 0;
        }
    }
    return i;
}

int shell_resolve(struct shell *shell, const char *path, bool follow, uint32_t *fid, struct client_qid *qid)
{
    return client_resolve(shell->parts.client, shell->here, path, text_length(path), follow, fid, qid);
}

int shell_resolve_parent(struct shell *shell, const char *path, uint32_t *fid, char name[CLIENT_NAME_MAX + 1])
{
    return client_resolve_parent(shell->parts.client, shell->here, path, text_length(path), fid, name);
}

bool path_means_directory(const char *path)
{
    size_t length = text_length(path);
    return length > 0 && path[length - 1] == '/';
}

int shell_open_file(struct shell *shell, const char *path, uint32_t *fid)
{
    struct client_qid qid;
    int error = shell_resolve(shell, path, true, fid, &qid);
    if (error != 0)
        return error;
    error = qid.type & CLIENT_QID_DIRECTORY ? CLIENT_EISDIR : client_lopen(shell->parts.client, *fid, CLIENT_READ);
    if (error != 0)
        (void)client_clunk(shell->parts.client, *fid);
    return error;
}

int shell_join(char *joined, const char *path, const char *name)
{
    size_t length = text_length(path), name_length = text_length(name);
    if (length + 1 + name_length > CLIENT_PATH_MAX)
        return CLIENT_ENAMETOOLONG;
    memcpy(joined, path, length);
    if (length > 0 && path[length - 1] != '/')
        joined[length++] = '/';
    memcpy(joined + length, name, name_length + 1);
    return CLIENT_OK;
}
