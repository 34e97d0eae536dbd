/* SPDX-License-Identifier: MIT */
/* Bytes in and out of messages; neither direction ever leaves the 64 words that a message has. */
#include "runtime/message.h"

#include <string.h>

/* How many bytes the words first..end hold. */
static size_t span_bytes(unsigned first, unsigned end)
{
    if (end > UK_MESSAGE_WORDS)
        end = UK_MESSAGE_WORDS;
    return first < end ? (end - first) * sizeof(uk_word) : 0;
}

size_t message_put_bytes(struct uk_message *message, struct uk_buffer *buffer, unsigned first, const void *bytes,
                         size_t count)
{
    if (count > span_bytes(first, UK_MESSAGE_WORDS))
        count = span_bytes(first, UK_MESSAGE_WORDS);
    unsigned length = first + (unsigned)((count + sizeof(uk_word) - 1) / sizeof(uk_word));
    for (unsigned i = first; i < length; i++) {
        uk_word word = 0;
        size_t offset = (i - first) * sizeof word;
        memcpy(&word, (const char *)bytes + offset, count - offset < sizeof word ? count - offset : sizeof word);
        *(i < UK_REGISTER_WORDS ? &message->word[i] : &buffer->words[i]) = word;
    }
    message->tag = UK_TAG(UK_TAG_LABEL(message->tag), length, UK_TAG_ITEMS(message->tag));
    return count;
}

size_t message_get_bytes(const struct uk_message *message, const struct uk_buffer *buffer, unsigned first, void *bytes,
                         size_t count)
{
    unsigned end = UK_TAG_LENGTH(message->tag);
    if (count > span_bytes(first, end))
        count = span_bytes(first, end);
    for (size_t offset = 0; offset < count; offset += sizeof(uk_word)) {
        unsigned i = first + (unsigned)(offset / sizeof(uk_word));
        uk_word word = i < UK_REGISTER_WORDS ? message->word[i] : buffer->words[i];
        memcpy((char *)bytes + offset, &word, count - offset < sizeof word ? count - offset : sizeof word);
    }
    return count;
}
