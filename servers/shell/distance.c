/* SPDX-License-Identifier: MIT */
/* Commands about the way to the file server: how much goes into one message, and how many messages a command takes. */
#include "shell/commands.h"
#include "shell/print.h"

#include <string.h>

#define DROP_BYTES 4096

int command_batch(struct shell *shell, int count, char **words)
{
    struct client_batch *batch = &shell->parts.client->batch;
    static const char *const names[] = {"names", "entries", "bytes"};
    uint32_t *const values[] = {&batch->names, &batch->entries, &batch->bytes};
    uint64_t number;
    for (int i = 1; i < count; i += 2) {
        unsigned which = 0;
        while (which < 3 && !text_equal(words[i], names[which]))
            which++;
        if (which == 3 || i + 1 == count)
            return shell_usage(shell);
        if (!text_to_number(words[i + 1], &number) || number > UINT32_MAX) {
            (void)shell_complain(shell, "%s: not a number of %s", words[i + 1], words[i]);
            return SHELL_CODE_USAGE;
        }
        *values[which] = (uint32_t)number;
    }
    for (unsigned i = 0; i < 3 && count == 1; i++)
        writer_format(shell->output, "%-8s %10u\n", names[i], *values[i]);
    return 0;
}

static bool drop(struct writer *writer)
{
    writer->used = 0;
    return true;
}

/* Runs it with nowhere to print to. */
static int run_silently(struct shell *shell, int count, char **words, void *memory)
{
    const struct shell_command *known = command_lookup(words[0]);
    struct writer *output = shell->output, nowhere = writer_open(memory, DROP_BYTES, drop);
    const char *command = shell->command;
    if (known == NULL || known->run == command_count) {
        (void)shell_complain(shell, "%s: not a command that can be counted", words[0]);
        return SHELL_CODE_UNKNOWN;
    }
    shell->output = &nowhere;
    shell->command = words[0];
    int code = known->run(shell, count, words);
    shell->command = command;
    shell->output = output;
    return code;
}

static void print_cost(struct shell *shell, const struct client_counts *before, uk_time begun)
{
    const struct client_counts *after = &shell->parts.client->counts;
    writer_format(shell->output, "%lu exchanges, %lu bytes, ", (unsigned long)(after->exchanges - before->exchanges),
                  (unsigned long)(after->bytes_sent + after->bytes_received - before->bytes_sent - before->bytes_received));
    print_seconds(shell->output, shell->parts.system->clock(shell->parts.system) - begun);
    writer_text(shell->output, " seconds\n");
}

int command_count(struct shell *shell, int count, char **words)
{
    struct client_counts before = shell->parts.client->counts;
    uk_time begun = shell->parts.system->clock(shell->parts.system);
    if (count < 2)
        return shell_usage(shell);
    void *memory = arena_take(&shell->arena, DROP_BYTES);
    if (memory == NULL)
        return shell_error(shell, words[1], CLIENT_ENOMEM);
    int code = run_silently(shell, count - 1, words + 1, memory);
    if (code == 0)
        print_cost(shell, &before, begun);
    return code;
}
