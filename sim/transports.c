/* SPDX-License-Identifier: MIT */
/* Reads transports and times; whatever is not one of them is told what would be. */
#include "sim/transports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/transports.h"

static const struct {
    const char *name, *what;
} transports[TRANSPORT_COUNT] = {
#define TRANSPORTS_X(kind, number, name, what) [kind] = {#name, what},
    TRANSPORTS(TRANSPORTS_X)
#undef TRANSPORTS_X
};

bool transport_read(const char *name, unsigned *kind, char *error, size_t error_bytes)
{
    for (unsigned i = 0; i < TRANSPORT_COUNT; i++)
        if (strcmp(name, transports[i].name) == 0)
            return *kind = i, true;
    size_t used = (size_t)snprintf(error, error_bytes, "there is no transport %s; there are:", name);
    for (unsigned i = 0; i < TRANSPORT_COUNT && used < error_bytes; i++)
        used += (size_t)snprintf(error + used, error_bytes - used, " %s", transports[i].name);
    return false;
}

static bool read_time(const char *text, uint64_t *ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    char *end;
    errno = 0;
    uint64_t number = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : UINT64_MAX;
    if (errno != 0 || number == UINT64_MAX)
        return false;
    *ns = 0;
    if (number == 0 && *end == '\0')
        return true;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(end, units[i].name) == 0 && number <= ARGUMENT_LATENCY_MAX / units[i].ns)
            return *ns = number * units[i].ns, true;
    return false;
}

bool latency_read(const char *text, uint64_t *ns, char *error, size_t error_bytes)
{
    if (read_time(text, ns))
        return true;
    snprintf(error, error_bytes, "--latency %s: give a time up to a day with its unit (ns, us, ms, s), as 10us", text);
    return false;
}

void transports_print(FILE *file)
{
    for (unsigned i = 0; i < TRANSPORT_COUNT; i++)
        fprintf(file, "  %-9s %s\n", transports[i].name, transports[i].what);
}
