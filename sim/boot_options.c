/* SPDX-License-Identifier: MIT */
/* Reads the words of `ukern boot` and `ukern image` by one table; the last of equal options counts, unknown ones do not. */
#include "sim/boot_options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transports.h"

enum kind {
    SWITCH,
    TEXT,
    CHOICE,
    NUMBER,
    TRANSPORT,
    LATENCY
};
enum {
    BOTH = BOOT_WORDS | IMAGE_WORDS
};

/* One option: where its value goes, and what it may be. */
struct row {
    const char *name;
    int commands;
    enum kind kind;
    size_t offset;
    const char *wanted; /* CHOICE: the words, separated by spaces; NUMBER: what it counts */
    uint64_t least, most;
};

#define AT(field) offsetof(struct boot_options, field)
static const struct row rows[] = {
    {"--machine", BOTH, CHOICE, AT(machine), "riscv64", 0, 0},
    {"--script", BOOT_WORDS, TEXT, AT(script), NULL, 0, 0},
    {"--image", BOTH, TEXT, AT(image), NULL, 0, 0},
    {"-o", IMAGE_WORDS, TEXT, AT(output), NULL, 0, 0},
    {"--compiler", BOTH, CHOICE, AT(compiler), "gcc clang", 0, 0},
    {"--memory", BOOT_WORDS, NUMBER, AT(memory_mib), "a number of MiB from 8 to 4096", 8, 4096},
    {"--harts", BOOT_WORDS, NUMBER, AT(harts), "a number of processors from 1 to 64", 1, 64},
    {"--transport", BOOT_WORDS, TRANSPORT, AT(transport), NULL, 0, 0},
    {"--latency", BOOT_WORDS, LATENCY, AT(latency_ns), NULL, 0, 0},
    {"--timeout", BOOT_WORDS, NUMBER, AT(timeout_s), "a whole number of seconds, 0 for no limit", 0, 1000000000},
    {"--icount", BOOT_WORDS, SWITCH, AT(icount), NULL, 0, 0},
    {"--virtual-time", BOOT_WORDS, SWITCH, AT(virtual_time), NULL, 0, 0},
    {"--trace", BOOT_WORDS, SWITCH, AT(trace), NULL, 0, 0},
    {"--gdb", BOOT_WORDS, SWITCH, AT(gdb), NULL, 0, 0},
    {"--quiet", BOTH, SWITCH, AT(quiet), NULL, 0, 0},
    {"--help", BOTH, SWITCH, AT(help), NULL, 0, 0},
    {"-h", BOTH, SWITCH, AT(help), NULL, 0, 0},
};

/* What a reading works on. */
struct reading {
    struct boot_options *options;
    enum boot_command command;
    char *error;
    size_t error_bytes;
};

__attribute__((format(printf, 2, 3))) static bool fail(const struct reading *reading, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(reading->error, reading->error_bytes, format, list);
    va_end(list);
    return false;
}

static const char *name_of(enum boot_command command) { return command == BOOT_WORDS ? "boot" : "image"; }

static const struct row *find_row(enum boot_command command, const char *word)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((rows[i].commands & (int)command) != 0 && strcmp(rows[i].name, word) == 0)
            return &rows[i];
    return NULL;
}

static bool read_number(const char *text, const struct row *row, uint64_t *number)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *number = strtoull(text, &end, 0);
    return errno == 0 && *end == '\0' && *number >= row->least && *number <= row->most;
}

static bool is_choice(const char *text, const char *choices)
{
    size_t length = strlen(text);
    for (const char *at = choices; *at != '\0'; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word == length && memcmp(at, text, length) == 0)
            return true;
        at += word;
    }
    return false;
}

static bool set_value(const struct reading *reading, const struct row *row, const char *value)
{
    void *place = (char *)reading->options + row->offset;
    uint64_t number;
    switch (row->kind) {
    case TRANSPORT:
        reading->options->transports = strcmp(value, "help") == 0;
        return reading->options->transports || transport_read(value, place, reading->error, reading->error_bytes);
    case LATENCY:
        return latency_read(value, place, reading->error, reading->error_bytes);
    case NUMBER:
        if (!read_number(value, row, &number))
            return fail(reading, "%s %s: give %s", row->name, value, row->wanted);
        *(uint64_t *)place = number;
        return true;
    case CHOICE:
        if (!is_choice(value, row->wanted))
            return fail(reading, "%s %s: there is only: %s", row->name, value, row->wanted);
        break;
    default:
        if (*value == '\0')
            return fail(reading, "%s needs the name of a file; see ukern %s --help", row->name,
                        name_of(reading->command));
        break;
    }
    *(const char **)place = value;
    return true;
}

static bool set_archive(const struct reading *reading, const char *word)
{
    if (reading->options->archive != NULL)
        return fail(reading, "one directory or archive at a time, not both %s and %s", reading->options->archive, word);
    reading->options->archive = word;
    return true;
}

/* Takes one word, and its value if it has one: `*taken` words. */
static bool read_word(const struct reading *reading, int left, char **words, int *taken)
{
    const struct row *row = find_row(reading->command, words[0]);
    const char *command = name_of(reading->command);
    *taken = 1;
    if (row == NULL && words[0][0] != '-')
        return set_archive(reading, words[0]);
    if (row == NULL)
        return fail(reading, "there is no option %s; see ukern %s --help", words[0], command);
    if (row->kind == SWITCH) {
        *(bool *)((char *)reading->options + row->offset) = true;
        return true;
    }
    if (left < 2)
        return fail(reading, "%s needs a value; see ukern %s --help", words[0], command);
    *taken = 2;
    return set_value(reading, row, words[1]);
}

bool boot_options_read(struct boot_options *options, enum boot_command command, int count, char **words, char *error,
                       size_t error_bytes)
{
    const struct reading reading = {options, command, error, error_bytes};
    int taken, i = 0;
    *options = (struct boot_options){.machine = "riscv64",
                                     .compiler = "gcc",
                                     .memory_mib = BOOT_MEMORY_MIB,
                                     .harts = 1,
                                     .timeout_s = BOOT_TIMEOUT_NONE_GIVEN};
    for (; i < count && strcmp(words[i], "--") != 0; i += taken)
        if (!read_word(&reading, count - i, words + i, &taken))
            return false;
    for (i++; i < count; i++)
        if (!set_archive(&reading, words[i]))
            return false;
    if (command == IMAGE_WORDS && !options->help && options->output == NULL)
        return fail(&reading, "give -o FILE: the image to write; see ukern image --help");
    return true;
}
