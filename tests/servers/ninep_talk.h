/* SPDX-License-Identifier: MIT */
/* A 9P client made of bytes, for tests: says exactly what it is told to, and checks what holds for every answer. */
#ifndef TESTS_SERVERS_NINEP_TALK_H
#define TESTS_SERVERS_NINEP_TALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "archive_builder.h"
#include "files/archive.h"
#include "files/ninep.h"

#include <stdlib.h>

#define TALK_ROOM    ((size_t)128 << 10)
#define TALK_HUNG_UP (-1)

/* Errors as Linux numbers them, written here again so that a slip in the engine shows. */
enum {
    E_NOENT = 2,
    E_NXIO = 6,
    E_BADF = 9,
    E_BUSY = 16,
    E_EXIST = 17,
    E_NOTDIR = 20,
    E_ISDIR = 21,
    E_INVAL = 22,
    E_MFILE = 24,
    E_FBIG = 27,
    E_NOSPC = 28,
    E_NAMETOOLONG = 36,
    E_NOTEMPTY = 39,
    E_LOOP = 40,
    E_MSGSIZE = 90,
    E_OPNOTSUPP = 95
};

struct talk {
    struct tree tree;
    void *region;
    uint8_t archive[8192];
    struct ninep_session session;
    uint32_t message_size; /* as the last Rversion said */
    uint16_t tag;
    uint8_t request[TALK_ROOM], reply[TALK_ROOM];
    size_t request_bytes, reply_bytes, taken;
};

static inline uint64_t bytes_number(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static inline void bytes_set(uint8_t *bytes, unsigned count, uint64_t value)
{
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

/* The next field of the answer. */
static inline uint64_t talk_take(struct talk *talk, unsigned count)
{
    assert_true(talk->taken + count <= talk->reply_bytes);
    talk->taken += count;
    return bytes_number(talk->reply + talk->taken - count, count);
}

static inline void talk_put(struct talk *talk, unsigned count, uint64_t value)
{
    bytes_set(talk->request + talk->request_bytes, count, value);
    talk->request_bytes += count;
}

static inline void talk_put_bytes(struct talk *talk, const void *bytes, size_t count)
{
    if (count > 0)
        memcpy(talk->request + talk->request_bytes, bytes, count);
    talk->request_bytes += count;
}

/* What is in `request`, as it is. Both sides get memory of exactly the size they may touch. */
static inline int talk_send_raw(struct talk *talk)
{
    uint32_t limit = talk->session.limit;
    uint8_t *request = malloc(talk->request_bytes);
    uint8_t *reply = malloc(limit);
    if (talk->request_bytes > 0)
        memcpy(request, talk->request, talk->request_bytes);
    talk->reply_bytes = ninep_exchange(&talk->session, request, talk->request_bytes, reply, limit);
    memcpy(talk->reply, reply, talk->reply_bytes);
    free(request);
    free(reply);
    talk->taken = 7;
    if (talk->reply_bytes == 0) {
        assert_int_equal(talk->session.fids.count, 0);
        return TALK_HUNG_UP;
    }
    assert_true(talk->reply_bytes >= 7);
    assert_int_equal(bytes_number(talk->reply, 4), talk->reply_bytes);
    assert_int_equal(bytes_number(talk->reply + 5, 2), bytes_number(talk->request + 5, 2));
    if (talk->request[4] == NINEP_TVERSION)
        talk->message_size = (uint32_t)bytes_number(talk->reply + 7, 4);
    assert_true(talk->reply_bytes <= talk->message_size);
    if (talk->reply[4] != NINEP_RLERROR) {
        assert_int_equal(talk->reply[4], talk->request[4] + 1);
        return 0;
    }
    assert_int_equal(talk->reply_bytes, 11);
    int error = (int)talk_take(talk, 4);
    assert_true(error > 0);
    return error;
}

static inline int talk_send(struct talk *talk)
{
    bytes_set(talk->request, 4, talk->request_bytes);
    return talk_send_raw(talk);
}

static inline void talk_begin(struct talk *talk, uint8_t type)
{
    talk->request_bytes = 0;
    talk_put(talk, 4, 0);
    talk_put(talk, 1, type);
    talk_put(talk, 2, type == NINEP_TVERSION ? NINEP_NO_TAG : ++talk->tag);
}

/* Fields: 1 2 4 of type unsigned, 8 of type uint64_t, s a string, b bytes (const void *, size_t). */
static inline void talk_fill(struct talk *talk, uint8_t type, const char *fields, va_list list)
{
    talk_begin(talk, type);
    for (; *fields != 0; fields++) {
        if (*fields == 's') {
            const char *text = va_arg(list, const char *);
            talk_put(talk, 2, strlen(text));
            talk_put_bytes(talk, text, strlen(text));
        } else if (*fields == 'b') {
            const void *bytes = va_arg(list, const void *);
            talk_put_bytes(talk, bytes, va_arg(list, size_t));
        } else if (*fields == '8') {
            talk_put(talk, 8, va_arg(list, uint64_t));
        } else {
            talk_put(talk, (unsigned)(*fields - '0'), va_arg(list, unsigned));
        }
    }
}

/* Asks; returns 0, the error's number, or TALK_HUNG_UP. */
static inline int ask(struct talk *talk, uint8_t type, const char *fields, ...)
{
    va_list list;
    va_start(list, fields);
    talk_fill(talk, type, fields, list);
    va_end(list);
    return talk_send(talk);
}

static inline int ask_version(struct talk *talk, unsigned message_size)
{
    return ask(talk, NINEP_TVERSION, "4s", message_size, "9P2000.L");
}

static inline int ask_attach(struct talk *talk, unsigned fid)
{
    return ask(talk, NINEP_TATTACH, "44ss4", fid, NINEP_NO_FID, "user", "", NINEP_NO_USER);
}

/* `path` is split at its slashes. */
static inline int ask_walk(struct talk *talk, unsigned fid, unsigned new_fid, const char *path)
{
    talk_begin(talk, NINEP_TWALK);
    talk_put(talk, 4, fid);
    talk_put(talk, 4, new_fid);
    size_t count_at = talk->request_bytes;
    unsigned count = 0;
    for (talk_put(talk, 2, 0); *path != 0; count++) {
        size_t bytes = strcspn(path, "/");
        talk_put(talk, 2, bytes);
        talk_put_bytes(talk, path, bytes);
        path += bytes + (path[bytes] == '/');
    }
    bytes_set(talk->request + count_at, 2, count);
    return talk_send(talk);
}

static inline int ask_open(struct talk *talk, unsigned fid, unsigned flags)
{
    return ask(talk, NINEP_TLOPEN, "44", fid, flags);
}

static inline int ask_clunk(struct talk *talk, unsigned fid) { return ask(talk, NINEP_TCLUNK, "4", fid); }

static inline int ask_getattr(struct talk *talk, unsigned fid)
{
    return ask(talk, NINEP_TGETATTR, "48", fid, (uint64_t)0x3fff);
}

/* The size that Tgetattr tells. */
static inline uint64_t size_of(struct talk *talk, unsigned fid)
{
    assert_int_equal(ask_getattr(talk, fid), 0);
    return bytes_number(talk->reply + 7 + 8 + 13 + 12 + 16, 8);
}

static inline int ask_read(struct talk *talk, unsigned fid, uint64_t offset, unsigned count)
{
    return ask(talk, NINEP_TREAD, "484", fid, offset, count);
}

static inline int ask_write(struct talk *talk, unsigned fid, uint64_t offset, const char *text)
{
    return ask(talk, NINEP_TWRITE, "484b", fid, offset, (unsigned)strlen(text), text, strlen(text));
}

static inline int ask_create(struct talk *talk, unsigned fid, const char *name, unsigned flags)
{
    return ask(talk, NINEP_TLCREATE, "4s444", fid, name, flags, 0644u, 0u);
}

static inline int ask_setattr(struct talk *talk, unsigned fid, unsigned valid, unsigned mode, uint64_t size,
                              uint64_t seconds, uint64_t nanoseconds)
{
    return ask(talk, NINEP_TSETATTR,
               "444448"
               "8888",
               fid, valid, mode, 5u, 6u, size, seconds, nanoseconds, seconds + 1, nanoseconds);
}

static inline int ask_unlink(struct talk *talk, unsigned fid, const char *name, unsigned flags)
{
    return ask(talk, NINEP_TUNLINKAT, "4s4", fid, name, flags);
}

/* A session before its Tversion, on a tree that is the sample archive. */
static inline struct talk *talk_open(size_t pages, uint32_t limit)
{
    struct talk *talk = calloc(1, sizeof *talk);
    assert_non_null(talk);
    talk->region = aligned_alloc(4096, pages * 4096);
    assert_int_equal(tree_initialise(&talk->tree, talk->region, pages * 4096), TREE_OK);
    size_t bytes = archive_sample(talk->archive, sizeof talk->archive);
    assert_int_equal(archive_load(&talk->tree, talk->archive, bytes).error, CPIO_OK);
    ninep_start(&talk->session, &talk->tree, limit);
    return talk;
}

/* The same with version and attach done: fid 0 is the root. */
static inline struct talk *talk_attached(size_t pages, unsigned message_size)
{
    struct talk *talk = talk_open(pages, 65536);
    assert_int_equal(ask_version(talk, message_size), 0);
    assert_int_equal(ask_attach(talk, 0), 0);
    return talk;
}

static inline void talk_close(struct talk *talk)
{
    assert_true(tree_check(&talk->tree));
    ninep_end(&talk->session);
    for (const struct tree_node *node = talk->tree.nodes; node != NULL; node = node->next)
        assert_true(node->holds == 0 && node->links > 0);
    assert_true(tree_check(&talk->tree));
    free(talk->region);
    free(talk);
}

#endif
