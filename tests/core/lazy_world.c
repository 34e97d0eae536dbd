/* SPDX-License-Identifier: MIT */
/* What tests of lazy copies do over and over. */
#include "lazy_world.h"

#include "core/lazy.h"

enum { ENDPOINT = 80, REPLY };

static struct actor *join(struct scene *scene, const char *name, uk_handle endpoint)
{
    struct actor *actor = actor_new(scene, name, 10);
    uk_handle reply = make(scene, UK_TYPE_REPLY, 0);
    expect(step(scene->root, OP(UK_CAPABILITY_COPY, actor->cnode, ENDPOINT, endpoint, 0, UK_RIGHTS_ALL)), UK_OK);
    expect(step(scene->root, OP(UK_CAPABILITY_COPY, actor->cnode, REPLY, reply, 0, UK_RIGHTS_ALL)), UK_OK);
    return actor;
}

struct lazy_world lazy_world_open(uk_word arena)
{
    static const struct uk_device device = {.name = "device", .bytes = UK_PAGE};
    const struct stage stage = {.arena_bytes = arena != 0 ? arena : (uk_word)24 << 20, .preemptible = 1,
                                .devices = &device, .device_count = 1};
    struct lazy_world world = {.scene = scene_open(&stage), .endpoint = ENDPOINT, .reply = REPLY, .device = REPLY + 1};
    uk_handle endpoint = make(world.scene, UK_TYPE_ENDPOINT, 0);
    world.one = join(world.scene, "one", endpoint);
    world.two = join(world.scene, "two", endpoint);
    world.three = join(world.scene, "three", endpoint);
    expect(step(world.scene->root, OP(UK_CAPABILITY_MOVE, world.one->cnode, world.device, UK_SLOT_FIRST_FREE, 0)), UK_OK);
    return world;
}

int lazy_item(struct actor *from, struct actor *to, uint32_t kind, uk_handle handle, uint32_t count)
{
    set_item(from, 0, kind, UK_RIGHTS_ALL, handle, count);
    expect(do_receive(to, ENDPOINT, REPLY), BLOCKED);
    int status = do_send(from, ENDPOINT, LONG(1, 0, 1));
    if (status == UK_OK)
        return status;
    expect(step(to->scene->root, OP(UK_THREAD_SUSPEND, to->thread, 0)), UK_OK);
    expect(step(to->scene->root, OP(UK_THREAD_RESUME, to->thread, 0)), UK_OK);
    return status;
}

int lazy_send(struct actor *from, struct actor *to, uk_handle first, uk_handle into, uint32_t count)
{
    set_copies(to, into, count);
    return lazy_item(from, to, UK_ITEM_SNAPSHOT, first, count);
}

void lazy_store(const struct actor *actor, uk_word address, uk_word value)
{
    struct scene *scene = actor->scene;
    struct mapping mapping;
    assert_true(space_walk(scene->inside, thread_space(thread_of(actor)), address, &mapping));
    while ((mapping.rights & UK_RIGHT_WRITE) == 0) {
        struct uk_result result;
        expect(uk_step_fault(scene->kernel, actor->thread, UK_FAULT_PAGE, address, UK_RIGHT_WRITE, &result), UK_OK);
        assert_true(result.completed);
        assert_true(space_walk(scene->inside, thread_space(thread_of(actor)), address, &mapping));
    }
    scene_check(scene);
    lazy_put(actor, address, value);
}

void lazy_put(const struct actor *actor, uk_word address, uk_word value)
{
    poke(actor, address, &value, sizeof value);
    scene_check(actor->scene);
}

uk_word lazy_get(const struct actor *actor, uk_word address)
{
    uk_word value = 0;
    expect(peek(actor, address, &value, sizeof value), UK_OK);
    return value;
}

uk_word lazy_place(const struct actor *actor, uk_word address)
{
    struct uk_mapping_info info;
    expect((int)uk_inspect_mapping(actor->scene->kernel, actor->space, address, &info), UK_OK);
    return info.physical;
}

void lazy_delete_slowly(struct lazy_world *world, struct actor *actor, uk_handle slot)
{
    struct actor *other = actor == world->two ? world->one : world->two;
    world->scene->preempt_every = 1;
    int status = step(actor, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, slot));
    while (status == RESTARTING) {
        (void)step(other, OP(UK_CLOCK, 0, 0));
        status = after(actor) == RESTARTING ? step(actor, OP(UK_YIELD, 0, 0)) : after(actor);
    }
    world->scene->preempt_every = 0;
    expect(status, UK_OK);
}
