/* SPDX-License-Identifier: MIT */
/* The runtime's small tools: text as the host's libc has it, and never a byte beyond the room that was given. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/arena.h"
#include "runtime/console.h"
#include "runtime/message.h"
#include "runtime/text.h"

static void strings(void **state)
{
    (void)state;
    assert_int_equal(0, text_length(""));
    assert_int_equal(3, text_length("abc"));
    assert_true(text_equal("abc", "abc"));
    assert_false(text_equal("abc", "abd"));
    assert_false(text_equal("ab", "abc"));
    assert_false(text_equal("abc", "ab"));
    assert_true(text_compare("a", 1, "b", 1) < 0);
    assert_true(text_compare("a", 1, "ab", 2) < 0);
    assert_true(text_compare("\xff", 1, "a", 1) > 0);
    assert_int_equal(0, text_compare("x\0y", 3, "x\0y", 3));
    assert_null(text_find("abc", 2, 'c'));
    assert_string_equal("c", text_find("abc", 3, 'c'));
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
    } rows[] = {
        {"0", true, 0}, {"7", true, 7}, {"0x1F", true, 31}, {"0Xff", true, 255}, {"010", true, 8},
        {"18446744073709551615", true, UINT64_MAX}, {"0xffffffffffffffff", true, UINT64_MAX},
        {"18446744073709551616", false, 0}, {"0x10000000000000000", false, 0}, {"99999999999999999999", false, 0},
        {"", false, 0}, {"0x", false, 0}, {"08", false, 0}, {"-1", false, 0}, {"1 ", false, 0}, {"a", false, 0},
        {"0xg", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t value = 0;
        assert_int_equal(rows[i].good, text_to_number(rows[i].text, &value));
        if (rows[i].good)
            assert_true(value == rows[i].value);
    }
}

#define SAME_AS_LIBC(...)                                                                                              \
    do {                                                                                                               \
        char ours[128], theirs[128];                                                                                   \
        size_t length = text_format(ours, sizeof ours, __VA_ARGS__);                                                   \
        assert_int_equal(snprintf(theirs, sizeof theirs, __VA_ARGS__), length);                                        \
        assert_string_equal(theirs, ours);                                                                             \
    } while (0)

static void formats_as_libc(void **state)
{
    (void)state;
    SAME_AS_LIBC("plain %% text");
    SAME_AS_LIBC("%s|%10s|%-10s|%.2s|%*s|%.*s", "abc", "abc", "abc", "abc", 7, "abc", 1, "abc");
    SAME_AS_LIBC("%d %d %d %5d|%-5d|%05d|%05d", 0, 42, -42, -7, -7, -7, 7);
    SAME_AS_LIBC("%d %d", INT32_MIN, INT32_MAX);
    SAME_AS_LIBC("%ld %ld", LONG_MIN, LONG_MAX);
    SAME_AS_LIBC("%u %x %o", 4000000000u, 0xdeadbeefu, 0777u);
    SAME_AS_LIBC("%lu %lx %lo %zu", ULONG_MAX, ULONG_MAX, ULONG_MAX, SIZE_MAX);
    SAME_AS_LIBC("%8x|%-8x|%08x|%02x|%c|%3c|%-3c|", 0xabu, 0xabu, 0xabu, 0xabcu, 'x', 'y', 'z');
    SAME_AS_LIBC("%*lu|%i", 20, 12345678901234567UL, -3);
}

static void a_bounded_text_stops_at_its_room(void **state)
{
    char text[8];
    (void)state;
    memset(text, '!', sizeof text);
    assert_int_equal(3, text_format(text, 4, "%s", "abcdef"));
    assert_memory_equal("abc\0!!!!", text, 8);
    assert_int_equal(0, text_format(text, 1, "%d", 5));
    assert_memory_equal("\0bc", text, 3);
    struct writer writer = writer_open(text, 3, NULL);
    writer_bytes(&writer, "xy", 2);
    assert_true(writer_flush(&writer));
    writer_bytes(&writer, "zw", 2);
    assert_false(writer_flush(&writer));
    assert_memory_equal("xyz", text, 3);
}

static char drained[64];
static size_t drained_bytes;

static bool drain_to_test(struct writer *writer)
{
    if (drained_bytes + writer->used > sizeof drained)
        return false;
    memcpy(drained + drained_bytes, writer->bytes, writer->used);
    drained_bytes += writer->used;
    return true;
}

static void a_draining_writer_loses_nothing(void **state)
{
    char room[4];
    struct writer writer = writer_open(room, sizeof room, drain_to_test);
    (void)state;
    drained_bytes = 0;
    writer_format(&writer, "%s %d", "hello, world", 42);
    writer_fill(&writer, '-', 3);
    assert_true(writer_flush(&writer));
    assert_int_equal(18, drained_bytes);
    assert_memory_equal("hello, world 42---", drained, 18);
    writer_fill(&writer, '+', 100);
    assert_false(writer_flush(&writer));
}

static void arenas(void **state)
{
    _Alignas(16) unsigned char memory[100];
    struct arena arena = arena_open(memory, sizeof memory);
    (void)state;
    assert_ptr_equal(memory, arena_take(&arena, 1));
    size_t mark = arena.used;
    assert_ptr_equal(memory + 16, arena_take(&arena, 20));
    assert_null(arena_take(&arena, 60));
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_ptr_equal(memory + 48, arena_take(&arena, 52));
    assert_null(arena_take(&arena, 1));
    assert_null(arena_take(&arena, 0x7fffffff));
    arena.used = mark;
    assert_ptr_equal(memory + 16, arena_take(&arena, 84));
    assert_int_equal(100, arena.peak);
}

static void bytes_in_messages(void **state)
{
    struct uk_buffer buffer;
    char out[512], in[512];
    (void)state;
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (char)(i * 7 + 1);
    for (size_t count = 0; count <= 504; count++) {
        struct uk_message message = uk_message(9, 1);
        memset(&buffer, 0xff, sizeof buffer);
        memset(in, 0, sizeof in);
        assert_int_equal(count, message_put_bytes(&message, &buffer, 1, out, count));
        assert_int_equal(9, UK_TAG_LABEL(message.tag));
        assert_int_equal(1 + (count + 7) / 8, UK_TAG_LENGTH(message.tag));
        assert_int_equal(count, message_get_bytes(&message, &buffer, 1, in, count));
        assert_memory_equal(out, in, count);
        assert_int_equal(0, in[count]);
    }
    struct uk_message message = uk_message(9, 0);
    assert_int_equal(504, message_put_bytes(&message, &buffer, 1, out, 512));
    message.tag = UK_TAG(9, 2, 0);
    assert_int_equal(8, message_get_bytes(&message, &buffer, 1, in, 512));
    message.tag = UK_TAG(9, 127, 0);
    assert_int_equal(504, message_get_bytes(&message, &buffer, 1, in, 512));
}

/* A console that hands out a text in pieces of given size. */
struct script {
    struct console console;
    const char *text;
    size_t left, piece;
};

static size_t script_read(struct console *console, char *bytes, size_t room)
{
    struct script *script = (struct script *)console;
    size_t count = script->left < script->piece ? script->left : script->piece;
    count = count < room ? count : room;
    memcpy(bytes, script->text, count);
    script->text += count;
    script->left -= count;
    return count;
}

static void lines(void **state)
{
    static const char text[] = "one\n\ntoo long by far\nze\0ro\nlast";
    char line[10];
    (void)state;
    for (size_t piece = 1; piece < sizeof text + 1; piece++) {
        struct script script = {{NULL, script_read}, text, sizeof text - 1, piece};
        struct line_reader reader;
        line_reader_open(&reader, &script.console);
        assert_int_equal(LINE_READ, line_read(&reader, line, sizeof line));
        assert_string_equal("one", line);
        assert_int_equal(LINE_READ, line_read(&reader, line, sizeof line));
        assert_string_equal("", line);
        assert_int_equal(LINE_TOO_LONG, line_read(&reader, line, sizeof line));
        assert_int_equal(LINE_BINARY, line_read(&reader, line, sizeof line));
        assert_int_equal(LINE_READ, line_read(&reader, line, sizeof line));
        assert_string_equal("last", line);
        assert_int_equal(LINE_END, line_read(&reader, line, sizeof line));
        assert_int_equal(LINE_END, line_read(&reader, line, sizeof line));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings),
        cmocka_unit_test(numbers),
        cmocka_unit_test(formats_as_libc),
        cmocka_unit_test(a_bounded_text_stops_at_its_room),
        cmocka_unit_test(a_draining_writer_loses_nothing),
        cmocka_unit_test(arenas),
        cmocka_unit_test(bytes_in_messages),
        cmocka_unit_test(lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
