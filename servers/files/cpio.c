/* SPDX-License-Identifier: MIT */
/* The archive reader; invariant: an offset is compared with the bytes left before anything at it is read. */
#include "files/cpio.h"

#include <stdbool.h>
#include <string.h>

#define MAGIC_BYTES  6
#define FIELD_BYTES  8
#define HEADER_BYTES 110
#define TRAILER      "TRAILER!!!"

/* The header's fields, in order, after the magic. */
enum field {
    FIELD_NUMBER,
    FIELD_MODE,
    FIELD_USER,
    FIELD_GROUP,
    FIELD_LINKS,
    FIELD_MODIFIED,
    FIELD_DATA_BYTES,
    FIELD_DEVICE_MAJOR,
    FIELD_DEVICE_MINOR,
    FIELD_SPECIAL_MAJOR,
    FIELD_SPECIAL_MINOR,
    FIELD_NAME_BYTES,
    FIELD_CHECKSUM,
    FIELD_COUNT
};

struct header {
    bool summed; /* 070702 */
    uint32_t field[FIELD_COUNT];
};

void cpio_open(struct cpio_reader *reader, const void *base, size_t bytes)
{
    reader->base = base;
    reader->bytes = bytes;
    reader->offset = 0;
}

static int digit_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

static bool field_read(const uint8_t *text, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < FIELD_BYTES; i++) {
        int digit = digit_value(text[i]);
        if (digit < 0)
            return false;
        *value = *value << 4 | (uint32_t)digit;
    }
    return true;
}

static enum cpio_error header_read(const struct cpio_reader *reader, struct header *header)
{
    const uint8_t *text = reader->base + reader->offset;
    size_t left = reader->bytes - reader->offset;
    if (left == 0)
        return CPIO_NO_TRAILER;
    if (left < MAGIC_BYTES)
        return CPIO_SHORT_HEADER;
    if (memcmp(text, "07070", 5) != 0 || (text[5] != '1' && text[5] != '2'))
        return CPIO_BAD_MAGIC;
    if (left < HEADER_BYTES)
        return CPIO_SHORT_HEADER;
    header->summed = text[5] == '2';
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (!field_read(text + MAGIC_BYTES + FIELD_BYTES * i, &header->field[i]))
            return CPIO_BAD_DIGIT;
    return CPIO_OK;
}

/* Sizes have 32 bits and offsets 64 (a smaller machine has smaller archives), so sums cannot wrap before the check. */
static bool range_within(const struct cpio_reader *reader, uint64_t offset, uint64_t bytes)
{
    return offset <= reader->bytes && bytes <= reader->bytes - offset;
}

static enum cpio_error name_check(const char *name, size_t bytes_with_end)
{
    for (size_t i = 0; i + 1 < bytes_with_end; i++)
        if (name[i] == 0)
            return CPIO_ZERO_IN_NAME;
    return name[bytes_with_end - 1] == 0 ? CPIO_OK : CPIO_UNENDED_NAME;
}

static enum cpio_error name_read(const struct cpio_reader *reader, const struct header *header,
                                 struct cpio_entry *entry)
{
    uint32_t bytes = header->field[FIELD_NAME_BYTES];
    uint64_t offset = (uint64_t)reader->offset + HEADER_BYTES;
    if (bytes <= 1)
        return CPIO_EMPTY_NAME;
    if (bytes > CPIO_NAME_MAX + 1)
        return CPIO_LONG_NAME;
    if (!range_within(reader, offset, bytes))
        return CPIO_NAME_BEYOND_END;
    entry->name = (const char *)reader->base + offset;
    entry->name_bytes = bytes - 1;
    return name_check(entry->name, bytes);
}

static uint64_t align_up(uint64_t offset) { return (offset + 3) & ~(uint64_t)3; }

/* The padding behind the last data may be missing; the data itself may not. */
static enum cpio_error data_read(struct cpio_reader *reader, const struct header *header, struct cpio_entry *entry)
{
    uint64_t begin = align_up((uint64_t)reader->offset + HEADER_BYTES + entry->name_bytes + 1);
    uint64_t bytes = header->field[FIELD_DATA_BYTES];
    uint64_t next = align_up(begin + bytes);
    if (bytes > 0 && !range_within(reader, begin, bytes))
        return CPIO_DATA_BEYOND_END;
    entry->data = bytes > 0 ? reader->base + begin : reader->base;
    entry->data_bytes = (size_t)bytes;
    reader->offset = next < reader->bytes ? (size_t)next : reader->bytes;
    return CPIO_OK;
}

static void fields_copy(const struct header *header, struct cpio_entry *entry)
{
    entry->number = header->field[FIELD_NUMBER];
    entry->mode = header->field[FIELD_MODE];
    entry->user = header->field[FIELD_USER];
    entry->group = header->field[FIELD_GROUP];
    entry->links = header->field[FIELD_LINKS];
    entry->modified = header->field[FIELD_MODIFIED];
    entry->device_major = header->field[FIELD_DEVICE_MAJOR];
    entry->device_minor = header->field[FIELD_DEVICE_MINOR];
    entry->special_major = header->field[FIELD_SPECIAL_MAJOR];
    entry->special_minor = header->field[FIELD_SPECIAL_MINOR];
}

static bool type_is_known(uint32_t mode)
{
    switch (mode & CPIO_TYPE_MASK) {
    case CPIO_SOCKET:
    case CPIO_SYMLINK:
    case CPIO_REGULAR:
    case CPIO_BLOCK:
    case CPIO_DIRECTORY:
    case CPIO_CHARACTER:
    case CPIO_FIFO:
        return (mode & ~(uint32_t)0177777) == 0;
    default:
        return false;
    }
}

static uint32_t sum_of(const uint8_t *data, size_t bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes; i++)
        sum += data[i];
    return sum;
}

static enum cpio_error entry_check(const struct header *header, const struct cpio_entry *entry)
{
    uint32_t type = entry->mode & CPIO_TYPE_MASK;
    if (!type_is_known(entry->mode))
        return CPIO_BAD_TYPE;
    if (entry->data_bytes > 0 && type != CPIO_REGULAR && type != CPIO_SYMLINK)
        return CPIO_UNEXPECTED_DATA;
    /* GNU cpio sums the data of regular files only. */
    if (header->summed && type == CPIO_REGULAR &&
        sum_of(entry->data, entry->data_bytes) != header->field[FIELD_CHECKSUM])
        return CPIO_BAD_CHECKSUM;
    return CPIO_OK;
}

static bool name_is_trailer(const struct cpio_entry *entry)
{
    return entry->name_bytes == sizeof TRAILER - 1 && memcmp(entry->name, TRAILER, sizeof TRAILER - 1) == 0;
}

enum cpio_error cpio_next(struct cpio_reader *reader, struct cpio_entry *entry)
{
    struct header header;
    size_t begin = reader->offset;
    enum cpio_error error = header_read(reader, &header);
    if (error == CPIO_OK)
        error = name_read(reader, &header, entry);
    if (error == CPIO_OK && name_is_trailer(entry))
        return CPIO_END;
    if (error == CPIO_OK)
        error = data_read(reader, &header, entry);
    if (error == CPIO_OK) {
        fields_copy(&header, entry);
        error = entry_check(&header, entry);
    }
    if (error != CPIO_OK)
        reader->offset = begin;
    return error;
}

const char *cpio_error_text(enum cpio_error error)
{
    static const char *const texts[CPIO_ERROR_COUNT] = {
#define CPIO_X(name, text) [name] = text,
        CPIO_ERRORS(CPIO_X)
#undef CPIO_X
    };
    return (unsigned)error < CPIO_ERROR_COUNT ? texts[error] : "unknown error";
}
