/* SPDX-License-Identifier: MIT */
/* Any bytes as an archive: a tree that is whole, or an error that lies within the archive; never a byte beyond it. */
#include "files/archive.h"

#include <stdlib.h>
#include <string.h>

#define PAGES 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Reads the first bytes of all that has any. */
static void read_all(const struct tree *tree)
{
    uint8_t bytes[64];
    for (const struct tree_node *node = tree->nodes; node != NULL; node = node->next) {
        size_t count = content_read(&node->content, 0, bytes, sizeof bytes);
        require(count == (node->content.bytes < sizeof bytes ? node->content.bytes : sizeof bytes));
        if (node->content.bytes > 0)
            require(content_read(&node->content, node->content.bytes - 1, bytes, sizeof bytes) == 1);
    }
}

/* Truncates and rewrites every file: what came in place must turn into pages without a trace. */
static void change_all(struct tree *tree)
{
    for (struct tree_node *node = tree->nodes; node != NULL; node = node->next) {
        if (!tree_is(node, TREE_REGULAR))
            continue;
        require(tree_resize(tree, node, node->content.bytes / 2) == TREE_OK);
        enum tree_status status = tree_write(tree, node, node->content.bytes, (const uint8_t *)"!", 1);
        require(status == TREE_OK || status == TREE_NO_SPACE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(4096) uint8_t region[PAGES * 4096];
    struct tree tree;
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (size > 0)
        memcpy(copy, data, size);
    require(tree_initialise(&tree, region, sizeof region) == TREE_OK);
    struct archive_report report = archive_load(&tree, copy, size);
    require(report.error != CPIO_END && report.offset <= size);
    require(tree_check(&tree));
    read_all(&tree);
    change_all(&tree);
    require(tree_check(&tree));
    require(size == 0 || memcmp(copy, data, size) == 0);
    free(copy);
    return 0;
}
