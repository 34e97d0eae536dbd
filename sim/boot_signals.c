/* SPDX-License-Identifier: MIT */
/* Blocks the signals that end a process and reads them from a signalfd: no handler, no global state, no lost one. */
#include "sim/boot_signals.h"

#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

bool boot_signals_open(struct boot_signals *signals)
{
    struct sigaction usual = {.sa_handler = SIG_DFL}, ignored = {.sa_handler = SIG_IGN};
    sigset_t wanted;
    memset(signals, 0, sizeof *signals);
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGHUP);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    signals->fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->fd < 0)
        return false;
    /* Whoever ignores SIGCHLD would get no exit status. */
    sigaction(SIGCHLD, &usual, &signals->child_before);
    sigaction(SIGPIPE, &ignored, &signals->pipe_before);
    sigprocmask(SIG_BLOCK, &wanted, &signals->before);
    return true;
}

int boot_signals_take(struct boot_signals *signals)
{
    struct signalfd_siginfo about;
    while (read(signals->fd, &about, sizeof about) == (ssize_t)sizeof about)
        if (about.ssi_signo != SIGCHLD && signals->stopped == 0)
            signals->stopped = (int)about.ssi_signo;
    return signals->stopped;
}

int boot_signals_wait(struct boot_signals *signals, int milliseconds)
{
    struct pollfd item = {.fd = signals->fd, .events = POLLIN};
    (void)poll(&item, 1, milliseconds);
    return boot_signals_take(signals);
}

void boot_signals_restore(const struct boot_signals *signals)
{
    sigaction(SIGCHLD, &signals->child_before, NULL);
    sigaction(SIGPIPE, &signals->pipe_before, NULL);
    sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

void boot_signals_close(struct boot_signals *signals)
{
    if (signals->fd <= 0)
        return;
    (void)boot_signals_take(signals);
    boot_signals_restore(signals);
    close(signals->fd);
    signals->fd = -1;
}

void boot_signals_obey(const struct boot_signals *signals)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    if (signals->stopped == 0)
        return;
    sigaction(signals->stopped, &usual, NULL);
    raise(signals->stopped);
}
