/* SPDX-License-Identifier: MIT */
/* The image of a whole system: boots a kernel on all memory, loads the root task, and runs until that has ended. */
#include "image.h"

#include <string.h>

#include <ukern/elf.h>
#include <ukern/linked.h>

#define ROOT_SLOTS   8192 /* beside those of the archive's pages */
#define TRACE_MARK   "\x1d" /* in front of an event's line, so that it can be told from what the console says */
#define INTERACTIVE  1      /* bit of the root task's argument */

static void say(const char *what, const char *more)
{
    console_text("ukern: ");
    console_text(what);
    console_text(more);
    console_text("\n");
}

static enum uk_status ask(struct uk_kernel *kernel, uint32_t operation, uk_handle handle, uk_word w0, uk_word w1,
                          uk_word w2, uk_word w3, uk_word w4)
{
    struct uk_call call = {operation, handle, 0, {w0, w1, w2, w3, w4, 0}, 0, UK_NOW, 0};
    return uk_root(kernel, &call);
}

/* One page of the root task, by the root task's own operations: writable while its bytes are put there. */
static enum uk_status load_page(struct uk_kernel *kernel, const struct uk_elf_segment *segment, uk_word offset)
{
    uk_word address = segment->address + offset, from = offset, to = offset + UK_PAGE;
    uk_word skip = segment->file_address - segment->address, end = skip + segment->file_bytes;
    uk_handle frame = uk_slots(kernel, 1);
    enum uk_status status = frame != 0 ? UK_OK : UK_LIMIT;
    from = from < skip ? skip : from;
    to = to < end ? to : end;
    if (status == UK_OK)
        status = ask(kernel, UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_FRAME, UK_PAGE, UK_SLOT_CNODE, frame, 1);
    if (status == UK_OK)
        status = ask(kernel, UK_SPACE_MAP, UK_SLOT_SPACE, frame, address, UK_RIGHT_READ | UK_RIGHT_WRITE, 0, 0);
    if (status == UK_OK && from < to)
        status = uk_poke(kernel, UK_SLOT_THREAD, segment->address + from, segment->file + (from - skip), to - from);
    if (status == UK_OK)
        status = ask(kernel, UK_SPACE_PROTECT, UK_SLOT_SPACE, address, segment->rights, 0, 0, 0);
    return status;
}

static enum uk_status load_root(struct uk_kernel *kernel, uk_entry *entry)
{
    struct uk_elf elf;
    struct uk_elf_segment segment;
    enum uk_elf_error error = uk_elf_open(&elf, payload_begin, (size_t)(payload_end - payload_begin), MACHINE_ELF,
                                          SPACE_BASE + 2 * UK_PAGE, SPACE_END);
    if (error != UK_ELF_OK) {
        say("the root task's program is refused: ", uk_elf_error_text(error));
        return UK_BAD_ARGUMENT;
    }
    *entry = (uk_entry)elf.entry;
    for (uint32_t i = 0; i < elf.segment_count; i++) {
        uk_elf_segment(&elf, i, &segment);
        for (uk_word offset = 0; offset < segment.bytes; offset += UK_PAGE) {
            enum uk_status status = load_page(kernel, &segment, offset);
            if (status != UK_OK)
                return status;
        }
    }
    return uk_start(kernel, *entry, 0);
}

static void trace(void *context, const struct uk_event *event)
{
    char line[512];
    (void)context;
    (void)uk_event_text(event, line, sizeof line);
    console_text(TRACE_MARK);
    console_text(line);
    console_text("\n");
}

/* Servers in the kernel have half of the memory. */
static enum uk_status link_servers(struct uk_config *config)
{
    uk_word bytes = (platform.high - platform.low) / 2 & ~(UK_PAGE - 1);
    if (!linked_wanted(config->argument))
        return UK_OK;
    void *memory = platform_take(bytes);
    return memory != NULL ? linked_open(config, memory, bytes) : UK_NO_MEMORY;
}

static enum uk_status boot(struct uk_kernel **kernel)
{
    const struct fdt_facts *facts = &platform.facts;
    struct uk_device console = {.name = "console", .bytes = UK_PAGE};
    struct uk_place place = {facts->uart.base, facts->uart_line};
    struct uk_config config = {
        .run = 1,
        .real_time = !image_word("virtual"),
        .argument = image_number("argument=") | (image_word("interactive") ? INTERACTIVE : 0),
        .archive = platform.archive,
        .archive_bytes = platform.archive_bytes,
        .devices = &console,
        .device_count = facts->uart.bytes != 0,
        .places = &place,
        .root_slots = ROOT_SLOTS + (uint32_t)(platform.archive_bytes / UK_PAGE),
        .trace = image_word("trace") ? trace : NULL,
    };
    enum uk_status status = link_servers(&config);
    if (status != UK_OK)
        return status;
    size_t bytes = uk_memory_bytes(&config);
    void *memory = platform_take(bytes);
    if (memory == NULL)
        return UK_NO_MEMORY;
    config.arena_bytes = platform.high - platform.low;
    return uk_boot(memory, bytes, &config, kernel);
}

static uint32_t code_of_halt(const struct uk_kernel *kernel)
{
    struct uk_counters counters;
    uk_counters(kernel, &counters);
    uk_word code = (uk_word)counters.exit_code;
    if (code < 256)
        return (uint32_t)code;
    uint32_t refused = (uint32_t)(code >> 24) & 255; /* a program that the root task could not load, and so not say */
    say("the system ended: ", refused != 0 ? uk_elf_error_text((enum uk_elf_error)refused)
                                           : uk_status_text((enum uk_status)(code >> 8 & 255)));
    return EXIT_BOOT;
}

static void explain_standstill(const struct uk_kernel *kernel)
{
    char text[512];
    if (uk_explain(kernel, UK_SLOT_THREAD, text, sizeof text) == 0 && uk_deadlock(kernel, text, sizeof text) == 0)
        text[0] = 0;
    say("nothing can run any more: ", text);
}

/* With the word `memory`: what is not in the first Untyped any more, the firmware's and the image's part included. */
static void tell_memory(const struct uk_kernel *kernel)
{
    struct uk_object_info untyped;
    uk_word bytes = 0;
    if (!image_word("memory") || uk_inspect_object(kernel, UK_SLOT_UNTYPED, &untyped) != UK_OK)
        return;
    for (uint32_t i = 0; i < platform.facts.memory_count; i++)
        bytes += platform.facts.memory[i].bytes;
    console_text("ukern: memory: ");
    console_number(bytes - untyped.value[1]);
    console_text(" bytes in use\n");
}

uint32_t image_main(void)
{
    struct uk_kernel *kernel;
    uk_entry entry;
    if (image_dump())
        return EXIT_PANIC;
    if (platform.archive_bytes == 0) {
        say("there is no archive to serve; ", "give one with -initrd, or make an image that has one with `ukern image`");
        return EXIT_BOOT;
    }
    enum uk_status status = boot(&kernel);
    if (status == UK_OK)
        status = load_root(kernel, &entry);
    if (status != UK_OK) {
        say("cannot boot: ", uk_status_text(status));
        return EXIT_BOOT;
    }
    enum uk_run_end end = uk_run(kernel, UK_FOREVER, 0);
    tell_memory(kernel);
    if (end == UK_RUN_HALTED)
        return code_of_halt(kernel);
    if (end == UK_RUN_IDLE)
        explain_standstill(kernel);
    if (end == UK_RUN_PANIC)
        say("the kernel broke a promise: ", uk_panic_text(kernel));
    return EXIT_PANIC;
}
