/* SPDX-License-Identifier: MIT */
/* Runs a program to its end and hands on what it writes, line by line; it can neither outlive us nor keep us for ever. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/bench_riscv64.h"
#include "sim/machine_build_tools.h"
#include "sim/qemu_process.h"

#define SECOND_NS  UINT64_C(1000000000)
#define PATIENCE   200 /* milliseconds between two looks */
#define LINE_BYTES 4096

/* One of its output files, up to the end of what was read. */
struct channel {
    const struct bench_reader *reader;
    int *fd; /* -1: at its end */
    size_t used;
    char bytes[LINE_BYTES];
};

struct talk {
    struct qemu_process process;
    struct channel channels[2];
    const char *input; /* what it has not yet taken */
    uint64_t deadline;
};

static void close_file(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void take_line(struct channel *channel, size_t length)
{
    channel->bytes[length] = '\0';
    if (length > 0 && channel->bytes[length - 1] == '\r')
        channel->bytes[length - 1] = '\0';
    if (channel->reader->take != NULL)
        channel->reader->take(channel->reader->context, channel->bytes);
}

/* A line that has no room is taken in parts. */
static void take_lines(struct channel *channel, bool at_end)
{
    char *end;
    while ((end = memchr(channel->bytes, '\n', channel->used)) != NULL) {
        size_t length = (size_t)(end - channel->bytes);
        take_line(channel, length);
        channel->used -= length + 1;
        memmove(channel->bytes, end + 1, channel->used);
    }
    if (channel->used == sizeof channel->bytes - 1 || (at_end && channel->used > 0)) {
        take_line(channel, channel->used);
        channel->used = 0;
    }
}

static void read_channel(struct channel *channel)
{
    ssize_t count = read(*channel->fd, channel->bytes + channel->used, sizeof channel->bytes - 1 - channel->used);
    bool at_end = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
    channel->used += count > 0 ? (size_t)count : 0;
    take_lines(channel, at_end);
    if (at_end)
        close_file(channel->fd);
}

static void write_input(struct talk *talk)
{
    ssize_t count = write(talk->process.input, talk->input, strlen(talk->input));
    if (count > 0)
        talk->input += count;
    if (*talk->input == '\0' || (count < 0 && errno != EAGAIN && errno != EINTR))
        close_file(&talk->process.input);
}

static bool over(struct bench_riscv64 *bench, const struct talk *talk)
{
    if (bench->signals.stopped != 0)
        return !bench_riscv64_fail(bench, "stopped by a signal");
    return report_host_time() > talk->deadline && !bench_riscv64_fail(bench, "it took too long");
}

/* Until both its files are at their ends. */
static bool pump(struct bench_riscv64 *bench, struct talk *talk)
{
    struct qemu_process *process = &talk->process;
    while (process->output >= 0 || process->messages >= 0) {
        struct pollfd items[] = {{process->output, POLLIN, 0},
                                 {process->messages, POLLIN, 0},
                                 {process->input, POLLOUT, 0},
                                 {bench->signals.fd, POLLIN, 0}};
        (void)poll(items, 4, PATIENCE);
        if (items[3].revents != 0)
            (void)boot_signals_take(&bench->signals);
        for (unsigned i = 0; i < 2; i++)
            if (items[i].revents != 0)
                read_channel(&talk->channels[i]);
        if (items[2].revents != 0)
            write_input(talk);
        if (over(bench, talk))
            return false;
    }
    while (!qemu_process_ended(process)) {
        (void)boot_signals_wait(&bench->signals, PATIENCE);
        if (over(bench, talk))
            return false;
    }
    return true;
}

bool bench_process_run(struct bench_riscv64 *bench, const struct bench_process *what, int *code)
{
    char path[PATH_MAX], *words[sizeof what->words / sizeof what->words[0]];
    struct talk talk = {.input = what->input != NULL ? what->input : "",
                        .deadline = report_host_time() + what->seconds * SECOND_NS};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        words[i] = (char *)(uintptr_t)what->words[i]; /* execv takes them so, and changes none */
    if (strchr(words[0], '/') == NULL) {
        if (!machine_build_find(words[0], path, sizeof path))
            return bench_riscv64_fail(bench, "not found in PATH: %s", words[0]);
        words[0] = path;
    }
    if (!qemu_process_start(&talk.process, words, &bench->signals))
        return bench_riscv64_fail(bench, "cannot start %s: %s", words[0], strerror(errno));
    talk.channels[0].reader = &what->output;
    talk.channels[0].fd = &talk.process.output;
    talk.channels[1].reader = &what->messages;
    talk.channels[1].fd = &talk.process.messages;
    bool good = pump(bench, &talk);
    *code = good && WIFEXITED(talk.process.status) ? WEXITSTATUS(talk.process.status) : -1;
    qemu_process_close(&talk.process);
    return good;
}
