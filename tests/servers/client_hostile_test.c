/* SPDX-License-Identifier: MIT */
/* The 9P client against servers that lie, hang up or spoil their replies: an error each time, and nothing worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "servers/shell_world.h"
#include "support/percent.h"

static void entries_that_lie(void **state)
{
    static const struct {
        const char *name;
        size_t claimed, given;
    } rows[] = {
        {"good", 4, 4}, {"a/b", 3, 3}, {"a\0b", 3, 3}, {"", 0, 0}, {"cut", 4, 3}, {"cut", 65535, 3}, {NULL, 256, 256},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char *bytes = calloc(1, 24 + rows[i].given);
        const unsigned char *next = bytes;
        size_t left = 24 + rows[i].given;
        struct client_entry entry;
        int error;
        bytes[22] = (unsigned char)rows[i].claimed;
        bytes[23] = (unsigned char)(rows[i].claimed >> 8);
        if (rows[i].name == NULL)
            memset(bytes + 24, 'x', rows[i].given);
        else
            memcpy(bytes + 24, rows[i].name, rows[i].given);
        assert_int_equal(i == 0, client_entry_next(&next, &left, &entry, &error));
        assert_int_equal(i == 0 ? 0 : CLIENT_EPROTO, error);
        for (left = 0; left < 24; left++) {
            size_t cut = left;
            next = bytes;
            assert_false(client_entry_next(&next, &cut, &entry, &error));
            assert_int_equal(left == 0 ? 0 : CLIENT_EPROTO, error);
        }
        free(bytes);
    }
}

/* A server that answers the next request with fixed bytes: a type, a body, and what is wrong with the header. */
struct lie {
    uint8_t type;
    const char *body;
    size_t body_bytes;
    int size_more; /* added to the size field */
    int tag_more;  /* added to the tag */
    size_t length; /* not 0: the length that the transport claims */
};

static size_t tell_lie(struct world_transport *transport, unsigned char *reply, size_t length, size_t room)
{
    const struct lie *lie = transport->context;
    (void)length;
    unsigned tag = (unsigned)(reply[5] | reply[6] << 8) + (unsigned)lie->tag_more;
    uint32_t size = (uint32_t)(7 + lie->body_bytes) + (uint32_t)lie->size_more;
    assert_true(7 + lie->body_bytes <= room);
    for (unsigned i = 0; i < 4; i++)
        reply[i] = (unsigned char)(size >> 8 * i);
    reply[4] = lie->type;
    reply[5] = (unsigned char)tag;
    reply[6] = (unsigned char)(tag >> 8);
    memcpy(reply + 7, lie->body, lie->body_bytes);
    transport->after = NULL;
    return lie->length != 0 ? lie->length : 7 + lie->body_bytes;
}

static size_t hang_up(struct world_transport *transport, unsigned char *reply, size_t length, size_t room)
{
    (void)transport;
    (void)reply;
    (void)length;
    (void)room;
    return 0;
}

#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static int ask_read(struct client *client)
{
    char bytes[16];
    size_t done;
    return client_read(client, client->root, 0, bytes, sizeof bytes, &done);
}

static int ask_write(struct client *client)
{
    size_t done;
    return client_write(client, client->root, 0, "0123456789", 10, &done);
}

static int ask_walk(struct client *client)
{
    uint32_t fid;
    return client_walk(client, client->root, "a/b", 3, &fid, NULL);
}

static int ask_resolve(struct client *client)
{
    uint32_t fid;
    return client_resolve(client, client->root, "a/b", 3, true, &fid, NULL);
}

static int ask_readlink(struct client *client)
{
    char target[16];
    return client_readlink(client, client->root, target, sizeof target);
}

static int ask_getattr(struct client *client)
{
    struct client_attributes attributes;
    return client_getattr(client, client->root, &attributes);
}

static int ask_statfs(struct client *client)
{
    struct client_space space;
    return client_statfs(client, client->root, &space);
}

static int ask_mkdir(struct client *client) { return client_mkdir(client, client->root, "m", 0); }

static int ask_unlink(struct client *client) { return client_unlinkat(client, client->root, "m", false); }

static int ask_lopen(struct client *client) { return client_lopen(client, client->root, 0); }

static int ask_flush(struct client *client) { return client_flush(client, 1); }

static void servers_that_lie_end_the_conversation(void **state)
{
#define BODY(text) text, sizeof text - 1
    static const struct {
        int (*ask)(struct client *client);
        struct lie lie;
        int error;
    } rows[] = {
        {ask_read, {117, BODY("\4\0\0\0abcd"), 0, 0, 0}, 0},
        {ask_read, {117, BODY("\4\0\0\0abcd"), 1, 0, 0}, CLIENT_EPROTO},       /* size field too large */
        {ask_read, {117, BODY("\4\0\0\0abcd"), -1, 0, 0}, CLIENT_EPROTO},      /* size field too small */
        {ask_read, {117, BODY("\4\0\0\0abcd"), 0, 1, 0}, CLIENT_EPROTO},       /* another tag */
        {ask_read, {116, BODY("\4\0\0\0abcd"), 0, 0, 0}, CLIENT_EPROTO},       /* a request as reply */
        {ask_read, {119, BODY("\4\0\0\0abcd"), 0, 0, 0}, CLIENT_EPROTO},       /* another request's reply */
        {ask_read, {117, BODY("\5\0\0\0abcd"), 0, 0, 0}, CLIENT_EPROTO},       /* count beyond the data */
        {ask_read, {117, BODY("\3\0\0\0abcd"), 0, 0, 0}, CLIENT_EPROTO},       /* data beyond the count */
        {ask_read, {117, BODY("\377\377\377\377abcd"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_read, {117, BODY("\21\0\0\000123456789abcdefgh"), 0, 0, 0}, CLIENT_EPROTO}, /* more than was asked for */
        {ask_read, {117, BODY(""), 0, 0, 0}, CLIENT_EPROTO},
        {ask_read, {117, BODY("\4\0\0\0abcd"), 0, 0, 6}, CLIENT_EPROTO},       /* shorter than a header */
        {ask_read, {117, BODY("\4\0\0\0abcd"), 0, 0, 9999999}, CLIENT_ECONNRESET},
        {ask_read, {7, BODY("\2\0\0\0"), 0, 0, 0}, CLIENT_ENOENT},
        {ask_read, {7, BODY("\0\0\0\0"), 0, 0, 0}, CLIENT_EPROTO},             /* an error that is none */
        {ask_read, {7, BODY("\0\0\0\200"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_read, {7, BODY("\2\0\0"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_read, {7, BODY("\2\0\0\0\0"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_write, {119, BODY("\12\0\0\0"), 0, 0, 0}, 0},
        {ask_write, {119, BODY("\13\0\0\0"), 0, 0, 0}, CLIENT_EPROTO},         /* more than was written */
        {ask_write, {119, BODY("\0\0\0\0"), 0, 0, 0}, CLIENT_EIO},             /* nothing, for ever */
        {ask_walk, {111, BODY("\2\0" ZEROS), 0, 0, 0}, CLIENT_EPROTO},         /* left over */
        {ask_walk, {111, BODY("\3\0" ZEROS "\0\0\0\0\0\0\0"), 0, 0, 0}, CLIENT_EPROTO}, /* more than was asked for */
        {ask_walk, {111, BODY("\0\0"), 0, 0, 0}, CLIENT_EPROTO},               /* nothing, and no error */
        {ask_walk, {111, BODY("\377\377"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_walk, {111, BODY("\1\0\200\0\0\0\0\0\0\0\0\0\0\0\0"), 0, 0, 0}, CLIENT_ENOENT},
        {ask_walk, {111, BODY("\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 0, 0, 0}, CLIENT_ENOTDIR},
        {ask_resolve, {111, BODY("\3\0" ZEROS "\0\0\0\0\0\0\0"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_resolve, {111, BODY("\0\0"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_resolve, {111, BODY("\1\0\2\0\0\0\0\0\0\0\0\0\0\0\0"), 0, 0, 0}, CLIENT_EBADF}, /* "no fid made" */
        {ask_readlink, {23, BODY("\3\0abc"), 0, 0, 0}, 0},
        {ask_readlink, {23, BODY("\4\0abc"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_readlink, {23, BODY("\2\0abc"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_readlink, {23, BODY("\3\0a\0c"), 0, 0, 0}, CLIENT_EPROTO},        /* a zero within */
        {ask_readlink, {23, BODY("\20\0" "0123456789abcdef"), 0, 0, 0}, CLIENT_ENAMETOOLONG},
        {ask_getattr, {25, BODY(ZEROS), 0, 0, 0}, CLIENT_EPROTO},
        {ask_getattr, {25, BODY(ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS), 0, 0, 0}, CLIENT_EPROTO},
        {ask_statfs, {9, BODY(ZEROS ZEROS), 0, 0, 0}, CLIENT_EPROTO},
        {ask_statfs, {9, BODY(ZEROS), 0, 0, 0}, CLIENT_EPROTO},
        {ask_mkdir, {73, BODY("\0\0\0\0\0\0\0\0\0\0\0\0\0"), 0, 0, 0}, 0},
        {ask_mkdir, {73, BODY("\0\0\0\0\0\0\0\0\0\0\0\0"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_unlink, {77, BODY("\0"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_lopen, {13, BODY("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 0, 0, 0}, CLIENT_EPROTO},
        {ask_flush, {7, BODY("\2\0\0\0"), 0, 0, 0}, CLIENT_ENOENT},
    };
#undef BODY
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world *world = world_open_furnished();
        struct lie lie = rows[i].lie;
        world->transport.context = &lie;
        world->transport.after = tell_lie;
        int error = rows[i].ask(&world->client);
        if (error != rows[i].error)
            fail_msg("row %zu: error %d", i, error);
        bool over = error == CLIENT_EPROTO || error == CLIENT_ECONNRESET;
        assert_int_equal(over ? error : 0, world->client.broken);
        if (over)
            assert_int_equal(error, ask_flush(&world->client));
        assert_int_equal(1, world->client.fids);
        world->client.broken = CLIENT_EIO;
        world_close(world);
    }
}

static void a_server_that_hangs_up_is_gone_for_good(void **state)
{
    struct world *world = world_open_furnished();
    (void)state;
    world->transport.after = hang_up;
    assert_int_equal(CLIENT_ECONNRESET, ask_mkdir(&world->client));
    world->transport.after = NULL;
    assert_int_equal(CLIENT_ECONNRESET, ask_flush(&world->client));
    assert_int_equal(CLIENT_ECONNRESET, ask_walk(&world->client));
    assert_int_equal(0, client_open(&world->client, &world->transport.transport, world->message, WORLD_MESSAGE, "u",
                                    ""));
    world_close(world);
}

static void versions_that_do_not_suit(void **state)
{
#define BODY(text) text, sizeof text - 1
    static const struct {
        struct lie lie;
        int error;
    } rows[] = {
        {{101, BODY("\0\40\0\0\10\0009P2000.L"), 0, 0, 0}, 0},
        {{101, BODY("\1\40\0\0\10\0009P2000.L"), 0, 0, 0}, CLIENT_EPROTO},  /* larger than offered */
        {{101, BODY("\377\1\0\0\10\0009P2000.L"), 0, 0, 0}, CLIENT_EPROTO}, /* too small to work with */
        {{101, BODY("\0\0\0\0\10\0009P2000.L"), 0, 0, 0}, CLIENT_EPROTO},
        {{101, BODY("\0\40\0\0\6\0009P2000"), 0, 0, 0}, CLIENT_EPROTO},
        {{101, BODY("\0\40\0\0\7\000unknown"), 0, 0, 0}, CLIENT_EPROTO},
        {{101, BODY("\0\40\0\0\0\0"), 0, 0, 0}, CLIENT_EPROTO},
        {{101, BODY("\0\40\0\0\11\0009P2000.L"), 0, 0, 0}, CLIENT_EPROTO},
        {{7, BODY("\26\0\0\0"), 0, 0, 0}, CLIENT_EINVAL},
    };
#undef BODY
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world *world = world_open_furnished();
        struct lie lie = rows[i].lie;
        world->transport.context = &lie;
        world->transport.after = tell_lie;
        assert_int_equal(rows[i].error, client_open(&world->client, &world->transport.transport, world->message,
                                                    WORLD_MESSAGE, "u", "/"));
        world->client.broken = CLIENT_EIO;
        world_close(world);
    }
}

static void a_message_too_small_is_refused_before_anything_is_sent(void **state)
{
    struct world *world = world_open_furnished();
    unsigned before = world->transport.exchanges;
    (void)state;
    assert_int_equal(CLIENT_EMSGSIZE, client_open(&world->client, &world->transport.transport, world->message,
                                                  CLIENT_MESSAGE_MIN - 1, "u", "/"));
    assert_int_equal(CLIENT_EMSGSIZE, ask_flush(&world->client));
    assert_int_equal(before, world->transport.exchanges);
    world_close(world);
}

/* Spoils one reply in some: a byte, the length, or all of it. */
struct spoiler {
    uint64_t random;
    unsigned one_in;
};

static unsigned spoiler_draw(struct spoiler *spoiler, unsigned below)
{
    spoiler->random ^= spoiler->random << 13;
    spoiler->random ^= spoiler->random >> 7;
    spoiler->random ^= spoiler->random << 17;
    return (unsigned)(spoiler->random >> 33) % below;
}

static size_t spoil(struct world_transport *transport, unsigned char *reply, size_t length, size_t room)
{
    struct spoiler *spoiler = transport->context;
    if (length == 0 || spoiler_draw(spoiler, spoiler->one_in) != 0)
        return length;
    switch (spoiler_draw(spoiler, 4)) {
    case 0: length = spoiler_draw(spoiler, (unsigned)room + 2); break;
    case 1: reply[spoiler_draw(spoiler, (unsigned)length)] = (unsigned char)spoiler_draw(spoiler, 256); break;
    case 2: /* sound outside, nonsense within */
        for (size_t i = 7; i < length; i++)
            reply[i] = (unsigned char)spoiler_draw(spoiler, 256);
        break;
    default: /* one bit, near the front */
        reply[spoiler_draw(spoiler, length < 32 ? (unsigned)length : 32)] ^=
            (unsigned char)(1U << spoiler_draw(spoiler, 8));
    }
    return length;
}

static void spoiled_replies_do_no_harm(void **state)
{
    static const char script[] = "-ls -lR\n-cat file absolute\n-cp -r a d\n-find -name 'l*'\n-mv file g\n-rm -r d\n"
                                 "-sha256sum -r .\n-tree\n-wc g\n-mkdir -p x/y/z\n-echo text >> g\n-cd a/b; pwd\n"
                                 "-stat a loop\n-readlink loop\n-df\n-chmod 600 g\n";
    (void)state;
    for (unsigned long i = 0; i < percent_of(1500); i++) {
        struct world *world = world_open_furnished();
        struct spoiler spoiler = {i * 2654435761u + 1, 1 + (unsigned)(i % 97)};
        world->transport.context = &spoiler;
        world->transport.after = spoil;
        (void)world_run(world, script);
        assert_int_equal(1, world->client.fids);
        assert_true(strstr(world->console.output, "\033") == NULL);
        world->client.broken = CLIENT_EIO;
        world_close(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_that_lie),
        cmocka_unit_test(servers_that_lie_end_the_conversation),
        cmocka_unit_test(a_server_that_hangs_up_is_gone_for_good),
        cmocka_unit_test(versions_that_do_not_suit),
        cmocka_unit_test(a_message_too_small_is_refused_before_anything_is_sent),
        cmocka_unit_test(spoiled_replies_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
