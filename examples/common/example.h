/* SPDX-License-Identifier: 0BSD */
/* An example is data: objects, tasks, and who is granted what. The harness makes it so, runs it and prints what was said. */
#ifndef EXAMPLES_EXAMPLE_H
#define EXAMPLES_EXAMPLE_H

#include <ukern/ukern.h>

#include "say.h"

enum {
    EXAMPLE_OBJECTS_MAX = 16,
    EXAMPLE_TASKS_MAX = 8,
    EXAMPLE_GRANTS_MAX = 32
};

/* Grants name objects and tasks by their place in the tables. */
enum example_kind {
    GRANT_OBJECT = 0, /* an object of the table */
    GRANT_THREAD,     /* a task's thread, ... */
    GRANT_SPACE,      /* ... its space, ... */
    GRANT_CNODE,      /* ... its CNode, ... */
    GRANT_CONTEXT,    /* ... its scheduling context */
    GRANT_RESIDENT,   /* a resident server, */
    GRANT_MOVED       /* the object's first capability itself, after all other grants: a port's receive right */
};

struct example_object {
    uint32_t type; /* enum uk_type; NONE ends the table */
    uk_word size;  /* as in UK_RETYPE */
};

struct example_task {
    const char *name; /* NULL ends the table */
    uk_entry entry;
    uint32_t priority;
    uint32_t passive; /* runs until it first waits, then has no time of its own */
    uk_time budget_ns, period_ns;
    uint32_t fault;   /* 1 + the object (an endpoint) that its faults go to; 0: nobody */
    uint32_t suspended; /* somebody else starts it */
    uint32_t with;      /* 1 + an earlier task in whose space it runs; 0: one of its own */
};

struct example_grant {
    uint32_t task, slot;
    uint32_t kind, index; /* enum example_kind, and which one */
    uint32_t rights;
    uk_word badge;        /* 0: a plain copy */
};

struct example {
    struct example_object objects[EXAMPLE_OBJECTS_MAX];
    struct example_task tasks[EXAMPLE_TASKS_MAX];
    struct example_grant grants[EXAMPLE_GRANTS_MAX]; /* rights 0 ends the table */
    uint32_t show; /* 1: print every completed operation, too */
    const struct uk_resident *residents; /* whose crash may be the end */
    uint32_t resident_count;
};

/* Runs it until nothing can run, prints how it ended. Returns 0; 1 if it could not be set up or broke the kernel. */
int example_run(const struct example *example);

#endif
