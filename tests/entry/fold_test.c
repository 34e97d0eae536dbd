/* SPDX-License-Identifier: MIT */
/* SY-1, SY-2: folded calls and chains of them, as a machine's trap makes them, against a kernel that never folds any; with
 * anybody dying, and anything changing, at every kernel entry of a short life. */
#include "entry/fast.h"

#include <stdio.h>
#include <string.h>

#include "entry/entry.h"
#include "ipc/pair.h"

enum { STAGES = 3, LIFE = 14 /* kernel entries: three times through all stages, and some */ };

/* A client whose bound call goes through all servers, all of them passive. */
struct line {
    struct scene *scene;
    struct actor *client, *server[STAGES];
    struct service_of service[STAGES];
    uk_handle badged[STAGES], made[STAGES]; /* the first thread's */
    uk_handle bound[STAGES];                /* the client's */
    unsigned entries, completed;
};

static struct line line_open(unsigned stages, int watched)
{
    const struct stage stage = {.arena_bytes = 512 << 10};
    struct line line = {.scene = scene_open(&stage)};
    struct scene *scene = line.scene;
    scene->unchecked = 1;
    scene->inside->watched = (uint32_t)watched;
    line.client = actor_new(scene, "client", 10);
    for (unsigned i = 0; i < STAGES; i++) {
        line.server[i] = actor_new(scene, "server", 20);
        line.service[i] = service_new(line.server[i], UK_ORDER_PRIORITY);
        expect(serve(&line.service[i]), BLOCKED);
        actor_make_passive(line.server[i]);
        line.badged[i] = slot_new(scene);
        line.made[i] = make(scene, UK_TYPE_BOUND, 0);
        line.bound[i] = give(line.client, line.made[i], UK_RIGHT_SEND);
        expect(step(scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, line.badged[i], line.service[i].endpoint, 0,
                                    UK_RIGHT_SEND | UK_RIGHT_GRANT, 100 + i)),
               UK_OK);
    }
    for (unsigned i = 0; i < STAGES; i++)
        expect(step(scene->root, OP(UK_BOUND_CONFIGURE, line.made[i], line.badged[i],
                                    i + 1 < stages ? line.bound[i + 1] : 0)),
               UK_OK);
    expect(step(scene->root, OP(UK_THREAD_PRIORITY, UK_SLOT_THREAD, 0, UK_PRIORITY_MAX)), UK_OK); /* out of the way */
    expect(step(line.client, OP(UK_CLOCK, 0, 0)), UK_OK); /* now it runs, and everything has been looked at */
    return line;
}

static void line_close(struct line *line)
{
    fold_end(line->scene->inside);
    for (uint32_t i = 0; i < line->scene->count; i++)
        line->scene->actors[i].settled = 0;
    scene_close(line->scene);
}

static void trap(struct line *line, const struct uk_call *call)
{
    struct kernel *kernel = line->scene->inside;
    kernel->current->registers.call = *call;
    struct thread *next = fast_syscall(kernel);
    if (next == NULL)
        next = entry_syscall_slow(kernel);
    assert_ptr_equal(next, kernel->current);
    line->entries++;
}

/* Whoever runs does what it does: the client calls with a word, servers add their number. 0: none of them runs. */
static int turn(struct line *line)
{
    const struct thread *current = line->scene->inside->current;
    if (current == NULL)
        return 0;
    if (current == thread_of(line->client)) {
        line->completed += line->entries != 0 && current->registers.call.operation == UK_OK;
        trap(line, &(struct uk_call){.operation = UK_BOUND_CALL, .handle = line->bound[0], .tag = UK_TAG(7, 2, 0),
                                     .word = {line->entries, 5, 6, 7, 8, 9}, .deadline = UK_FOREVER});
        return 1;
    }
    for (unsigned i = 0; i < STAGES; i++) {
        if (current != thread_of(line->server[i]))
            continue;
        struct uk_call call = current->registers.call;
        call.operation = UK_REPLY_RECEIVE;
        call.handle = line->service[i].receives;
        call.tag = UK_TAG(UK_TAG_LABEL(call.tag) + 1, 2 + i, 0);
        call.word[0] += i + 1;
        trap(line, &call);
        return 1;
    }
    return 0;
}

static void same(struct line *one, struct line *other)
{
    struct uk_counters counters, others;
    char text[300] = "";
    struct line *lines[] = {one, other};
    for (unsigned i = 0; i < 2; i++) {
        fold_end(lines[i]->scene->inside);
        if (uk_check(lines[i]->scene->kernel, text, sizeof text) != 0)
            fail_msg("%u entries: %s", one->entries, text);
    }
    uk_counters(one->scene->kernel, &counters);
    uk_counters(other->scene->kernel, &others);
    assert_memory_equal(&counters, &others, sizeof counters);
    assert_true(uk_state_hash(one->scene->kernel) == uk_state_hash(other->scene->kernel));
}

/* Looked at after each number of entries, so at each way in which calls can be folded. */
static void folded_calls_are_calls(void **state)
{
    (void)state;
    for (unsigned stages = 1; stages <= STAGES; stages++)
        for (unsigned length = 0; length <= LIFE; length++) {
            struct line fast = line_open(stages, 0), slow = line_open(stages, 1);
            for (unsigned n = 0; n < length; n++)
                assert_true(turn(&fast) && turn(&slow));
            assert_true(length == 0 || fast.scene->inside->folded != NULL);
            assert_true(slow.scene->inside->folded == NULL);
            same(&fast, &slow);
            for (unsigned n = 0; n < LIFE; n++)
                assert_true(turn(&fast) && turn(&slow));
            same(&fast, &slow);
            assert_int_equal(fast.completed, slow.completed);
            line_close(&fast);
            line_close(&slow);
        }
}

/* A chain of k stages is 1 + k entries, of which the client makes one; nobody is queued, and the answer is what the stages
 * make of it one after the other (SY-2). */
static void a_chain_is_one_entry_of_the_client(void **state)
{
    (void)state;
    for (int watched = 0; watched < 2; watched++) {
        struct line line = line_open(STAGES, watched);
        struct uk_counters before, after;
        for (unsigned n = 0; n < 2 * (1 + STAGES); n++)
            assert_true(turn(&line));
        fold_end(line.scene->inside);
        uk_counters(line.scene->kernel, &before);
        const struct thread *client = thread_of(line.client);
        uint64_t entries = client->entries;
        for (unsigned n = 0; n < 1 + STAGES; n++)
            assert_true(turn(&line));
        fold_end(line.scene->inside);
        uk_counters(line.scene->kernel, &after);
        assert_int_equal(after.entries - before.entries, 1 + STAGES);
        assert_int_equal(client->entries - entries, 1);
        assert_int_equal(after.calls - before.calls, STAGES);
        assert_int_equal(after.queue_operations - before.queue_operations, 0);
        assert_int_equal(after.picks - before.picks, 0);
        assert_ptr_equal(line.scene->inside->current, client);
        assert_int_equal(client->registers.call.operation, UK_OK);
        assert_true(client->registers.call.tag == UK_TAG(7 + STAGES, 4, 0));
        assert_int_equal(client->registers.call.word[0], 2 * (1 + STAGES) + 1 + 2 + 3);
        assert_int_equal(client->registers.call.word[1], 5);
        assert_int_equal(client->registers.call.word[2], 0);
        line_close(&line);
    }
}

/* What may happen in between, by the first thread; `n` chooses of whom. */
static struct uk_call change(const struct line *line, unsigned what, unsigned n)
{
    const struct actor *actor = n < STAGES ? line->server[n] : line->client;
    unsigned i = n % STAGES;
    switch (what) {
    case 0: return OP(UK_THREAD_KILL, actor->thread, 0);
    case 1: return OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, actor->thread);
    case 2: return OP(UK_THREAD_SUSPEND, actor->thread, 0);
    case 3: return OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, line->made[i]);
    case 4: return OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, line->badged[i]);
    case 5: return OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, line->badged[i]);
    case 6: return OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, line->service[i].endpoint);
    case 7: return OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, line->service[i].reply);
    case 8: return OP(UK_ENDPOINT_BIND, line->service[i].endpoint, actor->thread);
    case 9: return OP(UK_THREAD_PRIORITY, actor->thread, 1, 40);
    case 10: return OP(UK_SCHED_BIND, line->server[i]->sched, line->server[i]->thread);
    case 11: return OP(UK_SCHED_UNBIND, line->client->sched, 0);
    case 12: return OP(UK_BOUND_CONFIGURE, line->made[i], line->badged[STAGES - 1 - i], 0);
    case 13: return OP(UK_BOUND_CONFIGURE, line->made[i], 0, 0);
    case 14: return OP(UK_CAPABILITY_DELETE, line->client->cnode, line->bound[i]);
    case 15: return OP(UK_CAPABILITY_DELETE, line->server[i]->cnode, line->service[i].receives);
    case 16: return OP(UK_CAPABILITY_DELETE, line->server[i]->cnode, line->service[i].answers);
    case 17: return OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, actor->space);
    case 18: return OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, actor->cnode);
    default: return OP(UK_THREAD_RESUME, actor->thread, 0);
    }
}

enum { CHANGES = 20 };

static void meddle(struct line *line, struct uk_call call)
{
    struct uk_result result;
    fold_end(line->scene->inside);
    (void)uk_step(line->scene->kernel, UK_SLOT_THREAD, &call, &result);
}

enum { MORE = 40 }; /* stages: more than can be folded at once */

/* The last stage goes on with MORE others, to the same servers in turn; the last of these ends, or begins from the first. */
static void lengthen(struct line *line, int circle)
{
    uk_handle made[MORE], bound[MORE + 1] = {0};
    for (unsigned i = 0; i < MORE; i++) {
        made[i] = make(line->scene, UK_TYPE_BOUND, 0);
        bound[i] = give(line->client, made[i], UK_RIGHT_SEND);
    }
    bound[MORE] = circle ? line->bound[0] : 0;
    for (unsigned i = 0; i < MORE; i++)
        expect(step(line->scene->root, OP(UK_BOUND_CONFIGURE, made[i], line->badged[i % STAGES], bound[i + 1])), UK_OK);
    expect(step(line->scene->root, OP(UK_BOUND_CONFIGURE, line->made[STAGES - 1], line->badged[STAGES - 1], bound[0])), UK_OK);
    expect(step(line->client, OP(UK_CLOCK, 0, 0)), UK_OK);
}

/* What is not folded any more takes the long road. A chain that bites its tail is its owner's endless loop, on his time: he
 * can be killed in it anywhere, and his servers serve others then. */
static void chains_longer_than_what_is_folded(void **state)
{
    static const unsigned lengths[] = {1, 31, 32, 33, 34, 35, STAGES + MORE, 1 + STAGES + MORE, 2 * MORE, 3 * MORE};
    (void)state;
    for (int circle = 0; circle < 2; circle++)
        for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i += percent_stride(4)) {
            struct line fast = line_open(STAGES, 0), slow = line_open(STAGES, 1);
            lengthen(&fast, circle);
            lengthen(&slow, circle);
            for (unsigned n = 0; n < lengths[i]; n++)
                assert_true(turn(&fast) && turn(&slow));
            same(&fast, &slow);
            assert_int_equal(fast.completed, circle ? 0 : (lengths[i] - 1) / (1 + STAGES + MORE));
            meddle(&fast, change(&fast, 0, STAGES));
            meddle(&slow, change(&slow, 0, STAGES));
            for (unsigned n = 0; n < LIFE; n++)
                assert_int_equal(turn(&fast), turn(&slow));
            same(&fast, &slow);
            for (unsigned s = 0; s < STAGES; s++)
                assert_int_equal(thread_of(fast.server[s])->state, UK_THREAD_RECEIVING);
            line_close(&fast);
            line_close(&slow);
        }
}

/* Whatever changes after whatever entry is seen before the next call; and nobody waits for nobody (SY-1, HQ-1). */
static void changes_are_seen_at_once(void **state)
{
    (void)state;
    for (unsigned what = 0; what < CHANGES; what++)
        for (unsigned who = 0; who <= STAGES; who++)
            for (unsigned length = 0; length < 2 + 2 * STAGES; length++) {
                struct line fast = line_open(1 + what % STAGES, 0), slow = line_open(1 + what % STAGES, 1);
                for (unsigned n = 0; n < length; n++)
                    assert_true(turn(&fast) && turn(&slow));
                meddle(&fast, change(&fast, what, who));
                meddle(&slow, change(&slow, what, who));
                same(&fast, &slow);
                for (unsigned n = 0; n < LIFE; n++)
                    assert_int_equal(turn(&fast), turn(&slow));
                same(&fast, &slow);
                line_close(&fast);
                line_close(&slow);
            }
}

/* The stage that ended a chain is named by the caller's own handle, and those behind it were not asked. */
static void a_chain_ends_where_a_stage_fails(void **state)
{
    (void)state;
    for (int watched = 0; watched < 2; watched++)
        for (unsigned stage = 0; stage < STAGES; stage++)
            for (unsigned in_it = 0; in_it < 2; in_it++) { /* killed before it is asked, or while it works */
                struct line line = line_open(STAGES, watched);
                unsigned asked = in_it ? stage + 1 : stage;
                expect(step(line.scene->root, OP(UK_ENDPOINT_BIND, line.service[stage].endpoint, line.server[stage]->thread)),
                       UK_OK);
                expect(step(line.scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, slot_new(line.scene),
                                                 line.service[stage].endpoint, 0, UK_RIGHT_SEND, 1)),
                       UK_OK);
                expect(step(line.scene->root, OP(UK_BOUND_CONFIGURE, line.made[stage], line.service[stage].endpoint,
                                                 stage + 1 < STAGES ? line.bound[stage + 1] : 0)),
                       UK_OK);
                expect(step(line.client, OP(UK_CLOCK, 0, 0)), UK_OK);
                for (unsigned n = 0; n < asked; n++)
                    assert_true(turn(&line));
                meddle(&line, OP(UK_THREAD_KILL, line.server[stage]->thread, 0));
                const struct thread *client = thread_of(line.client);
                while (line.scene->inside->current != client)
                    assert_true(turn(&line));
                if (asked == 0)
                    assert_true(turn(&line));
                fold_end(line.scene->inside);
                assert_int_equal(client->registers.call.operation, UK_PEER_DIED);
                assert_int_equal(client->registers.call.handle, line.bound[stage]);
                assert_int_equal(client->state, UK_THREAD_READY);
                assert_true(client->stage == UK_NONE && (client->marks & THREAD_RESTART) == 0);
                assert_int_equal(client->calls, stage + in_it);
                line_close(&line);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folded_calls_are_calls),
        cmocka_unit_test(a_chain_is_one_entry_of_the_client),
        cmocka_unit_test(chains_longer_than_what_is_folded),
        cmocka_unit_test(changes_are_seen_at_once),
        cmocka_unit_test(a_chain_ends_where_a_stage_fails),
    };
    return cmocka_run_group_tests_name("entry/fold", tests, NULL, NULL);
}
