/* SPDX-License-Identifier: MIT */
/* Commands about the system itself: ps, caps, stats; they only show what the shell has been given the right to ask. */
#include "runtime/task.h"
#include "shell/commands.h"
#include "shell/print.h"

#include <string.h>

#define THREADS_MAX 65536 /* asked for at most, so that a broken root task cannot keep us here */

static const char *state_text(uk_word state)
{
    switch (state) {
#define UK_X(name, number, text)                                                                                       \
    case number:                                                                                                       \
        return text;
        UK_THREAD_STATES(UK_X)
#undef UK_X
    default: return "?";
    }
}

static const char *capability_text(uk_word type)
{
    switch (type) {
#define UK_X(name, number, text)                                                                                       \
    case number:                                                                                                       \
        return text;
        UK_TYPES(UK_X)
#undef UK_X
    default: return "?";
    }
}

static bool ask_thread(struct shell *shell, uk_word index, unsigned page, uk_word words[UK_REGISTER_WORDS])
{
    struct system *system = shell->parts.system;
    return index < THREADS_MAX && system->thread(system, index, page, words);
}

static void print_thread(struct writer *output, const uk_word words[UK_REGISTER_WORDS])
{
    char time[32], name[UK_NAME_MAX];
    size_t length = 0;
    struct writer text = writer_open(time, sizeof time, NULL);
    print_seconds(&text, words[3]);
    memcpy(name, &words[4], sizeof name);
    while (length < sizeof name && name[length] != '\0')
        length++;
    writer_format(output, "%5lu  %-14s %3u %3u %3u %12.*s  ", (unsigned long)words[2], state_text(words[0]),
                  (unsigned)(words[1] & 255), (unsigned)(words[1] >> 8 & 255), (unsigned)(words[1] >> 16 & 255),
                  (int)text.used, time);
    print_name(output, name, length);
    writer_text(output, "\n");
}

int command_ps(struct shell *shell, int count, char **words)
{
    uk_word found[UK_REGISTER_WORDS];
    (void)words;
    if (count != 1)
        return shell_usage(shell);
    writer_format(shell->output, "%5s  %-14s %3s %3s %3s %12s  %s\n", "ID", "STATE", "PRI", "EFF", "MAX", "SECONDS",
                  "NAME");
    for (uk_word index = 0; ask_thread(shell, index, 0, found); index++)
        print_thread(shell->output, found);
    return 0;
}

static void print_capability(struct writer *output, uint32_t slot, const uk_word words[UK_REGISTER_WORDS])
{
    char rights[6] = "-----";
    for (unsigned i = 0; i < 5; i++)
        if (words[1] >> i & 1)
            rights[i] = "rwxgm"[i];
    writer_format(output, "%5u  %-14s %s %6lx %7lu  ", slot, capability_text(words[0]), rights,
                  (unsigned long)words[2], (unsigned long)words[3]);
    switch (words[0]) {
    case UK_TYPE_FRAME: writer_format(output, "mapped at 0x%lx", (unsigned long)words[5]); break;
    case UK_TYPE_UNTYPED: writer_format(output, "%lu bytes free", (unsigned long)words[5]); break;
    case UK_TYPE_CNODE: writer_format(output, "%lu slots", (unsigned long)words[5]); break;
    case UK_TYPE_ENDPOINT: writer_format(output, "generation %lu", (unsigned long)words[5]); break;
    default: writer_text(output, "-"); break;
    }
    writer_text(output, "\n");
}

int command_caps(struct shell *shell, int count, char **words)
{
    struct system *system = shell->parts.system;
    uk_word found[UK_REGISTER_WORDS];
    (void)words;
    if (count != 1)
        return shell_usage(shell);
    writer_format(shell->output, "%5s  %-14s %s %6s %7s  %s\n", "SLOT", "TYPE", "RIGHT", "BADGE", "OBJECT", "DETAIL");
    for (uint32_t slot = 1; slot < system->slot_count; slot++)
        if (system->slot(system, slot, found))
            print_capability(shell->output, slot, found);
    writer_text(shell->output, "r: read, receive  w: write, send  x: execute  g: grant  m: manage\n");
    return 0;
}

static void print_figure(struct writer *output, const char *label, uint64_t value)
{
    writer_format(output, "%-20s %12lu\n", label, (unsigned long)value);
}

int command_stats(struct shell *shell, int count, char **words)
{
    static const char *const labels[] = {"kernel entries", "calls", "faults"};
    const struct client_counts *counts = &shell->parts.client->counts;
    uk_word found[UK_REGISTER_WORDS], sums[3] = {0, 0, 0}, threads = 0;
    (void)words;
    if (count != 1)
        return shell_usage(shell);
    for (; ask_thread(shell, threads, 1, found); threads++)
        for (unsigned i = 0; i < 3; i++)
            sums[i] += found[i];
    print_figure(shell->output, "threads", threads);
    for (unsigned i = 0; i < 3; i++)
        print_figure(shell->output, labels[i], sums[i]);
    print_figure(shell->output, "9P exchanges", counts->exchanges);
    print_figure(shell->output, "9P errors", counts->errors);
    print_figure(shell->output, "9P bytes sent", counts->bytes_sent);
    print_figure(shell->output, "9P bytes received", counts->bytes_received);
    print_figure(shell->output, "shell memory peak", shell->arena.peak);
    writer_format(shell->output, "%-20s ", "seconds");
    char time[32];
    struct writer text = writer_open(time, sizeof time, NULL);
    print_seconds(&text, shell->parts.system->clock(shell->parts.system));
    writer_format(shell->output, "%12.*s\n", (int)text.used, time);
    return 0;
}
