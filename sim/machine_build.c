/* SPDX-License-Identifier: MIT */
/* One build folder per machine and compiler, in the sources or in the user's cache; one builder in it at a time. */
#include "sim/machine_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_NAME "ukern-build.log"
#define PATIENCE 200 /* milliseconds between two looks */

__attribute__((format(printf, 2, 3))) static bool fail(struct machine_build *build, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(build->error, sizeof build->error, format, list);
    va_end(list);
    return false;
}

/* False: the name is too long for a path, which then is empty. */
__attribute__((format(printf, 2, 3))) static bool join(char *path, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = vsnprintf(path, PATH_MAX, format, list);
    va_end(list);
    if (length >= 0 && length < PATH_MAX)
        return true;
    path[0] = '\0';
    return false;
}

static bool make_toolchain_path(const struct machine_build *build, char *path)
{
    return join(path, "%s/cmake/%s/%s.cmake", build->source, build->machine, build->compiler);
}

bool machine_build_check(struct machine_build *build)
{
    char path[PATH_MAX];
    if (build->source[0] != '\0' && make_toolchain_path(build, path) && access(path, R_OK) == 0)
        return true;
    return fail(build, "the sources to build the kernel image from are not in %s; give a ready image with --image FILE",
                build->source[0] != '\0' ? build->source : "reach of this command");
}

/* The folder and all above it; true if it can be written. */
static bool make_folders(char *path)
{
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        (void)mkdir(path, 0777);
        *at = '/';
    }
    (void)mkdir(path, 0777);
    return access(path, R_OK | W_OK | X_OK) == 0;
}

static bool choose_folder(struct machine_build *build)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *variant = strcmp(build->compiler, "gcc") == 0 ? "" : build->compiler;
    const char *dash = *variant != '\0' ? "-" : "";
    if (join(build->folder, "%s/build/%s%s%s", build->source, build->machine, dash, variant) &&
        make_folders(build->folder))
        return true;
    bool named = cache != NULL && cache[0] == '/'
                     ? join(build->folder, "%s/ukern/%s%s%s", cache, build->machine, dash, variant)
                     : home != NULL && home[0] == '/' &&
                           join(build->folder, "%s/.cache/ukern/%s%s%s", home, build->machine, dash, variant);
    return (named && make_folders(build->folder)) ||
           fail(build, "there is no folder to build in: make %s/build writable, or set XDG_CACHE_HOME", build->source);
}

static void show_progress(const struct machine_build *build, const char *what)
{
    if (progress_due(build->progress))
        progress_show(build->progress, "%s in %s", what, build->folder);
}

/* Two builders in one folder would spoil it for each other. Returns a file to close, or -1. */
static int lock_folder(struct machine_build *build)
{
    int fd = open(build->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK && boot_signals_wait(build->signals, PATIENCE) == 0) {
            show_progress(build, "waiting for another build");
            continue;
        }
        if (build->signals->stopped == 0)
            (void)fail(build, "cannot lock %s: %s", build->folder, strerror(errno));
        close(fd);
        return -1;
    }
    if (fd < 0)
        (void)fail(build, "cannot open %s: %s", build->folder, strerror(errno));
    return fd;
}

/* What the environment says of compilers is about this machine's, not about the other one's. */
_Noreturn static void become(char *const *words, int log, const struct boot_signals *signals)
{
    static const char *const natives[] = {"CC", "CFLAGS", "ASM", "ASMFLAGS", "CPPFLAGS", "LDFLAGS"};
    setpgid(0, 0);
    for (size_t i = 0; i < sizeof natives / sizeof natives[0]; i++)
        unsetenv(natives[i]);
    boot_signals_restore(signals);
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
        dup2(log, STDERR_FILENO) >= 0)
        execvp(words[0], words);
    _exit(127);
}

/* In a process group of its own, so that all of it can be stopped. */
static bool run(struct machine_build *build, char *const *words, int log)
{
    int status = 0, told = 0;
    pid_t child = fork(), ended;
    if (child == 0)
        become(words, log, build->signals);
    if (child > 0)
        (void)setpgid(child, child); /* here too, for it may be stopped before it gets that far */
    while (child > 0 && (ended = waitpid(child, &status, WNOHANG)) != child) {
        if (ended < 0 && errno != EINTR)
            return false;
        int stopped = boot_signals_wait(build->signals, PATIENCE);
        if (stopped != 0 && told++ == 0)
            (void)kill(-child, stopped);
        show_progress(build, "building the kernel image");
    }
    return child > 0 && status == 0 && build->signals->stopped == 0;
}

/* Is there a folder that CMake made for these sources, and that ninja can work in? */
static bool is_configured(const struct machine_build *build, const char *cache)
{
    char wanted[PATH_MAX + 64], line[PATH_MAX + 64], ninja[PATH_MAX];
    bool found = false;
    FILE *file = join(ninja, "%s/build.ninja", build->folder) && access(ninja, R_OK) == 0 ? fopen(cache, "re") : NULL;
    snprintf(wanted, sizeof wanted, "CMAKE_HOME_DIRECTORY:INTERNAL=%s\n", build->source);
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL)
        found = strcmp(line, wanted) == 0;
    if (file != NULL)
        fclose(file);
    return found;
}

static bool configure(struct machine_build *build, int log)
{
    char cache[PATH_MAX], toolchain[PATH_MAX], option[PATH_MAX + 64];
    if (!join(cache, "%s/CMakeCache.txt", build->folder) || !make_toolchain_path(build, toolchain))
        return false;
    if (is_configured(build, cache))
        return true;
    snprintf(option, sizeof option, "-DCMAKE_TOOLCHAIN_FILE=%s", toolchain);
    char *source = (char *)(uintptr_t)build->source;
    char *words[] = {"cmake", "-S", source, "-B", build->folder, "-G", "Ninja", option, "-DCMAKE_BUILD_TYPE=Release",
                     NULL,    NULL};
    if (access(cache, F_OK) == 0)
        words[9] = "--fresh"; /* made for other sources, or never finished */
    return run(build, words, log);
}

static bool compile(struct machine_build *build, int log)
{
    char target[64];
    snprintf(target, sizeof target, "ukern-%s", build->machine);
    char *words[] = {"cmake", "--build", build->folder, "--target", target, NULL};
    return run(build, words, log);
}

static void show_log(const char *path)
{
    char bytes[4096];
    size_t count;
    FILE *log = fopen(path, "re");
    while (log != NULL && (count = fread(bytes, 1, sizeof bytes, log)) > 0)
        fwrite(bytes, 1, count, stderr);
    if (log != NULL)
        fclose(log);
}

static bool build_logged(struct machine_build *build)
{
    char path[PATH_MAX];
    int log = join(path, "%s/" LOG_NAME, build->folder)
                  ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666)
                  : -1;
    if (log < 0)
        return fail(build, "cannot write %s/" LOG_NAME ": %s", build->folder, strerror(errno));
    bool good = configure(build, log) && compile(build, log);
    close(log);
    progress_hide(build->progress);
    if (good && join(build->image, "%s/ukern-%s.elf", build->folder, build->machine) && access(build->image, R_OK) == 0)
        return true;
    if (build->signals->stopped != 0)
        return false;
    if (!good)
        show_log(path);
    return good ? fail(build, "the build made no ukern-%s.elf in %s; see " LOG_NAME " there", build->machine,
                       build->folder)
                : fail(build, "the kernel image could not be built: see above, or %s", path);
}

bool machine_build_run(struct machine_build *build)
{
    if (!machine_build_check(build) || !choose_folder(build))
        return false;
    int lock = lock_folder(build);
    bool good = lock >= 0 && build_logged(build);
    progress_hide(build->progress);
    if (lock >= 0)
        close(lock);
    return good;
}
