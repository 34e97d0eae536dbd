/* SPDX-License-Identifier: MIT */
/* Three actors who send each other snapshots through one endpoint that all have in the same slot. */
#ifndef CORE_LAZY_WORLD_H
#define CORE_LAZY_WORLD_H

#include "support/scene.h"

#define FIRST  ((uk_word)0x40000000)
#define SECOND ((uk_word)0x60000000)
#define RW     (UK_RIGHT_READ | UK_RIGHT_WRITE)

struct lazy_world {
    struct scene *scene;
    struct actor *one, *two, *three;
    uk_handle endpoint, reply; /* in the CNodes of all */
    uk_handle device;          /* a frame of registers; in that of `one` */
};

/* `arena` 0: 24 MiB. */
struct lazy_world lazy_world_open(uk_word arena);
/* `to` waits for a message of `from`, with one item; the sender's status. */
int lazy_item(struct actor *from, struct actor *to, uint32_t kind, uk_handle handle, uint32_t count);
int lazy_send(struct actor *from, struct actor *to, uk_handle first, uk_handle into, uint32_t count);
/* User code stores a word: a fault, if a lazy copy is in the way, and then the store. */
void lazy_store(const struct actor *actor, uk_word address, uk_word value);
/* The kernel writes, and reads, for the embedder. */
void lazy_put(const struct actor *actor, uk_word address, uk_word value);
uk_word lazy_get(const struct actor *actor, uk_word address);
/* Where in memory the page at this address is. */
uk_word lazy_place(const struct actor *actor, uk_word address);
/* Deleted, and preempted each time it can be; the most urgent of the others runs in between. */
void lazy_delete_slowly(struct lazy_world *world, struct actor *actor, uk_handle slot);

#endif
