/* SPDX-License-Identifier: MIT */
/* Port: a bounded queue of messages with one receive right; PortSet: many ports received from as one. After Mach 3. */
#ifndef IPC_PORT_H
#define IPC_PORT_H

#include "core/parcel.h"

/* Room for one message, and for one dead-name request: so many, that no badge is kept from asking by another's many. */
struct port_slot {
    struct parcel parcel;
    struct capability watch; /* a notification, signalled when the receive right dies */
    uk_word watched_by;      /* badge of the send right whose holder asked */
    uint64_t reserved[4];
};

struct port_link {
    struct port *next, *previous;
};

/* A ring of messages from slots[head] on. queued + promised <= count, so a send-once right never finds it full. */
struct port {
    struct object object;
    struct queue senders;         /* wait for room */
    struct queue receivers;       /* empty while it is in a set */
    struct port_set *set;         /* NULL: none */
    struct port_link member;      /* ring of the set's ports */
    struct port_link ready;       /* ring of those that have messages */
    struct capability no_senders; /* a notification, signalled when only the receive right is left */
    uint32_t count, head, queued;
    uint32_t promised;            /* send-once rights in existence, each with a slot kept for it */
    uint32_t quota;               /* queued messages of one badge at most; 0: no limit */
    uint32_t drained;             /* closed: slots below this are empty */
    uint16_t key;                 /* what its set's receivers know it by */
    uint8_t closed;               /* the receive right is gone, for good */
    uint8_t deserted;             /* no other right was left at some time */
    uint8_t travels;              /* the receive right is in the queue of a port */
    uint8_t reserved[11];
    struct port_slot slots[];
};

struct port_set {
    struct object object;
    struct queue receivers;
    struct port *members;
    struct port *ready;           /* is served next; NULL: no member has messages */
};

UK_STATIC_ASSERT(sizeof(struct port_slot) == UK_PORT_SIZE(1, 0), "the ABI says what a message costs");
UK_STATIC_ASSERT(sizeof(struct port) % OBJECT_ALIGN == 0, "slots begin where object_bytes says");

/* Does a capability with these rights yield exactly one message? */
static inline int port_is_once(uint32_t rights) { return (rights & (UK_RIGHT_ONCE | UK_RIGHT_RECEIVE)) == UK_RIGHT_ONCE; }

enum uk_status port_make(struct kernel *kernel, struct object *object, uk_word size);
uk_word port_size(const struct object *object);
void port_lost(struct kernel *kernel, struct object *object, uint32_t rights, uk_word badge);
int port_drain(struct kernel *kernel, struct object *object);
int port_set_drain(struct kernel *kernel, struct object *object);

struct outcome port_send(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome port_receive(struct kernel *kernel, struct thread *caller, struct capability *via); /* or from a set */
struct outcome port_exchange(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome port_once(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome port_watch(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome port_join(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
