/* SPDX-License-Identifier: MIT */
/* Inside the client: a request goes out whole and a reply comes in checked up to its body, or the call fails. */
#ifndef CLIENT_EXCHANGE_H
#define CLIENT_EXCHANGE_H

#include "client/client.h"
#include "client/format.h"

#define FID_NONE UINT32_MAX

/* Begins a request of this type in client->message. */
struct encoder exchange_begin(struct client *client, enum format_type type);

/* Sends it and checks size, tag and type of the reply, whose body is then in `reply`. */
int exchange_send(struct client *client, struct encoder *request, struct decoder *reply);

/* Checks that the body has been read to its end, exactly. */
int exchange_end(struct client *client, const struct decoder *reply);

/* For requests whose reply has no body. */
int exchange_plain(struct client *client, struct encoder *request);

/* The conversation is over for this reason; returns it. */
int exchange_break(struct client *client, int error);

void decode_qid(struct decoder *reply, struct client_qid *qid);

/* A fid that is not in use, now in use. CLIENT_EMFILE: all are. */
int fid_take(struct client *client, uint32_t *fid);
void fid_drop(struct client *client, uint32_t fid);

/* A name within a path. */
struct name {
    const char *bytes;
    size_t length;
};

/* How many names the next Twalk may carry. */
unsigned walk_max(const struct client *client);

/* One Twalk of 0 to CLIENT_WALK_MAX names to the unused fid `to`. `walked` < count: `to` was not made. */
int walk_step(struct client *client, uint32_t from, uint32_t to, const struct name *names, unsigned count,
              struct client_qid *qids, unsigned *walked);

/* The link's target, within client->message. */
int readlink_view(struct client *client, uint32_t fid, const char **target, size_t *length);

/* What a partial walk that ended at `last` means. */
int walk_error(const struct client_qid *last);

/* Skips slashes and takes the name after them; its length is 0 at the end. */
struct name name_next(const char **path, size_t *left);

#endif
