/* SPDX-License-Identifier: MIT */
/* The name server: its table against a model, and a hostile client that must get a status for everything it tries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "boot_world.h"
#include "names/names.h"
#include "runtime/names.h"
#include "runtime/text.h"

static const uk_word *words_of(const char *name)
{
    static uk_word words[NAME_BYTES / sizeof(uk_word)];
    memset(words, 0, sizeof words);
    memcpy(words, name, strlen(name) < NAME_BYTES ? strlen(name) : NAME_BYTES);
    return words;
}

static void test_good_names(void **state)
{
    (void)state;
    assert_true(names_good(words_of("files")));
    assert_true(names_good(words_of("12345678901234567890123456789012")));
    assert_false(names_good(words_of("")));
    assert_false(names_good(words_of("two words")));
    assert_false(names_good(words_of("bell\a")));
    assert_false(names_good(words_of("\xc3\xa4")));
    uk_word hidden[4] = {'a', 'b', 0, 0}; /* a zero within */
    assert_false(names_good(hidden));
}

static void test_table(void **state)
{
    static struct names names;
    char name[NAME_BYTES];
    (void)state;
    for (unsigned i = 0; i < NAMES_MAX; i++) {
        snprintf(name, sizeof name, "name%u", i);
        assert_int_equal(names_find(&names, words_of(name)), NAMES_MAX);
        assert_int_equal(names_add(&names, words_of(name)), UK_OK);
        assert_int_equal(names_find(&names, words_of(name)), i);
        assert_int_equal(names_add(&names, words_of(name)), UK_SLOT_TAKEN);
    }
    assert_int_equal(names_add(&names, words_of("more")), UK_LIMIT);
    assert_int_equal(names_add(&names, words_of("")), UK_BAD_ARGUMENT);
    assert_int_equal(names_find(&names, words_of("name")), NAMES_MAX);
}

/* Says what it got, if that is not what it should. */
static void expect(const struct task_start *start, const char *what, uk_word got, uk_word wanted)
{
    char line[80];
    if (got == wanted)
        return;
    text_format(line, sizeof line, "BAD %s: %lu, not %lu\n", what, got, wanted);
    boot_say(start, line);
}

static uk_word call_with(uk_word label, unsigned length, unsigned items, uk_word first)
{
    struct uk_message message = uk_message((uint32_t)label, length);
    message.tag = UK_TAG(label, length, items);
    message.word[0] = first;
    enum uk_status status = uk_call(TASK_NAMES, &message, UK_FOREVER);
    return status == UK_OK ? UK_TAG_LABEL(message.tag) : 1000 + (uk_word)status;
}

static void wait_for_files(const struct task_start *start, uint32_t slot)
{
    uk_handle found;
    while (names_lookup(start, "files", slot, &found) == UK_NOT_MAPPED)
        uk_yield();
}

/* May look up, but not register: its badge says so. */
static uk_word hostile_main(const struct task_start *start)
{
    char name[33];
    uk_handle found;
    wait_for_files(start, 20);
    expect(start, "list 0", names_list(start, 0, name), UK_OK);
    expect(start, "list 0 is files", text_equal(name, "files"), true);
    expect(start, "list 1", names_list(start, 1, name), UK_NOT_MAPPED);
    expect(start, "list far", names_list(start, ~(uk_word)0, name), UK_NOT_MAPPED);
    expect(start, "lookup of nothing", names_lookup(start, "nothing", 21, &found), UK_NOT_MAPPED);
    expect(start, "lookup twice", names_lookup(start, "files", 21, &found), UK_OK);
    expect(start, "lookup into a full slot", names_lookup(start, "files", 21, &found), UK_NO_WINDOW);
    expect(start, "register by one who may not", names_register(start, "mine", 20), UK_NO_RIGHT);
    expect(start, "unknown label", call_with(77, 0, 0, 0), UK_BAD_OPERATION);
    expect(start, "short lookup", call_with(NAMES_LOOKUP, 1, 0, 'f'), UK_NOT_MAPPED);
    expect(start, "register without a capability", call_with(NAMES_REGISTER, 4, 0, 'f'), UK_BAD_ARGUMENT);
    expect(start, "too long", call_with(NAMES_LOOKUP, 65, 0, 0), 1000 + UK_TOO_LARGE);
    expect(start, "send is not answered", (uk_word)uk_send(TASK_NAMES, &(struct uk_message){.tag = 0}, UK_FOREVER),
           UK_OK);
    expect(start, "names still answers", names_list(start, 0, name), UK_OK);
    boot_say(start, "hostile done\n");
    return 0;
}

/* May register, and fills the table: the last ones are told that it is full, and what they brought is dropped. */
static uk_word registrar_main(const struct task_start *start)
{
    char name[33];
    uk_handle found;
    wait_for_files(start, 20);
    expect(start, "a name in use", names_register(start, "files", 20), UK_SLOT_TAKEN);
    expect(start, "a bad name", names_register(start, "a b", 20), UK_BAD_ARGUMENT);
    expect(start, "not an endpoint", names_register(start, "cnode", TASK_CNODE), UK_WRONG_TYPE);
    for (unsigned i = 1; i < NAMES_MAX; i++) {
        text_format(name, sizeof name, "n%u", i);
        expect(start, name, names_register(start, name, 20), UK_OK);
    }
    for (unsigned i = 0; i < 3; i++)
        expect(start, "a full table", names_register(start, "more", 20), UK_NO_WINDOW);
    expect(start, "the last name", names_lookup(start, "n63", 21, &found), UK_OK);
    expect(start, "the list's end", names_list(start, NAMES_MAX, name), UK_NOT_MAPPED);
    boot_say(start, "registrar done\n");
    return 0;
}

static void run_client(task_entry entry, uk_word badge, const char *line)
{
    struct boot_world world = {.script = "cat /hello\n", .entry = boot_plan_main};
    boot_plan_reset();
    uint32_t row = boot_plan_add("client", entry, 60);
    for (unsigned i = 0; i < ROOT_GRANTS_MAX; i++) {
        struct grant *grant = &boot_plan.rows[row].grants[i];
        if (grant->kind == GRANT_SERVICE && grant->of == ROW_NAMES) {
            grant->badge |= badge;
            grant->rights |= UK_RIGHT_GRANT;
        }
    }
    boot_world_run(&world);
    assert_null(strstr(world.output, "BAD"));
    boot_world_says(&world, line);
    boot_world_says(&world, "the quick brown fox");
    assert_int_equal(world.code, 0);
    boot_world_close(&world);
}

static void test_a_client_that_may_only_look(void **state)
{
    (void)state;
    run_client(hostile_main, 0, "hostile done\n");
}

static void test_a_client_that_may_register(void **state)
{
    (void)state;
    run_client(registrar_main, NAMES_REGISTRAR, "registrar done\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_names),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_a_client_that_may_only_look),
        cmocka_unit_test(test_a_client_that_may_register),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
