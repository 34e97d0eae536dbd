/* SPDX-License-Identifier: MIT */
/* Starts QEMU in a process group of its own, so that Ctrl-C reaches only us, who then clean up. */
#include "sim/qemu_process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED 127
#define PORT_FIRST  20000
#define PORT_COUNT  20000
#define PORT_TRIES  100

/* Pipes for input, output and messages; the even ends read. */
struct pipes {
    int ends[6];
};

static void close_file(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool open_pipes(struct pipes *pipes)
{
    bool good = true;
    memset(pipes->ends, -1, sizeof pipes->ends);
    for (int i = 0; i < 6 && good; i += 2)
        good = pipe2(pipes->ends + i, O_CLOEXEC) == 0;
    for (int i = 0; i < 6 && !good; i++)
        close_file(&pipes->ends[i]);
    return good;
}

_Noreturn static void become_qemu(char *const *words, const struct pipes *pipes, const struct boot_signals *signals,
                                  pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    boot_signals_restore(signals);
    if (getppid() == parent && dup2(pipes->ends[0], STDIN_FILENO) >= 0 && dup2(pipes->ends[3], STDOUT_FILENO) >= 0 &&
        dup2(pipes->ends[5], STDERR_FILENO) >= 0) {
        execv(words[0], words);
        dprintf(STDERR_FILENO, "cannot run %s: %s\n", words[0], strerror(errno));
    }
    _exit(NOT_STARTED);
}

bool qemu_process_start(struct qemu_process *process, char *const *words, const struct boot_signals *signals)
{
    struct pipes pipes;
    pid_t parent = getpid();
    if (!open_pipes(&pipes))
        return false;
    pid_t child = fork();
    if (child == 0)
        become_qemu(words, &pipes, signals, parent);
    int error = errno;
    close_file(&pipes.ends[0]);
    close_file(&pipes.ends[3]);
    close_file(&pipes.ends[5]);
    *process = (struct qemu_process){child, pipes.ends[1], pipes.ends[2], pipes.ends[4], false, 0};
    if (child < 0) {
        process->pid = 0;
        qemu_process_close(process);
        errno = error;
        return false;
    }
    (void)setpgid(child, child); /* here too, for it may be killed before it gets that far */
    (void)fcntl(process->input, F_SETFL, O_NONBLOCK);
    (void)fcntl(process->output, F_SETFL, O_NONBLOCK);
    (void)fcntl(process->messages, F_SETFL, O_NONBLOCK);
    return true;
}

static bool wait_for(struct qemu_process *process, int flags)
{
    pid_t result;
    if (process->ended)
        return true;
    do
        result = waitpid(process->pid, &process->status, flags);
    while (result < 0 && errno == EINTR);
    process->ended = result != 0;
    return process->ended;
}

bool qemu_process_ended(struct qemu_process *process) { return wait_for(process, WNOHANG); }

void qemu_process_kill(struct qemu_process *process)
{
    if (process->pid <= 0 || process->ended)
        return;
    if (kill(-process->pid, SIGKILL) != 0)
        (void)kill(process->pid, SIGKILL);
    (void)wait_for(process, 0);
}

void qemu_process_close(struct qemu_process *process)
{
    if (process->pid == 0 && process->input <= 0)
        return;
    qemu_process_kill(process);
    close_file(&process->input);
    close_file(&process->output);
    close_file(&process->messages);
    process->pid = 0;
}

/* Does somebody listen there? Whoever only did so lately is no hindrance, as it is none to QEMU. */
static bool is_free(unsigned port)
{
    const int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

unsigned qemu_process_port(void)
{
    unsigned first = (unsigned)(getuid() % PORT_COUNT);
    for (unsigned i = 0; i < PORT_TRIES; i++) {
        unsigned port = PORT_FIRST + (first + i) % PORT_COUNT;
        if (is_free(port))
            return port;
    }
    return 0;
}
