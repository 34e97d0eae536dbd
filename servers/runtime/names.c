/* SPDX-License-Identifier: MIT */
/* The name server's client; the message buffer's window is open only while a lookup is under way. */
#include "runtime/names.h"
#include "runtime/message.h"
#include "runtime/protocol.h"
#include "runtime/text.h"

#include <string.h>

static enum uk_status call_names(struct uk_message *message)
{
    enum uk_status status = uk_call(TASK_NAMES, message, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message->tag) : status;
}

static bool put_name(struct uk_message *message, const struct task_start *start, const char *name)
{
    char padded[NAME_BYTES] = {0};
    size_t length = text_length(name);
    if (length == 0 || length > NAME_BYTES)
        return false;
    memcpy(padded, name, length);
    message_put_bytes(message, start->buffer, 0, padded, NAME_BYTES);
    return true;
}

enum uk_status names_lookup(const struct task_start *start, const char *name, uint32_t slot, uk_handle *found)
{
    struct uk_message message = uk_message(NAMES_LOOKUP, 0);
    if (!put_name(&message, start, name))
        return UK_BAD_ARGUMENT;
    start->buffer->window = (struct uk_window){.slot = slot, .slot_count = 1};
    enum uk_status status = call_names(&message);
    memset(&start->buffer->window, 0, sizeof start->buffer->window);
    if (status != UK_OK)
        return status;
    if (UK_TAG_ITEMS(message.tag) != 1)
        return UK_EMPTY_SLOT;
    *found = start->buffer->received[0].handle;
    return UK_OK;
}

enum uk_status names_register(const struct task_start *start, const char *name, uk_handle endpoint)
{
    struct uk_message message = uk_message(NAMES_REGISTER, 0);
    if (!put_name(&message, start, name))
        return UK_BAD_ARGUMENT;
    message.tag = UK_TAG(NAMES_REGISTER, UK_TAG_LENGTH(message.tag), 1);
    start->buffer->items[0] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND | UK_RIGHT_GRANT, endpoint, 1, 0};
    enum uk_status status = call_names(&message);
    memset(&start->buffer->items[0], 0, sizeof start->buffer->items[0]);
    return status;
}

enum uk_status names_list(const struct task_start *start, uk_word index, char name[33])
{
    struct uk_message message = uk_message(NAMES_LIST, 1);
    message.word[0] = index;
    enum uk_status status = call_names(&message);
    memset(name, 0, NAME_BYTES + 1);
    if (status == UK_OK)
        message_get_bytes(&message, start->buffer, 0, name, NAME_BYTES);
    return status;
}
