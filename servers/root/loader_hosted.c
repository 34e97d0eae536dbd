/* SPDX-License-Identifier: MIT */
/* The hosted way to load: the code is in the process already, so loading is finding the function with a name. */
#include "root/loader_hosted.h"
#include "runtime/text.h"

static const struct hosted_program programs[] = {
    {"memory", memory_main}, {"console", console_main}, {"names", names_main},
    {"files", files_main},   {"shell", shell_main},     {NULL, NULL},
};

const struct loader system_loader = {programs};

/* Every hosted task begins here: what its program returns is its exit code. */
static uk_word hosted_begin(uk_word page)
{
    const struct start_page *start = (const struct start_page *)page;
    uk_exit(((task_entry)start->loader[0])(&start->task));
}

/* NULL: there is no such program. */
static task_entry find(const struct loader *loader, const char *program)
{
    const struct hosted_program *found = loader->programs;
    while (found->name != NULL && !text_equal(found->name, program))
        found++;
    return found->name != NULL ? found->entry : NULL;
}

enum uk_status loader_measure(const struct loader *loader, const char *program, struct program_shape *shape)
{
    *shape = (struct program_shape){0};
    return find(loader, program) != NULL ? UK_OK : UK_NOT_MAPPED;
}

enum uk_status loader_load(const struct loader *loader, const char *program, const struct loader_place *place,
                           struct loaded *loaded)
{
    task_entry entry = find(loader, program);
    (void)place;
    *loaded = (struct loaded){.entry = (uk_word)hosted_begin, .loader = {(uk_word)entry}};
    return entry != NULL ? UK_OK : UK_NOT_MAPPED;
}
