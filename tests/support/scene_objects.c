/* SPDX-License-Identifier: MIT */
/* Objects and memory for scenes, made by the first thread through ordinary operations. */
#include <stddef.h>
#include <string.h>

#include "scene.h"

uk_handle slot_new(struct scene *scene)
{
    uk_handle slot = uk_slots(scene->kernel, 1);
    assert_int_not_equal(slot, 0);
    return slot;
}

uk_handle make_from(struct scene *scene, uk_handle untyped, uint32_t type, uk_word size)
{
    uk_handle slot = slot_new(scene);
    expect(step(scene->root, OP(UK_RETYPE, untyped, type, size, UK_SLOT_CNODE, slot, 1)), UK_OK);
    return slot;
}

uk_handle make(struct scene *scene, uint32_t type, uk_word size)
{
    return make_from(scene, UK_SLOT_UNTYPED, type, size);
}

uk_handle give(struct actor *actor, uk_handle handle, uint32_t rights)
{
    uk_handle slot = actor->next_slot++;
    expect(step(actor->scene->root, OP(UK_CAPABILITY_COPY, actor->cnode, slot, handle, 0, rights)), UK_OK);
    return slot;
}

uk_handle give_badged(struct actor *actor, uk_handle handle, uint32_t rights, uk_word badge)
{
    uk_handle slot = actor->next_slot++;
    expect(step(actor->scene->root, OP(UK_CAPABILITY_MINT, actor->cnode, slot, handle, 0, rights, badge)), UK_OK);
    return slot;
}

uk_handle hand(struct actor *actor, uk_handle handle)
{
    uk_handle slot = actor->next_slot++;
    expect(step(actor->scene->root, OP(UK_CAPABILITY_MOVE, actor->cnode, slot, handle)), UK_OK);
    return slot;
}

struct capability *slot_of(const struct actor *actor, uk_handle handle)
{
    struct cnode *cnode = thread_of(actor)->cnode;
    return cnode != NULL && (uint32_t)handle < cnode->slot_count ? &cnode->slots[(uint32_t)handle] : NULL;
}

struct object *object_of(const struct actor *actor, uk_handle handle) { return slot_of(actor, handle)->object; }

size_t descendants(const struct capability *slot)
{
    size_t count = 0;
    const struct capability *at = slot;
    for (;;) {
        if (at->child != NULL) {
            at = at->child;
        } else {
            while (at != slot && at->next == NULL)
                at = at->parent;
            if (at == slot)
                return count;
            at = at->next;
        }
        count++;
    }
}

uk_handle frame_at(struct actor *actor, uk_word address, uk_word bytes, uint32_t rights)
{
    uk_handle frame = give(actor, make(actor->scene, UK_TYPE_FRAME, bytes), UK_RIGHTS_ALL);
    expect(step(actor, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, address, rights)), UK_OK);
    return frame;
}

uk_handle own_frame_at(struct actor *actor, uk_word address, uk_word bytes)
{
    uk_handle frame = hand(actor, make(actor->scene, UK_TYPE_FRAME, bytes));
    expect(step(actor, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, address, UK_RIGHT_READ | UK_RIGHT_WRITE)), UK_OK);
    return frame;
}

void poke(const struct actor *actor, uk_word address, const void *bytes, size_t length)
{
    expect(uk_poke(actor->scene->kernel, actor->thread, address, bytes, length), UK_OK);
}

int peek(const struct actor *actor, uk_word address, void *bytes, size_t length)
{
    return uk_peek(actor->scene->kernel, actor->thread, address, bytes, length);
}

void set_item(const struct actor *actor, unsigned index, uint32_t kind, uint32_t rights, uk_handle handle,
              uk_word count)
{
    struct uk_item item = {kind, rights, handle, count, 0};
    poke(actor, actor->buffer + offsetof(struct uk_buffer, items) + index * sizeof item, &item, sizeof item);
}

void set_lease(const struct actor *actor, unsigned index, uint32_t rights, uk_word address, uk_word bytes)
{
    struct uk_item item = {UK_ITEM_LEASE, rights, UK_NONE, bytes, address};
    poke(actor, actor->buffer + offsetof(struct uk_buffer, items) + index * sizeof item, &item, sizeof item);
}

void set_window(const struct actor *actor, uint32_t slot, uint32_t slots, uk_word address, uk_word bytes)
{
    struct uk_window window = {slot, slots, address, bytes};
    poke(actor, actor->buffer + offsetof(struct uk_buffer, window), &window, sizeof window);
}

void set_copies(const struct actor *actor, uk_handle first, uint32_t count)
{
    const uint32_t copies[] = {(uint32_t)first, count};
    poke(actor, actor->buffer + offsetof(struct uk_buffer, copy_slot), copies, sizeof copies);
}

void set_word(const struct actor *actor, unsigned index, uk_word value)
{
    poke(actor, actor->buffer + index * sizeof value, &value, sizeof value);
}

struct uk_buffer buffer_of_actor(const struct actor *actor)
{
    struct uk_buffer buffer;
    expect(peek(actor, actor->buffer, &buffer, sizeof buffer), UK_OK);
    return buffer;
}
