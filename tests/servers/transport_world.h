/* SPDX-License-Identifier: MIT */
/* What tests of transports share: a program in the shell's place that talks to the file server, and says how it went. */
#ifndef TESTS_SERVERS_TRANSPORT_WORLD_H
#define TESTS_SERVERS_TRANSPORT_WORLD_H

#include "boot_world.h"
#include "client/client.h"
#include "client/link.h"

/* Each transport's name, by its kind. */
extern const char *const transport_names[TRANSPORT_COUNT];

/* Slots of such a program: the file server, and a notification behind it; a link's; those of a client that behaves. */
enum { FILES = TASK_FIRST_FREE, LINK = 48, GOOD = 80 };

/* Runs it, over a transport, with memory for much that is made anew, and wants it to say "done". */
void transport_run(task_entry entry, unsigned kind);

/* For the program: says whether it went well, and ends the system. */
void transport_end(const struct task_start *start, bool good);

/* For the program, which calls what it was given `start`: says where something does not hold, and ends the system. */
void transport_check(const struct task_start *start, bool holds, unsigned line);
#define CHECK(holds) transport_check(start, holds, __LINE__)

/* Opens a link with a few frames, over the transport that boot named. */
bool transport_open(const struct task_start *start, struct link *link);

/* Whatever was done before, whoever comes now is served. */
void transport_check_served(const struct task_start *start);

/* A conversation about the sample archive's files. */
struct talk {
    struct link link;
    struct client client;
    unsigned char message[2 * UK_PAGE];
};

/* Begins it over the link, which is open. */
void talk_begin(const struct task_start *start, struct talk *talk);

/* The file "hello": opened; read, 0 if it says what it should, -1 if not, else the client's error. */
uint32_t talk_open_hello(const struct task_start *start, struct talk *talk);
int talk_read_hello(struct talk *talk, uint32_t fid);

#endif
