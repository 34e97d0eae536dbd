/* SPDX-License-Identifier: MIT */
/* Changing directories: each request names a directory's fid and a name in it, never a path. */
#include "client/exchange.h"
#include "runtime/text.h"

#define UNLINK_DIRECTORY 0x200 /* Linux's AT_REMOVEDIR */

/* Begins a request on a name in a directory. */
static struct encoder begin_in(struct client *client, enum format_type type, uint32_t directory, const char *name)
{
    struct encoder request = exchange_begin(client, type);
    encode_number(&request, directory, 4);
    encode_string(&request, name, text_length(name));
    return request;
}

/* For requests that are answered with a qid. */
static int finish_make(struct client *client, struct encoder *request)
{
    struct decoder reply;
    struct client_qid qid;
    int error = exchange_send(client, request, &reply);
    if (error != 0)
        return error;
    decode_qid(&reply, &qid);
    return exchange_end(client, &reply);
}

int client_mkdir(struct client *client, uint32_t directory, const char *name, uint32_t mode)
{
    struct encoder request = begin_in(client, FORMAT_TMKDIR, directory, name);
    encode_number(&request, mode, 4);
    encode_number(&request, 0, 4);
    return finish_make(client, &request);
}

int client_symlink(struct client *client, uint32_t directory, const char *name, const char *target)
{
    struct encoder request = begin_in(client, FORMAT_TSYMLINK, directory, name);
    encode_string(&request, target, text_length(target));
    encode_number(&request, 0, 4);
    return finish_make(client, &request);
}

int client_unlinkat(struct client *client, uint32_t directory, const char *name, bool is_directory)
{
    struct encoder request = begin_in(client, FORMAT_TUNLINKAT, directory, name);
    encode_number(&request, is_directory ? UNLINK_DIRECTORY : 0, 4);
    return exchange_plain(client, &request);
}

int client_renameat(struct client *client, uint32_t source, const char *source_name, uint32_t target,
                    const char *target_name)
{
    struct encoder request = begin_in(client, FORMAT_TRENAMEAT, source, source_name);
    encode_number(&request, target, 4);
    encode_string(&request, target_name, text_length(target_name));
    return exchange_plain(client, &request);
}
