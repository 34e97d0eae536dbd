/* SPDX-License-Identifier: MIT */
/* File workloads: the 9P server and its client as they are in servers/, over whatever design carries their messages. Neither
 * side believes a byte that it does not have a copy of, but for data, which the server writes and the client checks. */
#include <string.h>

#include "client/client.h"
#include "files/ninep.h"
#include "sim/compare.h"

enum {
    SMALL_FILES = 64,
    SMALL_BYTES = 1 << 10,
    LARGE_BYTES = 2 << 20,
    NAME_DIGITS = 5,
    NAME_BYTES = 1 + NAME_DIGITS,                          /* "n00042" */
    ENTRY_BYTES = NINEP_ENTRY_BYTES + NAME_BYTES,
    DOTS_BYTES = 2 * NINEP_ENTRY_BYTES + 1 + 2,            /* what "." and ".." take in a listing */
    REQUEST_MAX = 512,                                     /* none of ours is longer */
    PLAIN_ANSWER_MAX = 256,                                /* nor any answer without data */
    MESSAGE_MAX = 64 << 10,
    TREE_BYTES = 25 << 19
};

/* The tree that is served. The large file's bytes are a pattern by which each place of it can be told. */
struct compare_files {
    struct tree tree;
    _Alignas(STORE_PAGE) unsigned char region[TREE_BYTES];
};

/* The server's side of a link. */
struct compare_session {
    struct ninep_session ninep;
    unsigned char request[REQUEST_MAX];
};

/* The client's side. */
struct compare_reader {
    struct transport transport; /* first, as the client's transports are */
    struct compare_link *link;
    struct client client;
    enum uk_status status;      /* of the exchange that failed */
    bool begun;
    uint32_t fid;               /* of what is read or listed piece by piece */
    uint64_t offset;            /* where to go on */
    uint64_t turn;              /* entries or bytes since the beginning of it, or files opened */
    uint64_t seen;              /* entries or bytes in all */
    unsigned char message[MESSAGE_MAX], data[MESSAGE_MAX];
};

/* The tree. ----------------------------------------------------------------------------------------------------------- */

static unsigned char pattern(uint64_t offset) { return (unsigned char)(offset * 31 ^ offset >> 8 ^ offset >> 16); }

static bool fill(struct tree *tree, struct tree_node *file, uint64_t bytes)
{
    unsigned char page[STORE_PAGE];
    bool good = true;
    for (uint64_t at = 0; at < bytes && good; at += sizeof page) {
        size_t count = bytes - at < sizeof page ? (size_t)(bytes - at) : sizeof page;
        for (size_t i = 0; i < count; i++)
            page[i] = pattern(at + i);
        good = tree_write(tree, file, at, page, count) == TREE_OK;
    }
    return good;
}

static struct tree_text number_name(char text[NAME_BYTES], uint32_t number)
{
    text[0] = 'n';
    for (unsigned i = NAME_BYTES; i > NAME_BYTES - NAME_DIGITS; i--, number /= 10)
        text[i - 1] = (char)('0' + number % 10);
    return (struct tree_text){text, NAME_BYTES};
}

static struct tree_node *make(struct tree *tree, struct tree_node *directory, struct tree_text name, uint32_t mode)
{
    const struct tree_attributes attributes = {.mode = mode};
    struct tree_node *node;
    return directory != NULL && tree_create(tree, directory, name, &attributes, &node) == TREE_OK ? node : NULL;
}

static bool make_small(struct tree *tree, struct tree_node *directory)
{
    char text[NAME_BYTES];
    bool good = directory != NULL;
    for (uint32_t i = 0; i < SMALL_FILES && good; i++) {
        struct tree_node *file = make(tree, directory, number_name(text, i), TREE_REGULAR | 0644);
        good = file != NULL && fill(tree, file, SMALL_BYTES);
    }
    return good;
}

/* Names of one empty file: what a listing costs depends on names alone. */
static bool make_names(struct tree *tree, struct tree_node *directory)
{
    char text[NAME_BYTES];
    struct tree_node *file = make(tree, directory, number_name(text, 0), TREE_REGULAR | 0644);
    bool good = file != NULL;
    for (uint32_t i = 1; i < COMPARE_NAMES && good; i++)
        good = tree_link(tree, directory, number_name(text, i), file) == TREE_OK;
    return good;
}

static bool make_all(struct tree *tree)
{
    struct tree_node *root = tree->root;
    struct tree_node *large = make(tree, root, (struct tree_text){"large", 5}, TREE_REGULAR | 0644);
    return large != NULL && fill(tree, large, LARGE_BYTES) &&
           make_small(tree, make(tree, root, (struct tree_text){"small", 5}, TREE_DIRECTORY | 0755)) &&
           make_names(tree, make(tree, root, (struct tree_text){"names", 5}, TREE_DIRECTORY | 0755));
}

struct compare_files *compare_files_open(void)
{
    struct compare_files *files = compare_take(sizeof *files, COMPARE_FOR_USERS);
    if (files == NULL)
        return NULL;
    if (tree_initialise(&files->tree, files->region, sizeof files->region) == TREE_OK && make_all(&files->tree))
        return files;
    compare_files_close(files);
    return NULL;
}

void compare_files_close(struct compare_files *files) { compare_drop(files, COMPARE_FOR_USERS); }

/* The server. --------------------------------------------------------------------------------------------------------- */

static uint32_t number_at(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* How long the answer to a request can be: those that bring data say so at their end. */
static uint64_t answer_room(const unsigned char *request, size_t bytes)
{
    bool data = bytes >= NINEP_HEADER_BYTES + 4 && (request[4] == NINEP_TREAD || request[4] == NINEP_TREADDIR);
    return data ? NINEP_DATA_HEADER + (uint64_t)number_at(request + bytes - 4) : PLAIN_ANSWER_MAX;
}

/* The answer is written where the client finds it: nothing of it is read again. */
enum uk_status compare_files_answer(struct compare_link *link, uint32_t bytes)
{
    struct compare_session *session = link->session;
    const unsigned char *there = (const unsigned char *)(uintptr_t)link->there;
    uint32_t length = bytes >= NINEP_HEADER_BYTES ? number_at(there) : 0;
    if (length < NINEP_HEADER_BYTES || length > bytes || length > sizeof session->request)
        return UK_BAD_ARGUMENT;
    memcpy(session->request, there, length);
    if (answer_room(session->request, length) > bytes)
        return UK_BAD_ARGUMENT;
    link->answer_bytes = (uint32_t)ninep_exchange(&session->ninep, session->request, length,
                                                  (unsigned char *)(uintptr_t)link->there, link->world->work->bytes);
    return link->answer_bytes != 0 ? UK_OK : UK_BAD_ARGUMENT;
}

/* The client. --------------------------------------------------------------------------------------------------------- */

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    struct compare_reader *self = (struct compare_reader *)transport;
    struct compare_link *link = self->link;
    uint64_t both = ((room > bytes ? room : bytes) + 7) & ~(size_t)7;
    if (both > link->world->work->bytes)
        return 0;
    memcpy((void *)(uintptr_t)link->here, message, bytes);
    link->request_bytes = (uint32_t)bytes;
    self->status = link->world->design->exchange(link, COMPARE_ANSWER, (uint32_t)both);
    if (self->status != UK_OK)
        return 0;
    const unsigned char *answer = (const unsigned char *)(uintptr_t)(link->answer != 0 ? link->answer : link->here);
    size_t length = number_at(answer);
    if (length > both || length > room)
        return 0;
    memcpy(message, answer, length);
    return length;
}

bool compare_files_join(struct compare_link *link)
{
    link->reader = compare_take(sizeof *link->reader, COMPARE_FOR_USERS);
    link->session = compare_take(sizeof *link->session, COMPARE_FOR_USERS);
    if (link->reader == NULL || link->session == NULL)
        return false;
    link->reader->transport = (struct transport){.exchange = exchange, .message_max = link->world->work->bytes};
    link->reader->link = link;
    ninep_start(&link->session->ninep, &link->world->files->tree, link->world->work->bytes);
    return true;
}

/* The tree may outlive us. */
void compare_files_leave(struct compare_link *link)
{
    if (link->session != NULL)
        ninep_end(&link->session->ninep);
    compare_drop(link->session, COMPARE_FOR_USERS);
    compare_drop(link->reader, COMPARE_FOR_USERS);
}

uint64_t compare_files_seen(const struct compare_link *link) { return link->reader != NULL ? link->reader->seen : 0; }

static int open_path(struct compare_reader *self, const char *path, size_t length, uint32_t flags)
{
    int error = client_walk(&self->client, self->client.root, path, length, &self->fid, NULL);
    return error != 0 ? error : client_lopen(&self->client, self->fid, flags);
}

/* Entries "." and ".." are read by themselves, so that all answers after that are alike. */
static int rewind_names(struct compare_reader *self)
{
    struct client_entry entry;
    const unsigned char *at = self->data;
    size_t left;
    int error = client_readdir(&self->client, self->fid, 0, self->data, DOTS_BYTES, &left);
    while (error == 0 && client_entry_next(&at, &left, &entry, &error))
        self->offset = entry.next;
    self->turn = 0;
    return error;
}

/* A conversation is opened by the first turn, as here its exchanges can be made. */
static int begin(struct compare_reader *self)
{
    enum compare_kind kind = self->link->world->work->kind;
    if (self->begun)
        return 0;
    self->begun = true;
    int error = client_open(&self->client, &self->transport, self->message, sizeof self->message, "", "");
    if (error == 0 && kind == COMPARE_READ)
        error = open_path(self, "large", 5, CLIENT_READ);
    if (error == 0 && kind == COMPARE_LIST)
        error = open_path(self, "names", 5, CLIENT_READ | CLIENT_DIRECTORY);
    return error == 0 && kind == COMPARE_LIST ? rewind_names(self) : error;
}

/* First and last byte are where they belong. */
static int check_bytes(const struct compare_reader *self, uint64_t offset, size_t count)
{
    bool good = count > 0 && self->data[0] == pattern(offset) && self->data[count - 1] == pattern(offset + count - 1);
    return good ? 0 : CLIENT_EIO;
}

/* A small file, whole. */
static int open_read_close(struct compare_reader *self)
{
    char path[6 + NAME_BYTES] = "small/";
    size_t done = 0;
    (void)number_name(path + 6, (uint32_t)(self->turn++ % SMALL_FILES));
    int error = open_path(self, path, sizeof path, CLIENT_READ);
    if (error == 0)
        error = client_read(&self->client, self->fid, 0, self->data, 2 * SMALL_BYTES, &done);
    if (error == 0)
        error = done == SMALL_BYTES ? check_bytes(self, 0, done) : CLIENT_EIO;
    self->seen += done;
    return error != 0 ? error : client_clunk(&self->client, self->fid);
}

/* The next part of the large file; after the last one the first. */
static int read_on(struct compare_reader *self)
{
    size_t done = 0, wanted = self->client.message_max - NINEP_IO_HEADER;
    int error = client_read(&self->client, self->fid, self->offset, self->data, wanted, &done);
    if (error == 0)
        error = check_bytes(self, self->offset, done);
    self->offset += done;
    self->seen += done;
    if (done < wanted && error == 0)
        error = self->offset == LARGE_BYTES ? 0 : CLIENT_EIO;
    self->offset = done < wanted ? 0 : self->offset;
    return error;
}

static int check_names(struct compare_reader *self, size_t left)
{
    char text[NAME_BYTES];
    struct client_entry entry;
    const unsigned char *at = self->data;
    int error = 0;
    while (error == 0 && client_entry_next(&at, &left, &entry, &error)) {
        struct tree_text wanted = number_name(text, (uint32_t)self->turn++);
        if (entry.length != wanted.count || memcmp(entry.name, wanted.bytes, wanted.count) != 0)
            error = CLIENT_EIO;
        self->offset = entry.next;
        self->seen++;
    }
    return error;
}

/* The next entries; and behind the last ones the answer without any, which is how a listing ends. */
static int list_on(struct compare_reader *self)
{
    size_t done = 0, wanted = (size_t)self->link->world->work->requests * ENTRY_BYTES;
    int error = client_readdir(&self->client, self->fid, self->offset, self->data, wanted, &done);
    if (error == 0)
        error = check_names(self, done);
    if (error != 0 || done == wanted)
        return error;
    if (done > 0)
        error = client_readdir(&self->client, self->fid, self->offset, self->data, wanted, &done);
    if (error == 0)
        error = done == 0 && self->turn == COMPARE_NAMES ? rewind_names(self) : CLIENT_EIO;
    return error;
}

enum uk_status compare_files_ask(struct compare_link *link)
{
    struct compare_reader *self = link->reader;
    enum compare_kind kind = link->world->work->kind;
    int error = begin(self);
    if (error == 0)
        error = kind == COMPARE_OPEN ? open_read_close(self) : kind == COMPARE_READ ? read_on(self) : list_on(self);
    if (error == 0)
        return UK_OK;
    return self->status != UK_OK ? self->status : UK_BAD_ARGUMENT;
}
