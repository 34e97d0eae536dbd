/* SPDX-License-Identifier: MIT */
/* Whoever is taken apart while inside of a server leaves nothing half done there: a thread of ours ends what it began. */
#include "root/root.h"

#define INSIDE_WORD  1 /* of UK_THREAD_INSPECT, page 0 */
#define INSIDE_SHIFT 24
#define SLICE_NS     1000000

/* In the place of the one before, which has died when it came back: a server that lets others in has one stack. */
static enum uk_status make_heir(const struct root *root, uint32_t row, uk_handle thread)
{
    uk_handle home = root_slot(root, ROW_ROOT, BLOCK_HOME), context = root_slot(root, ROW_ROOT, BLOCK_SCHED);
    uint8_t priority = root->plan->rows[row].priority;
    (void)uk_revoke(UK_SLOT_CNODE, home);
    enum uk_status status = uk_retype(home, UK_TYPE_THREAD, 0, UK_SLOT_CNODE, thread, 1);
    if (status == UK_OK)
        status = uk_retype(home, UK_TYPE_SCHED_CONTEXT, 0, UK_SLOT_CNODE, context, 1);
    if (status == UK_OK)
        status = uk_thread_name(thread, (const char[UK_NAME_MAX]){"heir"});
    if (status == UK_OK)
        status = uk_thread_priority(thread, priority, priority);
    if (status == UK_OK)
        status = uk_sched_configure(context, SLICE_NS, SLICE_NS, UK_CHAIN_FINISH);
    return status == UK_OK ? uk_sched_bind(context, thread) : status;
}

void root_leave(const struct root *root, uint32_t row)
{
    uk_handle thread = root_slot(root, row, BLOCK_THREAD), heir = root_slot(root, ROW_ROOT, BLOCK_THREAD);
    uk_word words[UK_REGISTER_WORDS] = {0};
    enum uk_status status = uk_thread_inspect(thread, words);
    if (status != UK_OK || words[INSIDE_WORD] >> INSIDE_SHIFT == 0)
        return;
    status = make_heir(root, row, heir);
    if (status == UK_OK)
        status = uk_portal_abandon(thread, heir);
    if (status == UK_OK)
        (void)uk_thread_resume(heir);
}
