/* SPDX-License-Identifier: MIT */
/* The real system: threads by asking the root task, slots and time by asking the kernel. */
#include "runtime/protocol.h"
#include "shell/system.h"

static bool thread_by_call(struct system *system, uk_word index, unsigned page, uk_word words[UK_REGISTER_WORDS])
{
    struct uk_message message = uk_message(page == 0 ? ROOT_PS : ROOT_STAT, 1);
    (void)system;
    message.word[0] = index;
    if (uk_call(TASK_ROOT, &message, UK_FOREVER) != UK_OK || UK_TAG_LABEL(message.tag) != UK_OK)
        return false;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        words[i] = message.word[i];
    return UK_TAG_LENGTH(message.tag) >= UK_REGISTER_WORDS;
}

static bool slot_by_call(struct system *system, uint32_t slot, uk_word words[UK_REGISTER_WORDS])
{
    (void)system;
    return uk_inspect(TASK_CNODE, slot, words) == UK_OK && words[0] != UK_TYPE_NONE;
}

static uk_time clock_by_call(struct system *system)
{
    (void)system;
    return uk_clock();
}

void system_call_open(struct system_call *system, const struct task_start *start)
{
    system->system = (struct system){thread_by_call, slot_by_call, clock_by_call, (uint32_t)start->slots};
}
