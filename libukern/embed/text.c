/* SPDX-License-Identifier: MIT */
/* Numbers as words: names of statuses, operations and types, and one line of text for each trace event. */
#include "embed/embed.h"
#include "embed/format.h"

UK_API const char *uk_status_name(enum uk_status status)
{
    switch ((uint32_t)status) {
#define UK_X(name, number, text)                                                                                       \
    case number:                                                                                                       \
        return #name;
        UK_STATUSES(UK_X)
#undef UK_X
    default:
        return "?";
    }
}

UK_API const char *uk_status_text(enum uk_status status)
{
    switch ((uint32_t)status) {
#define UK_X(name, number, text)                                                                                       \
    case number:                                                                                                       \
        return text;
        UK_STATUSES(UK_X)
#undef UK_X
    default:
        return "?";
    }
}

UK_API const char *uk_operation_name(uint32_t operation)
{
    switch (operation) {
#define UK_X(name, number, function, type, right, handles)                                                             \
    case number:                                                                                                       \
        return #name;
        UK_OPERATIONS(UK_X)
#undef UK_X
    default:
        return "?";
    }
}

UK_API const char *uk_type_name(uint32_t type)
{
    switch (type) {
#define UK_X(name, number, text)                                                                                       \
    case number:                                                                                                       \
        return text;
        UK_TYPES(UK_X)
#undef UK_X
    default:
        return "?";
    }
}

UK_API size_t uk_object_bytes(uint32_t type)
{
    if (type >= UK_TYPE_COUNT)
        return 0;
    return (object_classes[type].bytes + OBJECT_ALIGN - 1) & ~(size_t)(OBJECT_ALIGN - 1);
}

const char *fault_name(uk_word kind)
{
    switch (kind) {
#define UK_X(name, number, text)                                                                                       \
    case number:                                                                                                       \
        return text;
        UK_FAULTS(UK_X)
#undef UK_X
    default:
        return "?";
    }
}

const char *access_name(uint32_t access)
{
    if ((access & UK_RIGHT_EXECUTE) != 0)
        return "execution";
    return (access & UK_RIGHT_WRITE) != 0 ? "write" : "read";
}

const char *state_name(uint32_t state)
{
    switch (state) {
#define UK_X(name, number, text)                                                                                       \
    case number:                                                                                                       \
        return text;
        UK_THREAD_STATES(UK_X)
#undef UK_X
    default:
        return "?";
    }
}

static void field(struct text *text, const char *name, uk_word value)
{
    text_string(text, name);
    text_hex(text, value);
}

/* A handle as slot, and as slot:generation if it names one. */
static void field_handle(struct text *text, uk_handle handle)
{
    text_string(text, " handle=");
    text_number(text, (uint32_t)handle);
    if (handle >> 32 != 0) {
        text_string(text, ":");
        text_number(text, handle >> 32);
    }
}

/* The message tag: label/length+items, then what the kernel wrote into it. */
static void field_tag(struct text *text, uk_word tag)
{
    text_string(text, " tag=");
    text_number(text, UK_TAG_LABEL(tag));
    text_string(text, "/");
    text_number(text, UK_TAG_LENGTH(tag));
    text_string(text, "+");
    text_number(text, UK_TAG_ITEMS(tag));
    text_string(text, (tag & UK_TAG_SIGNAL) != 0 ? ",signal" : "");
    text_string(text, (tag & UK_TAG_FAULT) != 0 ? ",fault" : "");
    text_string(text, (tag & UK_TAG_CALL) != 0 ? ",call" : "");
    text_string(text, (tag & UK_TAG_INTERPOSED) != 0 ? ",interposed" : "");
    text_string(text, (tag & UK_TAG_UNUSED) != 0 ? ",unused" : "");
    text_string(text, (tag & UK_TAG_SENT) != 0 ? ",sent" : "");
    text_string(text, UK_TAG_KEY(tag) != 0 ? ",key " : "");
    if (UK_TAG_KEY(tag) != 0)
        text_number(text, UK_TAG_KEY(tag));
}

/* Without the zeros at the end. */
static void field_words(struct text *text, const uk_word *words)
{
    unsigned count = UK_REGISTER_WORDS;
    while (count > 0 && words[count - 1] == 0)
        count--;
    text_string(text, " words=[");
    for (unsigned i = 0; i < count; i++)
        field(text, i > 0 ? "," : "", words[i]);
    text_string(text, "]");
}

static void entry_text(struct text *text, const struct uk_event *event)
{
    text_string(text, " asks ");
    text_string(text, uk_operation_name(event->operation));
    field_handle(text, event->handle);
    field_tag(text, event->tag);
    field_words(text, event->word);
}

static void result_text(struct text *text, const struct uk_event *event)
{
    text_string(text, " ends ");
    text_string(text, uk_operation_name(event->operation));
    text_string(text, " ");
    text_string(text, uk_status_name((enum uk_status)event->status));
    field(text, " badge=", event->badge);
    field_tag(text, event->tag);
}

static void fault_text(struct text *text, const struct uk_event *event)
{
    text_string(text, " faults: ");
    text_string(text, fault_name(event->tag));
    if (event->tag == UK_FAULT_PAGE) {
        text_string(text, ", ");
        text_string(text, access_name((uint32_t)event->word[1]));
        field(text, " of ", event->word[0]);
    } else if (event->tag == UK_FAULT_OPERATION) {
        text_string(text, " ");
        text_string(text, uk_operation_name(event->operation));
        field_handle(text, event->handle);
        text_string(text, " ");
        text_string(text, uk_status_name((enum uk_status)event->status));
    }
}

static void stop_text(struct text *text, const struct uk_event *event)
{
    text_string(text, " stops: ");
    text_string(text, fault_name(event->tag));
    if (event->status != UK_OK) {
        text_string(text, " ");
        text_string(text, uk_status_name((enum uk_status)event->status));
    }
}

static void subject_text(struct text *text, const struct uk_event *event)
{
    text_number(text, event->time);
    text_string(text, " ");
    if (event->thread == 0) {
        text_string(text, event->kind == UK_EVENT_SIGNAL ? "machine" : "nobody");
        return;
    }
    text_string(text, "#");
    text_number(text, event->thread);
    text_string(text, " ");
    text_name(text, event->name);
}

/* TIME #THREAD "NAME" VERB ...; see DESIGN.md, Trace. The same event is the same line on every machine. */
UK_API size_t uk_event_text(const struct uk_event *event, char *text, size_t text_bytes)
{
    struct text line;
    text_begin(&line, text, text_bytes);
    subject_text(&line, event);
    switch (event->kind) {
    case UK_EVENT_ENTRY:
        entry_text(&line, event);
        break;
    case UK_EVENT_RESULT:
        result_text(&line, event);
        break;
    case UK_EVENT_SWITCH:
        text_string(&line, " runs");
        break;
    case UK_EVENT_FAULT:
        fault_text(&line, event);
        break;
    case UK_EVENT_STOP:
        stop_text(&line, event);
        break;
    case UK_EVENT_ENTER:
        text_string(&line, " enters portal ");
        text_number(&line, event->word[0]);
        field(&line, " badge=", event->badge);
        field_tag(&line, event->tag);
        break;
    case UK_EVENT_SIGNAL:
        field(&line, " signals ", event->word[0]);
        break;
    default:
        text_string(&line, " ?");
    }
    return line.length;
}
