/* SPDX-License-Identifier: MIT */
/* A folder in which a test runs subcommands of `ukern`, with stand-ins for the programs that they need. */
#ifndef TESTS_SIM_BOOT_SCENE_H
#define TESTS_SIM_BOOT_SCENE_H

#include <stddef.h>
#include <sys/types.h>

/* A test's own folder with an empty folder `bin` for programs, and what the last command did. */
struct boot_scene {
    char folder[64];
    char name[512]; /* of boot_scene_path */
    int status;     /* as waitpid gives it */
    char *output, *errors;
    size_t output_bytes, errors_bytes;
};

int boot_scene_open(void **state);
int boot_scene_close(void **state);

/* A path in the folder, until the next call. */
const char *boot_scene_path(struct boot_scene *scene, const char *name);

/* Sets a variable of the environment; no memory is allocated for it, since the C library never frees such. */
void boot_scene_set(const char *name, const char *value);

/* Makes a stand-in: `name` in `bin` is a program that behaves as the environment's FAKE says. */
void boot_scene_fake(struct boot_scene *scene, const char *name, const char *behaviour);

void boot_scene_write(struct boot_scene *scene, const char *name, const void *bytes, size_t count);

/* A kernel image, as far as the host looks at it: 256 bytes in one segment at physical 0x80200000. */
void boot_scene_kernel(struct boot_scene *scene, const char *name);

/* Forks; the child has the folder as TMPDIR, PATH is `bin` alone, its files are these, and it ends with what
 * `command` returns. Negative files: /dev/null for input, files in the scene for the others. */
pid_t boot_scene_start(struct boot_scene *scene, int (*command)(int, char **), const char *line, const int files[3]);

/* Waits for it and reads what it wrote. */
void boot_scene_finish(struct boot_scene *scene, pid_t child);

/* Both, with the file `input` of the scene, or nothing, as its input. `line` is split at spaces. */
void boot_scene_run(struct boot_scene *scene, int (*command)(int, char **), const char *line, const char *input);

/* How the last command ended; what it said must be in its errors. */
void boot_scene_expect(const struct boot_scene *scene, int code, const char *errors);

/* Files in the folder whose names begin with `prefix`. */
unsigned boot_scene_count(struct boot_scene *scene, const char *prefix);

#endif
