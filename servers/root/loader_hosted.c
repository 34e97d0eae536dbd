/* SPDX-License-Identifier: MIT */
/* The hosted way to load: the code is in the process already, so loading is finding the function with a name. */
#include "root/loader_hosted.h"
#include "runtime/text.h"

static const struct hosted_program programs[] = {
    {"memory", memory_main}, {"console", console_main}, {"names", names_main},
    {"files", files_main},   {"shell", shell_main},     {NULL, NULL},
};

const struct loader hosted_loader = {programs};

/* Every hosted task begins here: what its program returns is its exit code. */
static uk_word hosted_begin(uk_word page)
{
    const struct start_page *start = (const struct start_page *)page;
    uk_exit(((task_entry)start->loader[0])(&start->task));
}

enum uk_status loader_load(const struct loader *loader, const char *program, uk_handle space, struct loaded *loaded)
{
    const struct hosted_program *found = loader->programs;
    while (found->name != NULL && !text_equal(found->name, program))
        found++;
    if (found->name == NULL)
        return UK_NOT_MAPPED;
    (void)space;
    *loaded = (struct loaded){(uk_word)hosted_begin, {(uk_word)found->entry, 0, 0, 0}};
    return UK_OK;
}
