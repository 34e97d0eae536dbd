/* SPDX-License-Identifier: MIT */
/* The tree; invariant: every node has a name or a holder, and whatever can fail does so before the first change. */
#include "files/tree.h"

#include <string.h>

/* Nodes. */

static void node_enlist(struct tree *tree, struct tree_node *node)
{
    node->previous = NULL;
    node->next = tree->nodes;
    if (node->next != NULL)
        node->next->previous = node;
    tree->nodes = node;
    tree->node_count++;
}

static void node_free(struct tree *tree, struct tree_node *node)
{
    if (node->next != NULL)
        node->next->previous = node->previous;
    if (node->previous != NULL)
        node->previous->next = node->next;
    else
        tree->nodes = node->next;
    tree->node_count--;
    content_resize(&node->content, &tree->store, 0);
    if (node->directory != NULL)
        store_free(&tree->store, node->directory, sizeof *node->directory);
    store_free(&tree->store, node, sizeof *node);
}

static bool node_add_directory(struct tree *tree, struct tree_node *node)
{
    node->directory = store_allocate(&tree->store, sizeof *node->directory);
    if (node->directory == NULL)
        return false;
    node->directory->next_cookie = TREE_COOKIE_DOT_DOT + 1;
    return true;
}

static struct tree_node *node_make(struct tree *tree, const struct tree_attributes *attributes)
{
    struct tree_node *node = store_allocate(&tree->store, sizeof *node);
    if (node == NULL)
        return NULL;
    node->attributes = *attributes;
    if (tree_is(node, TREE_DIRECTORY) && !node_add_directory(tree, node)) {
        store_free(&tree->store, node, sizeof *node);
        return NULL;
    }
    node->number = tree->next_number++;
    node->accessed = node->modified = node->changed = tree->now;
    node_enlist(tree, node);
    return node;
}

static void node_free_if_unused(struct tree *tree, struct tree_node *node)
{
    if (node->links == 0 && node->holds == 0)
        node_free(tree, node);
}

void tree_hold(struct tree_node *node) { node->holds++; }

void tree_release(struct tree *tree, struct tree_node *node)
{
    node->holds--;
    node_free_if_unused(tree, node);
}

static void node_touch(const struct tree *tree, struct tree_node *node)
{
    node->version++;
    node->modified = node->changed = tree->now;
}

enum tree_status tree_initialise(struct tree *tree, void *region, size_t bytes)
{
    const struct tree_attributes attributes = {.mode = TREE_DIRECTORY | 0755};
    memset(tree, 0, sizeof *tree);
    store_initialise(&tree->store, region, bytes);
    tree->next_number = TREE_ROOT;
    tree->root = node_make(tree, &attributes);
    if (tree->root == NULL)
        return TREE_NO_SPACE;
    tree->root->links = 2;
    tree->root->directory->parent = tree->root;
    tree->root->directory->implied = true;
    return TREE_OK;
}

/* Names and the entries that hold them. */

enum tree_status tree_name_check(struct tree_text name)
{
    if (name.count == 0)
        return TREE_NOT_FOUND;
    if (name.count > TREE_NAME_MAX)
        return TREE_NAME_TOO_LONG;
    if (name.bytes[0] == '.' && (name.count == 1 || (name.count == 2 && name.bytes[1] == '.')))
        return TREE_INVALID;
    for (size_t i = 0; i < name.count; i++)
        if (name.bytes[i] == '/' || name.bytes[i] == 0)
            return TREE_INVALID;
    return TREE_OK;
}

static int compare_name(const void *key, const struct sorted_link *link)
{
    const struct tree_text *name = key;
    const struct tree_entry *entry = SORTED_OWNER(link, const struct tree_entry, by_name);
    size_t common = name->count < entry->name_bytes ? name->count : entry->name_bytes;
    int order = memcmp(name->bytes, entry->name, common);
    if (order != 0)
        return order;
    return (name->count > common) - (entry->name_bytes > common);
}

static int compare_cookie(const void *key, const struct sorted_link *link)
{
    uint64_t cookie = *(const uint64_t *)key;
    const struct tree_entry *entry = SORTED_OWNER(link, const struct tree_entry, by_cookie);
    return (cookie > entry->cookie) - (cookie < entry->cookie);
}

static struct tree_entry *entry_of_cookie_link(struct sorted_link *link)
{
    return link == NULL ? NULL : SORTED_OWNER(link, struct tree_entry, by_cookie);
}

struct tree_entry *tree_entry_at(const struct tree_node *directory, uint64_t cookie)
{
    return entry_of_cookie_link(sorted_find(&directory->directory->cookies, compare_cookie, &cookie));
}

struct tree_entry *tree_entry_after(const struct tree_node *directory, uint64_t cookie)
{
    return entry_of_cookie_link(sorted_after(&directory->directory->cookies, compare_cookie, &cookie));
}

enum tree_status tree_find(const struct tree_node *directory, struct tree_text name, struct tree_entry **entry)
{
    if (!tree_is(directory, TREE_DIRECTORY))
        return TREE_NOT_DIRECTORY;
    enum tree_status status = tree_name_check(name);
    if (status != TREE_OK)
        return status == TREE_INVALID ? TREE_NOT_FOUND : status;
    struct sorted_link *link = sorted_find(&directory->directory->names, compare_name, &name);
    if (link == NULL)
        return TREE_NOT_FOUND;
    *entry = SORTED_OWNER(link, struct tree_entry, by_name);
    return TREE_OK;
}

static struct tree_entry *entry_make(struct tree *tree, struct tree_text name)
{
    struct tree_entry *entry = store_allocate(&tree->store, sizeof *entry + name.count);
    if (entry == NULL)
        return NULL;
    entry->name_bytes = (uint16_t)name.count;
    memcpy(entry->name, name.bytes, name.count);
    return entry;
}

static void entry_free(struct tree *tree, struct tree_entry *entry)
{
    store_free(&tree->store, entry, sizeof *entry + entry->name_bytes);
}

/* Hangs the entry in and counts the link. */
static void entry_attach(struct tree *tree, struct tree_node *directory, struct tree_entry *entry,
                         struct tree_node *node)
{
    struct tree_text name = {entry->name, entry->name_bytes};
    entry->node = node;
    entry->cookie = directory->directory->next_cookie++;
    sorted_insert(&directory->directory->names, compare_name, &name, &entry->by_name);
    sorted_insert(&directory->directory->cookies, compare_cookie, &entry->cookie, &entry->by_cookie);
    if (tree_is(node, TREE_DIRECTORY)) {
        node->directory->parent = directory;
        node->directory->cookie = entry->cookie;
        node->links = node->links == 0 ? 2 : node->links;
        directory->links++;
    } else {
        node->links++;
    }
    node->changed = tree->now;
    node_touch(tree, directory);
}

/* Takes the entry out and frees it; its node may be left without a name. */
static void entry_detach(struct tree *tree, struct tree_node *directory, struct tree_entry *entry)
{
    if (tree_is(entry->node, TREE_DIRECTORY))
        directory->links--;
    else
        entry->node->links--;
    entry->node->changed = tree->now;
    sorted_remove(&directory->directory->names, &entry->by_name);
    sorted_remove(&directory->directory->cookies, &entry->by_cookie);
    entry_free(tree, entry);
    node_touch(tree, directory);
}

/* A name that can be given within this directory now. */
static enum tree_status check_new_name(const struct tree_node *directory, struct tree_text name)
{
    struct tree_entry *entry;
    if (!tree_is(directory, TREE_DIRECTORY))
        return TREE_NOT_DIRECTORY;
    enum tree_status status = tree_name_check(name);
    if (status != TREE_OK)
        return status;
    if (directory->links == 0)
        return TREE_NOT_FOUND;
    return tree_find(directory, name, &entry) == TREE_OK ? TREE_EXISTS : TREE_OK;
}

/* Operations on names. */

enum tree_status tree_create(struct tree *tree, struct tree_node *directory, struct tree_text name,
                             const struct tree_attributes *attributes, struct tree_node **node)
{
    enum tree_status status = check_new_name(directory, name);
    if (status != TREE_OK)
        return status;
    struct tree_entry *entry = entry_make(tree, name);
    if (entry == NULL)
        return TREE_NO_SPACE;
    *node = node_make(tree, attributes);
    if (*node == NULL) {
        entry_free(tree, entry);
        return TREE_NO_SPACE;
    }
    entry_attach(tree, directory, entry, *node);
    return TREE_OK;
}

static bool target_is_valid(struct tree_text target)
{
    if (target.count == 0 || target.count > TREE_TARGET_MAX)
        return false;
    for (size_t i = 0; i < target.count; i++)
        if (target.bytes[i] == 0)
            return false;
    return true;
}

enum tree_status tree_symlink(struct tree *tree, struct tree_node *directory, struct tree_text name,
                              const struct tree_attributes *attributes, struct tree_text target,
                              struct tree_node **node)
{
    struct content content = {0};
    enum tree_status status = check_new_name(directory, name);
    if (status != TREE_OK)
        return status;
    if (!target_is_valid(target))
        return target.count > TREE_TARGET_MAX ? TREE_NAME_TOO_LONG : TREE_INVALID;
    if (!content_write(&content, &tree->store, 0, (const uint8_t *)target.bytes, target.count))
        return TREE_NO_SPACE;
    status = tree_create(tree, directory, name, attributes, node);
    if (status == TREE_OK)
        (*node)->content = content;
    else
        content_resize(&content, &tree->store, 0);
    return status;
}

enum tree_status tree_link(struct tree *tree, struct tree_node *directory, struct tree_text name,
                           struct tree_node *node)
{
    enum tree_status status = check_new_name(directory, name);
    if (status != TREE_OK)
        return status;
    if (tree_is(node, TREE_DIRECTORY))
        return TREE_NOT_PERMITTED;
    if (node->links == 0)
        return TREE_NOT_FOUND;
    struct tree_entry *entry = entry_make(tree, name);
    if (entry == NULL)
        return TREE_NO_SPACE;
    entry_attach(tree, directory, entry, node);
    return TREE_OK;
}

static enum tree_status check_removable(const struct tree_node *node, bool directories)
{
    if (!tree_is(node, TREE_DIRECTORY))
        return directories ? TREE_NOT_DIRECTORY : TREE_OK;
    if (!directories)
        return TREE_IS_DIRECTORY;
    return node->directory->names.root != NULL ? TREE_NOT_EMPTY : TREE_OK;
}

static void remove_entry(struct tree *tree, struct tree_node *directory, struct tree_entry *entry)
{
    struct tree_node *node = entry->node;
    entry_detach(tree, directory, entry);
    if (tree_is(node, TREE_DIRECTORY)) {
        node->links = 0;
        node->directory->parent = NULL;
    }
    node_free_if_unused(tree, node);
}

enum tree_status tree_unlink(struct tree *tree, struct tree_node *directory, struct tree_text name, bool directories)
{
    struct tree_entry *entry;
    enum tree_status status = tree_find(directory, name, &entry);
    if (status == TREE_OK)
        status = check_removable(entry->node, directories);
    if (status == TREE_OK)
        remove_entry(tree, directory, entry);
    return status;
}

static bool is_within(const struct tree_node *directory, const struct tree_node *ancestor)
{
    while (directory != ancestor && directory->directory->parent != directory)
        directory = directory->directory->parent;
    return directory == ancestor;
}

/* Whether `node` may take the name in `to`; `*taken` is the entry that has it now, if any. */
static enum tree_status check_rename(const struct tree_node *node, const struct tree_node *to, struct tree_text name,
                                     struct tree_entry **taken)
{
    enum tree_status status = check_new_name(to, name);
    bool directory = tree_is(node, TREE_DIRECTORY);
    *taken = NULL;
    if (status != TREE_OK && status != TREE_EXISTS)
        return status;
    if (directory && is_within(to, node))
        return TREE_INVALID;
    if (status == TREE_OK)
        return TREE_OK;
    (void)tree_find(to, name, taken);
    return (*taken)->node == node ? TREE_OK : check_removable((*taken)->node, directory);
}

enum tree_status tree_rename(struct tree *tree, struct tree_node *from, struct tree_text old_name, struct tree_node *to,
                             struct tree_text new_name)
{
    struct tree_entry *old, *taken;
    enum tree_status status = tree_find(from, old_name, &old);
    if (status == TREE_OK)
        status = check_rename(old->node, to, new_name, &taken);
    if (status != TREE_OK)
        return status;
    struct tree_node *node = old->node;
    /* Two names of one file: Unix leaves both. */
    if (taken != NULL && taken->node == node)
        return TREE_OK;
    struct tree_entry *entry = entry_make(tree, new_name);
    if (entry == NULL)
        return TREE_NO_SPACE;
    if (taken != NULL)
        remove_entry(tree, to, taken);
    entry_detach(tree, from, old);
    entry_attach(tree, to, entry, node);
    return TREE_OK;
}

/* Operations on content. */

enum tree_status tree_write(struct tree *tree, struct tree_node *node, uint64_t offset, const uint8_t *source,
                            size_t count)
{
    if (!tree_is(node, TREE_REGULAR))
        return tree_is(node, TREE_DIRECTORY) ? TREE_IS_DIRECTORY : TREE_INVALID;
    if (offset > CONTENT_BYTES_MAX || count > CONTENT_BYTES_MAX - offset)
        return TREE_FILE_TOO_LARGE;
    if (!content_write(&node->content, &tree->store, offset, source, count))
        return TREE_NO_SPACE;
    if (count > 0)
        node_touch(tree, node);
    return TREE_OK;
}

enum tree_status tree_resize(struct tree *tree, struct tree_node *node, uint64_t bytes)
{
    if (!tree_is(node, TREE_REGULAR))
        return tree_is(node, TREE_DIRECTORY) ? TREE_IS_DIRECTORY : TREE_INVALID;
    if (bytes > CONTENT_BYTES_MAX)
        return TREE_FILE_TOO_LARGE;
    content_resize(&node->content, &tree->store, bytes);
    node_touch(tree, node);
    return TREE_OK;
}
