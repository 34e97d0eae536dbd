/* SPDX-License-Identifier: MIT */
/* Batches (BA-1 to BA-3): whatever a message may carry, the result is the same, and the messages are those that it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/ahead.h"
#include "servers/shell_world.h"
#include "support/percent.h"

enum {
    ENTRY_BYTES = 24 + 10, /* of an entry with a name of 10 bytes */
    DOTS = 2
};

static unsigned divide_up(unsigned number, unsigned by) { return (number + by - 1) / by; }

static struct world *world_with_entries(unsigned count)
{
    struct world *world = world_open(((size_t)count / 4096 + 1) * (400 * 4096) + ((size_t)1 << 20), (size_t)1 << 18);
    char name[16];
    assert_int_equal(0, world_run(world, "mkdir d"));
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "file%06u", i);
        world_file(world, "d", name, "", 0);
    }
    return world;
}

static uint32_t open_directory(struct world *world)
{
    uint32_t fid;
    assert_int_equal(0, client_walk(&world->client, world->client.root, "d", 1, &fid, NULL));
    assert_int_equal(0, client_lopen(&world->client, fid, CLIENT_READ | CLIENT_DIRECTORY));
    return fid;
}

/* Where a listing has got to, and a sum of what it brought. */
struct listing {
    uint64_t offset, sum;
    unsigned entries;
};

/* One message's worth; false: the end, or an error. */
static bool read_on(struct world *world, uint32_t fid, struct listing *listing, int *error)
{
    unsigned char bytes[WORLD_MESSAGE];
    const unsigned char *next = bytes;
    struct client_entry entry;
    size_t left;
    int wrong;
    *error = client_readdir(&world->client, fid, listing->offset, bytes, sizeof bytes, &left);
    if (*error != 0 || left == 0)
        return false;
    while (client_entry_next(&next, &left, &entry, &wrong)) {
        listing->offset = entry.next;
        listing->entries++;
        for (size_t i = 0; i < entry.length; i++)
            listing->sum = listing->sum * 31 + (unsigned char)entry.name[i];
    }
    assert_int_equal(0, wrong);
    return true;
}

/* Lists it all; returns the messages that it took. */
static unsigned list(struct world *world, struct listing *listing)
{
    uint32_t fid = open_directory(world);
    unsigned before = world->transport.exchanges;
    int error;
    *listing = (struct listing){0, 0, 0};
    while (read_on(world, fid, listing, &error))
        ;
    assert_int_equal(0, error);
    unsigned exchanges = world->transport.exchanges - before;
    assert_int_equal(0, client_clunk(&world->client, fid));
    return exchanges;
}

static void list_with_batches(unsigned count, const unsigned *batches, size_t batch_count)
{
    struct world *world = world_with_entries(count);
    unsigned fit = (unsigned)(world->client.message_max - 24) / ENTRY_BYTES;
    struct listing whole, listing;
    (void)list(world, &whole);
    assert_int_equal(whole.entries, count + DOTS);
    for (size_t i = 0; i < batch_count; i++) {
        unsigned each = batches[i] == 0 || batches[i] > fit ? fit : batches[i];
        world->client.batch.entries = batches[i];
        unsigned exchanges = list(world, &listing);
        assert_int_equal(listing.entries, whole.entries);
        assert_true(listing.sum == whole.sum);
        /* "." and ".." are shorter, so that one more entry may fit into the first message. */
        unsigned wanted = divide_up(count + DOTS, each) + 1;
        assert_in_range(exchanges, batches[i] == each ? wanted : wanted - 1, wanted);
    }
    world_close(world);
}

/* BA-1, BA-2 */
static void a_listing_takes_as_many_messages_as_its_batches(void **state)
{
    unsigned batches[60];
    (void)state;
    for (unsigned i = 0; i < 60; i++)
        batches[i] = i;
    list_with_batches(53, batches, 60);
}

/* BA-1, BA-2 */
static void a_hundred_thousand_entries(void **state)
{
    static const unsigned batches[] = {1, 2, 10, 64, 100, 0};
    (void)state;
    list_with_batches((unsigned)percent_of(100000), batches, sizeof batches / sizeof batches[0]);
}

/* The server fails in the middle; see world_transport.after. */
static size_t fail_once(struct world_transport *transport, unsigned char *reply, size_t length, size_t room)
{
    unsigned *countdown = transport->context;
    static const unsigned char wrong[] = {11, 0, 0, 0, 7, 0, 0, CLIENT_EIO, 0, 0, 0};
    (void)room;
    if ((*countdown)-- != 0)
        return length;
    unsigned char tag[2] = {reply[5], reply[6]};
    memcpy(reply, wrong, sizeof wrong);
    memcpy(reply + 5, tag, sizeof tag);
    return sizeof wrong;
}

/* BA-3: what came before an error is not lost, and what comes after it is neither lost nor doubled. */
static void an_error_in_the_middle_loses_nothing(void **state)
{
    struct world *world = world_with_entries(40);
    struct listing whole;
    (void)state;
    (void)list(world, &whole);
    world->client.batch.entries = 4;
    for (unsigned at = 0; at < 11; at++) {
        uint32_t fid = open_directory(world);
        unsigned countdown = at, errors = 0;
        struct listing listing = {0, 0, 0};
        int error;
        world->transport.after = fail_once;
        world->transport.context = &countdown;
        while (read_on(world, fid, &listing, &error) || error != 0) {
            if (error == 0)
                continue;
            assert_int_equal(error, CLIENT_EIO);
            assert_int_equal(listing.entries, 4 * at);
            errors++;
        }
        world->transport.after = NULL;
        assert_int_equal(errors, 1);
        assert_int_equal(listing.entries, whole.entries);
        assert_true(listing.sum == whole.sum);
        assert_int_equal(0, client_clunk(&world->client, fid));
    }
    world_close(world);
}

static void a_walk_takes_as_many_messages_as_its_batches(void **state)
{
    enum {
        NAMES = 40
    };
    struct world *world = world_open((size_t)1 << 20, (size_t)1 << 18);
    char path[3 * NAMES] = "";
    (void)state;
    for (unsigned i = 0; i < NAMES; i++)
        strcat(path, i == 0 ? "n" : "/n");
    char line[200];
    snprintf(line, sizeof line, "mkdir -p %s", path);
    assert_int_equal(0, world_run(world, line));
    for (unsigned names = 0; names <= CLIENT_WALK_MAX + 1; names++) {
        unsigned each = names == 0 || names > CLIENT_WALK_MAX ? CLIENT_WALK_MAX : names;
        uint32_t walked, resolved;
        world->client.batch.names = names;
        unsigned before = world->transport.exchanges;
        assert_int_equal(0, client_walk(&world->client, world->client.root, path, strlen(path), &walked, NULL));
        assert_int_equal(world->transport.exchanges - before, divide_up(NAMES, each));
        before = world->transport.exchanges;
        assert_int_equal(0, client_resolve(&world->client, world->client.root, path, strlen(path), true, &resolved, NULL));
        /* Each step but the first gives back the directory that it came from. */
        assert_int_equal(world->transport.exchanges - before, 2 * divide_up(NAMES, each) - 1);
        assert_int_equal(0, client_clunk(&world->client, walked));
        assert_int_equal(0, client_clunk(&world->client, resolved));
    }
    world_close(world);
}

/* Records of any size cost what the batches cost, and no more. */
static void reading_ahead_takes_as_many_messages_as_its_batches(void **state)
{
    enum {
        BYTES = 20000
    };
    static const size_t records[] = {1, 7, 100, 4096, 100000};
    static const unsigned batches[] = {0, 100, 512, 4096, 8000, 20000};
    struct world *world = world_open((size_t)1 << 20, (size_t)1 << 18);
    unsigned char *content = malloc(BYTES), buffer[2 * WORLD_MESSAGE];
    (void)state;
    assert_non_null(content);
    for (unsigned i = 0; i < BYTES; i++)
        content[i] = (unsigned char)(i * i >> 3);
    world_file(world, "", "f", content, BYTES);
    for (size_t i = 0; i < sizeof records / sizeof records[0] * (sizeof batches / sizeof batches[0]); i++) {
        size_t record = records[i % 5], at = 0, done;
        unsigned most = (unsigned)world->client.message_max - 24, batch = batches[i / 5];
        uint32_t fid;
        const char *bytes;
        assert_int_equal(0, client_walk(&world->client, world->client.root, "f", 1, &fid, NULL));
        assert_int_equal(0, client_lopen(&world->client, fid, CLIENT_READ));
        world->client.batch.bytes = batch;
        struct ahead ahead = ahead_open(&world->client, fid, 0, buffer, sizeof buffer);
        unsigned before = world->transport.exchanges;
        do {
            assert_int_equal(0, ahead_next(&ahead, record, &bytes, &done));
            assert_true(done <= record && at + done <= BYTES);
            assert_memory_equal(bytes, content + at, done);
            at += done;
        } while (done > 0);
        assert_int_equal(at, BYTES);
        assert_int_equal(world->transport.exchanges - before, divide_up(BYTES, batch == 0 || batch > most ? most : batch) + 1);
        assert_int_equal(0, client_clunk(&world->client, fid));
    }
    free(content);
    world_close(world);
}

/* The commands. */
static void the_shell_sets_batches_and_counts(void **state)
{
    struct world *world = world_with_entries(100);
    (void)state;
    world_expect(world, "count ls d\nbatch entries 10\ncount ls d\nbatch entries 1 bytes 5 names 2\nbatch\n",
                 "9 exchanges, 3722 bytes, 0.000000 seconds\n"
                 "19 exchanges, 19022 bytes, 0.000000 seconds\n"
                 "names             2\nentries           1\nbytes             5\n",
                 0);
    world_expect(world, "-batch lines 1\n-batch entries\n-batch entries x\n-count\n-count nothing\n-count count ls\n",
                 "batch: usage: batch [names|entries|bytes NUMBER]...\nbatch: usage: batch [names|entries|bytes NUMBER]...\n"
                 "batch: x: not a number of entries\ncount: usage: count COMMAND [WORD...]\n"
                 "count: nothing: not a command that can be counted\ncount: count: not a command that can be counted\n",
                 0);
    world_expect(world, "count cat nowhere\n",
                 "cat: nowhere: No such file or directory\nshell: line 1 failed with code 1\n", 1);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listing_takes_as_many_messages_as_its_batches),
        cmocka_unit_test(a_hundred_thousand_entries),
        cmocka_unit_test(an_error_in_the_middle_loses_nothing),
        cmocka_unit_test(a_walk_takes_as_many_messages_as_its_batches),
        cmocka_unit_test(reading_ahead_takes_as_many_messages_as_its_batches),
        cmocka_unit_test(the_shell_sets_batches_and_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
