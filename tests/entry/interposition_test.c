/* SPDX-License-Identifier: MIT */
/* Interposition: a user-level server stands in for a kernel object; the same program sees the same answers. */
#include <string.h>

#include "support/scene.h"

#define HERE ((uk_word)0x40000000)
#define RW   (UK_RIGHT_READ | UK_RIGHT_WRITE)

enum { OBJECT_SLOT = 20, WINDOW = 100 };

/* The client's program calls the object in its slot OBJECT_SLOT: the real one, or an endpoint of the server. */
struct play {
    struct scene *scene;
    struct actor *client, *server;
    uk_handle receives, answers;
    uk_handle real; /* the server's capability to the real object */
    int stands_in;
};

static struct play play_open(uint32_t type, uk_word size, int stands_in)
{
    struct play play = {.scene = scene_open(NULL), .stands_in = stands_in};
    play.client = actor_new(play.scene, "client", 10);
    play.server = actor_new(play.scene, "server", 10);
    uk_handle object = make(play.scene, type, size), endpoint = make(play.scene, UK_TYPE_ENDPOINT, 0);
    play.receives = give(play.server, endpoint, UK_RIGHTS_ALL);
    play.answers = give(play.server, make(play.scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL);
    play.real = give(play.server, object, UK_RIGHTS_ALL);
    uk_word rights = stands_in ? UK_RIGHT_SEND | UK_RIGHT_GRANT : UK_RIGHTS_ALL;
    expect(step(play.scene->root, OP(UK_CAPABILITY_COPY, play.client->cnode, OBJECT_SLOT,
                                     stands_in ? endpoint : object, 0, rights)),
           UK_OK);
    if (type == UK_TYPE_SPACE)
        expect(step(play.server, OP(UK_SPACE_CONFIGURE, play.real, give(play.server, UK_SLOT_UNTYPED, UK_RIGHTS_ALL))),
               UK_OK);
    set_window(play.server, WINDOW, 4, 0, 0);
    expect(do_receive(play.server, play.receives, play.answers), BLOCKED);
    return play;
}

static uint32_t handles_of(uint32_t operation)
{
    static const uint8_t masks[UK_OPERATION_COUNT] = {
#define UK_X(name, number, function, type, right, handles) [name] = handles,
        UK_OPERATIONS(UK_X)
#undef UK_X
    };
    return masks[operation];
}

/* A whole faithful stand-in: asks the real object with the capabilities that came along, and hands the answer on. */
static void serve(const struct play *play)
{
    const struct uk_call *call = got(play->server);
    assert_true((call->tag & (UK_TAG_CALL | UK_TAG_INTERPOSED)) == (UK_TAG_CALL | UK_TAG_INTERPOSED));
    struct uk_call ask = {.operation = UK_TAG_LABEL(call->tag), .handle = play->real, .deadline = UK_NOW};
    memcpy(ask.word, call->word, sizeof ask.word);
    struct uk_buffer buffer = buffer_of_actor(play->server);
    unsigned items = UK_TAG_ITEMS(call->tag), used = 0;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        if ((handles_of((uint32_t)ask.operation) >> i & 1) != 0 && ask.word[i] != UK_NONE)
            ask.word[i] = buffer.received[used++].handle;
    uk_word given[UK_REGISTER_WORDS], meant[UK_REGISTER_WORDS];
    memcpy(given, call->word, sizeof given);
    memcpy(meant, ask.word, sizeof meant);
    assert_int_equal(used, items);
    int status = step(play->server, ask);
    struct note note = {UK_TAG(status, UK_REGISTER_WORDS, 0), {0}};
    memcpy(note.word, got(play->server)->word, sizeof note.word);
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++) /* the client sees its own handles, not the server's */
        if (note.word[i] == meant[i])
            note.word[i] = given[i];
    if (ask.operation == UK_WAIT)
        note.word[0] = got(play->server)->handle;
    uint32_t taken[UK_ITEMS_MAX];
    for (unsigned i = 0; i < items; i++)
        taken[i] = (uint32_t)buffer.received[i].handle;
    expect(do_reply(play->server, play->answers, note), UK_OK);
    for (unsigned i = 0; i < items; i++) /* a frame that was mapped keeps its slot */
        if (ask.operation != UK_SPACE_MAP || status != UK_OK)
            expect(step(play->server, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, taken[i])), UK_OK);
        else
            expect(step(play->server, OP(UK_CAPABILITY_MOVE, UK_SLOT_CNODE, play->server->next_slot++, taken[i])),
                   UK_OK);
    expect(do_receive(play->server, play->receives, play->answers), BLOCKED);
}

/* One line of the program, as the client sees its result. */
struct line {
    int status;
    uk_word word[UK_REGISTER_WORDS];
    uk_word bits;
};

static struct line act(const struct play *play, struct uk_call call)
{
    call.handle = OBJECT_SLOT;
    call.deadline = UK_FOREVER;
    int status = step(play->client, call);
    if (play->stands_in && status == BLOCKED) {
        serve(play);
        status = after(play->client);
    }
    struct line line = {.status = status};
    memcpy(line.word, got(play->client)->word, sizeof line.word);
    if (call.operation == UK_WAIT) { /* its result is the bits, as uk_wait hands it on */
        memset(line.word, 0, sizeof line.word);
        line.bits = got(play->client)->handle;
    }
    return line;
}

/* Runs the program against the object and its stand-in; every line must look the same. */
static void same_either_way(uint32_t type, uk_word size, const struct uk_call *program, unsigned lines,
                            void (*prepare)(struct play *))
{
    struct line seen[2][32];
    for (int stands_in = 0; stands_in < 2; stands_in++) {
        struct play play = play_open(type, size, stands_in);
        if (prepare != NULL)
            prepare(&play);
        for (unsigned i = 0; i < lines; i++)
            seen[stands_in][i] = act(&play, program[i]);
        scene_close(play.scene);
    }
    unsigned done = 0;
    for (unsigned i = 0; i < lines; i++) {
        if (seen[0][i].status != seen[1][i].status)
            print_error("line %u\n", i);
        expect(seen[1][i].status, seen[0][i].status);
        for (unsigned w = 0; w < UK_REGISTER_WORDS; w++)
            if (seen[0][i].word[w] != seen[1][i].word[w])
                fail_msg("line %u: word %u is 0x%llx, not 0x%llx", i, w, (unsigned long long)seen[1][i].word[w],
                         (unsigned long long)seen[0][i].word[w]);
        assert_true(seen[0][i].bits == seen[1][i].bits);
        done += seen[0][i].status == UK_OK;
    }
    assert_true(done > lines / 3);
}

#define LINES(program) (sizeof(program) / sizeof((program)[0]))
#define ASK(operation, ...) OP(operation, 0, __VA_ARGS__)

static void notification(void **state)
{
    (void)state;
    const struct uk_call program[] = {ASK(UK_SIGNAL, 1, 2, 3, 4, 5, 6), ASK(UK_WAIT, 0), ASK(UK_SIGNAL, 0),
                                      ASK(UK_SIGNAL, 0), ASK(UK_WAIT, 7)};
    same_either_way(UK_TYPE_NOTIFICATION, 0, program, LINES(program), NULL);
}

static void fill_slots(struct play *play)
{
    uk_handle frame = give(play->client, make(play->scene, UK_TYPE_FRAME, UK_PAGE), RW);
    uk_handle bell = give(play->client, make(play->scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    expect(frame, UK_SLOT_SCHED + 1);
    expect(bell, UK_SLOT_SCHED + 2);
}

/* Sources are named by a CNode that goes along (w2). */
static void cnode(void **state)
{
    (void)state;
    enum { FRAME = UK_SLOT_SCHED + 1, BELL };
    const struct uk_call program[] = {
        ASK(UK_CAPABILITY_COPY, 1, FRAME, UK_SLOT_CNODE, UK_RIGHT_READ),
        ASK(UK_CAPABILITY_COPY, 1, FRAME, UK_SLOT_CNODE, UK_RIGHT_READ), /* taken */
        ASK(UK_CAPABILITY_MINT, 2, BELL, UK_SLOT_CNODE, UK_RIGHTS_ALL, 4711),
        ASK(UK_CAPABILITY_MINT, 3, FRAME, UK_SLOT_CNODE, UK_RIGHTS_ALL, 1), /* no badges for frames */
        ASK(UK_CAPABILITY_INSPECT, 1),
        ASK(UK_CAPABILITY_INSPECT, 2),
        ASK(UK_CAPABILITY_INSPECT, 3), /* empty */
        ASK(UK_CAPABILITY_COPY, 99, BELL, UK_SLOT_CNODE, 0), /* beyond */
        ASK(UK_CAPABILITY_COPY, 4, 250, UK_SLOT_CNODE, 0), /* nothing there */
        ASK(UK_CAPABILITY_COPY, 4, BELL, BELL, 0), /* no CNode */
        ASK(UK_CAPABILITY_COPY, 4, BELL, 250, 0), /* nothing at all: said by the kernel itself */
        ASK(UK_CAPABILITY_MOVE, 5, BELL, UK_SLOT_CNODE),
        ASK(UK_CAPABILITY_INSPECT, 5),
        ASK(UK_CAPABILITY_REVOKE, 5),
        ASK(UK_CAPABILITY_DELETE, 2),
        ASK(UK_CAPABILITY_DELETE, 77),
    };
    same_either_way(UK_TYPE_CNODE, 16, program, LINES(program), fill_slots);
}

static void untyped(void **state)
{
    (void)state;
    const struct uk_call program[] = {
        ASK(UK_RETYPE, UK_TYPE_ENDPOINT, 0, UK_SLOT_CNODE, 50, 3),
        ASK(UK_RETYPE, UK_TYPE_ENDPOINT, 0, UK_SLOT_CNODE, 52, 1), /* taken */
        ASK(UK_RETYPE, UK_TYPE_FRAME, UK_PAGE, UK_SLOT_CNODE, 60, 2),
        ASK(UK_RETYPE, UK_TYPE_FRAME, 123, UK_SLOT_CNODE, 62, 1),
        ASK(UK_RETYPE, UK_TYPE_UNTYPED, 1 << 20, UK_SLOT_CNODE, 62, 1), /* too much */
        ASK(UK_RETYPE, UK_TYPE_CNODE, 8, UK_SLOT_CNODE, 300, 1),        /* beyond */
        ASK(UK_RETYPE, UK_TYPE_CNODE, 8, UK_SLOT_THREAD, 62, 1),        /* no CNode */
        ASK(UK_RETYPE, UK_TYPE_CNODE, 8, UK_SLOT_CNODE, 62, 1),
    };
    same_either_way(UK_TYPE_UNTYPED, 65536, program, LINES(program), NULL);
}

static void space(void **state)
{
    (void)state;
    enum { FRAME = UK_SLOT_SCHED + 1, BELL };
    const struct uk_call program[] = {
        ASK(UK_SPACE_QUERY, 0),
        ASK(UK_SPACE_MAP, FRAME, HERE + 5, RW),
        ASK(UK_SPACE_MAP, FRAME, HERE, RW),
        ASK(UK_SPACE_MAP, FRAME, HERE, RW), /* mapped */
        ASK(UK_SPACE_MAP, BELL, HERE + UK_PAGE, RW),
        ASK(UK_SPACE_MAP, FRAME, HERE + UK_PAGE, RW | UK_RIGHT_EXECUTE),
        ASK(UK_SPACE_QUERY, 0),
        ASK(UK_SPACE_PROTECT, HERE, UK_RIGHT_READ),
        ASK(UK_SPACE_PROTECT, HERE + UK_PAGE, UK_RIGHT_READ),
        ASK(UK_SPACE_QUERY, HERE),
        ASK(UK_SPACE_UNMAP, HERE),
        ASK(UK_SPACE_UNMAP, HERE),
        ASK(UK_SPACE_QUERY, 0),
    };
    same_either_way(UK_TYPE_SPACE, 0, program, LINES(program), fill_slots);
}

static void timer(void **state)
{
    (void)state;
    const struct uk_call program[] = {ASK(UK_TIMER_BIND, UK_SLOT_SCHED + 2), ASK(UK_TIMER_SET, 1 << 30, 5),
                                      ASK(UK_TIMER_SET, 5, ~(uk_word)0), ASK(UK_TIMER_BIND, UK_SLOT_SCHED + 1),
                                      ASK(UK_TIMER_SET, UK_FOREVER, 0), ASK(UK_TIMER_BIND, 0)};
    same_either_way(UK_TYPE_TIMER, 0, program, LINES(program), fill_slots);
}

/* HQ-1 holds for stand-ins as for any server: one that dies, or has no Reply, is an error to the asker. */
static void stand_in_that_dies(void **state)
{
    (void)state;
    for (unsigned early = 0; early < 2; early++) {
        struct play play = play_open(UK_TYPE_NOTIFICATION, 0, 1);
        if (early) {
            expect(step(play.scene->root, OP(UK_THREAD_KILL, play.server->thread, 0)), UK_OK);
            expect(step(play.client, OP(UK_SIGNAL, OBJECT_SLOT, 0)), BLOCKED); /* the endpoint may get another server */
            expect(step(play.scene->root, OP(UK_THREAD_SUSPEND, play.client->thread, 0)), UK_OK);
            expect(step(play.scene->root, OP(UK_THREAD_RESUME, play.client->thread, 0)), UK_OK);
            expect(after(play.client), UK_CANCELLED);
        } else {
            expect(step(play.client, OP(UK_SIGNAL, OBJECT_SLOT, 0)), BLOCKED);
            expect(step(play.scene->root, OP(UK_THREAD_KILL, play.server->thread, 0)), UK_OK);
            expect(after(play.client), UK_PEER_DIED);
        }
        scene_close(play.scene);
    }
}

/* Arguments are handles too: what is no frame to the kernel cannot be mapped, whoever stands behind it. */
static void arguments_are_real(void **state)
{
    (void)state;
    struct play play = play_open(UK_TYPE_FRAME, UK_PAGE, 1);
    expect_refused(play.client, UK_WRONG_TYPE, OP(UK_SPACE_MAP, UK_SLOT_SPACE, OBJECT_SLOT, HERE, RW));
    scene_close(play.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notification), cmocka_unit_test(cnode),
        cmocka_unit_test(untyped),      cmocka_unit_test(space),
        cmocka_unit_test(timer),        cmocka_unit_test(stand_in_that_dies),
        cmocka_unit_test(arguments_are_real),
    };
    return cmocka_run_group_tests_name("entry/interposition", tests, NULL, NULL);
}
