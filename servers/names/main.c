/* SPDX-License-Identifier: MIT */
/* The name server: hands out copies of the send rights that it was given; who may register is in the caller's badge. */
#include "names/names.h"

#define NAME_WORDS (NAME_BYTES / sizeof(uk_word))

/* Where the next registration's capability is to land. */
static void open_window(const struct task_start *start, const struct names *names)
{
    start->buffer->window =
        (struct uk_window){.slot = NAMES_SLOTS + names->count, .slot_count = names->count < NAMES_MAX};
}

static enum uk_status add(const struct task_start *start, struct names *names, const struct uk_message *message)
{
    if (UK_TAG_ITEMS(message->tag) != 1 || UK_TAG_LENGTH(message->tag) < NAME_WORDS)
        return UK_BAD_ARGUMENT;
    if ((message->badge & NAMES_REGISTRAR) == 0)
        return UK_NO_RIGHT;
    uk_word words[UK_REGISTER_WORDS];
    enum uk_status status = uk_inspect(TASK_CNODE, start->buffer->received[0].handle, words);
    if (status == UK_OK && words[0] != UK_TYPE_ENDPOINT)
        status = UK_WRONG_TYPE;
    return status == UK_OK ? names_add(names, message->word) : status;
}

static enum uk_status look_up(const struct task_start *start, const struct names *names, struct uk_message *message)
{
    uint32_t found = UK_TAG_LENGTH(message->tag) >= NAME_WORDS ? names_find(names, message->word) : NAMES_MAX;
    if (found == NAMES_MAX)
        return UK_NOT_MAPPED;
    start->buffer->items[0] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND | UK_RIGHT_GRANT, NAMES_SLOTS + found, 1, 0};
    message->tag = UK_TAG(UK_OK, 0, 1);
    return UK_OK;
}

static enum uk_status list(const struct names *names, struct uk_message *message)
{
    uk_word index = message->word[0];
    if (index >= names->count)
        return UK_NOT_MAPPED;
    for (unsigned i = 0; i < NAME_WORDS; i++)
        message->word[i] = names->entries[index][i];
    message->tag = UK_TAG(UK_OK, NAME_WORDS, 0);
    return UK_OK;
}

/* Turns a message into its answer. What came with it and was not registered is dropped. */
static void serve(const struct task_start *start, struct names *names, struct uk_message *message)
{
    uk_handle brought = UK_TAG_ITEMS(message->tag) > 0 ? start->buffer->received[0].handle : UK_NONE;
    uint32_t label = UK_TAG_LABEL(message->tag);
    enum uk_status status = UK_BAD_OPERATION;
    if (label == NAMES_REGISTER)
        status = add(start, names, message);
    else if (label == NAMES_LOOKUP)
        status = look_up(start, names, message);
    else if (label == NAMES_LIST)
        status = list(names, message);
    if (brought != UK_NONE && !(label == NAMES_REGISTER && status == UK_OK))
        (void)uk_delete(TASK_CNODE, brought);
    if (status != UK_OK || label == NAMES_REGISTER)
        *message = uk_message(status, 0);
    open_window(start, names);
}

/* An answer that its caller has no room for is followed by one that it always has. */
static enum uk_status answer(struct uk_message *message)
{
    uk_word tag = message->tag;
    enum uk_status status = uk_reply_receive(TASK_ENDPOINT, message, TASK_REPLY, UK_FOREVER);
    if (status == UK_OK || UK_TAG_ITEMS(tag) == 0)
        return status;
    *message = uk_message(status, 0);
    return uk_reply_receive(TASK_ENDPOINT, message, TASK_REPLY, UK_FOREVER);
}

uk_word names_main(const struct task_start *start)
{
    struct names names = {0};
    struct uk_message message = uk_message(0, 0);
    open_window(start, &names);
    enum uk_status status = uk_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        serve(start, &names, &message);
        status = answer(&message);
    }
    return status;
}
