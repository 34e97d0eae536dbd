/* SPDX-License-Identifier: MIT */
/* The images that are measured: built by CMake in the folder of `ukern boot`, or a ready one's; and how large they are. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "sim/bench_riscv64.h"
#include "sim/machine_build.h"

enum {
    BUILD_S = 1200,
    LOOK_MS = 200,
    LOG_BYTES = 1 << 16
};

/* What a tool said; when there is no room, the rest is lost. */
struct said {
    char text[LOG_BYTES];
    size_t used;
};

static void keep(void *context, const char *line)
{
    struct said *said = context;
    int length = snprintf(said->text + said->used, sizeof said->text - said->used, "%s\n", line);
    if (length > 0 && (size_t)length < sizeof said->text - said->used)
        said->used += (size_t)length;
}

/* One builder in a folder at a time, as machine_build.c has it. Returns a file to close, or -1. */
static int lock_folder(struct bench_riscv64 *bench)
{
    int fd = open(bench->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0)
        if (errno != EWOULDBLOCK || boot_signals_wait(&bench->signals, LOOK_MS) != 0) {
            close(fd);
            fd = -1;
        }
    if (fd < 0)
        (void)bench_riscv64_fail(bench, "cannot lock the folder %s", bench->folder);
    return fd;
}

/* What CMake says is shown only when it fails. */
static bool compile(struct bench_riscv64 *bench, const char *image)
{
    struct said said = {.used = 0};
    struct bench_process process = {.words = {"cmake", "--build", bench->folder, "--target", image},
                                    .output = {keep, &said}, .messages = {keep, &said}, .seconds = BUILD_S};
    int lock = lock_folder(bench), code = 0;
    bool good = lock >= 0 && bench_process_run(bench, &process, &code);
    if (lock >= 0)
        close(lock);
    if (code == 0)
        return good;
    fputs(said.text, stderr);
    return bench_riscv64_fail(bench, "the image that counts could not be built in %s: see above", bench->folder);
}

bool bench_images_build(struct bench_riscv64 *bench, const char *image)
{
    struct machine_build build = {.source = UKERN_SOURCE_DIR, .machine = bench->options->machine, .compiler = "gcc",
                                  .progress = &bench->progress, .signals = &bench->signals};
    if (bench->options->images != NULL)
        return realpath(bench->options->images, bench->folder) != NULL ||
               bench_riscv64_fail(bench, "cannot find the folder %s: %s", bench->options->images, strerror(errno));
    if (!machine_build_run(&build))
        return bench_riscv64_fail(bench, "%s", bench->signals.stopped != 0 ? "stopped by a signal" : build.error);
    memcpy(bench->folder, build.folder, sizeof bench->folder);
    return compile(bench, image);
}

bool bench_images_find(struct bench_riscv64 *bench, const char *name, char path[PATH_MAX])
{
    int length = snprintf(path, PATH_MAX, "%s/%s", bench->folder, name);
    return (length < PATH_MAX && access(path, R_OK) == 0) ||
           bench_riscv64_fail(bench, "there is no %s in %s", name, bench->folder);
}

/* Of the headers only what is loaded counts; the first part that can be executed is the kernel's code. */
static bool weigh(FILE *file, struct bench_image *image)
{
    Elf64_Ehdr header;
    Elf64_Phdr part;
    if (fread(&header, sizeof header, 1, file) != 1 || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof part)
        return false;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        long at = (long)(header.e_phoff + i * sizeof part);
        if (fseek(file, at, SEEK_SET) != 0 || fread(&part, sizeof part, 1, file) != 1)
            return false;
        if (part.p_type != PT_LOAD)
            continue;
        image->loaded += part.p_filesz;
        if ((part.p_flags & PF_X) != 0 && image->code == 0) {
            image->code = part.p_filesz;
            image->code_address = part.p_vaddr;
        }
    }
    image->file = fseek(file, 0, SEEK_END) == 0 ? (uint64_t)ftell(file) : 0;
    return image->code != 0;
}

bool bench_images_weigh(struct bench_riscv64 *bench, const char *name, struct bench_image *image)
{
    char path[PATH_MAX];
    *image = (struct bench_image){0};
    if (!bench_images_find(bench, name, path))
        return false;
    FILE *file = fopen(path, "re");
    bool good = file != NULL && weigh(file, image);
    if (file != NULL)
        fclose(file);
    return good || bench_riscv64_fail(bench, "%s is no kernel image", path);
}
