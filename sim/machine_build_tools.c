/* SPDX-License-Identifier: MIT */
/* Looks for programs where the shell would; names everything that is missing at once, with what installs it. */
#include "sim/machine_build_tools.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A program and its Debian package; `compiler`: NULL when every build needs it. */
struct tool {
    const char *name;
    const char *package;
    const char *compiler;
    bool boots; /* it is no part of building, but of booting */
};

static const struct tool tools[] = {
    {"cmake", "cmake", NULL, false},
    {"ninja", "ninja-build", NULL, false},
    {"riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf", "gcc", false},
    {"clang", "clang", "clang", false},
    {"ld.lld", "lld", "clang", false},
    {MACHINE_BUILD_EMULATOR, "qemu-system-misc", NULL, true},
};

static bool can_run(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

bool machine_build_find(const char *name, char *path, size_t path_bytes)
{
    const char *places = getenv("PATH");
    char full[PATH_MAX];
    for (const char *at = places != NULL ? places : "/bin:/usr/bin";; at++) {
        size_t length = strcspn(at, ":");
        int bytes = snprintf(full, sizeof full, "%.*s/%s", length > 0 ? (int)length : 1, length > 0 ? at : ".", name);
        if (bytes > 0 && (size_t)bytes < sizeof full && can_run(full)) {
            if (path != NULL)
                snprintf(path, path_bytes, "%s", full);
            return true;
        }
        at += length;
        if (*at == '\0')
            return false;
    }
}

static bool is_needed(const struct tool *tool, const char *compiler, bool boots)
{
    if (tool->boots)
        return boots;
    return compiler != NULL && (tool->compiler == NULL || strcmp(tool->compiler, compiler) == 0);
}

bool machine_build_tools_check(const char *compiler, bool boots, char *error, size_t error_bytes)
{
    char names[128] = "", packages[128] = "";
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
        const struct tool *tool = &tools[i];
        if (!is_needed(tool, compiler, boots) || machine_build_find(tool->name, NULL, 0))
            continue;
        size_t name_bytes = strlen(names), package_bytes = strlen(packages);
        snprintf(names + name_bytes, sizeof names - name_bytes, "%s%s", name_bytes > 0 ? ", " : "", tool->name);
        snprintf(packages + package_bytes, sizeof packages - package_bytes, " %s", tool->package);
    }
    if (names[0] == '\0')
        return true;
    snprintf(error, error_bytes, "not found in PATH: %s; install with apt-get install%s", names, packages);
    return false;
}
