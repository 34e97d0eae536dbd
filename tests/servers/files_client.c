/* SPDX-License-Identifier: MIT */
/* Everything is checked in the client's own task; it cannot fail a test from within, and so says whether it worked. */
#include <string.h>

#include "client/client.h"
#include "files_client.h"
#include "runtime/names.h"
#include "runtime/text.h"

void files_client_find(const struct task_start *start, uint32_t slot)
{
    uk_handle found;
    (void)uk_retype(TASK_UNTYPED, UK_TYPE_NOTIFICATION, 0, TASK_CNODE, slot + 1, 1);
    for (unsigned i = 0; i < 1000 && names_lookup(start, "files", slot, &found) != UK_OK; i++) {
        uk_word bits;
        (void)uk_wait(slot + 1, &bits, uk_clock() + 1000000);
    }
}

static bool client_work(const struct task_start *start, struct client *client)
{
    char name[16];
    static const char text[] = "what one client writes, it reads again, whatever the others do meanwhile";
    char read[sizeof text];
    uint32_t folder, file;
    size_t done;
    text_format(name, sizeof name, "%.8s", start->name);
    int error = client_mkdir(client, client->root, name, 0755);
    if (error != 0 && error != CLIENT_EEXIST)
        return false;
    if (client_walk(client, client->root, name, text_length(name), &folder, NULL) != 0)
        return false;
    for (unsigned i = 0; i < 20; i++) {
        text_format(name, sizeof name, "file%u", i);
        if (client_lcreate(client, folder, name, CLIENT_READ_WRITE, 0600, &file) != 0)
            return false;
        if (client_write(client, file, i * 1000, text, sizeof text, &done) != 0 || done != sizeof text)
            return false;
        memset(read, 0, sizeof read);
        if (client_read(client, file, i * 1000, read, sizeof read, &done) != 0 || done != sizeof read)
            return false;
        if (memcmp(read, text, sizeof text) != 0 || client_clunk(client, file) != 0)
            return false;
        if (i % 2 == 0 && client_unlinkat(client, folder, name, false) != 0)
            return false;
    }
    return true;
}

bool files_client_works(const struct task_start *start, uint32_t slot, uint32_t frames)
{
    struct link link;
    struct link_room room = {slot + 2, frames, start->free_base};
    struct client *client = (struct client *)(uintptr_t)start->heap_base;
    void *message = (uint8_t *)(uintptr_t)start->heap_base + 2 * UK_PAGE;
    files_client_find(start, slot);
    return link_open(&link, argument_kind(start->argument), start, slot, &room) == UK_OK &&
           client_open(client, &link.transport, message, 2 * UK_PAGE, "user", "/") == 0 && client_work(start, client);
}
