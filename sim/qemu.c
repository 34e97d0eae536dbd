/* SPDX-License-Identifier: MIT */
/* Everything is said: a machine without defaults or configuration files is the same machine everywhere. */
#include "sim/qemu.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(struct qemu_arguments *arguments, const char *word)
{
    if (arguments->count + 1 < QEMU_WORDS_MAX)
        arguments->words[arguments->count++] = (char *)(uintptr_t)word; /* execv takes them so, and changes none */
    arguments->words[arguments->count] = NULL;
}

/* A word of our own making. */
__attribute__((format(printf, 2, 3))) static void add_text(struct qemu_arguments *arguments, const char *format, ...)
{
    char *text = arguments->text + arguments->text_bytes;
    size_t room = sizeof arguments->text - arguments->text_bytes;
    va_list list;
    va_start(list, format);
    int length = vsnprintf(text, room, format, list);
    va_end(list);
    if (length < 0 || (size_t)length >= room)
        return;
    arguments->text_bytes += (size_t)length + 1;
    add(arguments, text);
}

/* A comma would end the path, so QEMU takes two of them for one. */
static void add_monitor(struct qemu_arguments *arguments, const char *path)
{
    char doubled[2 * 108];
    size_t used = 0;
    for (; *path != '\0' && used + 2 < sizeof doubled; path++) {
        if (*path == ',')
            doubled[used++] = ',';
        doubled[used++] = *path;
    }
    doubled[used] = '\0';
    add(arguments, "-monitor");
    add_text(arguments, "unix:%s,server=on,wait=off", doubled);
}

static void add_boot_words(struct qemu_arguments *arguments, const struct qemu_request *request)
{
    char argument[40] = "", all[80] = "";
    if (request->argument != 0)
        snprintf(argument, sizeof argument, "argument=%" PRIu64, request->argument);
    const char *const words[] = {request->interactive ? "interactive" : "", request->virtual_time ? "virtual" : "",
                                 request->trace ? "trace" : "", argument};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i][0] != '\0')
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", all[0] != '\0' ? " " : "", words[i]);
    if (all[0] == '\0')
        return;
    add(arguments, "-append");
    add_text(arguments, "%s", all);
}

void qemu_arguments_make(struct qemu_arguments *arguments, const struct qemu_request *request)
{
    static const char *const always[] = {"-M",       "virt", "-bios",           "default",     "-serial", "stdio",
                                         "-display", "none", "-no-user-config", "-nodefaults", NULL};
    arguments->count = arguments->text_bytes = 0;
    add(arguments, request->program);
    for (size_t i = 0; always[i] != NULL; i++)
        add(arguments, always[i]);
    add(arguments, "-m");
    add_text(arguments, "%" PRIu64, request->memory_mib);
    add(arguments, "-smp");
    add_text(arguments, "%" PRIu64, request->harts);
    if (request->icount) {
        add(arguments, "-icount");
        add(arguments, "shift=0,sleep=off");
    }
    add_monitor(arguments, request->monitor);
    add(arguments, "-kernel");
    add(arguments, request->image);
    if (request->archive != NULL) {
        add(arguments, "-initrd");
        add(arguments, request->archive);
    }
    add_boot_words(arguments, request);
    if (request->gdb_port == 0)
        return;
    add(arguments, "-gdb");
    add_text(arguments, "tcp:127.0.0.1:%u", request->gdb_port);
    add(arguments, "-S");
}

uint64_t qemu_memory_mib(uint64_t memory_mib, uint64_t archive_bytes)
{
    const uint64_t mib = UINT64_C(1) << 20;
    return memory_mib + (2 * archive_bytes + mib - 1) / mib;
}
