/* SPDX-License-Identifier: MIT */
/* Our own memory functions against the C library's: every small alignment, length, overlap and place of a difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* They are compiled here as cross builds compile them: no loop may become a call of the function that it is in. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_builtin)), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif
#define memcpy  own_memcpy
#define memmove own_memmove
#define memset  own_memset
#define memcmp  own_memcmp
#define strlen  own_strlen
#define strcmp  own_strcmp
#include "libukern/freestanding/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#define SHIFTS  16  /* every alignment of a word, and more than one word */
#define LENGTHS 160 /* more than two blocks */
#define ROOM    (2 * SHIFTS + 2 * LENGTHS)

static void fill(unsigned char *bytes, size_t count, unsigned seed)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)(seed = seed * 1103515245 + 12345, seed >> 16);
}

static void test_memcpy(void **state)
{
    unsigned char source[ROOM], ours[ROOM], theirs[ROOM];
    (void)state;
    fill(source, sizeof source, 1);
    for (size_t from = 0; from < SHIFTS; from++)
        for (size_t to = 0; to < SHIFTS; to++)
            for (size_t count = 0; count < LENGTHS; count++) {
                fill(ours, sizeof ours, 2);
                fill(theirs, sizeof theirs, 2);
                assert_ptr_equal(own_memcpy(ours + to, source + from, count), ours + to);
                memcpy(theirs + to, source + from, count);
                assert_int_equal(memcmp(ours, theirs, sizeof ours), 0);
            }
}

static void test_memmove(void **state)
{
    unsigned char ours[ROOM], theirs[ROOM];
    (void)state;
    for (size_t from = 0; from < SHIFTS; from++)
        for (size_t to = 0; to < SHIFTS + LENGTHS; to++)
            for (size_t count = 0; count < LENGTHS; count += 1 + count / 40) {
                for (unsigned swapped = 0; swapped < 2; swapped++) {
                    size_t a = swapped ? to : from, b = swapped ? from : to;
                    fill(ours, sizeof ours, 3);
                    fill(theirs, sizeof theirs, 3);
                    assert_ptr_equal(own_memmove(ours + b, ours + a, count), ours + b);
                    memmove(theirs + b, theirs + a, count);
                    assert_int_equal(memcmp(ours, theirs, sizeof ours), 0);
                }
            }
}

static void test_memset(void **state)
{
    static const int values[] = {0, 1, 0x80, 0xff, -1, 0x1a5};
    unsigned char ours[ROOM], theirs[ROOM];
    (void)state;
    for (size_t to = 0; to < SHIFTS; to++)
        for (size_t count = 0; count < LENGTHS; count++)
            for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
                fill(ours, sizeof ours, 4);
                fill(theirs, sizeof theirs, 4);
                assert_ptr_equal(own_memset(ours + to, values[i], count), ours + to);
                memset(theirs + to, values[i], count);
                assert_int_equal(memcmp(ours, theirs, sizeof ours), 0);
            }
}

static int sign(int value) { return (value > 0) - (value < 0); }

/* One difference, or two: the first one counts. */
static void test_memcmp(void **state)
{
    unsigned char left[ROOM], right[ROOM];
    (void)state;
    for (size_t a = 0; a < SHIFTS; a++)
        for (size_t b = 0; b < SHIFTS; b++)
            for (size_t count = 0; count < 40; count++) {
                fill(left + a, count + 1, 5);
                fill(right + b, count + 1, 5);
                assert_int_equal(own_memcmp(left + a, right + b, count), 0);
                for (size_t at = 0; at <= count; at++) { /* at `count`: beyond what is compared */
                    right[b + at] ^= 0x80;
                    right[b + count] ^= 0x01;
                    if (at < count)
                        right[b + count - 1] ^= 0x10;
                    assert_int_equal(sign(own_memcmp(left + a, right + b, count)),
                                     sign(memcmp(left + a, right + b, count)));
                    fill(right + b, count + 1, 5);
                }
            }
}

static void test_memcmp_compares_unsigned_bytes(void **state)
{
    (void)state;
    assert_true(own_memcmp("\x80", "\x7f", 1) > 0);
    assert_true(own_memcmp("\x00", "\xff", 1) < 0);
    assert_int_equal(own_memcmp("a", "b", 0), 0);
}

static void test_strlen(void **state)
{
    (void)state;
    for (size_t length = 0; length < 100; length++) {
        char *text = malloc(length + 1); /* exactly: nothing after the zero may be read */
        assert_non_null(text);
        memset(text, 'x', length);
        text[length] = '\0';
        assert_int_equal(own_strlen(text), length);
        free(text);
    }
}

static void test_strcmp(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "a", "ab", "abc", "abd", "b", "a\xff", "\x80", "\x7f"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
            assert_int_equal(sign(own_strcmp(texts[i], texts[k])), sign(strcmp(texts[i], texts[k])));
}

/* Nothing before or after the memory named is touched, not even read: a sanitizer would see it. */
static void test_nothing_beyond(void **state)
{
    (void)state;
    for (size_t count = 0; count < LENGTHS; count++)
        for (size_t cut = 0; cut < 9 && cut <= count; cut++) {
            unsigned char *a = malloc(count + 1), *b = malloc(count + 1);
            assert_true(a != NULL && b != NULL);
            own_memset(a + cut, 7, count + 1 - cut);
            own_memset(b, 7, count + 1);
            assert_int_equal(own_memcmp(a + cut, b + cut, count + 1 - cut), 0);
            own_memcpy(a + cut, b + cut, count + 1 - cut);
            own_memmove(a, b + cut, count + 1 - cut);
            own_memmove(b + cut, b, count + 1 - cut);
            free(a);
            free(b);
        }
}

static void test_whole_pages(void **state)
{
    unsigned char *pages = malloc(3 * 4096), *copy = malloc(3 * 4096);
    (void)state;
    assert_true(pages != NULL && copy != NULL);
    fill(pages, 3 * 4096, 6);
    for (size_t shift = 0; shift < 4096; shift += 511) {
        assert_int_equal(memcmp(own_memcpy(copy, pages + shift, 8192), pages + shift, 8192), 0);
        own_memset(copy, 0, 8192);
        for (size_t i = 0; i < 8192; i++)
            assert_int_equal(copy[i], 0);
    }
    free(pages);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memcpy),
        cmocka_unit_test(test_memmove),
        cmocka_unit_test(test_memset),
        cmocka_unit_test(test_memcmp),
        cmocka_unit_test(test_memcmp_compares_unsigned_bytes),
        cmocka_unit_test(test_strlen),
        cmocka_unit_test(test_strcmp),
        cmocka_unit_test(test_nothing_beyond),
        cmocka_unit_test(test_whole_pages),
    };
    return cmocka_run_group_tests_name("freestanding/string", tests, NULL, NULL);
}
