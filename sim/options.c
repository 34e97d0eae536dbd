/* SPDX-License-Identifier: MIT */
/* Reads the words of `ukern run`: each option once or more, the last one counts, and anything unknown is an error. */
#include "sim/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transports.h"

static bool read_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *number = strtoull(text, &end, 0);
    return errno == 0 && *end == '\0' && *number <= most;
}

/* Options without a value. */
static bool *find_switch(struct run_options *options, const char *word)
{
    if (strcmp(word, "--strict") == 0)
        return &options->strict;
    if (strcmp(word, "--trace") == 0)
        return &options->trace;
    if (strcmp(word, "--real-time") == 0)
        return &options->real_time;
    if (strcmp(word, "--quiet") == 0)
        return &options->quiet;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return &options->help;
    return NULL;
}

static bool set_value(struct run_options *options, const char *word, const char *value, char *error, size_t room)
{
    uint64_t number;
    if (strcmp(word, "--script") == 0) {
        options->script = value;
    } else if (strcmp(word, "--seed") == 0) {
        if (!read_number(value, UINT64_MAX, &options->seed))
            return snprintf(error, room, "--seed %s: give a whole number", value), false;
        options->seeded = true;
    } else if (strcmp(word, "--transport") == 0) {
        options->transports = strcmp(value, "help") == 0;
        return options->transports || transport_read(value, &options->transport, error, room);
    } else if (strcmp(word, "--latency") == 0) {
        return latency_read(value, &options->latency_ns, error, room);
    } else {
        if (!read_number(value, OPTIONS_MEMORY_MIB_MAX, &number) || number < OPTIONS_MEMORY_MIB_MIN)
            return snprintf(error, room, "--memory %s: give a number of MiB from %d to %d", value,
                            OPTIONS_MEMORY_MIB_MIN, OPTIONS_MEMORY_MIB_MAX),
                   false;
        options->memory_mib = (uint32_t)number;
    }
    return true;
}

static bool takes_value(const char *word)
{
    static const char *const words[] = {"--script", "--seed", "--memory", "--transport", "--latency"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

bool run_options_read(struct run_options *options, int count, char **words, char *error, size_t error_bytes)
{
    bool literal = false;
    *options = (struct run_options){.memory_mib = OPTIONS_MEMORY_MIB};
    for (int i = 0; i < count; i++) {
        bool *flag = literal ? NULL : find_switch(options, words[i]);
        if (flag != NULL) {
            *flag = true;
        } else if (!literal && strcmp(words[i], "--") == 0) {
            literal = true;
        } else if (!literal && takes_value(words[i])) {
            if (i + 1 == count)
                return snprintf(error, error_bytes, "%s needs a value; see ukern run --help", words[i]), false;
            if (!set_value(options, words[i], words[i + 1], error, error_bytes))
                return false;
            i++;
        } else if (!literal && words[i][0] == '-') {
            return snprintf(error, error_bytes, "there is no option %s; see ukern run --help", words[i]), false;
        } else if (options->archive != NULL) {
            return snprintf(error, error_bytes, "one directory or archive at a time, not both %s and %s",
                            options->archive, words[i]),
                   false;
        } else {
            options->archive = words[i];
        }
    }
    return true;
}
