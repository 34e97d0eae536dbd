/* SPDX-License-Identifier: MIT */
/* The conversation itself: one request at a time, and a reply that breaks the rules ends it for good. */
#include "client/exchange.h"
#include "runtime/text.h"

#include <string.h>

#define VERSION "9P2000.L"

int exchange_break(struct client *client, int error)
{
    client->broken = error;
    return error;
}

struct encoder exchange_begin(struct client *client, enum format_type type)
{
    struct encoder request = {client->message, client->message_max, 0, false};
    client->reply_max = CLIENT_MESSAGE_MIN; /* enough for all but data */
    client->tag = type == FORMAT_TVERSION ? FORMAT_NO_TAG : (uint16_t)((client->tag + 1) % FORMAT_NO_TAG);
    encode_number(&request, 0, 4);
    encode_number(&request, type, 1);
    encode_number(&request, client->tag, 2);
    return request;
}

/* An Rlerror's number, if that is what the reply is and it is sound. */
static int decode_error(struct client *client, struct decoder *reply)
{
    uint64_t error = decode_number(reply, 4);
    if (reply->failed || reply->left != 0 || error == 0 || error > CLIENT_ERROR_MAX)
        return exchange_break(client, CLIENT_EPROTO);
    client->counts.errors++;
    return (int)error;
}

static int check_reply(struct client *client, struct decoder *reply, unsigned request_type)
{
    size_t length = reply->left;
    uint64_t size = decode_number(reply, 4);
    uint64_t type = decode_number(reply, 1);
    uint64_t tag = decode_number(reply, 2);
    if (reply->failed || size != length || tag != client->tag)
        return exchange_break(client, CLIENT_EPROTO);
    if (type == FORMAT_RLERROR)
        return decode_error(client, reply);
    return type == request_type + 1 ? CLIENT_OK : exchange_break(client, CLIENT_EPROTO);
}

int exchange_send(struct client *client, struct encoder *request, struct decoder *reply)
{
    if (client->broken != 0)
        return client->broken;
    if (request->failed)
        return CLIENT_EMSGSIZE;
    unsigned type = client->message[4];
    struct encoder size = {client->message, 4, 0, false};
    encode_number(&size, request->used, 4);
    client->counts.exchanges++;
    client->counts.bytes_sent += request->used;
    struct transport *transport = client->transport;
    size_t room = client->reply_max < client->message_max ? client->reply_max : client->message_max;
    size_t length = transport->exchange(transport, client->message, request->used, room);
    if (length == 0 || length > room)
        return exchange_break(client, CLIENT_ECONNRESET);
    client->counts.bytes_received += length;
    *reply = (struct decoder){client->message, length, false};
    return check_reply(client, reply, type);
}

int exchange_end(struct client *client, const struct decoder *reply)
{
    return reply->failed || reply->left != 0 ? exchange_break(client, CLIENT_EPROTO) : CLIENT_OK;
}

int exchange_plain(struct client *client, struct encoder *request)
{
    struct decoder reply;
    int error = exchange_send(client, request, &reply);
    return error != 0 ? error : exchange_end(client, &reply);
}

void decode_qid(struct decoder *reply, struct client_qid *qid)
{
    qid->type = (uint8_t)decode_number(reply, 1);
    qid->version = (uint32_t)decode_number(reply, 4);
    qid->path = decode_number(reply, 8);
}

int fid_take(struct client *client, uint32_t *fid)
{
    for (*fid = 0; *fid < CLIENT_FIDS_MAX; (*fid)++)
        if ((client->fids >> *fid & 1) == 0) {
            client->fids |= (uint64_t)1 << *fid;
            return CLIENT_OK;
        }
    *fid = FID_NONE;
    return CLIENT_EMFILE;
}

void fid_drop(struct client *client, uint32_t fid)
{
    if (fid < CLIENT_FIDS_MAX)
        client->fids &= ~((uint64_t)1 << fid);
}

static int agree_version(struct client *client)
{
    struct encoder request = exchange_begin(client, FORMAT_TVERSION);
    struct decoder reply;
    size_t length;
    encode_number(&request, client->message_max, 4);
    encode_string(&request, VERSION, sizeof VERSION - 1);
    int error = exchange_send(client, &request, &reply);
    if (error != 0)
        return error;
    uint64_t size = decode_number(&reply, 4);
    const char *version = decode_string(&reply, &length);
    if (exchange_end(client, &reply) != 0)
        return client->broken;
    if (text_compare(version, length, VERSION, sizeof VERSION - 1) != 0 || size < CLIENT_MESSAGE_MIN
        || size > client->message_max)
        return exchange_break(client, CLIENT_EPROTO);
    client->message_max = (size_t)size;
    return CLIENT_OK;
}

static int attach(struct client *client, const char *user, const char *tree)
{
    struct decoder reply;
    struct client_qid qid;
    int error = fid_take(client, &client->root);
    struct encoder request = exchange_begin(client, FORMAT_TATTACH);
    encode_number(&request, client->root, 4);
    encode_number(&request, FID_NONE, 4);
    encode_string(&request, user, text_length(user));
    encode_string(&request, tree, text_length(tree));
    encode_number(&request, 0, 4);
    if (error == 0)
        error = exchange_send(client, &request, &reply);
    if (error != 0)
        return error;
    decode_qid(&reply, &qid);
    return exchange_end(client, &reply);
}

int client_open(struct client *client, struct transport *transport, void *message, size_t room, const char *user,
                const char *tree)
{
    memset(client, 0, sizeof *client);
    client->transport = transport;
    client->message = message;
    client->message_max = room < transport->message_max ? room : transport->message_max;
    if (client->message_max > UINT32_MAX)
        client->message_max = UINT32_MAX;
    if (client->message_max < CLIENT_MESSAGE_MIN)
        return exchange_break(client, CLIENT_EMSGSIZE);
    int error = agree_version(client);
    return error != 0 ? error : attach(client, user, tree);
}

void client_close(struct client *client)
{
    if (client->transport->close != NULL)
        client->transport->close(client->transport);
    (void)exchange_break(client, CLIENT_ECONNRESET);
}

int client_clunk(struct client *client, uint32_t fid)
{
    struct encoder request = exchange_begin(client, FORMAT_TCLUNK);
    encode_number(&request, fid, 4);
    fid_drop(client, fid);
    return exchange_plain(client, &request);
}

int client_flush(struct client *client, uint16_t old_tag)
{
    struct encoder request = exchange_begin(client, FORMAT_TFLUSH);
    encode_number(&request, old_tag, 2);
    return exchange_plain(client, &request);
}
