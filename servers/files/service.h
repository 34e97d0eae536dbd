/* SPDX-License-Identifier: MIT */
/* The sessions of the file server: each has frames shared by its client, a badge of its own, and a 9P conversation. */
#ifndef FILES_SERVICE_H
#define FILES_SERVICE_H

#include "files/ninep.h"
#include "runtime/task.h"

#define SERVICE_SESSIONS_MAX  64
#define SERVICE_FRAMES_MAX    16 /* shared by one client; its largest 9P message fills them */
#define SERVICE_MESSAGE_BYTES ((size_t)SERVICE_FRAMES_MAX * UK_PAGE)

/* Slots of a session: its badged send right, kept to be revoked, then its frames. */
#define SERVICE_SLOTS (1 + SERVICE_FRAMES_MAX)

/* One client. Its place in the table says where its frames are mapped and which slots it has. */
struct session {
    uk_word badge;                        /* 0: the place is free */
    uk_handle frames[SERVICE_FRAMES_MAX]; /* with their generations */
    uint32_t frame_count;
    bool spoilt; /* a page of the pager's own may lie in its window, so no frames can be mapped there again */
    struct ninep_session ninep;
};

struct service {
    const struct task_start *start;
    struct tree *tree;
    uint8_t *windows; /* SERVICE_MESSAGE_BYTES for each session, within the heap but never touched without frames */
    struct session *sessions;
    uint32_t session_count;
    uint32_t landing;         /* whose place the open window is; session_count: no window is open */
    struct session *opening;  /* the one whose capability the answer under way brings; else NULL */
    uk_word opened;           /* sessions ever opened: no badge comes twice */
    uint64_t epoch_seconds;   /* what the clock adds to */
    uint8_t *request, *reply; /* SERVICE_MESSAGE_BYTES each, private */
};

/* How many sessions the task's slots have room for. */
uint32_t service_capacity(const struct task_start *start);

/* Says in the message buffer where the frames of the next client may land. Before each receive. */
void service_open_window(struct service *service);

/* Turns a message into its answer. */
void service_answer(struct service *service, struct uk_message *message);

/* The answer could not be given. True: its caller has no room for a capability; `message` is now one that says so. */
bool service_answer_again(struct service *service, struct uk_message *message, enum uk_status status);

#endif
