/* SPDX-License-Identifier: MIT */
/* The tree's invariants as code: links, orders, parents and every byte of the store are accounted for. */
#include "files/tree.h"

#include <string.h>

static bool names_in_order(const struct tree_entry *before, const struct tree_entry *after)
{
    size_t common = before->name_bytes < after->name_bytes ? before->name_bytes : after->name_bytes;
    int order = memcmp(before->name, after->name, common);
    return order < 0 || (order == 0 && before->name_bytes < after->name_bytes);
}

/* Goes through the names in order; their nodes have been seen once more. */
static bool check_names(const struct tree_node *node, uint64_t *count, uint64_t *bytes)
{
    const struct tree_entry *before = NULL;
    struct sorted_link *link = sorted_first(&node->directory->names);
    for (; link != NULL; link = sorted_next(link)) {
        const struct tree_entry *entry = SORTED_OWNER(link, struct tree_entry, by_name);
        struct tree_text name = {entry->name, entry->name_bytes};
        if (tree_name_check(name) != TREE_OK || (before != NULL && !names_in_order(before, entry)))
            return false;
        if (tree_entry_at(node, entry->cookie) != entry || entry->cookie >= node->directory->next_cookie)
            return false;
        entry->node->seen++;
        *bytes += sizeof *entry + entry->name_bytes;
        ++*count;
        before = entry;
    }
    return true;
}

/* The parent has seen the directory, and counts it among its links. */
static bool check_parent(const struct tree_node *node)
{
    const struct tree_node *parent = node->directory->parent;
    if (parent == NULL)
        return node->links == 0 && node->directory->names.root == NULL;
    if (parent == node)
        return node->number == TREE_ROOT;
    const struct tree_entry *entry = tree_entry_at(parent, node->directory->cookie);
    return entry != NULL && entry->node == node;
}

static bool check_directory(const struct tree_node *node, uint64_t *bytes)
{
    uint64_t names = 0;
    uint64_t cookies = 0;
    uint32_t directories = 0;
    if (!sorted_check(&node->directory->names) || !sorted_check(&node->directory->cookies))
        return false;
    if (!check_names(node, &names, bytes) || !check_parent(node))
        return false;
    for (const struct tree_entry *entry = tree_entry_after(node, TREE_COOKIE_DOT_DOT); entry != NULL; cookies++) {
        directories += tree_is(entry->node, TREE_DIRECTORY);
        entry = tree_entry_after(node, entry->cookie);
    }
    *bytes += sizeof *node->directory;
    return names == cookies && (node->links == 0 || node->links == 2 + directories);
}

static bool check_node(const struct tree_node *node, uint64_t *bytes)
{
    uint64_t content = content_count(&node->content);
    bool directory = tree_is(node, TREE_DIRECTORY);
    if (content == ~(uint64_t)0 || directory != (node->directory != NULL) || (node->links == 0 && node->holds == 0))
        return false;
    *bytes += sizeof *node + content;
    return !directory || check_directory(node, bytes);
}

static bool check_seen(const struct tree *tree, const struct tree_node *node)
{
    if (!tree_is(node, TREE_DIRECTORY))
        return node->seen == node->links;
    return node->seen == (node != tree->root && node->links > 0);
}

bool tree_check(const struct tree *tree)
{
    uint64_t bytes = 0;
    uint64_t count = 0;
    for (struct tree_node *node = tree->nodes; node != NULL; node = node->next)
        node->seen = 0;
    for (const struct tree_node *node = tree->nodes; node != NULL; node = node->next, count++)
        if (!check_node(node, &bytes) || (node->next != NULL && node->next->previous != node))
            return false;
    for (const struct tree_node *node = tree->nodes; node != NULL; node = node->next)
        if (!check_seen(tree, node))
            return false;
    return count == tree->node_count && bytes == tree->store.live_bytes && store_check(&tree->store);
}
