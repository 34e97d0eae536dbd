/* SPDX-License-Identifier: MIT */
/* The command `ukern`: finds the subcommand and hands it the rest of the words. Output that is lost is never a success. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ukern/version.h>

#include "sim/sim.h"

struct subcommand {
    const char *name;
    int (*run)(int count, char **words);
    const char *summary;
};

static const struct subcommand subcommands[] = {
    {"run", run_command, "boot the whole system on a directory or an archive"},
    {"boot", boot_command, "boot it on a bare riscv64 machine, in QEMU"},
    {"image", image_command, "write an image for such a machine"},
    {"bench", bench_command, "measure the kernel on this machine"},
    {"compare", compare_command, "run every design of IPC side by side: which one, and what does it cost?"},
};
#define SUBCOMMANDS (sizeof subcommands / sizeof subcommands[0])

static int print_help(FILE *file)
{
    fprintf(file, "usage: ukern COMMAND [WORD...]\n\nA microkernel in one Linux process, or on a bare machine.\n\n");
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        fprintf(file, "  %-10s %s\n", subcommands[i].name, subcommands[i].summary);
    fprintf(file, "  %-10s this text; ukern COMMAND --help tells more\n", "help");
    fprintf(file, "  %-10s the version\n\nexample: echo 'ls -lR /' | ukern run .\n", "--version");
    return file == stdout ? 0 : EXIT_USAGE;
}

/* A standard stream that is closed stays one that fails. Else the next file that is opened would take its number, and what
 * is printed would go there: into the archive, or into the kernel's memory. */
static void hold_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static int run(int count, char **words)
{
    const char *name = count > 1 ? words[1] : NULL;
    if (name == NULL)
        return print_help(stderr);
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return print_help(stdout);
    if (strcmp(name, "--version") == 0)
        return printf("ukern %s\n", UK_VERSION_STRING) < 0 ? EXIT_OUTPUT : 0;
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        if (strcmp(name, subcommands[i].name) == 0)
            return subcommands[i].run(count - 2, words + 2);
    fprintf(stderr, "ukern: there is no command %s; see ukern help\n", name);
    return EXIT_USAGE;
}

int main(int count, char **words)
{
    hold_streams();
    int code = run(count, words), failed = ferror(stdout);
    if (fflush(stdout) == 0 && !failed)
        return code;
    fprintf(stderr, "ukern: cannot write the output: %s\n", failed ? "a part of it is lost" : strerror(errno));
    return code != 0 ? code : EXIT_OUTPUT;
}
