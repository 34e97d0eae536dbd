/* SPDX-License-Identifier: MIT */
/* The subcommands of `ukern`: each takes the words after its name and returns the exit code. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

enum exit_code {
    EXIT_USAGE = 2,   /* the words make no sense, or name what cannot be read */
    EXIT_BROKEN = 70, /* the kernel panicked, or the system stands still */
    EXIT_ENDED = 71,  /* an essential task died, or could not be started */
    EXIT_OUTPUT = 74  /* the console's output could not be written */
};

int run_command(int count, char **words);
int boot_command(int count, char **words);
int image_command(int count, char **words);
int bench_command(int count, char **words);
int compare_command(int count, char **words);

#endif
