/* SPDX-License-Identifier: MIT */
/* What the root task makes of a loader's answers: refusals are said, frames have their place, and all of it comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "boot_world.h"

/* The hosted loader, behind one that pretends things of one program. */
#define loader_measure hosted_measure
#define loader_load    hosted_load
#include "root/loader_hosted.c"
#undef loader_measure
#undef loader_load

static struct {
    const char *program; /* of which it pretends; NULL: none */
    struct program_shape shape;
    enum uk_status measured, loaded;
    enum uk_elf_error refusal; /* when it is loaded */
    bool frames;               /* it fills all the slots that it is given */
    /* ---- */
    struct loader_place place;
    uk_word base, end;   /* of the program's space */
    uk_word start, free; /* what the program found */
    unsigned failures;
} fake;

enum uk_status loader_measure(const struct loader *loader, const char *program, struct program_shape *shape)
{
    if (fake.program == NULL || !text_equal(program, fake.program))
        return hosted_measure(loader, program, shape);
    *shape = fake.shape;
    return fake.measured;
}

/* Frames as the loader of ELF files would make them, from the space's first page on. */
static enum uk_status fill(const struct loader_place *place)
{
    enum uk_status status = UK_OK;
    for (uint32_t i = 0; i < place->slot_count && status == UK_OK; i++) {
        status = uk_retype(place->untyped, UK_TYPE_FRAME, UK_PAGE, UK_SLOT_CNODE, place->slot + i, 1);
        if (status == UK_OK)
            status = uk_map(place->space, place->slot + i, fake.base + i * UK_PAGE, UK_RIGHT_READ);
    }
    return status;
}

enum uk_status loader_load(const struct loader *loader, const char *program, const struct loader_place *place,
                           struct loaded *loaded)
{
    uk_word range[UK_REGISTER_WORDS] = {0};
    enum uk_status status = hosted_load(loader, program, place, loaded);
    if (fake.program == NULL || !text_equal(program, fake.program) || status != UK_OK)
        return status;
    (void)uk_query(place->space, range);
    fake.base = range[3];
    fake.end = range[4];
    fake.place = *place;
    loaded->refusal = fake.refusal;
    if (fake.loaded == UK_OK && fake.frames)
        return fill(place);
    return fake.loaded;
}

static void pretend(const char *program)
{
    memset(&fake, 0, sizeof fake);
    fake.program = program;
    boot_plan_reset();
}

static void expect_refused(uint32_t row, enum uk_elf_error error, bool said)
{
    struct boot_world world = {.entry = boot_plan_main};
    char line[200];
    const char *name = root_plan.rows[row].name;
    boot_world_run(&world);
    text_format(line, sizeof line, "ukern: cannot start \"%s\": its program is refused: %s\n", name,
                uk_elf_error_text(error));
    assert_string_equal(world.output, said ? line : "");
    assert_int_equal(world.code, 71);
    assert_non_null(strstr(world.error, name));
    assert_int_equal(world.counters.exit_code, (int64_t)(ROOT_NO_START | (uk_word)error << ROOT_REFUSAL_SHIFT |
                                                         (uk_word)UK_BAD_ARGUMENT << 8 | row));
    boot_world_close(&world);
}

static void test_a_refused_program_is_said(void **state)
{
    (void)state;
    for (unsigned error = 1; error < UK_ELF_ERROR_COUNT; error++) {
        pretend("shell");
        fake.measured = UK_BAD_ARGUMENT;
        fake.shape.refusal = (enum uk_elf_error)error;
        expect_refused(ROW_SHELL, (enum uk_elf_error)error, true);
    }
}

static void test_a_program_refused_late_is_said(void **state)
{
    (void)state;
    for (uint32_t row = ROW_NAMES; row <= ROW_SHELL; row++) {
        pretend(root_plan.rows[row].program);
        fake.loaded = UK_BAD_ARGUMENT;
        fake.refusal = UK_ELF_OUTSIDE;
        expect_refused(row, UK_ELF_OUTSIDE, true);
    }
}

/* With nobody to say it, the exit code still tells. */
static void test_a_refused_console_is_in_the_code(void **state)
{
    (void)state;
    for (uint32_t row = ROW_MEMORY; row <= ROW_CONSOLE; row++) {
        pretend(root_plan.rows[row].program);
        fake.measured = UK_BAD_ARGUMENT;
        fake.shape.refusal = UK_ELF_BAD_MACHINE;
        expect_refused(row, UK_ELF_BAD_MACHINE, false);
    }
}

/* More pages than the row's block has slots: noticed before anything of the row is made. */
static void test_too_many_pages_are_a_limit(void **state)
{
    const uk_word room = BLOCK_SLOTS - BLOCK_PAGES;
    const struct {
        uint32_t row;
        uk_word pages;
        bool good;
    } cases[] = {
        {ROW_SHELL, room, true},         {ROW_SHELL, room + 1, false},    {ROW_SHELL, (uk_word)1 << 52, false},
        {ROW_SHELL, ~(uk_word)0, false}, {ROW_NAMES, room - 8, true}, /* which has a resident stack of 8 pages */
        {ROW_NAMES, room - 7, false},    {ROW_NAMES, ~(uk_word)0, false}, {ROW_NAMES, -(uk_word)8, false},
        {ROW_MEMORY, room - 24, true},   {ROW_MEMORY, room - 23, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct boot_world world = {.entry = boot_plan_main, .script = "echo it runs\n"};
        pretend(root_plan.rows[cases[i].row].program);
        fake.shape.pages = cases[i].pages;
        boot_world_run(&world);
        assert_int_equal(world.code, cases[i].good ? 0 : 71);
        assert_int_equal(fake.place.slot_count, cases[i].good ? cases[i].pages : 0);
        if (cases[i].good)
            boot_world_says(&world, "it runs\n");
        else
            assert_non_null(strstr(world.error, "a fixed limit of the kernel is reached"));
        boot_world_close(&world);
    }
}

static void test_too_much_resident_memory_is_a_limit(void **state)
{
    struct boot_world world = {.entry = boot_plan_main};
    (void)state;
    pretend(NULL);
    boot_plan.rows[ROW_NAMES].stack_bytes = (BLOCK_SLOTS - BLOCK_PAGES + 1) * (uint32_t)UK_PAGE;
    boot_world_run(&world);
    assert_int_equal(world.code, 71);
    assert_string_equal(world.output, "ukern: cannot start \"names\": a fixed limit of the kernel is reached\n");
    boot_world_close(&world);
}

static uk_word look_main(const struct task_start *start)
{
    fake.start = (uk_word)start;
    fake.free = start->free_base;
    for (uk_word page = fake.base; page < fake.shape.end && page < fake.base + fake.shape.pages * UK_PAGE;
         page += UK_PAGE)
        fake.failures += *(volatile const unsigned char *)page != 0; /* mapped, and fresh */
    return 0;
}

static void run_look(uk_word end, bool frames)
{
    struct boot_world world = {.entry = boot_plan_main};
    pretend("replaced");
    boot_plan_replace(ROW_SHELL, look_main);
    fake.shape = (struct program_shape){.pages = frames ? 60 : 0, .end = end};
    fake.frames = frames;
    boot_world_run(&world);
    assert_string_equal(world.error, "");
    assert_string_equal(world.output, "");
    assert_int_equal(world.code, 0);
    assert_int_equal(fake.failures, 0);
    assert_int_equal(fake.place.slot_count, fake.shape.pages);
    assert_int_not_equal(fake.start, 0);
    boot_world_close(&world);
}

/* Start page, stack and all else lie behind the program, with a page between that is nobody's. */
static void test_the_layout_begins_behind_the_program(void **state)
{
    (void)state;
    run_look(0, false);
    uk_word base = fake.base; /* of the space; the next run has the same */
    run_look(base + 60 * UK_PAGE, true);
    assert_int_equal(fake.base, base);
    assert_int_equal(fake.start, base + 61 * UK_PAGE);
    run_look(base + 16 * UK_LARGE, true);
    assert_int_equal(fake.base, base);
    assert_int_equal(fake.start, base + 16 * UK_LARGE + UK_PAGE);
    assert_true(fake.free > fake.start);
    run_look(base - UK_LARGE, false); /* it ends below the space: then it is in nobody's way */
    assert_int_equal(fake.start, base + UK_PAGE);
}

/* A program so high that nothing fits behind it. */
static void test_no_room_behind_the_program(void **state)
{
    struct boot_world world = {.entry = boot_plan_main};
    (void)state;
    run_look(0, false);
    const uk_word ends[] = {fake.end - UK_PAGE, fake.end, fake.end + UK_LARGE, ~(uk_word)0 & ~(UK_PAGE - 1)};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        pretend("replaced");
        boot_plan_replace(ROW_SHELL, look_main);
        fake.shape.end = ends[i];
        boot_world_run(&world);
        assert_int_equal(world.code, 71);
        assert_string_equal(world.output,
                            "ukern: cannot start \"shell\": the receiver declared no room for these items\n");
        boot_world_close(&world);
    }
}

static uk_word finish_main(const struct task_start *start)
{
    (void)start;
    return 0;
}

static uint64_t objects_after(bool resident, uint32_t pages, uk_word end)
{
    struct boot_world world = {.entry = boot_plan_main, .script = "echo done\n"};
    pretend("brief");
    struct row *row = &boot_plan.rows[boot_plan_add("brief", finish_main, 200)];
    if (resident) {
        row->flags = ROW_RESIDENT;
        row->memory_percent = 0;
        row->stack_bytes = 32 << 10;
        row->heap_bytes = 8 << 10;
    }
    fake.shape = (struct program_shape){.pages = pages, .end = end};
    fake.frames = pages > 0;
    boot_world_run(&world);
    assert_string_equal(world.error, "");
    assert_int_equal(world.code, 0);
    boot_world_says(&world, "done\n");
    boot_world_close(&world);
    return world.counters.objects;
}

/* A task that ends is taken back with all its frames. */
static void test_the_frames_come_back(void **state)
{
    (void)state;
    for (unsigned resident = 0; resident < 2; resident++) {
        uint64_t objects = objects_after(resident, 0, 0);
        assert_int_equal(objects_after(resident, 50, fake.base + 50 * UK_PAGE), objects);
        assert_int_equal(fake.place.slot_count, 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_refused_program_is_said),
        cmocka_unit_test(test_a_program_refused_late_is_said),
        cmocka_unit_test(test_a_refused_console_is_in_the_code),
        cmocka_unit_test(test_too_many_pages_are_a_limit),
        cmocka_unit_test(test_too_much_resident_memory_is_a_limit),
        cmocka_unit_test(test_the_layout_begins_behind_the_program),
        cmocka_unit_test(test_no_room_behind_the_program),
        cmocka_unit_test(test_the_frames_come_back),
    };
    return cmocka_run_group_tests_name("servers/loader_root", tests, NULL, NULL);
}
