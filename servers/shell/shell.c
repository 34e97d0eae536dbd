/* SPDX-License-Identifier: MIT */
/* The shell's loop: a line is parsed whole before any of it runs, and after each command its memory is given back. */
#include "shell/shell.h"
#include "shell/commands.h"
#include "shell/print.h"
#include "shell/redirect.h"
#include "shell/words.h"

#define SCREEN_BYTES 4096

int shell_open(struct shell *shell, const struct shell_parts *parts)
{
    *shell = (struct shell){.parts = *parts, .arena = arena_open(parts->memory, parts->memory_bytes)};
    char *screen = arena_take(&shell->arena, SCREEN_BYTES);
    shell->line = arena_take(&shell->arena, SHELL_LINE_MAX);
    shell->transfer = arena_take(&shell->arena, SHELL_TRANSFER);
    shell->here_path = arena_take(&shell->arena, CLIENT_PATH_MAX + 1);
    if (screen == NULL || shell->line == NULL || shell->transfer == NULL || shell->here_path == NULL)
        return CLIENT_ENOMEM;
    console_writer_open(&shell->screen, parts->console, screen, SCREEN_BYTES);
    line_reader_open(&shell->input, parts->console);
    shell->output = &shell->screen.writer;
    shell->here = parts->client->root;
    shell->here_path[0] = '/';
    shell->here_path[1] = '\0';
    shell->command = "shell";
    return CLIENT_OK;
}

/* Runs a command with its output going where it should; a redirection that fails is the command's failure. */
static int run_redirected(struct shell *shell, const struct shell_command *known, const struct command *command)
{
    struct redirect redirect;
    if (command->target == NULL)
        return known->run(shell, command->count, command->words);
    int code = 0, error = redirect_open(&redirect, shell, command->target, command->append);
    if (error == 0) {
        shell->output = &redirect.writer;
        code = known->run(shell, command->count, command->words);
        shell->output = &shell->screen.writer;
        error = redirect_close(&redirect);
    }
    if (error == 0)
        return code;
    shell->command = "shell";
    return shell_error(shell, command->target, error);
}

/* Takes off the '-' of a command that may fail. */
static bool take_dash(struct command *command)
{
    if (command->words[0][0] != '-')
        return false;
    command->words[0]++;
    if (command->words[0][0] == '\0') {
        command->words++;
        command->count--;
    }
    return true;
}

static int run_command(struct shell *shell, const struct command *command)
{
    const struct shell_command *known = command_lookup(command->words[0]);
    size_t mark = shell->arena.used;
    shell->command = command->words[0];
    int code = SHELL_CODE_UNKNOWN;
    if (known != NULL)
        code = run_redirected(shell, known, command);
    else
        (void)shell_complain(shell, "command not found");
    shell->command = "shell";
    shell->arena.used = mark;
    return code;
}

/* A failure ends a script. */
static void settle(struct shell *shell, int code, bool may_fail)
{
    if (code == 0 || may_fail || shell->ended || shell->parts.interactive)
        return;
    (void)shell_complain(shell, "line %lu failed with code %d", shell->line_number, code);
    shell->ended = true;
    shell->code = code;
}

void shell_line(struct shell *shell, char *line)
{
    struct command *command;
    size_t mark = shell->arena.used;
    while (*line == ' ' || *line == '\t')
        line++;
    bool may_fail = *line == '-';
    const char *wrong = words_parse(&shell->arena, line + may_fail, &command);
    if (wrong != NULL) {
        (void)shell_complain(shell, "line %lu: %s", shell->line_number, wrong);
        settle(shell, SHELL_CODE_USAGE, may_fail);
        command = NULL;
    }
    for (; command != NULL && !shell->ended; command = command->next) {
        bool dash = take_dash(command);
        if (command->count > 0)
            settle(shell, run_command(shell, command), may_fail || dash);
    }
    shell->arena.used = mark;
}

static void run_input(struct shell *shell, enum line_result result)
{
    shell->line_number++;
    if (result == LINE_READ) {
        shell_line(shell, shell->line);
        return;
    }
    (void)shell_complain(shell, "line %lu: %s", shell->line_number,
                         result == LINE_TOO_LONG ? "longer than 8191 bytes" : "has a zero byte in it");
    settle(shell, SHELL_CODE_USAGE, false);
}

int shell_run(struct shell *shell)
{
    struct writer *screen = &shell->screen.writer;
    while (!shell->ended) {
        if (shell->parts.interactive)
            writer_text(screen, "ukern$ ");
        if (!writer_flush(screen))
            return 1;
        enum line_result result = line_read(&shell->input, shell->line, SHELL_LINE_MAX);
        if (result == LINE_END)
            break;
        run_input(shell, result);
    }
    if (shell->parts.interactive && !shell->ended)
        writer_text(screen, "\n");
    return writer_flush(screen) ? shell->code : 1;
}
