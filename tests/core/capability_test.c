/* SPDX-License-Identifier: MIT */
/* Capabilities: what derives, what dies with what, which names stay good; and nothing but revoke reaches far. */
#include "core/capability.h"

#include "core/cnode.h"
#include "entry/entry.h"
#include "support/scene.h"

static int copy(struct actor *actor, uk_handle cnode, uk_word index, uk_handle source, uint32_t rights)
{
    return step(actor, OP(UK_CAPABILITY_COPY, cnode, index, source, 0, rights));
}

static int delete(struct actor *actor, uk_handle slot)
{
    return step(actor, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, slot));
}

static int revoke(struct actor *actor, uk_handle slot)
{
    return step(actor, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, slot));
}

/* How many slots of this CNode derive from `ancestor`? */
static unsigned count_in(const struct cnode *cnode, const struct capability *ancestor)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < cnode->slot_count; i++) {
        const struct capability *at = &cnode->slots[i];
        for (at = at->type != UK_TYPE_NONE ? at->parent : NULL; at != NULL && at != ancestor; at = at->parent)
            continue;
        count += at != NULL;
    }
    return count;
}

static unsigned count_everywhere(const struct scene *scene, const struct capability *ancestor)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < scene->count; i++)
        count += count_in(thread_of(&scene->actors[i])->cnode, ancestor);
    return count;
}

/* SEL-1: after a revoke no slot in any CNode derives from the revoked one, and no other has gone. */
static void revoke_takes_all_descendants_and_only_them(void **state)
{
    (void)state;
    enum { ACTORS = 4, COPIES = 150 };
    struct scene *scene = scene_open(NULL);
    scene_seed(scene, 11);
    struct actor *actor[ACTORS];
    for (unsigned i = 0; i < ACTORS; i++)
        actor[i] = actor_new(scene, "holder", 10);
    for (unsigned round = 0; round < 8; round++) {
        uk_handle root = make(scene, UK_TYPE_ENDPOINT, 0), sibling = make(scene, UK_TYPE_ENDPOINT, 0);
        struct { unsigned who; uk_handle slot; } made[COPIES];
        uk_handle first[ACTORS];
        for (unsigned i = 0; i < ACTORS; i++) {
            first[i] = actor[i]->next_slot;
            give(actor[i], root, UK_RIGHTS_ALL);
            give(actor[i], sibling, UK_RIGHTS_ALL);
            actor[i]->next_slot = (uint32_t)first[i];
        }
        unsigned count = 0;
        uint32_t next[ACTORS];
        for (unsigned i = 0; i < ACTORS; i++)
            next[i] = (uint32_t)first[i] + 2;
        for (; count < COPIES; count++) {
            unsigned to = scene_random(scene, ACTORS);
            uk_handle source = count < 10 ? first[to] : made[scene_random(scene, count)].slot;
            unsigned who = to;
            if (count >= 10) { /* a copy within the CNode of whoever holds the source */
                unsigned chosen = scene_random(scene, count);
                who = made[chosen].who;
                source = made[chosen].slot;
            }
            expect(copy(actor[who], UK_SLOT_CNODE, next[who], source, UK_RIGHTS_ALL), UK_OK);
            made[count].who = who;
            made[count].slot = next[who]++;
        }
        unsigned victim = scene_random(scene, COPIES);
        const struct capability *slot = slot_of(actor[made[victim].who], made[victim].slot);
        unsigned all = count_everywhere(scene, slot_of(scene->root, root));
        size_t below = descendants(slot);
        assert_int_equal(count_everywhere(scene, slot), below);
        expect(revoke(actor[made[victim].who], made[victim].slot), UK_OK);
        assert_int_equal(count_everywhere(scene, slot), 0);
        assert_int_equal(count_everywhere(scene, slot_of(scene->root, root)), all - below);
        expect(revoke(scene->root, root), UK_OK);
        assert_int_equal(count_everywhere(scene, slot_of(scene->root, root)), 0);
        assert_int_equal(count_everywhere(scene, slot_of(scene->root, sibling)), ACTORS);
        expect(revoke(scene->root, sibling), UK_OK);
    }
    scene_close(scene);
}

/* SEL-4: whatever the chain of copies, mints and moves, the badge that arrives is that of the capability used. */
static void badges_survive_every_chain(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    scene_seed(scene, 4);
    struct actor *server = actor_new(scene, "server", 50), *client = actor_new(scene, "client", 50);
    uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0);
    uk_handle receives = give(server, endpoint, UK_RIGHTS_ALL);
    for (unsigned chain = 0; chain < 60; chain++) {
        uk_word badge = 0;
        uk_handle at = give(client, endpoint, UK_RIGHTS_ALL);
        unsigned length = 1 + scene_random(scene, 3);
        for (unsigned i = 0; i < length; i++) {
            uk_handle next = client->next_slot++;
            uint32_t operation = UK_CAPABILITY_COPY + scene_random(scene, 3);
            uk_word wanted = scene_random(scene, 2) ? ~(uk_word)0 - chain : 1 + chain;
            int status = step(client, OP(operation, UK_SLOT_CNODE, next, at, 0, UK_RIGHTS_ALL, wanted));
            if (operation == UK_CAPABILITY_MINT && badge != 0) {
                expect(status, UK_NO_RIGHT); /* a badge is for good */
                continue;
            }
            expect(status, UK_OK);
            badge = operation == UK_CAPABILITY_MINT ? wanted : badge;
            at = next;
        }
        expect(do_receive(server, receives, 0), BLOCKED);
        expect(do_send(client, at, EMPTY(0)), UK_OK);
        assert_true(got(server)->handle == badge);
        client->next_slot = 5;
        for (uk_handle slot = 5; slot < 16; slot++)
            expect(delete(client, slot), UK_OK);
    }
    scene_close(scene);
}

/* Rights only shrink; and rights that nobody has are no rights. */
static void rights_only_shrink(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0);
    uk_handle weak = give(actor, endpoint, UK_RIGHT_SEND);
    expect(copy(actor, UK_SLOT_CNODE, 20, weak, UK_RIGHTS_ALL), UK_OK);
    assert_int_equal(slot_of(actor, 20)->rights, UK_RIGHT_SEND);
    expect(copy(actor, UK_SLOT_CNODE, 21, weak, UK_RIGHT_RECEIVE), UK_OK);
    assert_int_equal(slot_of(actor, 21)->rights, 0);
    expect_refused(actor, UK_NO_RIGHT, OP(UK_SEND, 21, 0));
    expect_refused(actor, UK_NO_RIGHT, OP(UK_RECEIVE, 20, 0));
    expect_refused(actor, UK_NO_RIGHT, OP(UK_ENDPOINT_BIND, 20, UK_SLOT_THREAD));
    expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 22, weak, 0, 32));
    scene_close(scene);
}

/* Every way to name a slot badly, for target, source and source's CNode; nothing changes. */
static void bad_names_are_refused(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle mine = give(actor, make(scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    uk_handle frame = give(actor, make(scene, UK_TYPE_FRAME, UK_PAGE), UK_RIGHTS_ALL);
    uk_handle weak = actor->next_slot++;
    expect(copy(actor, UK_SLOT_CNODE, weak, UK_SLOT_CNODE, 0), UK_OK);
    uk_handle stale = mine | (uk_word)(slot_of(actor, mine)->slot_generation + 1) << 32;
    for (uint32_t operation = UK_CAPABILITY_COPY; operation <= UK_CAPABILITY_MOVE; operation++) {
        expect_refused(actor, UK_SLOT_TAKEN, OP(operation, UK_SLOT_CNODE, mine, mine, 0, 0));
        expect_refused(actor, UK_BAD_HANDLE, OP(operation, UK_SLOT_CNODE, 0, mine, 0, 0));
        expect_refused(actor, UK_BAD_HANDLE, OP(operation, UK_SLOT_CNODE, 256, mine, 0, 0));
        expect_refused(actor, UK_BAD_HANDLE, OP(operation, UK_SLOT_CNODE, ~(uk_word)0, mine, 0, 0));
        expect_refused(actor, UK_BAD_HANDLE, OP(operation, UK_SLOT_CNODE, 30, 256, 0, 0));
        expect_refused(actor, UK_EMPTY_SLOT, OP(operation, UK_SLOT_CNODE, 30, 31, 0, 0));
        expect_refused(actor, UK_EMPTY_SLOT, OP(operation, UK_SLOT_CNODE, 30, 0, 0, 0));
        expect_refused(actor, UK_STALE, OP(operation, UK_SLOT_CNODE, 30, stale, 0, 0));
        expect_refused(actor, UK_WRONG_TYPE, OP(operation, UK_SLOT_CNODE, 30, mine, mine, 0));
        expect_refused(actor, UK_EMPTY_SLOT, OP(operation, UK_SLOT_CNODE, 30, mine, 40, 0));
        expect_refused(actor, UK_NO_RIGHT, OP(operation, UK_SLOT_CNODE, 30, mine, weak, 0));
        expect_refused(actor, UK_NO_RIGHT, OP(operation, weak, 30, mine, 0, 0));
    }
    expect_refused(actor, UK_WRONG_TYPE, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, 30, frame, 0, 0, 5));
    for (uint32_t operation = UK_CAPABILITY_DELETE; operation <= UK_CAPABILITY_INSPECT; operation++) {
        expect_refused(actor, UK_BAD_HANDLE, OP(operation, UK_SLOT_CNODE, 256));
        expect_refused(actor, UK_STALE, OP(operation, UK_SLOT_CNODE, stale));
    }
    expect_refused(actor, UK_EMPTY_SLOT, OP(UK_CAPABILITY_INSPECT, UK_SLOT_CNODE, 30));
    expect_refused(actor, UK_OK, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, 30)); /* an empty slot is deleted already */
    expect_refused(actor, UK_OK, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, 30));
    scene_close(scene);
}

/* Promise 3: a handle with a generation is good until its slot is emptied, and never again, also after 2^32 times. */
static void handles_go_stale(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle slot = give(actor, make(scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL), spare = actor->next_slot++;
    expect(step(actor, OP(UK_CAPABILITY_INSPECT, UK_SLOT_CNODE, slot)), UK_OK);
    uk_handle named = got(actor)->word[4];
    assert_int_equal(got(actor)->word[0], UK_TYPE_NOTIFICATION);
    expect(step(actor, OP(UK_SIGNAL, named, 0)), UK_OK);
    expect(step(actor, OP(UK_CAPABILITY_MOVE, UK_SLOT_CNODE, spare, named)), UK_OK);
    expect(step(actor, OP(UK_SIGNAL, named, 0)), UK_STALE);
    expect(step(actor, OP(UK_CAPABILITY_MOVE, UK_SLOT_CNODE, slot, spare)), UK_OK);
    expect(step(actor, OP(UK_SIGNAL, named, 0)), UK_STALE);
    expect(step(actor, OP(UK_SIGNAL, slot, 0)), UK_OK);
    slot_of(actor, slot)->slot_generation = UINT32_MAX;
    named = slot | (uk_word)UINT32_MAX << 32;
    expect(step(actor, OP(UK_SIGNAL, named, 0)), UK_OK);
    expect(delete(actor, named), UK_OK);
    assert_int_equal(slot_of(actor, slot)->slot_generation, 1); /* 0 would mean: whatever is there */
    expect(step(actor, OP(UK_SIGNAL, named, 0)), UK_STALE);
    expect(step(actor, OP(UK_SIGNAL, slot, 0)), UK_EMPTY_SLOT);
    scene_close(scene);
}

/* A moved capability keeps its children; those of a deleted one become its parent's. */
static void children_follow_moves_and_rise_at_deletion(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle object = make(scene, UK_TYPE_NOTIFICATION, 0);
    give(actor, object, UK_RIGHTS_ALL);
    for (unsigned i = 0; i < 5; i++)
        expect(copy(actor, UK_SLOT_CNODE, 10 + i, 5, UK_RIGHTS_ALL), UK_OK);
    expect(copy(actor, UK_SLOT_CNODE, 20, 12, UK_RIGHTS_ALL), UK_OK);
    expect(step(actor, OP(UK_CAPABILITY_MOVE, UK_SLOT_CNODE, 6, 5)), UK_OK);
    assert_int_equal(descendants(slot_of(actor, 6)), 6);
    expect(delete(actor, 12), UK_OK);
    assert_ptr_equal(slot_of(actor, 20)->parent, slot_of(actor, 6));
    expect(delete(actor, 6), UK_OK);
    assert_ptr_equal(slot_of(actor, 20)->parent, slot_of(scene->root, object));
    assert_int_equal(descendants(slot_of(scene->root, object)), 5);
    expect(revoke(scene->root, object), UK_OK);
    expect(step(actor, OP(UK_SIGNAL, 20, 0)), UK_EMPTY_SLOT);
    scene_close(scene);
}

/* An actor saws off the branch that it sits on: the operation goes through, and nothing is left half done. */
static void own_things_can_be_revoked(void **state)
{
    (void)state;
    for (unsigned what = 0; what < 5; what++) {
        struct scene *scene = scene_open(NULL);
        struct actor *actor = actor_new(scene, "suicidal", 10), *watcher = actor_new(scene, "watcher", 10);
        uk_handle untyped = give(actor, UK_SLOT_UNTYPED, UK_RIGHTS_ALL);
        uk_handle roots = give(actor, scene->root->cnode, UK_RIGHTS_ALL);
        uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0), reply = make(scene, UK_TYPE_REPLY, 0);
        uk_handle serves = give(actor, endpoint, UK_RIGHTS_ALL), answers = give(actor, reply, UK_RIGHTS_ALL);
        expect(do_receive(actor, serves, answers), BLOCKED);
        expect(do_call(watcher, give(watcher, endpoint, UK_RIGHTS_ALL), EMPTY(0)), BLOCKED);
        switch (what) {
        case 0: /* its own name for its CNode: the name is gone, the CNode is not */
            expect(delete(actor, UK_SLOT_CNODE), UK_OK);
            expect(delete(actor, UK_SLOT_CNODE), UK_EMPTY_SLOT);
            expect(do_reply(actor, answers, EMPTY(0)), UK_OK);
            expect(after(watcher), UK_OK);
            break;
        case 1: /* every name of its CNode, in all CNodes, the thread's own included */
            expect(step(actor, OP(UK_CAPABILITY_REVOKE, roots, actor->cnode)), UK_OK);
            expect(step(actor, OP(UK_YIELD, 0, 0)), UK_OK);
            expect(step(actor, OP(UK_REPLY, answers, 0)), UK_BAD_HANDLE);
            break;
        case 2: /* its own thread, down to the last name */
            expect(step(actor, OP(UK_CAPABILITY_REVOKE, roots, actor->thread)), UK_OK);
            expect(step(actor, OP(UK_CAPABILITY_DELETE, roots, actor->thread)), GONE);
            expect(after(watcher), UK_PEER_DIED);
            break;
        case 3: /* the memory that all of it is made of: a copy of that has no descendants ... */
            expect(revoke(actor, untyped), UK_OK);
            expect(after(watcher), BLOCKED);
            break;
        default: /* ... but the original does */
            expect(step(actor, OP(UK_CAPABILITY_REVOKE, roots, UK_SLOT_UNTYPED)), GONE);
            assert_null(thread_of(watcher));
        }
        scene_close(scene);
    }
}

/* A CNode that holds itself, the memory that it is made of, and its thread: unreachable, but not lost. */
static void circles_of_ownership_are_reclaimed(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    uk_handle memory = make(scene, UK_TYPE_UNTYPED, 65536);
    uk_handle cnode = make_from(scene, memory, UK_TYPE_CNODE, 16), thread = make_from(scene, memory, UK_TYPE_THREAD, 0);
    expect(step(scene->root, OP(UK_CAPABILITY_MOVE, cnode, 2, thread)), UK_OK);
    expect(copy(scene->root, cnode, 3, memory, UK_RIGHTS_ALL), UK_OK);
    expect(copy(scene->root, cnode, 4, cnode, UK_RIGHTS_ALL), UK_OK);
    expect(delete(scene->root, cnode), UK_OK);
    const struct untyped *untyped = (const struct untyped *)object_of(scene->root, memory);
    assert_int_equal(untyped->live, 2);
    expect(revoke(scene->root, memory), UK_OK);
    assert_int_equal(untyped->live, 0);
    scene_close(scene);
}

/* Long removals are preempted; others act meanwhile; in the end it is as if nobody had. */
static void preempted_revoke_finishes(void **state)
{
    (void)state;
    for (uint32_t every = 1; every < 8; every++) {
        const struct stage stage = {.preemptible = 1};
        struct scene *scene = scene_open(&stage);
        struct actor *revoker = actor_new(scene, "revoker", 10), *other = actor_new(scene, "other", 10);
        uk_handle object = make(scene, UK_TYPE_ENDPOINT, 0);
        uk_handle top = give(revoker, object, UK_RIGHTS_ALL);
        for (unsigned i = 0; i < 40; i++)
            expect(step(revoker, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 20 + i, i < 3 ? top : 20 + i / 3, 0,
                                    UK_RIGHTS_ALL)),
                   UK_OK);
        uk_handle others = other->next_slot;
        expect(step(scene->root, OP(UK_CAPABILITY_COPY, revoker->cnode, 70, revoker->cnode, 0, UK_RIGHTS_ALL)), UK_OK);
        uk_handle in = give(other, revoker->cnode, UK_RIGHTS_ALL);
        scene->preempt_every = every;
        int status = revoke(revoker, top);
        unsigned pauses = 0;
        for (; status == RESTARTING; pauses++) {
            (void)step(other, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 100 + pauses, 20 + pauses, in, UK_RIGHTS_ALL));
            (void)do_send(until(other, UK_NOW), 100 + pauses, EMPTY(0));
            status = after(revoker) == RESTARTING ? step(revoker, OP(UK_YIELD, 0, 0)) : after(revoker);
        }
        scene->preempt_every = 0;
        expect(status, UK_OK);
        assert_true(every > 1 || pauses > 3);
        assert_int_equal(descendants(slot_of(revoker, top)), 0);
        (void)others;
        scene_close(scene);
    }
}

/* A CNode full of everything is deleted in pieces. */
static void preempted_delete_finishes(void **state)
{
    (void)state;
    for (uint32_t every = 1; every < 12; every++) {
        const struct stage stage = {.preemptible = 1};
        struct scene *scene = scene_open(&stage);
        struct actor *other = actor_new(scene, "other", 255);
        uk_handle memory = make(scene, UK_TYPE_UNTYPED, 1 << 19), spare = slot_new(scene);
        uk_handle cnode = make_from(scene, memory, UK_TYPE_CNODE, 64);
        const uint32_t types[] = {UK_TYPE_THREAD, UK_TYPE_SPACE, UK_TYPE_ENDPOINT, UK_TYPE_FRAME, UK_TYPE_TIMER};
        for (unsigned i = 0; i < 30; i++) {
            uk_word size = types[i % 5] == UK_TYPE_FRAME ? UK_PAGE : 0;
            expect(step(scene->root, OP(UK_RETYPE, memory, types[i % 5], size, cnode, 1 + i, 1)), UK_OK);
        }
        expect(step(scene->root, OP(UK_SPACE_CONFIGURE, UK_SLOT_SPACE, memory)), UK_BUSY); /* root's has memory */
        scene->preempt_every = every;
        int status = delete(scene->root, cnode);
        for (unsigned i = 0; status == RESTARTING; i++) {
            (void)step(other, OP(UK_CLOCK, 0, 0));
            status = after(scene->root) == RESTARTING ? step(scene->root, OP(UK_YIELD, 0, 0)) : after(scene->root);
        }
        scene->preempt_every = 0;
        expect(status, UK_OK);
        const struct untyped *untyped = (const struct untyped *)object_of(scene->root, memory);
        assert_int_equal(untyped->live, 0);
        (void)spare;
        scene_close(scene);
    }
}

/* A thread asks for memory while a CNode with the last name of it is taken apart: its own retype ends it. */
static void taken_apart_by_its_own_operation(void **state)
{
    (void)state;
    const struct stage stage = {.preemptible = 1};
    struct scene *scene = scene_open(&stage);
    struct actor *doomed = actor_new(scene, "doomed", 255);
    uk_handle untyped = give(doomed, make(scene, UK_TYPE_UNTYPED, 65536), UK_RIGHTS_ALL);
    uk_handle last = make(scene, UK_TYPE_CNODE, 24);
    struct thread *thread = thread_of(doomed);
    for (unsigned i = 1; i < 24; i++)
        if (i != 12)
            expect(copy(scene->root, last, i, untyped, 0), UK_OK);
    expect(delete(doomed, UK_SLOT_THREAD), UK_OK);
    expect(delete(doomed, UK_SLOT_CNODE), UK_OK); /* so that its CNode, with what it asks through, goes with it */
    expect(delete(scene->root, doomed->cnode), UK_OK);
    expect(step(scene->root, OP(UK_CAPABILITY_MOVE, last, 12, doomed->thread)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_PRIORITY, UK_SLOT_THREAD, 30, 255)), UK_OK);
    scene->preempt_every = 1;
    expect(delete(scene->root, last), RESTARTING);
    scene->preempt_every = 0;
    assert_ptr_equal(scene->inside->current, thread); /* it runs, and no handle is left with which to step it */
    thread->registers.call = OP(UK_RETYPE, untyped, UK_TYPE_ENDPOINT, 0, 0, 30, 1);
    assert_ptr_not_equal(entry_syscall(scene->inside), thread);
    scene_check(scene);
    assert_int_equal(scene->inside->threads, 1);
    scene_close(scene);
}

/* Many slots in one operation, empty ones among them, and what is mapped with them; too many, or beyond, is refused. */
static void a_run_of_slots_is_deleted(void **state)
{
    (void)state;
    for (uint32_t every = 0; every < 5; every++) {
        const struct stage stage = {.preemptible = 1};
        struct scene *scene = scene_open(&stage);
        struct actor *actor = actor_new(scene, "actor", 10), *other = actor_new(scene, "other", 255);
        uk_handle bell = make(scene, UK_TYPE_NOTIFICATION, 0);
        const uk_word here = 0x40000000;
        uk_handle first = frame_at(actor, here, UK_PAGE, UK_RIGHT_READ);
        for (unsigned i = 1; i < 4; i++)
            expect(frame_at(actor, here + (i != 3 ? i : 8) * UK_PAGE, UK_PAGE, UK_RIGHT_READ), (int)(first + i));
        uk_handle last = give(actor, bell, UK_RIGHTS_ALL), kept = give(actor, bell, UK_RIGHTS_ALL);
        expect(delete(actor, first + 1), UK_OK);
        uint32_t slots = thread_of(actor)->cnode->slot_count;
        expect_refused(actor, UK_BAD_HANDLE, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, slots, 1));
        expect_refused(actor, UK_BAD_HANDLE, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, first, slots - first + 1));
        expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, first, UK_RETYPE_MAX + 1));
        expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, first, ~(uk_word)0));
        uk_handle named = (uk_word)slot_of(actor, first)->slot_generation << 32 | first;
        uint64_t unmapped = scene->inside->counters.pages_unmapped;
        scene->preempt_every = every;
        int status = step(actor, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, named, last - first + 1));
        while (status == RESTARTING) {
            (void)step(other, OP(UK_CLOCK, 0, 0));
            status = after(actor) == RESTARTING ? step(actor, OP(UK_YIELD, 0, 0)) : after(actor);
        }
        scene->preempt_every = 0;
        expect(status, UK_OK);
        assert_int_equal(scene->inside->counters.pages_unmapped, unmapped + 3);
        for (uk_handle slot = first; slot <= last; slot++)
            expect(slot_of(actor, slot)->type, UK_TYPE_NONE);
        expect(slot_of(actor, kept)->type, UK_TYPE_NOTIFICATION);
        expect_refused(actor, UK_STALE, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, named, 2));
        scene_close(scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revoke_takes_all_descendants_and_only_them),
        cmocka_unit_test(badges_survive_every_chain),
        cmocka_unit_test(rights_only_shrink),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(handles_go_stale),
        cmocka_unit_test(children_follow_moves_and_rise_at_deletion),
        cmocka_unit_test(own_things_can_be_revoked),
        cmocka_unit_test(circles_of_ownership_are_reclaimed),
        cmocka_unit_test(preempted_revoke_finishes),
        cmocka_unit_test(preempted_delete_finishes),
        cmocka_unit_test(a_run_of_slots_is_deleted),
        cmocka_unit_test(taken_apart_by_its_own_operation),
    };
    return cmocka_run_group_tests_name("core/capability", tests, NULL, NULL);
}
