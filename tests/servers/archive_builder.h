/* SPDX-License-Identifier: MIT */
/* Writes newc archives by hand, right or wrong: each field is what the caller says, or else plausible. */
#ifndef TESTS_SERVERS_ARCHIVE_BUILDER_H
#define TESTS_SERVERS_ARCHIVE_BUILDER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct archive_builder {
    uint8_t *bytes;
    size_t room, used;
};

struct archive_item {
    const char *name;
    uint32_t mode;
    const void *data;
    size_t data_bytes;
    uint32_t number, links, modified, user, group;
    uint32_t special_major, special_minor;
    const char *magic;    /* NULL: 070701 */
    uint32_t checksum;    /* as it is to be written */
    size_t name_bytes;    /* with the zero at its end; 0: as the name has */
    size_t claimed_bytes; /* in the header instead of data_bytes, unless 0 */
};

static inline void archive_put(struct archive_builder *builder, const void *bytes, size_t count)
{
    if (count > builder->room - builder->used)
        count = builder->room - builder->used;
    if (count > 0)
        memcpy(builder->bytes + builder->used, bytes, count);
    builder->used += count;
}

static inline void archive_pad(struct archive_builder *builder)
{
    while (builder->used % 4 != 0 && builder->used < builder->room)
        builder->bytes[builder->used++] = 0;
}

static inline void archive_add(struct archive_builder *builder, const struct archive_item *item)
{
    char header[111];
    size_t name_bytes = item->name_bytes != 0 ? item->name_bytes : strlen(item->name) + 1;
    size_t data_bytes = item->claimed_bytes != 0 ? item->claimed_bytes : item->data_bytes;
    snprintf(header, sizeof header, "%.6s%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
             item->magic != NULL ? item->magic : "070701", item->number, item->mode, item->user, item->group,
             item->links != 0 ? item->links : 1, item->modified, (unsigned)data_bytes, 8, 1, item->special_major,
             item->special_minor, (unsigned)name_bytes, item->checksum);
    archive_put(builder, header, 110);
    archive_put(builder, item->name, name_bytes <= strlen(item->name) + 1 ? name_bytes : strlen(item->name) + 1);
    archive_pad(builder);
    archive_put(builder, item->data, item->data_bytes);
    archive_pad(builder);
}

static inline void archive_end(struct archive_builder *builder)
{
    archive_add(builder, &(struct archive_item){.name = "TRAILER!!!"});
}

/* A small tree with one of everything, for those who need some tree: see the names. */
static inline size_t archive_sample(uint8_t *bytes, size_t room)
{
    static const char text[] = "the quick brown fox jumps over the lazy dog\n";
    struct archive_builder builder = {bytes, room, 0};
    const struct archive_item items[] = {
        {.name = ".", .mode = 0040755, .links = 4, .modified = 1000},
        {.name = "hello", .mode = 0100644, .data = text, .data_bytes = sizeof text - 1, .number = 2, .modified = 1001},
        {.name = "empty", .mode = 0100600, .number = 3, .modified = 1002, .user = 7, .group = 8},
        {.name = "dir", .mode = 0040700, .number = 4, .links = 3, .modified = 1003},
        {.name = "dir/sub", .mode = 0040755, .number = 5, .links = 2, .modified = 1004},
        {.name = "dir/sub/leaf", .mode = 0100644, .data = text, .data_bytes = 9, .number = 6, .modified = 1005},
        {.name = "dir/first", .mode = 0100644, .number = 7, .links = 2, .modified = 1006},
        {.name = "dir/last",
         .mode = 0100644,
         .data = text,
         .data_bytes = 19,
         .number = 7,
         .links = 2,
         .modified = 1006},
        {.name = "link", .mode = 0120777, .data = "dir/sub/leaf", .data_bytes = 12, .number = 8, .modified = 1007},
        {.name = "loop", .mode = 0120777, .data = "loop", .data_bytes = 4, .number = 9, .modified = 1008},
        {.name = "pipe", .mode = 0010644, .number = 10, .modified = 1009},
        {.name = "null", .mode = 0020666, .number = 11, .modified = 1010, .special_major = 1, .special_minor = 3},
    };
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
        archive_add(&builder, &items[i]);
    archive_end(&builder);
    return builder.used;
}

#endif
