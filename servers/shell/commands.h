/* SPDX-License-Identifier: MIT */
/* The shell's commands: each takes its words as main does and returns an exit code. */
#ifndef SHELL_COMMANDS_H
#define SHELL_COMMANDS_H

#include "shell/shell.h"

/* X(name, function, what follows the name, what it does) */
#define SHELL_COMMANDS(X)                                                                                              \
    X("batch", command_batch, "[names|entries|bytes NUMBER]...", "how much one message carries; 0: what fits")             \
    X("cat", command_cat, "FILE...", "print files")                                                                    \
    X("caps", command_caps, "", "list this shell's capabilities")                                                      \
    X("cd", command_cd, "[DIRECTORY]", "go to a directory")                                                            \
    X("chmod", command_chmod, "OCTAL PATH...", "change permissions")                                                   \
    X("count", command_count, "COMMAND [WORD...]", "what a command costs, whose output is dropped")                        \
    X("cp", command_cp, "[-r] SOURCE... TARGET", "copy files, or trees")                                               \
    X("df", command_df, "[PATH]", "space in the file system")                                                          \
    X("echo", command_echo, "[-n] [WORD...]", "print words")                                                           \
    X("exit", command_exit, "[CODE]", "end the shell")                                                                 \
    X("find", command_find, "[PATH...] [-type f|d|l] [-name GLOB]", "list trees")                                      \
    X("help", command_help, "", "this list")                                                                           \
    X("ls", command_ls, "[-l] [-R] [-a] [-d] [PATH...]", "list directories")                                           \
    X("mkdir", command_mkdir, "[-p] DIRECTORY...", "make directories")                                                 \
    X("mv", command_mv, "SOURCE... TARGET", "rename")                                                                  \
    X("ps", command_ps, "", "list threads")                                                                            \
    X("pwd", command_pwd, "", "print the directory that paths begin at")                                               \
    X("readlink", command_readlink, "LINK...", "print the targets of symbolic links")                                  \
    X("rm", command_rm, "[-r] [-f] PATH...", "remove files, or trees")                                                 \
    X("sha256sum", command_sha256sum, "[-r] PATH...", "digests of files; -r: of all below, by path")                   \
    X("stat", command_stat, "PATH...", "all that is known about a file")                                               \
    X("stats", command_stats, "", "what the system has done so far")                                                   \
    X("tree", command_tree, "[-a] [PATH]", "draw a tree")                                                              \
    X("wc", command_wc, "[-l] [-w] [-c] FILE...", "count lines, words and bytes")

#define SHELL_X(name, function, words, summary) int function(struct shell *shell, int count, char **list);
SHELL_COMMANDS(SHELL_X)
#undef SHELL_X

struct shell_command {
    const char *name;
    int (*run)(struct shell *shell, int count, char **words);
    const char *words;
    const char *summary;
};

/* NULL: there is no such command. */
const struct shell_command *command_lookup(const char *name);

#endif
