/* SPDX-License-Identifier: MIT */
/* Every status is reached: a status that no test can produce is either dead code or a promise that nobody checks. */
#include <stdlib.h>
#include <sys/resource.h>

#include "support/scene.h"

/* A client, a server with its endpoint and Reply, and names for everything. */
struct cast {
    struct scene *scene;
    struct actor *root, *client, *server;
    uk_handle endpoint, calls, receives, answers;
};

static int asked(struct cast *cast, struct uk_call call) { return step(cast->client, call); }

static int reach_ok(struct cast *cast) { return asked(cast, OP(UK_CLOCK, 0, 0)); }
static int reach_bad_operation(struct cast *cast) { return asked(cast, OP(UK_OPERATION_COUNT, 0, 0)); }
static int reach_bad_handle(struct cast *cast) { return asked(cast, OP(UK_SIGNAL, 9999, 0)); }
static int reach_empty_slot(struct cast *cast) { return asked(cast, OP(UK_SIGNAL, 99, 0)); }
static int reach_stale(struct cast *cast) { return asked(cast, OP(UK_SIGNAL, 1 | (uk_word)99 << 32, 0)); }
static int reach_wrong_type(struct cast *cast) { return asked(cast, OP(UK_SIGNAL, UK_SLOT_CNODE, 0)); }
static int reach_no_right(struct cast *cast) { return asked(cast, OP(UK_RECEIVE, cast->calls, 0)); }
static int reach_bad_argument(struct cast *cast) { return asked(cast, OP(UK_THREAD_INSPECT, UK_SLOT_THREAD, 2)); }
static int reach_would_block(struct cast *cast) { return do_send(until(cast->client, UK_NOW), cast->calls, EMPTY(0)); }

static int reach_timed_out(struct cast *cast)
{
    uk_time end = time_now(cast->scene) + 5000;
    expect(do_send(until(cast->client, end), cast->calls, EMPTY(0)), BLOCKED);
    advance(cast->scene, end);
    return after(cast->client);
}

static int reach_peer_died(struct cast *cast)
{
    expect(do_receive(cast->server, cast->receives, cast->answers), BLOCKED);
    expect(do_call(cast->client, cast->calls, EMPTY(0)), BLOCKED);
    expect(step(cast->server, OP(UK_EXIT, 0, 0)), DEAD);
    return after(cast->client);
}

static int reach_cancelled(struct cast *cast)
{
    expect(do_send(cast->client, cast->calls, EMPTY(0)), BLOCKED);
    expect(step(cast->root, OP(UK_THREAD_SUSPEND, cast->client->thread, 0)), UK_OK);
    expect(step(cast->root, OP(UK_THREAD_RESUME, cast->client->thread, 0)), UK_OK);
    return after(cast->client);
}

static int reach_too_large(struct cast *cast)
{
    expect(do_receive(cast->server, cast->receives, cast->answers), BLOCKED);
    return do_send(cast->client, cast->calls, LONG(0, UK_MESSAGE_WORDS + 1, 0));
}

static int reach_no_window(struct cast *cast)
{
    expect(do_receive(cast->server, cast->receives, cast->answers), BLOCKED);
    set_item(cast->client, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, cast->calls, 1);
    return do_send(cast->client, cast->calls, LONG(0, 0, 1));
}

static int reach_no_reply(struct cast *cast)
{
    expect(do_receive(cast->server, cast->receives, 0), BLOCKED);
    return do_call(cast->client, cast->calls, EMPTY(0));
}

static int reach_slot_taken(struct cast *cast)
{
    return asked(cast, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, UK_SLOT_SPACE, UK_SLOT_CNODE, 0, 0));
}

static int reach_no_memory(struct cast *cast)
{
    return step(cast->root, OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_FRAME, UK_LARGE, UK_SLOT_CNODE, 2000, 3));
}

static int reach_caller_fault(struct cast *cast)
{
    expect(do_receive(cast->server, cast->receives, cast->answers), BLOCKED);
    expect(step(cast->root, OP(UK_SPACE_UNMAP, cast->client->space, cast->client->buffer)), UK_OK);
    return do_send(cast->client, cast->calls, LONG(0, 7, 0));
}

static int reach_peer_fault(struct cast *cast)
{
    expect(do_receive(cast->server, cast->receives, cast->answers), BLOCKED);
    expect(step(cast->root, OP(UK_SPACE_UNMAP, cast->server->space, cast->server->buffer)), UK_OK);
    return do_send(cast->client, cast->calls, LONG(0, 7, 0));
}

static int reach_deadlock(struct cast *cast)
{
    expect(step(cast->root, OP(UK_ENDPOINT_BIND, cast->endpoint, cast->client->thread)), UK_OK);
    return do_call(cast->client, cast->calls, EMPTY(0));
}

static int reach_busy(struct cast *cast)
{
    return step(cast->root, OP(UK_SCHED_BIND, cast->client->sched, cast->server->thread));
}

static int reach_not_mapped(struct cast *cast) { return asked(cast, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, 0x7000)); }

static int reach_mapped(struct cast *cast)
{
    uk_handle frame = frame_at(cast->client, 0x40000000, UK_PAGE, UK_RIGHT_READ);
    return asked(cast, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, 0x40001000, UK_RIGHT_READ));
}

/* The last two need a machine that runs user code: it has limits, and a host that may refuse. */
static int boot_running(struct uk_kernel **kernel, void **memory)
{
    const struct uk_config config = {.run = 1, .arena_bytes = 1 << 20, .root_slots = 64, .spaces_max = 1,
                                     .threads_max = 1};
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1);
    *memory = aligned_alloc(UK_PAGE, bytes);
    assert_non_null(*memory);
    return (int)uk_boot(*memory, bytes, &config, kernel);
}

static int reach_limit(struct cast *cast)
{
    struct uk_kernel *kernel;
    void *memory;
    (void)cast;
    expect(boot_running(&kernel, &memory), UK_OK);
    struct uk_call call = OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_SPACE, 0, UK_SLOT_CNODE, 40, 1); /* no window left */
    int status = (int)uk_root(kernel, &call);
    uk_destroy(kernel);
    free(memory);
    return status;
}

static int reach_refused(struct cast *cast)
{
    struct uk_kernel *kernel;
    void *memory;
    struct rlimit before, none;
    (void)cast;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0; /* no file can be opened: no arena */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int status = boot_running(&kernel, &memory);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    free(memory);
    return status;
}

static int (*const reach[UK_STATUS_COUNT])(struct cast *cast) = {
    [UK_OK] = reach_ok,
    [UK_BAD_OPERATION] = reach_bad_operation,
    [UK_BAD_HANDLE] = reach_bad_handle,
    [UK_EMPTY_SLOT] = reach_empty_slot,
    [UK_STALE] = reach_stale,
    [UK_WRONG_TYPE] = reach_wrong_type,
    [UK_NO_RIGHT] = reach_no_right,
    [UK_BAD_ARGUMENT] = reach_bad_argument,
    [UK_WOULD_BLOCK] = reach_would_block,
    [UK_TIMED_OUT] = reach_timed_out,
    [UK_PEER_DIED] = reach_peer_died,
    [UK_CANCELLED] = reach_cancelled,
    [UK_TOO_LARGE] = reach_too_large,
    [UK_NO_WINDOW] = reach_no_window,
    [UK_NO_REPLY] = reach_no_reply,
    [UK_SLOT_TAKEN] = reach_slot_taken,
    [UK_NO_MEMORY] = reach_no_memory,
    [UK_CALLER_FAULT] = reach_caller_fault,
    [UK_PEER_FAULT] = reach_peer_fault,
    [UK_DEADLOCK] = reach_deadlock,
    [UK_BUSY] = reach_busy,
    [UK_NOT_MAPPED] = reach_not_mapped,
    [UK_MAPPED] = reach_mapped,
    [UK_LIMIT] = reach_limit,
    [UK_REFUSED] = reach_refused,
};

static void every_status_is_reached(void **state)
{
    (void)state;
    for (int status = 0; status < UK_STATUS_COUNT; status++) {
        if (reach[status] == NULL)
            fail_msg("no test reaches %s", uk_status_name((enum uk_status)status));
        struct cast cast = {.scene = scene_open(NULL)};
        cast.root = cast.scene->root;
        cast.client = actor_new(cast.scene, "client", 10);
        cast.server = actor_new(cast.scene, "server", 10);
        cast.endpoint = make(cast.scene, UK_TYPE_ENDPOINT, 0);
        cast.calls = give(cast.client, cast.endpoint, UK_RIGHT_SEND | UK_RIGHT_GRANT);
        cast.receives = give(cast.server, cast.endpoint, UK_RIGHTS_ALL);
        cast.answers = give(cast.server, make(cast.scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL);
        expect(reach[status](&cast), status);
        scene_close(cast.scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_is_reached),
    };
    return cmocka_run_group_tests_name("entry/status", tests, NULL, NULL);
}
