/* SPDX-License-Identifier: MIT */
/* A command runs in a child of its own, so that its signals, files and environment are not the test's. */
#include "boot_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int boot_scene_open(void **state)
{
    struct boot_scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    if (scene == NULL)
        return 1;
    strcpy(scene->folder, "/tmp/ukern-scene-XXXXXX");
    return mkdtemp(scene->folder) == NULL || mkdir(boot_scene_path(scene, "bin"), 0755) != 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    (void)chmod(path, 0700);
    return remove(path);
}

int boot_scene_close(void **state)
{
    struct boot_scene *scene = *state;
    int result = nftw(scene->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(scene->output);
    free(scene->errors);
    free(scene);
    return result;
}

const char *boot_scene_path(struct boot_scene *scene, const char *name)
{
    snprintf(scene->name, sizeof scene->name, "%s/%s", scene->folder, name);
    return scene->name;
}

void boot_scene_set(const char *name, const char *value)
{
    static char variables[8][4096];
    size_t length = strlen(name);
    for (unsigned i = 0; i < 8; i++) {
        char *variable = variables[i];
        if (variable[0] != '\0' && (strncmp(variable, name, length) != 0 || variable[length] != '='))
            continue;
        snprintf(variable, sizeof variables[i], "%s=%s", name, value);
        assert_int_equal(putenv(variable), 0);
        return;
    }
    fail_msg("there are more than 8 variables");
}

void boot_scene_fake(struct boot_scene *scene, const char *name, const char *behaviour)
{
    char self[512], place[128];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(length > 0);
    self[length] = '\0';
    snprintf(place, sizeof place, "bin/%s", name);
    (void)unlink(boot_scene_path(scene, place));
    assert_int_equal(symlink(self, boot_scene_path(scene, place)), 0);
    boot_scene_set("FAKE", behaviour);
}

void boot_scene_write(struct boot_scene *scene, const char *name, const void *bytes, size_t count)
{
    FILE *file = fopen(boot_scene_path(scene, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

void boot_scene_kernel(struct boot_scene *scene, const char *name)
{
    unsigned char bytes[512] = {0};
    Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                         .e_type = ET_EXEC,
                         .e_machine = EM_RISCV,
                         .e_version = EV_CURRENT,
                         .e_entry = 0x80200000,
                         .e_phoff = sizeof header,
                         .e_ehsize = sizeof header,
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = 1};
    Elf64_Phdr segment = {.p_type = PT_LOAD,
                          .p_flags = PF_R | PF_X,
                          .p_offset = 256,
                          .p_vaddr = 0xffff800080200000,
                          .p_paddr = 0x80200000,
                          .p_filesz = 256,
                          .p_memsz = 0x3000,
                          .p_align = 64};
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, &segment, sizeof segment);
    memset(bytes + 256, 'x', 256);
    memset(bytes + 320, 0, 64);
    memcpy(bytes + 320, "ukernimg", 8);
    boot_scene_write(scene, name, bytes, sizeof bytes);
}

/* The child's side of boot_scene_start. */
static void become(struct boot_scene *scene, const int files[3])
{
    static const char *const names[] = {NULL, "output", "errors"};
    for (int i = 0; i < 3; i++) {
        int fd = files[i];
        if (fd < 0)
            fd = names[i] == NULL ? open("/dev/null", O_RDONLY)
                                  : open(boot_scene_path(scene, names[i]), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(fd, i);
        if (fd > 2)
            close(fd);
    }
    boot_scene_set("TMPDIR", scene->folder);
    boot_scene_set("PATH", boot_scene_path(scene, "bin"));
}

pid_t boot_scene_start(struct boot_scene *scene, int (*command)(int, char **), const char *line, const int files[3])
{
    char text[1024], *words[32];
    int count = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word != NULL && count < 31; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    become(scene, files);
    exit(command(count, words));
}

static void read_back(struct boot_scene *scene, const char *name, char **bytes, size_t *count)
{
    FILE *file = fopen(boot_scene_path(scene, name), "r");
    free(*bytes);
    *bytes = calloc(1, 8 << 20);
    assert_non_null(*bytes);
    *count = file != NULL ? fread(*bytes, 1, (8 << 20) - 1, file) : 0;
    if (file != NULL)
        fclose(file);
}

void boot_scene_finish(struct boot_scene *scene, pid_t child)
{
    assert_int_equal(waitpid(child, &scene->status, 0), child);
    read_back(scene, "output", &scene->output, &scene->output_bytes);
    read_back(scene, "errors", &scene->errors, &scene->errors_bytes);
}

void boot_scene_run(struct boot_scene *scene, int (*command)(int, char **), const char *line, const char *input)
{
    int fd = input != NULL ? open(boot_scene_path(scene, input), O_RDONLY) : -1;
    const int files[] = {fd, -1, -1};
    boot_scene_finish(scene, boot_scene_start(scene, command, line, files));
    if (fd >= 0)
        close(fd);
}

void boot_scene_expect(const struct boot_scene *scene, int code, const char *errors)
{
    if (!WIFEXITED(scene->status) || WEXITSTATUS(scene->status) != code)
        fail_msg("status 0x%x, not exit code %d; it said: %s", (unsigned)scene->status, code, scene->errors);
    if (strstr(scene->errors, errors) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", errors, scene->errors);
}

unsigned boot_scene_count(struct boot_scene *scene, const char *prefix)
{
    unsigned count = 0;
    DIR *folder = opendir(scene->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    closedir(folder);
    return count;
}
