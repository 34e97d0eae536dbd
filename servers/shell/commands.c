/* SPDX-License-Identifier: MIT */
/* The table of commands, and those that need nothing but the shell itself. */
#include "shell/commands.h"
#include "shell/print.h"

#include <string.h>

static const struct shell_command commands[] = {
#define SHELL_X(name, function, words, summary) {name, function, words, summary},
    SHELL_COMMANDS(SHELL_X)
#undef SHELL_X
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

const struct shell_command *command_lookup(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (text_equal(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static const char *const grammar[] = {
    "A line is commands with ; between them; # begins a comment; 'x' \"x\" and \\x quote.",
    "> FILE and >> FILE put a command's output in a file. A line, or a command, that begins with - may fail.",
};

int command_help(struct shell *shell, int count, char **words)
{
    (void)words;
    if (count != 1)
        return shell_usage(shell);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        size_t used = text_length(commands[i].name) + 1 + text_length(commands[i].words);
        writer_format(shell->output, "%s %s", commands[i].name, commands[i].words);
        writer_fill(shell->output, ' ', used < 46 ? 46 - used : 1);
        writer_format(shell->output, "%s\n", commands[i].summary);
    }
    for (size_t i = 0; i < sizeof grammar / sizeof grammar[0]; i++)
        writer_format(shell->output, "%s\n", grammar[i]);
    return 0;
}

int command_echo(struct shell *shell, int count, char **words)
{
    bool newline = count < 2 || !text_equal(words[1], "-n");
    for (int i = newline ? 1 : 2; i < count; i++) {
        writer_text(shell->output, words[i]);
        if (i + 1 < count)
            writer_text(shell->output, " ");
    }
    if (newline)
        writer_text(shell->output, "\n");
    return 0;
}

int command_exit(struct shell *shell, int count, char **words)
{
    uint64_t code = 0;
    if (count > 2)
        return shell_usage(shell);
    if (count == 2 && (!text_to_number(words[1], &code) || code > 255)) {
        shell_complain(shell, "%s: not a number from 0 to 255", words[1]);
        return SHELL_CODE_USAGE;
    }
    shell->ended = true;
    shell->code = (int)code;
    return (int)code;
}

int command_pwd(struct shell *shell, int count, char **words)
{
    (void)words;
    if (count != 1)
        return shell_usage(shell);
    print_path(shell->output, shell->here_path);
    writer_text(shell->output, "\n");
    return 0;
}

/* Drops the last name of a path that begins with a slash. */
static size_t path_parent(const char *path, size_t length)
{
    while (length > 1 && path[length - 1] != '/')
        length--;
    return length > 1 ? length - 1 : 1;
}

/* Puts `path` as seen from `here` in `full`, without "." and ".."; as other shells do, ".." drops the last name. */
static int normalize(char *full, const char *here, const char *path)
{
    size_t length = path[0] == '/' ? 1 : text_length(here);
    memcpy(full, path[0] == '/' ? "/" : here, length);
    while (*path != '\0') {
        size_t name = 0;
        while (path[name] != '\0' && path[name] != '/')
            name++;
        if (name == 2 && path[0] == '.' && path[1] == '.') {
            length = path_parent(full, length);
        } else if (name > 1 || (name == 1 && path[0] != '.')) {
            if (length + 1 + name > CLIENT_PATH_MAX)
                return CLIENT_ENAMETOOLONG;
            if (length > 1)
                full[length++] = '/';
            memcpy(full + length, path, name);
            length += name;
        }
        path += name + (path[name] == '/');
    }
    full[length] = '\0';
    return CLIENT_OK;
}

int command_cd(struct shell *shell, int count, char **words)
{
    const char *target = count < 2 ? "/" : words[1];
    char *full = arena_take(&shell->arena, CLIENT_PATH_MAX + 1);
    struct client_qid qid;
    uint32_t fid;
    if (count > 2)
        return shell_usage(shell);
    int error = full == NULL ? CLIENT_ENOMEM : normalize(full, shell->here_path, target);
    if (error == 0)
        error = client_resolve(shell->parts.client, shell->parts.client->root, full, text_length(full), true, &fid,
                               &qid);
    if (error != 0)
        return shell_error(shell, target, error);
    if (!(qid.type & CLIENT_QID_DIRECTORY)) {
        (void)client_clunk(shell->parts.client, fid);
        return shell_error(shell, target, CLIENT_ENOTDIR);
    }
    if (shell->here != shell->parts.client->root)
        (void)client_clunk(shell->parts.client, shell->here);
    shell->here = fid;
    memcpy(shell->here_path, full, text_length(full) + 1);
    return 0;
}
