/* SPDX-License-Identifier: MIT */
/* The table of names: a name is four words, compared as such; bytes after its end are zero. */
#include "names/names.h"

static unsigned char byte_at(const uk_word *name, unsigned i)
{
    return (unsigned char)(name[i / sizeof(uk_word)] >> (i % sizeof(uk_word) * 8));
}

bool names_good(const uk_word *name)
{
    bool ended = false;
    for (unsigned i = 0; i < NAME_BYTES; i++) {
        unsigned char byte = byte_at(name, i);
        if (ended ? byte != 0 : byte != 0 && (byte < 0x21 || byte > 0x7e))
            return false;
        ended = ended || byte == 0;
    }
    return name[0] != 0;
}

uint32_t names_find(const struct names *names, const uk_word *name)
{
    for (uint32_t i = 0; i < names->count; i++) {
        const uk_word *entry = names->entries[i];
        if (entry[0] == name[0] && entry[1] == name[1] && entry[2] == name[2] && entry[3] == name[3])
            return i;
    }
    return NAMES_MAX;
}

enum uk_status names_add(struct names *names, const uk_word *name)
{
    if (!names_good(name))
        return UK_BAD_ARGUMENT;
    if (names_find(names, name) != NAMES_MAX)
        return UK_SLOT_TAKEN;
    if (names->count == NAMES_MAX)
        return UK_LIMIT;
    for (unsigned i = 0; i < NAME_BYTES / sizeof(uk_word); i++)
        names->entries[names->count][i] = name[i];
    names->count++;
    return UK_OK;
}
