/* SPDX-License-Identifier: MIT */
/* The root's table, which is the system's authority, and the layout of spaces: what must hold of every row and size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "boot_world.h"
#include "names/names.h"
#include "runtime/transports.h"

static const struct grant *find_grant(const struct row *row, uint8_t kind)
{
    for (unsigned i = 0; i < ROOT_GRANTS_MAX && row->grants[i].kind != GRANT_NONE; i++)
        if (row->grants[i].kind == kind)
            return &row->grants[i];
    return NULL;
}

static unsigned count_grants(uint8_t kind)
{
    unsigned count = 0;
    for (uint32_t row = 0; row < root_plan.row_count; row++)
        count += find_grant(&root_plan.rows[row], kind) != NULL;
    return count;
}

/* No row says the same slot twice, none gives what it does not have, and every badge names its own row. */
static void test_rows_make_sense(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < root_plan.row_count; i++) {
        const struct row *row = &root_plan.rows[i];
        uint64_t slots = 0;
        assert_true(strlen(row->name) < UK_NAME_MAX);
        assert_true(row->priority < UK_PRIORITY_MAX);
        for (unsigned n = 0; n < ROOT_GRANTS_MAX && row->grants[n].kind != GRANT_NONE; n++) {
            const struct grant *grant = &row->grants[n];
            assert_true(grant->slot > 0 && grant->slot < TASK_FIRST_FREE);
            assert_false(slots >> grant->slot & 1);
            slots |= (uint64_t)1 << grant->slot;
            assert_true(grant->rights != 0 && (grant->rights & ~UK_RIGHTS_ALL) == 0);
            if (grant->kind == GRANT_SERVICE) {
                assert_int_equal(grant->badge & 0xffffffff, i);
                assert_true(grant->of == ROW_ROOT || find_grant(&root_plan.rows[grant->of], GRANT_ENDPOINT) != NULL);
                assert_int_equal(grant->rights & (UK_RIGHT_RECEIVE | UK_RIGHT_MANAGE), 0);
            }
        }
    }
}

/* The promises that the table makes to whoever reads it. */
static void test_authority_is_where_it_belongs(void **state)
{
    (void)state;
    assert_non_null(find_grant(&root_plan.rows[ROW_MEMORY], GRANT_POOL));
    assert_int_equal(count_grants(GRANT_POOL), 1);
    assert_non_null(find_grant(&root_plan.rows[ROW_CONSOLE], GRANT_INTERRUPT));
    assert_int_equal(count_grants(GRANT_INTERRUPT), 1);
    for (uint32_t row = 1; row < root_plan.row_count; row++) {
        const struct row *spec = &root_plan.rows[row];
        assert_int_equal((spec->flags & ROW_ARCHIVE) != 0, row == ROW_FILES);
        assert_int_equal((spec->flags & ROW_LEADER) != 0, row == ROW_SHELL);
        for (unsigned i = 0; i < ROOT_GRANTS_MAX; i++) {
            const struct grant *grant = &spec->grants[i];
            if (grant->kind == GRANT_THREAD)
                assert_int_equal(grant->rights, UK_RIGHT_READ);
            if (grant->kind == GRANT_SERVICE) {
                assert_int_not_equal(grant->of, ROW_MEMORY);
                assert_int_equal((grant->badge & NAMES_REGISTRAR) != 0, row == ROW_FILES && grant->of == ROW_NAMES);
                assert_true(grant->of != ROW_ROOT || row == ROW_SHELL);
            }
        }
    }
}

/* Whoever is on the path of a page fault is mapped in full; whoever is not has a quota, and all quotas fit. */
static void test_nobody_waits_for_its_own_pages(void **state)
{
    unsigned percent = 0;
    (void)state;
    for (uint32_t row = 1; row < root_plan.row_count; row++) {
        const struct row *spec = &root_plan.rows[row];
        bool resident = (spec->flags & ROW_RESIDENT) != 0;
        assert_int_equal(resident, row == ROW_MEMORY || row == ROW_CONSOLE || row == ROW_NAMES);
        assert_int_equal(resident, spec->memory_percent == 0);
        if (resident)
            assert_true((spec->stack_bytes + spec->heap_bytes) / UK_PAGE <= BLOCK_SLOTS - BLOCK_PAGES);
        percent += spec->memory_percent;
    }
    assert_true(percent <= 85);
}

/* With direct calls the file server's memory is where it is: each host has a part, and the sum is what it was. */
static void test_hosts_share_the_servers_memory(void **state)
{
    const struct uk_boot_info direct = {.argument = argument_make(false, TRANSPORT_DIRECT, 0)};
    const struct uk_boot_info others = {.argument = argument_make(false, TRANSPORT_CALL, 0)};
    (void)state;
    for (unsigned hosts = 1; hosts <= 5; hosts++) {
        unsigned percent = 0, before = 0;
        boot_plan_reset();
        for (unsigned i = 1; i < hosts; i++)
            boot_plan.rows[boot_plan_add("host", NULL, 10)].memory_percent = 1;
        const struct root root = {.plan = &boot_plan.plan, .info = &direct}, by_call = {&boot_plan.plan, .info = &others};
        for (uint32_t row = 1; row < boot_plan.plan.row_count; row++) {
            const struct row *spec = &boot_plan.rows[row];
            percent += root_percent(&root, spec);
            before += spec->memory_percent;
            assert_int_equal(root_hosts(&root, spec), row >= ROW_SHELL);
            assert_int_equal(root_percent(&root, spec) > spec->memory_percent, row >= ROW_SHELL);
            assert_int_equal(root_percent(&by_call, spec), spec->memory_percent);
            assert_false(root_hosts(&by_call, spec));
        }
        assert_in_range(percent, before - hosts, before);
    }
}

struct span {
    uk_word base, end;
};

static void test_layout_parts_never_touch(void **state)
{
    static const uk_word sizes[] = {0, 1, UK_PAGE, UK_PAGE + 1, 10 * UK_PAGE, UK_LARGE, UK_LARGE + UK_PAGE};
    const uk_word base = 0x60000000, end = base + 16 * UK_LARGE;
    const unsigned count = sizeof sizes / sizeof sizes[0];
    (void)state;
    for (unsigned i = 0; i < count * count * count; i++) {
        struct layout_need need = {sizes[i % count], sizes[i / count % count], UK_PAGE, sizes[i / count / count]};
        struct layout layout;
        assert_true(layout_make(&layout, &need, base, end));
        const struct span spans[] = {
            {base, base},
            {layout.start, layout.start + UK_PAGE},
            {layout.buffer, layout.buffer + UK_PAGE},
            {layout.stack_base, layout.stack_end},
            {layout.heap_base, layout.heap_end},
            {layout.device_base, layout.device_base + UK_PAGE},
            {layout.archive_base, layout.archive_base + need.archive_bytes},
            {layout.free_base, layout.free_end},
        };
        struct span before = spans[0];
        for (unsigned n = 1; n < sizeof spans / sizeof spans[0]; n++) {
            if (spans[n].base == 0)
                continue;
            assert_int_equal(spans[n].base % UK_PAGE, 0);
            assert_true(spans[n].base >= before.end + UK_PAGE);
            assert_true(spans[n].end >= spans[n].base && spans[n].end <= end);
            before = spans[n];
        }
        assert_true(layout.stack_end - layout.stack_base >= need.stack_bytes);
        assert_true(layout.heap_end - layout.heap_base >= need.heap_bytes);
        assert_int_equal(layout.archive_base % UK_LARGE, 0);
    }
}

static void test_layout_says_when_it_does_not_fit(void **state)
{
    struct layout layout;
    struct layout_need need = {.stack_bytes = 4 * UK_PAGE, .heap_bytes = 4 * UK_PAGE};
    (void)state;
    bool fitted = false;
    for (uk_word pages = 0; pages < 600; pages++) {
        bool fits = layout_make(&layout, &need, UK_LARGE, UK_LARGE + pages * UK_PAGE);
        assert_true(fits || !fitted); /* once it fits, more room never hurts */
        fitted = fits;
    }
    assert_true(fitted);
    need.heap_bytes = ~(uk_word)0 & ~(UK_PAGE - 1);
    assert_false(layout_make(&layout, &need, UK_LARGE, 16 * UK_LARGE));
    need.heap_bytes = ~(uk_word)0;
    assert_false(layout_make(&layout, &need, UK_LARGE, 16 * UK_LARGE));
    assert_false(layout_make(&layout, &need, 16 * UK_LARGE, UK_LARGE));
    assert_false(layout_make(&layout, &need, ~(uk_word)0 - UK_PAGE, ~(uk_word)0));
}

static void test_loader_finds_its_programs_only(void **state)
{
    const struct loader_place place = {0};
    struct program_shape shape;
    struct loaded loaded;
    (void)state;
    for (uint32_t row = 1; row < root_plan.row_count; row++) {
        assert_int_equal(loader_measure(root_plan.loader, root_plan.rows[row].program, &shape), UK_OK);
        assert_true(shape.pages == 0 && shape.end == 0 && shape.refusal == UK_ELF_OK);
        assert_int_equal(loader_load(root_plan.loader, root_plan.rows[row].program, &place, &loaded), UK_OK);
    }
    assert_int_equal(loader_measure(root_plan.loader, "shel", &shape), UK_NOT_MAPPED);
    assert_int_equal(loader_load(root_plan.loader, "shel", &place, &loaded), UK_NOT_MAPPED);
    assert_int_equal(loader_load(root_plan.loader, "", &place, &loaded), UK_NOT_MAPPED);
}

static uk_word do_nothing(const struct task_start *start)
{
    (void)start;
    return 0;
}

/* A row that cannot be served ends the start with its name, which the console still says. */
static void test_a_row_that_cannot_start_is_named(void **state)
{
    (void)state;
    boot_plan_reset();
    uint32_t row = boot_plan_add("greedy", do_nothing, 10);
    boot_plan.rows[row].memory_percent = 90;
    struct boot_world world = {.entry = boot_plan_main};
    boot_world_run(&world);
    assert_int_equal(world.code, 71);
    assert_string_equal(world.output, "ukern: cannot start \"greedy\": the Untyped, or the machine, has no room for this\n");
    assert_non_null(strstr(world.error, "the Untyped, or the machine, has no room for this"));
    boot_world_close(&world);

    boot_plan_reset();
    row = boot_plan_add("nowhere", do_nothing, 10);
    boot_plan.rows[row].program = "no such program";
    boot_world_run(&world);
    assert_int_equal(world.code, 71);
    assert_string_equal(world.output, "ukern: cannot start \"nowhere\": there is no such program\n");
    boot_world_close(&world);
}

/* Without memory server or console nobody can say it; the exit code is all there is. */
static void test_without_a_console_the_code_says_it(void **state)
{
    struct boot_world world = {.entry = boot_plan_main};
    (void)state;
    for (uint32_t row = ROW_MEMORY; row <= ROW_CONSOLE; row++) {
        boot_plan_reset();
        boot_plan.rows[row].program = "no such program";
        boot_world_run(&world);
        assert_int_equal(world.code, 71);
        assert_string_equal(world.output, "");
        assert_non_null(strstr(world.error, root_plan.rows[row].name));
        boot_world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_make_sense),
        cmocka_unit_test(test_authority_is_where_it_belongs),
        cmocka_unit_test(test_nobody_waits_for_its_own_pages),
        cmocka_unit_test(test_hosts_share_the_servers_memory),
        cmocka_unit_test(test_layout_parts_never_touch),
        cmocka_unit_test(test_layout_says_when_it_does_not_fit),
        cmocka_unit_test(test_loader_finds_its_programs_only),
        cmocka_unit_test(test_a_row_that_cannot_start_is_named),
        cmocka_unit_test(test_without_a_console_the_code_says_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
