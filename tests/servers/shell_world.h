/* SPDX-License-Identifier: MIT */
/* A world for the shell without a kernel: the real 9P engine is called as a function, and the console is text. */
#ifndef SERVERS_SHELL_WORLD_H
#define SERVERS_SHELL_WORLD_H

#include "files/ninep.h"
#include "shell/shell.h"

#define WORLD_MESSAGE 8192 /* the server's limit: small, so that large files take many messages */

/* A transport that calls the engine. `after`, if set, may change a reply, and returns its length. */
struct world_transport {
    struct transport transport;
    struct ninep_session *session;
    size_t (*after)(struct world_transport *transport, unsigned char *reply, size_t length, size_t room);
    unsigned exchanges;
    void *context; /* for `after` */
};

/* A console that is two texts. */
struct world_console {
    struct console console;
    const char *input;
    size_t input_left;
    size_t piece; /* bytes given at a time at most, to try the line reader */
    char *output; /* ends with a zero */
    size_t output_used, output_room;
    bool gone; /* writes fail */
};

/* Three threads and a few slots. */
struct world_system {
    struct system system;
};

struct world {
    void *region;
    struct tree tree;
    struct ninep_session session;
    struct world_transport transport;
    struct client client;
    unsigned char message[WORLD_MESSAGE];
    struct world_console console;
    struct world_system system;
    struct shell shell;
    void *memory;
    size_t memory_bytes;
};

/* An empty tree of `store_bytes`, a session attached to it, and `memory_bytes` for shells. Or the test fails. */
struct world *world_open(size_t store_bytes, size_t memory_bytes);
/* Also checks that the tree is sound, and that neither client nor server holds a fid but the root's and the shell's. */
void world_close(struct world *world);

/* A small world with a bit of everything: directories a/b/c and d, files, links of all kinds. */
struct world *world_open_furnished(void);

/* Puts things in the tree, past the shell. The path's directories must be there. */
void world_link(struct world *world, const char *directory, const char *name, const char *target);
void world_special(struct world *world, const char *name, uint32_t mode, uint32_t major, uint32_t minor);
void world_file(struct world *world, const char *directory, const char *name, const void *bytes, size_t count);

/* Runs a script in a fresh shell; its output is then in world->console.output. Returns its exit code. */
int world_run(struct world *world, const char *script);
int world_run_interactive(struct world *world, const char *script);

/* Runs a script and compares its output and exit code. */
void world_expect(struct world *world, const char *script, const char *output, int code);

void world_system_open(struct world_system *system);

#endif
