/* SPDX-License-Identifier: MIT */
/* Writes the seeds of ninep_fuzzer and archive_fuzzer: cc -Iservers fuzz/make_files_corpus.c && ./a.out fuzz/corpus */
#include "../servers/files/ninep_format.h"
#include "../tests/servers/archive_builder.h"

#include <stdarg.h>
#include <stdlib.h>

static const char *corpus;
static uint8_t bytes[65536];
static size_t used;
static unsigned tag;

static void put(unsigned count, uint64_t value)
{
    for (; count > 0; count--, value >>= 8)
        bytes[used++] = (uint8_t)value;
}

/* Fields as in tests/servers/ninep_talk.h: 1 2 4 unsigned, 8 uint64_t, s a string, d a string without its length. */
static void ask(uint8_t type, const char *fields, ...)
{
    size_t begin = used;
    va_list list;
    va_start(list, fields);
    put(4, 0);
    put(1, type);
    put(2, type == NINEP_TVERSION && tag < 256 ? NINEP_NO_TAG : tag++);
    for (; *fields != 0; fields++) {
        const char *text = *fields == 's' || *fields == 'd' ? va_arg(list, const char *) : NULL;
        if (*fields == 's')
            put(2, strlen(text));
        for (; text != NULL && *text != 0; text++)
            put(1, (uint8_t)*text);
        if (*fields == '8')
            put(8, va_arg(list, uint64_t));
        else if (*fields != 's' && *fields != 'd')
            put((unsigned)(*fields - '0'), va_arg(list, unsigned));
    }
    va_end(list);
    size_t end = used;
    used = begin;
    put(4, end - begin);
    used = end;
}

static void save(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s", corpus, folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, used, file) != used || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    used = 0;
    tag = 0;
}

static void attach(void)
{
    ask(NINEP_TVERSION, "4s", 8192u, "9P2000.L");
    ask(NINEP_TATTACH, "44ss4", 0u, NINEP_NO_FID, "user", "", NINEP_NO_USER);
}

static void seed_reading(void)
{
    attach();
    ask(NINEP_TWALK, "442s", 0u, 1u, 1u, "hello");
    ask(NINEP_TGETATTR, "48", 1u, (uint64_t)0x3fff);
    ask(NINEP_TLOPEN, "44", 1u, 0u);
    ask(NINEP_TREAD, "484", 1u, (uint64_t)4, 10u);
    ask(NINEP_TCLUNK, "4", 1u);
    save("ninep_fuzzer", "read");
    attach();
    ask(NINEP_TWALK, "442sss", 0u, 1u, 3u, "dir", "sub", "leaf");
    ask(NINEP_TWALK, "442sss", 0u, 2u, 3u, "dir", "..", "none");
    ask(NINEP_TWALK, "442", 1u, 2u, 0u);
    ask(NINEP_TSTATFS, "4", 0u);
    ask(NINEP_TFLUSH, "2", 1u);
    ask(NINEP_TAUTH, "4ss4", 3u, "user", "", 0u);
    save("ninep_fuzzer", "walk");
    attach();
    ask(NINEP_TWALK, "442s", 0u, 1u, 1u, "dir");
    ask(NINEP_TLOPEN, "44", 1u, 0200000u);
    ask(NINEP_TREADDIR, "484", 1u, (uint64_t)0, 80u);
    ask(NINEP_TREADDIR, "484", 1u, (uint64_t)3, 8000u);
    ask(NINEP_TWALK, "442s", 0u, 2u, 1u, "link");
    ask(NINEP_TREADLINK, "4", 2u);
    save("ninep_fuzzer", "list");
}

static void seed_writing(void)
{
    attach();
    ask(NINEP_TWALK, "442", 0u, 1u, 0u);
    ask(NINEP_TLCREATE, "4s444", 1u, "new", 2u, 0644u, 0u);
    ask(NINEP_TWRITE, "484d", 1u, (uint64_t)5000, 5u, "bytes");
    ask(NINEP_TSETATTR,
        "444448"
        "8888",
        1u, 8u, 0u, 0u, 0u, (uint64_t)5002, (uint64_t)0, (uint64_t)0, (uint64_t)0, (uint64_t)0);
    ask(NINEP_TREAD, "484", 1u, (uint64_t)4096, 4096u);
    ask(NINEP_TFSYNC, "44", 1u, 0u);
    ask(NINEP_TUNLINKAT, "4s4", 0u, "new", 0u);
    ask(NINEP_TWRITE, "484d", 1u, (uint64_t)1 << 30, 5u, "bytes");
    ask(NINEP_TCLUNK, "4", 1u);
    save("ninep_fuzzer", "write");
    attach();
    ask(NINEP_TWALK, "442s", 0u, 1u, 1u, "hello");
    ask(NINEP_TLOPEN, "44", 1u, 02001u);
    ask(NINEP_TWRITE, "484d", 1u, (uint64_t)0, 5u, "bytes");
    ask(NINEP_TSETATTR,
        "444448"
        "8888",
        1u, 0x1f7u, 0600u, 1u, 2u, (uint64_t)0, (uint64_t)3, (uint64_t)4, (uint64_t)5, (uint64_t)6);
    save("ninep_fuzzer", "append");
}

static void seed_names(void)
{
    attach();
    ask(NINEP_TMKDIR, "4s44", 0u, "d", 0755u, 0u);
    ask(NINEP_TWALK, "442s", 0u, 1u, 1u, "d");
    ask(NINEP_TSYMLINK, "4ss4", 1u, "s", "../hello", 0u);
    ask(NINEP_TMKNOD, "4s4444", 1u, "n", 0010644u, 0u, 0u, 0u);
    ask(NINEP_TWALK, "442s", 0u, 2u, 1u, "hello");
    ask(NINEP_TLINK, "44s", 1u, 2u, "h");
    ask(NINEP_TRENAMEAT, "4s4s", 0u, "hello", 1u, "h");
    ask(NINEP_TRENAME, "44s", 2u, 1u, "k");
    ask(NINEP_TREMOVE, "4", 2u);
    ask(NINEP_TUNLINKAT, "4s4", 1u, "s", 0u);
    ask(NINEP_TUNLINKAT, "4s4", 0u, "d", 0x200u);
    save("ninep_fuzzer", "names");
    attach();
    ask(NINEP_TMKDIR, "4s44", 0u, "a", 0755u, 0u);
    ask(NINEP_TWALK, "442s", 0u, 1u, 1u, "a");
    ask(NINEP_TMKDIR, "4s44", 1u, "b", 0755u, 0u);
    ask(NINEP_TWALK, "442s", 1u, 2u, 1u, "b");
    ask(NINEP_TRENAMEAT, "4s4s", 0u, "a", 2u, "x");
    ask(NINEP_TRENAME, "44s", 2u, 0u, "c");
    ask(NINEP_TUNLINKAT, "4s4", 0u, "a", 0x200u);
    ask(NINEP_TWALK, "442s", 1u, 3u, 1u, "..");
    ask(NINEP_TMKDIR, "4s44", 1u, "gone", 0755u, 0u);
    save("ninep_fuzzer", "rename");
}

static void seed_sessions(void)
{
    attach();
    tag = 256;
    ask(NINEP_TVERSION, "4s", 512u, "9P2000.L");
    ask(NINEP_TATTACH, "44ss4", 0u, NINEP_NO_FID, "other", "/", 5u);
    ask(NINEP_TWALK, "442s", 0u, 1u, 1u, "hello");
    ask(NINEP_TLOPEN, "44", 1u, 2u);
    tag = 10;
    ask(NINEP_TUNLINKAT, "4s4", 0u, "hello", 0u);
    tag = 300;
    ask(NINEP_TREAD, "484", 1u, (uint64_t)0, 10u);
    ask(NINEP_TVERSION, "4s", 8192u, "9P2000.u");
    save("ninep_fuzzer", "two_sessions");
    tag = 257;
    ask(NINEP_TVERSION, "4s", 8192u, "9P2000.L");
    ask(NINEP_TATTACH, "44ss4", 0u, NINEP_NO_FID, "user", "", NINEP_NO_USER);
    for (unsigned i = 1; i < 12; i++) {
        ask(NINEP_TWALK, "442", 0u, i, 0u);
        char name[2] = {(char)('a' + i), 0};
        ask(NINEP_TLCREATE, "4s444", i, name, 1u, 0644u, 0u);
        ask(NINEP_TWRITE, "484d", i, (uint64_t)i << 12, 4u, "full");
    }
    save("ninep_fuzzer", "little_memory");
}

static void seed_archive(const char *name, const struct archive_item *items, size_t count)
{
    struct archive_builder builder = {bytes, sizeof bytes, 0};
    for (size_t i = 0; i < count; i++)
        archive_add(&builder, &items[i]);
    archive_end(&builder);
    used = builder.used;
    save("archive_fuzzer", name);
}

#define SEED_ARCHIVE(name, ...)                                                                                        \
    do {                                                                                                               \
        const struct archive_item items[] = {__VA_ARGS__};                                                             \
        seed_archive(name, items, sizeof items / sizeof items[0]);                                                     \
    } while (0)

static void seed_archives(void)
{
    used = archive_sample(bytes, sizeof bytes);
    save("archive_fuzzer", "sample");
    SEED_ARCHIVE("file", {.name = "a", .mode = 0100644, .data = "data", .data_bytes = 4});
    SEED_ARCHIVE("crc", {.name = "a",
                         .mode = 0100644,
                         .data = "data",
                         .data_bytes = 4,
                         .magic = "070702",
                         .checksum = 'd' + 'a' + 't' + 'a'});
    SEED_ARCHIVE("children_first", {.name = "a/b/c", .mode = 0100644}, {.name = "a/b", .mode = 0040755},
                 {.name = "a", .mode = 0040700}, {.name = ".", .mode = 0040711});
    SEED_ARCHIVE("linked", {.name = "a", .mode = 0100644, .number = 5, .links = 2},
                 {.name = "./b", .mode = 0100644, .number = 5, .links = 2, .data = "data", .data_bytes = 4});
    SEED_ARCHIVE("dot_dot", {.name = "/a/../../b", .mode = 0100644});
    SEED_ARCHIVE("through_link", {.name = "a", .mode = 0120777, .data = "/", .data_bytes = 1},
                 {.name = "a/b", .mode = 0100644});
}

int main(int count, char **words)
{
    if (count != 2) {
        fprintf(stderr, "usage: make_files_corpus CORPUS\n");
        return 2;
    }
    corpus = words[1];
    seed_reading();
    seed_writing();
    seed_names();
    seed_sessions();
    seed_archives();
    return 0;
}
