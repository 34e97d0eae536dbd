/* SPDX-License-Identifier: MIT */
/* Figures that need a process of their own: CPU time of a boot, and the system calls that a loop of calls makes. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/bench.h"

static const char itself[] = "/proc/self/exe";

/* The child's standard streams lead nowhere. */
static void hush(void)
{
    int nowhere = open("/dev/null", O_RDWR);
    for (int fd = 0; nowhere >= 0 && fd < 3; fd++)
        dup2(nowhere, fd);
}

bool bench_boot_ms(double *cpu_ms)
{
    static const char *const words[] = {"ukern", "run", "--quiet", "--script", "/dev/null", NULL};
    struct rusage usage;
    int status;
    pid_t child = fork();
    if (child == 0) {
        hush();
        execv(itself, (char *const *)words);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return false;
    *cpu_ms = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
              (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
    return true;
}

/* Stops at the entry and at the exit of each system call, until the child ends. */
static bool count_stops(pid_t child, uint64_t *stops)
{
    int status;
    uint64_t stop = 0;
    while (waitpid(child, &status, 0) == child || errno == EINTR) {
        if (WIFEXITED(status))
            return *stops = stop, WEXITSTATUS(status) == 0;
        if (!WIFSTOPPED(status))
            return false;
        int is_call = WSTOPSIG(status) == (SIGTRAP | 0x80), deliver = is_call || WSTOPSIG(status) == SIGTRAP;
        stop += is_call;
        if (ptrace(PTRACE_SYSCALL, child, NULL, deliver ? 0L : (long)WSTOPSIG(status)) != 0)
            return false;
    }
    return false;
}

static bool trace(pid_t child, uint64_t *stops)
{
    int status;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        return false;
    if (ptrace(PTRACE_SETOPTIONS, child, NULL, (long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) != 0 ||
        ptrace(PTRACE_SYSCALL, child, NULL, 0L) != 0)
        return kill(child, SIGKILL), waitpid(child, NULL, 0), false;
    return count_stops(child, stops);
}

bool bench_system_calls(const char *name, uint64_t count, uint64_t *calls)
{
    char number[24];
    const char *const words[] = {"ukern", "bench", "--loop", name, number, NULL};
    uint64_t stops = 0;
    snprintf(number, sizeof number, "%" PRIu64, count);
    pid_t child = fork();
    if (child == 0) {
        hush();
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 && raise(SIGSTOP) == 0)
            execv(itself, (char *const *)words);
        _exit(127);
    }
    bool good = child > 0 && trace(child, &stops);
    *calls = stops / 2;
    return good;
}
