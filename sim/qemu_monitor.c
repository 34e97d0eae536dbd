/* SPDX-License-Identifier: MIT */
/* The answer is read byte by byte, since a prompt has no line end; lines are known by their first word. */
#include "sim/qemu_monitor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PROMPT "(qemu) "

bool qemu_monitor_open(struct qemu_monitor *monitor, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *monitor = (struct qemu_monitor){.fd = -1};
    if (strlen(path) >= sizeof address.sun_path)
        return false;
    strcpy(address.sun_path, path);
    monitor->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (monitor->fd < 0)
        return false;
    if (connect(monitor->fd, (struct sockaddr *)&address, sizeof address) == 0)
        return true;
    qemu_monitor_close(monitor);
    return false;
}

bool qemu_monitor_send(struct qemu_monitor *monitor, const char *command)
{
    char line[64];
    int length = snprintf(line, sizeof line, "%s\n", command);
    return monitor->fd >= 0 && send(monitor->fd, line, (size_t)length, MSG_NOSIGNAL) == (ssize_t)length;
}

static bool is_first_word(const char *line, const char *words)
{
    size_t length = strcspn(line, " ");
    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word == length && memcmp(at, line, length) == 0)
            return true;
        at += word;
    }
    return false;
}

/* Where the processor is, in which mode and why; where its stack is. */
static void show_line(const char *line, struct boot_outlet *outlet)
{
    char text[96];
    const char *stack = strstr(line, "x2/sp ");
    line += strspn(line, " ");
    if (strncmp(line, "CPU#", 4) == 0)
        snprintf(text, sizeof text, "%.40s\n", line);
    else if (is_first_word(line, "pc priv mstatus sstatus sepc scause stval satp"))
        snprintf(text, sizeof text, "  %.60s\n", line);
    else if (stack != NULL)
        snprintf(text, sizeof text, "  sp       %.*s\n", (int)strcspn(stack + 6 + strspn(stack + 6, " "), " "),
                 stack + 6 + strspn(stack + 6, " "));
    else
        return;
    boot_outlet_put(outlet, text, strlen(text));
}

void qemu_monitor_take(struct qemu_monitor *monitor, const char *bytes, size_t count, struct boot_outlet *outlet)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n') {
            monitor->line[monitor->used] = '\0';
            show_line(monitor->line, outlet);
            monitor->used = 0;
        } else if (bytes[i] != '\r' && bytes[i] != '\0' && monitor->used + 1 < sizeof monitor->line) {
            monitor->line[monitor->used++] = bytes[i];
            monitor->prompts += monitor->used == strlen(PROMPT) && memcmp(monitor->line, PROMPT, monitor->used) == 0;
        }
    }
}

bool qemu_monitor_read(struct qemu_monitor *monitor, struct boot_outlet *outlet)
{
    char bytes[QEMU_MONITOR_ROOM / 4]; /* a line that is shown is at most three bytes longer than it was */
    ssize_t count = read(monitor->fd, bytes, sizeof bytes);
    if (count > 0)
        qemu_monitor_take(monitor, bytes, (size_t)count, outlet);
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

void qemu_monitor_close(struct qemu_monitor *monitor)
{
    if (monitor->fd >= 0)
        close(monitor->fd);
    monitor->fd = -1;
}
