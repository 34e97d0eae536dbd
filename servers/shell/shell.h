/* SPDX-License-Identifier: MIT */
/* The shell: lines in, text out, and a tree of files behind a 9P client; a command takes memory only from its arena. */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include "client/client.h"
#include "runtime/arena.h"
#include "runtime/console.h"
#include "shell/system.h"

#define SHELL_LINE_MAX     8192  /* bytes of a line, its ending zero included */
#define SHELL_TRANSFER     65536 /* bytes of files and directories read at a time */
#define SHELL_CODE_USAGE   2     /* exit code: wrong options, or a line that makes no sense */
#define SHELL_CODE_UNKNOWN 127   /* exit code: no such command */

/* What a shell is made of. All pointers must stay. */
struct shell_parts {
    struct console *console;
    struct client *client; /* opened */
    struct system *system;
    void *memory;          /* for lines, buffers and commands */
    size_t memory_bytes;
    bool interactive;      /* prompt, and go on after a failure */
};

struct shell {
    struct shell_parts parts;
    struct arena arena;           /* the running command's memory */
    struct console_writer screen;
    struct writer *output;        /* the running command's: the screen or a file */
    struct line_reader input;
    char *line;                   /* SHELL_LINE_MAX bytes */
    char *transfer;               /* SHELL_TRANSFER bytes for whoever reads at the moment */
    char *here_path;              /* the directory that relative paths begin at, and its fid */
    uint32_t here;
    const char *command;          /* name of the running command */
    unsigned long line_number;
    bool ended;
    int code;                     /* exit code, once ended */
};

/* Prepares a shell at the tree's root. CLIENT_ENOMEM: `memory_bytes` is too little. */
int shell_open(struct shell *shell, const struct shell_parts *parts);

/* Runs lines until they end, `exit`, or (not interactive) a failure. Returns the exit code. */
int shell_run(struct shell *shell);

/* Runs one line. A '-' before a command says that it may fail; before the line, that all of it may. */
void shell_line(struct shell *shell, char *line);

/* For commands. A complaint goes to the screen, after what was put out before it; both return exit code 1. */
int shell_error(struct shell *shell, const char *path, int error);
__attribute__((format(printf, 2, 3))) int shell_complain(struct shell *shell, const char *format, ...);

/* Reads options: letter i of `letters` is bit i of `set`. Returns the first operand's index; 0: it has complained. */
int shell_options(struct shell *shell, int count, char **words, const char *letters, uint32_t *set);

/* Complains that operands are missing or too many; returns SHELL_CODE_USAGE. */
int shell_usage(struct shell *shell);

/* Paths as operands mean them: from here, with links followed. `qid` may be NULL. */
int shell_resolve(struct shell *shell, const char *path, bool follow, uint32_t *fid, struct client_qid *qid);
int shell_resolve_parent(struct shell *shell, const char *path, uint32_t *fid, char name[CLIENT_NAME_MAX + 1]);

/* A slash at its end: the path can only mean a directory. */
bool path_means_directory(const char *path);

/* Opens what is not a directory for reading. */
int shell_open_file(struct shell *shell, const char *path, uint32_t *fid);

/* Puts `path`, a slash if it needs one, and `name` in `joined` (CLIENT_PATH_MAX + 1 bytes). */
int shell_join(char *joined, const char *path, const char *name);

#endif
