/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target once on each file given, or found in a folder given: the corpus as a test, without clang. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
/* A fuzz target's custom mutator calls these; replaying never mutates, so they only have to exist. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room)
{
    (void)data;
    (void)room;
    return size;
}

static int complain(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return -1;
}

static long replay_file(const char *path, long bytes)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return complain(path);
    /* Exactly as large as the input, so that a sanitizer sees any read beyond it. */
    uint8_t *data = malloc(bytes > 0 ? (size_t)bytes : 1);
    size_t size = data != NULL ? fread(data, 1, (size_t)bytes, file) : 0;
    fclose(file);
    if (data == NULL || size != (size_t)bytes) {
        free(data);
        return complain(path);
    }
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

/* Replays a file, or whatever a folder holds. Returns how many inputs ran, or -1. */
static long replay(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return complain(path);
    if (!S_ISDIR(status.st_mode))
        return replay_file(path, (long)status.st_size);
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0)
        return complain(path);
    long total = 0;
    for (int i = 0; i < count; i++) {
        size_t room = strlen(path) + strlen(entries[i]->d_name) + 2;
        char *inner = malloc(room);
        if (total >= 0 && inner != NULL && entries[i]->d_name[0] != '.') {
            snprintf(inner, room, "%s/%s", path, entries[i]->d_name);
            long done = replay(inner);
            total = done < 0 ? -1 : total + done;
        }
        free(inner);
        free(entries[i]);
    }
    free(entries);
    return total;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE|FOLDER...\n", argv[0]);
        return 2;
    }
    if (LLVMFuzzerInitialize != NULL)
        (void)LLVMFuzzerInitialize(&argc, &argv);
    long total = 0;
    for (int i = 1; i < argc; i++) {
        long done = replay(argv[i]);
        if (done < 0)
            return 1;
        total += done;
    }
    printf("%ld inputs replayed\n", total);
    if (total == 0)
        fprintf(stderr, "%s: found no input to replay\n", argv[0]);
    return total == 0;
}
