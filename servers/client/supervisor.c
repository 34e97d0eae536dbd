/* SPDX-License-Identifier: MIT */
/* Decides what a fault is: a page that is missing, the crash of a domain, or its client's own affair. */
#include "client/supervisor.h"
#include "memory/memory.h"

/* The pager is asked as if the other thread had faulted there. */
static bool fetch_page(const struct supervisor *supervisor, const struct uk_message *fault)
{
    struct uk_message message = *fault;
    message.tag = UK_TAG(MEMORY_PAGE, 2, 0);
    return UK_TAG_LABEL(fault->tag) == UK_FAULT_PAGE && uk_call(supervisor->pager, &message, UK_FOREVER) == UK_OK &&
           UK_TAG_LABEL(message.tag) == UK_OK;
}

enum uk_status supervisor_dismiss(const struct supervisor *supervisor)
{
    return uk_thread_configure(supervisor->thread, UK_PART_FAULT, UK_NONE, UK_NONE, supervisor->pager, 0, 0);
}

/* Back to the proxy, if it came through one. If not, it does again what it did, and whoever is asked then says what it was. */
static void send_back(const struct supervisor *supervisor)
{
    if (uk_direct_unwind(supervisor->self, supervisor->thread, UK_PEER_DIED) != UK_PEER_FAULT)
        return;
    if (supervisor_dismiss(supervisor) == UK_OK)
        (void)uk_thread_resume(supervisor->thread);
    else
        (void)uk_thread_kill(supervisor->thread); /* there is nobody left who could say it */
}

uk_word supervisor_main(uk_word argument)
{
    const struct supervisor *supervisor = (const struct supervisor *)(uintptr_t)argument;
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(supervisor->endpoint, &message, supervisor->reply, UK_FOREVER);
    while (status == UK_OK) {
        bool goes_on = fetch_page(supervisor, &message);
        message = uk_message(UK_FAULT_RESUME, 0);
        if (goes_on) {
            status = uk_reply_receive(supervisor->endpoint, &message, supervisor->reply, UK_FOREVER);
        } else {
            send_back(supervisor);
            status = uk_receive(supervisor->endpoint, &message, supervisor->reply, UK_FOREVER);
        }
    }
    uk_exit(status);
}
