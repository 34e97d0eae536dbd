/* SPDX-License-Identifier: MIT */
/* Two 9P clients say anything to the file server's engine; whatever they say, answers stay legal and the tree whole. */
#include "../tests/servers/archive_builder.h"
#include "files/archive.h"
#include "files/ninep.h"

#include <stdlib.h>

#define PAGES_MAX     64
#define MESSAGE_BYTES 8192u
#define SESSIONS      2
#define HEADER_BYTES  7
#define CHECK_EVERY   16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

/* The same memory for every input; each begins with an empty tree in it. */
struct world {
    struct tree tree;
    struct ninep_session sessions[SESSIONS];
    unsigned said;
    size_t archive_bytes;
    uint8_t archive[8192];
    _Alignas(4096) uint8_t region[PAGES_MAX * 4096];
    uint8_t reply[MESSAGE_BYTES];
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static uint32_t number(const uint8_t *bytes, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value |= (uint32_t)bytes[i] << 8 * i;
    return value;
}

/* The bytes of the message at the beginning; a size that cannot be takes all that is left. */
static size_t message_bytes(const uint8_t *data, size_t size)
{
    uint32_t claimed = size < 4 ? 0 : number(data, 4);
    return claimed < HEADER_BYTES || claimed > size ? size : claimed;
}

/* The first tag says how much memory there is: everything from hardly enough to plenty. */
static size_t pages_for(const uint8_t *data, size_t size)
{
    uint32_t tag = size < HEADER_BYTES ? NINEP_NO_TAG : number(data + 5, 2);
    return tag == NINEP_NO_TAG ? PAGES_MAX : 8 + tag % (PAGES_MAX - 8);
}

static void begin(struct world *world, size_t pages)
{
    if (world->archive_bytes == 0)
        world->archive_bytes = archive_sample(world->archive, sizeof world->archive);
    world->said = 0;
    require(tree_initialise(&world->tree, world->region, pages * 4096) == TREE_OK);
    require(archive_load(&world->tree, world->archive, world->archive_bytes).error == CPIO_OK);
    for (unsigned i = 0; i < SESSIONS; i++) {
        /* All but the fids themselves, which are cleared when they are taken. */
        memset(&world->sessions[i], 0, offsetof(struct ninep_session, fids.fid));
        ninep_start(&world->sessions[i], &world->tree, MESSAGE_BYTES);
    }
}

static void check_entries(const uint8_t *reply, size_t bytes)
{
    size_t at = 11;
    require(number(reply + 7, 4) == bytes - at);
    while (at < bytes) {
        require(bytes - at > 24);
        at += 24 + number(reply + at + 22, 2);
    }
    require(at == bytes);
}

static void check_reply(const struct ninep_session *session, const uint8_t *request, const uint8_t *reply, size_t bytes)
{
    require(bytes >= HEADER_BYTES && bytes <= MESSAGE_BYTES && number(reply, 4) == bytes);
    require(number(reply + 5, 2) == number(request + 5, 2));
    require(session->message_size == 0 || bytes <= session->message_size);
    if (reply[4] == NINEP_RLERROR) {
        require(bytes == 11 && number(reply + 7, 4) != 0);
        return;
    }
    require(reply[4] == request[4] + 1);
    if (reply[4] == NINEP_TREAD + 1)
        require(number(reply + 7, 4) == bytes - 11 && bytes - 11 <= number(request + 19, 4));
    if (reply[4] == NINEP_TREADDIR + 1)
        check_entries(reply, bytes);
    if (reply[4] == NINEP_TWALK + 1)
        require(number(reply + 7, 2) <= number(request + 15, 2) && bytes == 9 + 13 * number(reply + 7, 2));
}

/* Who speaks is in the tag, so that an input is nothing but messages. */
static struct ninep_session *session_for(struct world *world, const uint8_t *request, size_t bytes)
{
    uint32_t tag = bytes < HEADER_BYTES ? NINEP_NO_TAG : number(request + 5, 2);
    return &world->sessions[tag != NINEP_NO_TAG && (tag & 256) != 0];
}

static void say(struct world *world, const uint8_t *request, size_t bytes)
{
    struct ninep_session *session = session_for(world, request, bytes);
    uint64_t before = world->tree.store.live_bytes;
    world->tree.now.seconds++;
    size_t reply_bytes = ninep_exchange(session, request, bytes, world->reply, sizeof world->reply);
    if (reply_bytes != 0)
        check_reply(session, request, world->reply, reply_bytes);
    else
        require(session->fids.count == 0 && session->message_size == 0);
    if (reply_bytes != 0 && world->reply[4] == NINEP_RLERROR && request[4] != NINEP_TREMOVE)
        require(world->tree.store.live_bytes == before);
    /* Checking costs more than answering; what breaks in between is still broken at the end, or soon after. */
    if (++world->said % CHECK_EVERY == 0)
        require(tree_check(&world->tree));
}

static void end(struct world *world)
{
    for (unsigned i = 0; i < SESSIONS; i++)
        ninep_end(&world->sessions[i]);
    for (const struct tree_node *node = world->tree.nodes; node != NULL; node = node->next)
        require(node->holds == 0 && node->links > 0);
    require(tree_check(&world->tree));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    begin(&world, pages_for(data, size));
    while (size > 0) {
        size_t bytes = message_bytes(data, size);
        /* The engine may not read beyond the message: what follows is in other memory, where a sanitizer sees it. */
        uint8_t *request = malloc(bytes);
        memcpy(request, data, bytes);
        say(&world, request, bytes);
        free(request);
        data += bytes;
        size -= bytes;
    }
    end(&world);
    return 0;
}

/* Mutates one message and gives it its right size again, or takes one out, or says one twice. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    size_t at = 0;
    if (size == 0 || seed % 8 == 0)
        return LLVMFuzzerMutate(data, size, room);
    for (unsigned skip = seed / 8 % 64; skip > 0; skip--)
        at = at + message_bytes(data + at, size - at) < size ? at + message_bytes(data + at, size - at) : 0;
    size_t bytes = message_bytes(data + at, size - at), rest = size - at - bytes;
    if (seed / 512 % 8 == 0 && bytes <= room - size) {
        memmove(data + at + bytes, data + at, size - at);
        return size + bytes;
    }
    if (seed / 512 % 8 == 1 && rest > 0) {
        memmove(data + at, data + at + bytes, rest);
        return size - bytes;
    }
    if (bytes < HEADER_BYTES || room - size < 64)
        return LLVMFuzzerMutate(data, size, room);
    /* Within its place it may grow by 64; then the rest closes up. */
    memmove(data + at + bytes + 64, data + at + bytes, rest);
    size_t now = 4 + LLVMFuzzerMutate(data + at + 4, bytes - 4, bytes + 60);
    for (unsigned i = 0; i < 4; i++)
        data[at + i] = (uint8_t)(now >> 8 * i);
    memmove(data + at + now, data + at + bytes + 64, rest);
    return at + now + rest;
}
