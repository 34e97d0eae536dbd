/* SPDX-License-Identifier: MIT */
/* The archive's way into the tree; invariant: a name leads through directories only, and never out of the root. */
#include "files/archive.h"

/* A file that waits for more names, found by where it came from. */
struct linked_file {
    struct sorted_link link;
    uint64_t device;
    uint32_t number;
    struct tree_node *node;
};

struct loader {
    struct tree *tree;
    struct sorted linked;
};

static int compare_linked(const void *key, const struct sorted_link *link)
{
    const struct linked_file *wanted = key;
    const struct linked_file *file = SORTED_OWNER(link, const struct linked_file, link);
    if (wanted->device != file->device)
        return wanted->device < file->device ? -1 : 1;
    return (wanted->number > file->number) - (wanted->number < file->number);
}

static enum cpio_error error_of(enum tree_status status)
{
    switch (status) {
    case TREE_OK:
        return CPIO_OK;
    case TREE_EXISTS:
        return CPIO_DUPLICATE;
    case TREE_NOT_DIRECTORY:
        return CPIO_NOT_DIRECTORY;
    case TREE_NAME_TOO_LONG:
        return CPIO_LONG_COMPONENT;
    default:
        return CPIO_NO_MEMORY;
    }
}

/* Takes the next component off the path; an empty one: there are no more. */
static struct tree_text component_take(struct tree_text *path)
{
    struct tree_text name = {path->bytes, 0};
    do {
        while (path->count > 0 && *path->bytes == '/')
            path->bytes++, path->count--;
        name = (struct tree_text){path->bytes, 0};
        while (path->count > 0 && *path->bytes != '/')
            path->bytes++, path->count--, name.count++;
    } while (name.count == 1 && name.bytes[0] == '.');
    return name;
}

static bool is_dot_dot(struct tree_text name)
{
    return name.count == 2 && name.bytes[0] == '.' && name.bytes[1] == '.';
}

/* A new name must not look like a change of its directory, whose time the archive tells. */
static enum cpio_error create_quietly(struct tree *tree, struct tree_node *directory, struct tree_text name,
                                      const struct tree_attributes *attributes, struct tree_node **node)
{
    struct tree_time before = directory->modified;
    enum tree_status status = tree_create(tree, directory, name, attributes, node);
    directory->modified = directory->changed = before;
    return error_of(status);
}

static enum cpio_error link_quietly(struct tree *tree, struct tree_node *directory, struct tree_text name,
                                    struct tree_node *node)
{
    struct tree_time before = directory->modified;
    enum tree_status status = tree_link(tree, directory, name, node);
    directory->modified = directory->changed = before;
    return error_of(status);
}

/* Goes down one component, making the directory if nobody has named it yet. */
static enum cpio_error descend(struct tree *tree, struct tree_node **directory, struct tree_text name)
{
    const struct tree_attributes attributes = {.mode = TREE_DIRECTORY | 0755};
    struct tree_entry *entry;
    enum tree_status status = tree_find(*directory, name, &entry);
    if (status == TREE_OK && !tree_is(entry->node, TREE_DIRECTORY))
        return CPIO_NOT_DIRECTORY;
    if (status == TREE_OK)
        *directory = entry->node;
    if (status != TREE_NOT_FOUND)
        return error_of(status);
    enum cpio_error error = create_quietly(tree, *directory, name, &attributes, directory);
    if (error == CPIO_OK)
        (*directory)->directory->implied = true;
    return error;
}

/* Finds the directory that the entry belongs into, and its last component (empty: the root itself). */
static enum cpio_error path_resolve(struct tree *tree, const struct cpio_entry *entry, struct tree_node **directory,
                                    struct tree_text *name)
{
    struct tree_text path = {entry->name, entry->name_bytes};
    *directory = tree->root;
    *name = component_take(&path);
    while (!is_dot_dot(*name)) {
        struct tree_text next = component_take(&path);
        if (next.count == 0)
            return CPIO_OK;
        enum cpio_error error = descend(tree, directory, *name);
        if (error != CPIO_OK)
            return error;
        *name = next;
    }
    return CPIO_DOT_DOT;
}

static void describe(struct tree_node *node, const struct cpio_entry *entry)
{
    const struct tree_attributes attributes = {entry->mode, entry->user, entry->group, entry->special_major,
                                               entry->special_minor};
    node->attributes = attributes;
    node->accessed = node->modified = node->changed = (struct tree_time){entry->modified, 0};
    if (node->directory != NULL)
        node->directory->implied = false;
    if (entry->data_bytes == 0)
        return;
    node->content.origin = entry->data;
    node->content.origin_bytes = node->content.bytes = entry->data_bytes;
}

static bool target_is_bad(const struct cpio_entry *entry)
{
    if ((entry->mode & CPIO_TYPE_MASK) != CPIO_SYMLINK)
        return false;
    if (entry->data_bytes == 0 || entry->data_bytes > TREE_TARGET_MAX)
        return true;
    for (size_t i = 0; i < entry->data_bytes; i++)
        if (entry->data[i] == 0)
            return true;
    return false;
}

static enum cpio_error describe_root(struct tree *tree, const struct cpio_entry *entry)
{
    if ((entry->mode & CPIO_TYPE_MASK) != CPIO_DIRECTORY)
        return CPIO_ROOT_NOT_DIRECTORY;
    if (!tree->root->directory->implied)
        return CPIO_DUPLICATE;
    describe(tree->root, entry);
    return CPIO_OK;
}

static enum cpio_error add_node(struct tree *tree, struct tree_node *directory, struct tree_text name,
                                const struct cpio_entry *entry, struct tree_node **node)
{
    const struct tree_attributes attributes = {.mode = entry->mode};
    struct tree_entry *found;
    bool is_directory = (entry->mode & CPIO_TYPE_MASK) == CPIO_DIRECTORY;
    if (is_directory && tree_find(directory, name, &found) == TREE_OK && found->node->directory != NULL &&
        found->node->directory->implied) {
        *node = found->node;
    } else {
        enum cpio_error error = create_quietly(tree, directory, name, &attributes, node);
        if (error != CPIO_OK)
            return error;
    }
    describe(*node, entry);
    return CPIO_OK;
}

/* GNU cpio stores the data with the last name of a file; others store it with the first. Both are right. */
static enum cpio_error add_linked(struct loader *loader, struct tree_node *directory, struct tree_text name,
                                  const struct cpio_entry *entry)
{
    struct linked_file key = {.device = (uint64_t)entry->device_major << 32 | entry->device_minor,
                              .number = entry->number};
    struct sorted_link *link = sorted_find(&loader->linked, compare_linked, &key);
    if (link != NULL) {
        struct tree_node *node = SORTED_OWNER(link, struct linked_file, link)->node;
        enum cpio_error error = link_quietly(loader->tree, directory, name, node);
        if (error == CPIO_OK)
            describe(node, entry);
        return error;
    }
    struct linked_file *file = store_allocate(&loader->tree->store, sizeof *file);
    if (file == NULL)
        return CPIO_NO_MEMORY;
    *file = key;
    sorted_insert(&loader->linked, compare_linked, &key, &file->link);
    return add_node(loader->tree, directory, name, entry, &file->node);
}

static enum cpio_error add_entry(struct loader *loader, const struct cpio_entry *entry)
{
    struct tree_node *directory, *node;
    struct tree_text name;
    enum cpio_error error = path_resolve(loader->tree, entry, &directory, &name);
    if (error != CPIO_OK)
        return error;
    if (target_is_bad(entry))
        return CPIO_BAD_TARGET;
    if (name.count == 0)
        return describe_root(loader->tree, entry);
    if (entry->links > 1 && (entry->mode & CPIO_TYPE_MASK) == CPIO_REGULAR)
        return add_linked(loader, directory, name, entry);
    return add_node(loader->tree, directory, name, entry, &node);
}

static void forget_linked(struct loader *loader)
{
    struct sorted_link *link;
    while ((link = sorted_first(&loader->linked)) != NULL) {
        sorted_remove(&loader->linked, link);
        store_free(&loader->tree->store, SORTED_OWNER(link, struct linked_file, link), sizeof(struct linked_file));
    }
}

struct archive_report archive_load(struct tree *tree, const void *base, size_t bytes)
{
    struct archive_report report = {CPIO_OK, 0, 0, 0};
    struct loader loader = {tree, {NULL}};
    struct cpio_reader reader;
    struct cpio_entry entry;
    cpio_open(&reader, base, bytes);
    while ((report.error = cpio_next(&reader, &entry)) == CPIO_OK) {
        tree->now = (struct tree_time){entry.modified, 0};
        report.error = add_entry(&loader, &entry);
        if (report.error != CPIO_OK)
            break;
        report.entries++;
        report.newest = entry.modified > report.newest ? entry.modified : report.newest;
        report.offset = reader.offset;
    }
    forget_linked(&loader);
    if (report.error == CPIO_END)
        report.error = CPIO_OK;
    return report;
}
