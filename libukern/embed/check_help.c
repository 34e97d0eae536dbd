/* SPDX-License-Identifier: MIT */
/* Invariants of helping: the two pointers agree and form a forest, and nobody who can run lacks the helper he should have. */
#include "embed/check.h"

#include "core/help.h"

static int fail(struct checker *checker, const struct thread *thread, const char *why)
{
    return check_fail(checker, CHECK_HELP, &thread->object, why);
}

/* Up to whoever pays. */
static int check_line(struct checker *checker, const struct thread *thread)
{
    uint64_t length = 0;
    for (const struct thread *helper = thread->helper; helper != NULL; thread = helper, helper = helper->helper) {
        if (!check_is_live(checker, helper, UK_TYPE_THREAD) || helper->helps != thread)
            return fail(checker, thread, "its helper does not know it");
        if (length++ > checker->kernel->threads)
            return fail(checker, thread, "it helps itself, in the end");
    }
    return (thread->context != NULL && thread->context->left > 0) || fail(checker, thread, "it helps, but has no time");
}

static int check_helper(struct checker *checker, const struct thread *thread)
{
    const struct thread *helper = thread->helper;
    if (!check_line(checker, thread))
        return 0;
    if (thread->state == UK_THREAD_DEAD || help_target(helper) != thread || (helper->marks & THREAD_CIRCLES) != 0)
        return fail(checker, thread, "its helper does not wait for it, or in a circle");
    return (thread->marks & THREAD_AWAITED) != 0 || fail(checker, thread, "it is helped, but not marked as awaited");
}

int check_help(struct checker *checker, const struct thread *thread)
{
    const struct thread *helps = thread->helps;
    checker->asked += (thread->marks & THREAD_ASKED) != 0;
    if (((thread->marks & THREAD_HELPS) != 0) != (helps != NULL))
        return fail(checker, thread, "it helps nobody but is marked so, or the other way round");
    if (helps != NULL && (!check_is_live(checker, helps, UK_TYPE_THREAD) || helps->helper != thread))
        return fail(checker, thread, "whom it helps does not know it");
    if ((thread->marks & THREAD_CIRCLES) != 0 && !thread_is_blocked(thread))
        return fail(checker, thread, "its wait leads back to itself, but it does not wait");
    if (thread->helper != NULL && !check_helper(checker, thread))
        return 0;
    return thread->state != UK_THREAD_READY || help_find(thread) == thread->helper ||
           fail(checker, thread, "it should be helped by another");
}

int check_asked(struct checker *checker)
{
    uint64_t count = 0;
    for (const struct thread *thread = checker->kernel->asked_first; thread != NULL; thread = thread->asked_next)
        if (!check_is_live(checker, thread, UK_TYPE_THREAD) || (thread->marks & THREAD_ASKED) == 0 ||
            count++ >= checker->asked)
            return check_fail(checker, CHECK_HELP, NULL, "the list of those asked about is broken");
    return count == checker->asked ||
           check_fail(checker, CHECK_HELP, NULL, "a thread is marked as asked about, but not on the list");
}
