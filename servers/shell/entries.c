/* SPDX-License-Identifier: MIT */
/* Reading a directory whole: a linked list, merge-sorted without recursion, and a server may send what it likes. */
#include "shell/tour.h"

#include <string.h>

enum { TYPE_UNKNOWN = 0, TYPE_FILE = 8 }; /* Linux's d_type */

static enum entry_kind kind_of(const struct client_entry *found)
{
    if (found->qid.type & CLIENT_QID_DIRECTORY)
        return ENTRY_DIRECTORY;
    if (found->qid.type & CLIENT_QID_LINK)
        return ENTRY_LINK;
    return found->type == TYPE_FILE || found->type == TYPE_UNKNOWN ? ENTRY_FILE : ENTRY_OTHER;
}

static bool is_dots(const struct client_entry *found)
{
    return found->name[0] == '.' && (found->length == 1 || (found->length == 2 && found->name[1] == '.'));
}

static int add_entry(struct arena *arena, const struct client_entry *found, struct entry **list)
{
    struct entry *entry = arena_take(arena, sizeof *entry + found->length + 1);
    if (entry == NULL)
        return CLIENT_ENOMEM;
    *entry = (struct entry){*list, found->qid, kind_of(found), found->length};
    memcpy(entry->name, found->name, found->length);
    entry->name[found->length] = '\0';
    *list = entry;
    return CLIENT_OK;
}

/* Takes the entries of one reply; `offset` is where to read on. */
static int take_entries(struct shell *shell, size_t left, uint64_t *offset, struct entry **list)
{
    const unsigned char *bytes = (const unsigned char *)shell->transfer;
    struct client_entry found;
    int error;
    while (client_entry_next(&bytes, &left, &found, &error)) {
        *offset = found.next;
        if (!is_dots(&found))
            error = add_entry(&shell->arena, &found, list);
        if (error != 0)
            break;
    }
    return error;
}

static int read_all(struct shell *shell, uint32_t fid, struct entry **list)
{
    uint64_t offset = 0;
    size_t done = 0;
    int error = client_lopen(shell->parts.client, fid, CLIENT_READ | CLIENT_DIRECTORY);
    do {
        if (error == 0)
            error = client_readdir(shell->parts.client, fid, offset, shell->transfer, SHELL_TRANSFER, &done);
        if (error == 0)
            error = take_entries(shell, done, &offset, list);
    } while (error == 0 && done > 0);
    return error;
}

/* The byte at `i` of what an entry is sorted by. */
static int key_byte(const struct entry *entry, size_t i, enum entry_order order)
{
    if (i < entry->length)
        return (unsigned char)entry->name[i];
    return i == entry->length && order == ENTRY_BY_PATH && entry->kind == ENTRY_DIRECTORY ? '/' : -1;
}

static bool comes_first(const struct entry *left, const struct entry *right, enum entry_order order)
{
    size_t i = 0;
    while (key_byte(left, i, order) == key_byte(right, i, order) && key_byte(left, i, order) >= 0)
        i++;
    return key_byte(left, i, order) <= key_byte(right, i, order);
}

/* Cuts off the first `count` entries of a list; returns what follows. */
static struct entry *cut(struct entry *list, size_t count)
{
    while (list != NULL && --count > 0)
        list = list->next;
    if (list == NULL)
        return NULL;
    struct entry *rest = list->next;
    list->next = NULL;
    return rest;
}

/* Merges two sorted lists at `*end`; returns the new end. */
static struct entry **merge(struct entry **end, struct entry *left, struct entry *right, enum entry_order order)
{
    while (left != NULL || right != NULL) {
        struct entry **from = right == NULL || (left != NULL && comes_first(left, right, order)) ? &left : &right;
        *end = *from;
        end = &(*end)->next;
        *from = (*from)->next;
    }
    *end = NULL;
    return end;
}

static struct entry *sort(struct entry *list, enum entry_order order)
{
    size_t runs = 2;
    for (size_t width = 1; runs > 1; width *= 2) {
        struct entry *rest = list, **end = &list;
        for (runs = 0; rest != NULL; runs++) {
            struct entry *left = rest, *right = cut(left, width);
            rest = cut(right, width);
            end = merge(end, left, right, order);
        }
    }
    return list;
}

int entries_read(struct shell *shell, uint32_t fid, enum entry_order order, struct entry **list)
{
    *list = NULL;
    int error = read_all(shell, fid, list);
    (void)client_clunk(shell->parts.client, fid);
    if (error == 0)
        *list = sort(*list, order);
    return error;
}
