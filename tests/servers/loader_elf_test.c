/* SPDX-License-Identifier: MIT */
/* The loader of ELF files as a root task runs it: every byte and right of what it maps, and what its failures leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <ukern/ukern.h>

#include "archive_builder.h"
#include "elf_builder.h"
#include "root/loader_elf.c"

/* The system's own archive is empty here; tests make theirs. */
const unsigned char programs_begin[1] = {0}, programs_end[1] = {0};

#define TOP_BYTES     ((uk_word)4 << 20)
#define HOME_BYTES    ((uk_word)1 << 20)
#define ARCHIVE_BYTES 65536
#define PAGES         7 /* that the program spans; one of them it does not use */
#define PAGES_USED    6
#define FREE_BYTES    5 /* words of UK_CAPABILITY_INSPECT on an Untyped and of UK_SPACE_QUERY */
#define MAPPED_BYTES  5

/* What the task and its test share. The task only notes what is wrong: a test cannot be left from its stack. */
struct scene {
    int line;       /* of the first requirement that did not hold */
    uk_word got;    /* there */
    uint32_t first; /* empty slots of the root task */
    uk_word window; /* a page of its addresses */
    uk_word base;   /* where programs lie in the space `space` */
    uint32_t top, home, space, spare, probe, frames;
    struct loader loader;
    struct loader_place place;
    uint8_t archive[ARCHIVE_BYTES], file[ARCHIVE_BYTES], image[PAGES * 4096];
    uint32_t rights[PAGES]; /* 0: nothing is mapped */
};

static struct scene *scene;

static bool require(uk_word is, uk_word wanted, int line)
{
    if (is != wanted && scene->line == 0) {
        scene->line = line;
        scene->got = is;
    }
    return is == wanted;
}
#define REQUIRE(condition)        require((condition) != 0, 1, __LINE__)
#define REQUIRE_EQUAL(is, wanted) require((uk_word)(is), (uk_word)(wanted), __LINE__)

/* The program of most tests, as parts at `base` and as what they must look like in memory. */
static size_t make_program(uk_word base)
{
    const struct elf_part parts[] = {
        {PART_LOAD, PART_R | PART_X, base + 0x10, NULL, 5000, 5000},
        {PART_STACK, PART_R | PART_W, 0, NULL, 0, 0},
        {PART_LOAD, PART_R, base + 0x2ffe, NULL, 2, 2},
        {PART_LOAD, PART_R | PART_W, base + 0x4ff0, NULL, 20, 5000},
    };
    memset(scene->image, 0, sizeof scene->image);
    memset(scene->rights, 0, sizeof scene->rights);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        uk_word at = parts[i].address - base;
        for (size_t n = 0; n < parts[i].file_bytes; n++)
            scene->image[at + n] = (uint8_t)(1 + n % 255);
        for (uk_word page = at / UK_PAGE;
             parts[i].memory_bytes > 0 && page <= (at + parts[i].memory_bytes - 1) / UK_PAGE; page++)
            scene->rights[page] = UK_RIGHT_READ | ((parts[i].flags & PART_W) != 0 ? UK_RIGHT_WRITE : 0u) |
                                  ((parts[i].flags & PART_X) != 0 ? UK_RIGHT_EXECUTE : 0u);
    }
    return elf_build(scene->file, sizeof scene->file, UK_ELF_RISCV, base + 0x20, parts, sizeof parts / sizeof parts[0]);
}

/* An archive with this file as "program", and other things around it. */
static void make_archive(size_t file_bytes)
{
    struct archive_builder builder = {scene->archive, sizeof scene->archive, 0};
    archive_add(&builder, &(struct archive_item){.name = ".", .mode = 0040755});
    archive_add(&builder, &(struct archive_item){.name = "odd", .mode = 0100644, .data = "abc", .data_bytes = 3});
    archive_add(&builder, &(struct archive_item){.name = "folder", .mode = 0040755});
    archive_add(&builder, &(struct archive_item){
                              .name = "program", .mode = 0100755, .data = scene->file, .data_bytes = file_bytes});
    archive_add(&builder, &(struct archive_item){.name = "programs", .mode = 0100644, .data = "", .data_bytes = 0});
    archive_end(&builder);
    scene->loader = (struct loader){scene->archive, scene->archive + builder.used, UK_ELF_RISCV};
}

/* Home and space anew; `table_memory`: has the space any? */
static void make_space(uk_word home_bytes, bool table_memory)
{
    uk_word range[UK_REGISTER_WORDS] = {0};
    REQUIRE_EQUAL(uk_retype(scene->top, UK_TYPE_UNTYPED, home_bytes, UK_SLOT_CNODE, scene->home, 1), UK_OK);
    REQUIRE_EQUAL(uk_retype(scene->home, UK_TYPE_SPACE, 0, UK_SLOT_CNODE, scene->space, 1), UK_OK);
    if (table_memory)
        REQUIRE_EQUAL(uk_space_configure(scene->space, scene->home), UK_OK);
    (void)uk_query(scene->space, range);
    scene->base = ((range[3] + UK_PAGE - 1) & ~(UK_PAGE - 1)) + 16 * UK_PAGE;
    scene->place = (struct loader_place){.untyped = scene->home,
                                         .space = scene->space,
                                         .slot = scene->frames,
                                         .slot_count = PAGES,
                                         .spare = scene->spare,
                                         .window = scene->window};
}

static uk_word inspect(uk_handle slot, unsigned word, enum uk_status wanted)
{
    uk_word words[UK_REGISTER_WORDS];
    REQUIRE_EQUAL(uk_inspect(UK_SLOT_CNODE, slot, words), wanted);
    return words[word];
}

/* Everything that the home gave comes back with one revoke, and is all there is. */
static void take_back(void)
{
    REQUIRE_EQUAL(uk_revoke(UK_SLOT_CNODE, scene->home), UK_OK);
    for (uint32_t i = 0; i < PAGES; i++)
        (void)inspect(scene->frames + i, 0, UK_EMPTY_SLOT);
    (void)inspect(scene->space, 0, UK_EMPTY_SLOT);
    REQUIRE_EQUAL(uk_revoke(UK_SLOT_CNODE, scene->top), UK_OK);
    REQUIRE_EQUAL(inspect(scene->top, FREE_BYTES, UK_OK), TOP_BYTES);
}

static uk_word mapped_bytes(uk_handle space)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(space, words);
    return words[MAPPED_BYTES];
}

/* What is for passing use is free again. */
static void require_tidy(void)
{
    uk_word words[UK_REGISTER_WORDS] = {scene->window};
    (void)inspect(scene->spare, 0, UK_EMPTY_SLOT);
    REQUIRE(uk_query(UK_SLOT_SPACE, words) == UK_NOT_MAPPED || words[0] > scene->window);
}

/* Compares the page that a frame of the program holds, through a capability that allows no more than reading. */
static void require_page(uint32_t slot, unsigned page)
{
    REQUIRE_EQUAL(uk_copy(UK_SLOT_CNODE, scene->probe, UK_NONE, slot, UK_RIGHT_READ), UK_OK);
    if (REQUIRE_EQUAL(uk_map(UK_SLOT_SPACE, scene->probe, scene->window, UK_RIGHT_READ), UK_OK))
        REQUIRE(memcmp((const void *)scene->window, scene->image + page * UK_PAGE, (size_t)UK_PAGE) == 0);
    REQUIRE_EQUAL(uk_delete(UK_SLOT_CNODE, scene->probe), UK_OK);
}

/* Nobody who holds the space can turn the page into something that may be written and executed, or more than it was. */
static void require_rights_fixed(unsigned page)
{
    uk_word address = scene->base + page * UK_PAGE;
    for (uint32_t rights = UK_RIGHT_READ; rights < 8; rights += 2) {
        bool within = (rights & ~scene->rights[page]) == 0;
        REQUIRE_EQUAL(uk_protect(scene->space, address, rights), within ? UK_OK : UK_NO_RIGHT);
    }
    REQUIRE_EQUAL(uk_protect(scene->space, address, scene->rights[page]), UK_OK);
}

/* The space holds the program and nothing else. */
static void require_program(void)
{
    uint32_t slot = scene->frames, pages = 0;
    for (unsigned page = 0; page < PAGES; page++) {
        uk_word words[UK_REGISTER_WORDS] = {scene->base + page * UK_PAGE};
        bool mapped = uk_query(scene->space, words) == UK_OK && words[0] == scene->base + page * UK_PAGE;
        if (!REQUIRE_EQUAL(mapped, scene->rights[page] != 0) || !mapped)
            continue;
        REQUIRE_EQUAL(words[1], UK_PAGE);
        REQUIRE_EQUAL(words[2], scene->rights[page]);
        REQUIRE_EQUAL(inspect(slot, 1, UK_OK), scene->rights[page]); /* of the capability */
        REQUIRE_EQUAL(inspect(slot, 5, UK_OK), words[0]);            /* where it is mapped */
        require_page(slot++, page);
        require_rights_fixed(page);
        pages++;
    }
    REQUIRE_EQUAL(mapped_bytes(scene->space), pages * UK_PAGE);
}

static enum uk_status load(const char *program, struct loaded *loaded)
{
    return loader_load(&scene->loader, program, &scene->place, loaded);
}

/* The tests, as tasks. */

static void load_program(void)
{
    struct program_shape shape;
    struct loaded loaded;
    make_space(HOME_BYTES, true);
    make_archive(make_program(scene->base));
    REQUIRE_EQUAL(loader_measure(&scene->loader, "program", &shape), UK_OK);
    REQUIRE_EQUAL(shape.pages, PAGES_USED);
    REQUIRE_EQUAL(shape.end, scene->base + PAGES * UK_PAGE);
    scene->place.slot_count = (uint32_t)shape.pages;
    for (unsigned round = 0; round < 2; round++) {
        REQUIRE_EQUAL(load("program", &loaded), UK_OK);
        REQUIRE_EQUAL(loaded.entry, scene->base + 0x20);
        REQUIRE_EQUAL(loaded.refusal, UK_ELF_OK);
        require_tidy();
        require_program();
        take_back();
        if (round == 0) /* the memory is used again, and zero again where the program wants it */
            make_space(HOME_BYTES, true);
    }
}

static void load_what_is_not_there(void)
{
    static const char *const names[] = {"", "progra", "programs2", "folder", ".", "TRAILER!!!"};
    struct program_shape shape;
    struct loaded loaded;
    make_space(HOME_BYTES, true);
    make_archive(make_program(scene->base));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        REQUIRE_EQUAL(load(names[i], &loaded), UK_NOT_MAPPED);
        REQUIRE_EQUAL(loader_measure(&scene->loader, names[i], &shape), UK_NOT_MAPPED);
        REQUIRE(shape.pages == 0 && shape.end == 0);
    }
    REQUIRE_EQUAL(load("odd", &loaded), UK_BAD_ARGUMENT);
    REQUIRE_EQUAL(loaded.refusal, UK_ELF_TOO_SHORT);
    REQUIRE_EQUAL(loader_measure(&scene->loader, "odd", &shape), UK_BAD_ARGUMENT);
    REQUIRE(shape.refusal == UK_ELF_TOO_SHORT && shape.pages == 0 && shape.end == 0);
    for (size_t cut = 1; cut < 3000; cut += 13) { /* a truncated archive has what is whole in it, and no more */
        scene->loader.end = scene->archive + cut;
        REQUIRE_EQUAL(load("program", &loaded), UK_NOT_MAPPED);
    }
    require_tidy();
    REQUIRE_EQUAL(mapped_bytes(scene->space), 0);
    take_back();
}

struct hostile {
    size_t offset;
    unsigned count;
    uk_word value;
    bool relative; /* the value counts from the program's base */
    enum uk_elf_error refusal;
};

/* Parts: 0 code, 1 stack, 2 constants, 3 data. */
#define PART(part, field) (ELF_HEADER_BYTES + (part) * (size_t)ELF_PROGRAM_HEADER_BYTES + (field))

static const struct hostile hostile[] = {
    {ELF_MACHINE, 2, UK_ELF_X86_64, false, UK_ELF_BAD_MACHINE},
    {ELF_TYPE, 2, 3, false, UK_ELF_BAD_TYPE},
    {ELF_ENTRY, 8, 0, false, UK_ELF_BAD_ENTRY},
    {ELF_ENTRY, 8, 0x4ff0, true, UK_ELF_BAD_ENTRY},
    {ELF_HEADERS, 8, ~(uk_word)0 - 100, false, UK_ELF_HEADERS_BEYOND_END},
    {PART(0, PART_FLAGS), 4, 7, false, UK_ELF_WRITE_EXECUTE},
    {PART(1, PART_FLAGS), 4, 7, false, UK_ELF_EXECUTABLE_STACK},
    {PART(1, PART_TYPE), 4, PART_DYNAMIC, false, UK_ELF_DYNAMIC},
    {PART(3, PART_FILE_BYTES), 8, 5001, false, UK_ELF_FILE_LARGER},
    {PART(3, PART_OFFSET), 8, 100000, false, UK_ELF_BEYOND_END},
    {PART(3, PART_ADDRESS), 8, 0x2ffe, true, UK_ELF_OVERLAP},
    {PART(3, PART_ADDRESS), 8, 0x1000, true, UK_ELF_NOT_RISING},
    {PART(3, PART_MEMORY_BYTES), 8, (uk_word)1 << 40, false, UK_ELF_OUTSIDE},
    {PART(3, PART_MEMORY_BYTES), 8, ~(uk_word)0, false, UK_ELF_WRAPS},
};

/* The file is right but for one field. */
static void load_hostile_files(void)
{
    make_space(HOME_BYTES, true);
    uk_word before = inspect(scene->home, FREE_BYTES, UK_OK);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct loaded loaded;
        size_t count = make_program(scene->base);
        elf_put(scene->file, hostile[i].offset, hostile[i].count,
                hostile[i].value + (hostile[i].relative ? scene->base : 0));
        make_archive(count);
        REQUIRE_EQUAL(load("program", &loaded), UK_BAD_ARGUMENT);
        REQUIRE_EQUAL(loaded.refusal, hostile[i].refusal);
        require_tidy();
        REQUIRE_EQUAL(mapped_bytes(scene->space), 0);
        REQUIRE_EQUAL(inspect(scene->home, FREE_BYTES, UK_OK), before);
    }
    take_back();
}

/* Good where it was linked for, but this space has other addresses. */
static void load_outside_of_the_space(void)
{
    uk_word range[UK_REGISTER_WORDS] = {0};
    struct program_shape shape;
    struct loaded loaded;
    make_space(HOME_BYTES, true);
    (void)uk_query(scene->space, range);
    const uk_word bases[] = {UK_PAGE, scene->window, range[3] - UK_PAGE, range[4] - 5 * UK_PAGE};
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        make_archive(make_program(bases[i]));
        REQUIRE_EQUAL(loader_measure(&scene->loader, "program", &shape), UK_OK);
        REQUIRE_EQUAL(shape.pages, PAGES_USED);
        REQUIRE_EQUAL(load("program", &loaded), UK_BAD_ARGUMENT);
        REQUIRE_EQUAL(loaded.refusal, UK_ELF_OUTSIDE);
    }
    make_archive(make_program(0)); /* the first page of all is nobody's */
    REQUIRE_EQUAL(loader_measure(&scene->loader, "program", &shape), UK_BAD_ARGUMENT);
    REQUIRE_EQUAL(shape.refusal, UK_ELF_OUTSIDE);
    REQUIRE_EQUAL(mapped_bytes(scene->space), 0);
    take_back();
}

static void load_with_too_few_slots(void)
{
    struct loaded loaded;
    make_space(HOME_BYTES, true);
    make_archive(make_program(scene->base));
    uk_word before = inspect(scene->home, FREE_BYTES, UK_OK);
    scene->place.slot_count = PAGES_USED - 1;
    REQUIRE_EQUAL(load("program", &loaded), UK_LIMIT);
    REQUIRE_EQUAL(inspect(scene->home, FREE_BYTES, UK_OK), before);
    require_tidy();
    take_back();
}

/* However little memory there is, the failure is a status, and all comes back. */
static void load_with_too_little_memory(void)
{
    struct loaded loaded;
    unsigned failed = 0;
    for (uk_word bytes = 2 * UK_PAGE; bytes <= HOME_BYTES; bytes *= 2) {
        make_space(bytes, true);
        make_archive(make_program(scene->base));
        enum uk_status status = load("program", &loaded);
        REQUIRE(status == UK_OK || status == UK_NO_MEMORY);
        failed += status == UK_NO_MEMORY;
        require_tidy();
        if (status == UK_OK)
            require_program();
        take_back();
    }
    REQUIRE(failed >= 2);
    make_space(HOME_BYTES, false); /* no memory for tables at all */
    make_archive(make_program(scene->base));
    REQUIRE_EQUAL(load("program", &loaded), UK_NO_MEMORY);
    require_tidy();
    take_back();
}

/* Somebody is there already: in the n-th slot, at the n-th page. */
static void load_where_something_is(void)
{
    struct loaded loaded;
    for (uint32_t n = 0; n < PAGES_USED; n++) {
        make_space(HOME_BYTES, true);
        make_archive(make_program(scene->base));
        REQUIRE_EQUAL(uk_retype(scene->home, UK_TYPE_REPLY, 0, UK_SLOT_CNODE, scene->frames + n, 1), UK_OK);
        REQUIRE_EQUAL(load("program", &loaded), UK_SLOT_TAKEN);
        REQUIRE_EQUAL(mapped_bytes(scene->space), n * UK_PAGE);
        require_tidy();
        take_back();
    }
    for (uint32_t n = 0; n < PAGES; n++) {
        make_space(HOME_BYTES, true);
        make_archive(make_program(scene->base));
        REQUIRE_EQUAL(uk_retype(scene->home, UK_TYPE_FRAME, UK_PAGE, UK_SLOT_CNODE, scene->probe, 1), UK_OK);
        REQUIRE_EQUAL(uk_map(scene->space, scene->probe, scene->base + n * UK_PAGE, UK_RIGHT_READ), UK_OK);
        REQUIRE_EQUAL(load("program", &loaded), scene->rights[n] != 0 ? UK_MAPPED : UK_OK);
        require_tidy();
        take_back();
    }
}

/* The window is not free: nothing is mapped over, and nothing of it is taken away. */
static void load_through_a_window_in_use(void)
{
    struct loaded loaded;
    make_space(HOME_BYTES, true);
    make_archive(make_program(scene->base));
    REQUIRE_EQUAL(uk_retype(scene->home, UK_TYPE_FRAME, UK_PAGE, UK_SLOT_CNODE, scene->probe, 1), UK_OK);
    REQUIRE_EQUAL(uk_map(UK_SLOT_SPACE, scene->probe, scene->window, UK_RIGHT_READ), UK_OK);
    REQUIRE_EQUAL(load("program", &loaded), UK_MAPPED);
    (void)inspect(scene->spare, 0, UK_EMPTY_SLOT);
    REQUIRE_EQUAL(inspect(scene->probe, 5, UK_OK), scene->window);
    REQUIRE_EQUAL(mapped_bytes(scene->space), 0);
    take_back();
}

/* All pages of a segment may be zero, begin and end anywhere, and be many. */
static void load_odd_shapes(void)
{
    for (uk_word shift = 0; shift < UK_PAGE; shift += 511)
        for (size_t bytes = 0; bytes <= 8200; bytes += 1025) {
            struct loaded loaded;
            make_space(HOME_BYTES, true);
            const struct elf_part parts[] = {
                {PART_LOAD, PART_R | PART_X, scene->base, NULL, 2, 2},
                {PART_LOAD, PART_R | PART_W, scene->base + UK_PAGE + shift, NULL, bytes, 2 * UK_PAGE + 1200},
            };
            uk_word pages = (shift + 2 * UK_PAGE + 1200 + UK_PAGE - 1) / UK_PAGE;
            make_archive(elf_build(scene->file, sizeof scene->file, UK_ELF_RISCV, scene->base, parts, 2));
            memset(scene->image, 0, sizeof scene->image);
            memset(scene->rights, 0, sizeof scene->rights);
            memcpy(scene->image, "\1\2", 2);
            scene->rights[0] = UK_RIGHT_READ | UK_RIGHT_EXECUTE;
            for (size_t n = 0; n < bytes; n++)
                scene->image[UK_PAGE + shift + n] = (uint8_t)(1 + n % 255);
            for (uk_word page = 1; page <= pages; page++)
                scene->rights[page] = UK_RIGHT_READ | UK_RIGHT_WRITE;
            REQUIRE_EQUAL(load("program", &loaded), UK_OK);
            require_tidy();
            require_program();
            take_back();
        }
}

static void (*play)(void);

static uk_word root(uk_word boot_info)
{
    const struct uk_boot_info *info = (const struct uk_boot_info *)boot_info;
    scene->top = info->first_free;
    scene->home = info->first_free + 1;
    scene->space = info->first_free + 2;
    scene->spare = info->first_free + 3;
    scene->probe = info->first_free + 4;
    scene->frames = info->first_free + 5;
    scene->window = (info->free_base + UK_PAGE - 1) & ~(UK_PAGE - 1);
    REQUIRE_EQUAL(uk_retype(UK_SLOT_UNTYPED, UK_TYPE_UNTYPED, TOP_BYTES, UK_SLOT_CNODE, scene->top, 1), UK_OK);
    play();
    return 0;
}

static void run(void (*part)(void))
{
    struct uk_config config = {.run = 1,
                               .arena_bytes = (uk_word)16 << 20,
                               .spaces_max = 4,
                               .threads_max = 4,
                               .window_bytes = (uk_word)64 << 20};
    struct uk_kernel *kernel;
    struct uk_counters counters;
    char text[256] = "";
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(UK_PAGE - 1);
    void *memory = aligned_alloc(UK_PAGE, bytes);
    scene = calloc(1, sizeof *scene);
    assert_true(memory != NULL && scene != NULL);
    play = part;
    assert_int_equal(uk_boot(memory, bytes, &config, &kernel), UK_OK);
    assert_int_equal(uk_start(kernel, root, 0), UK_OK);
    assert_int_equal(uk_run(kernel, UK_FOREVER, 0), UK_RUN_HALTED);
    if (uk_check(kernel, text, sizeof text) != 0)
        fail_msg("%s", text);
    uk_counters(kernel, &counters);
    assert_int_equal(counters.exit_code, 0);
    uk_destroy(kernel);
    free(memory);
    int line = scene->line;
    uk_word got = scene->got;
    free(scene);
    if (line != 0)
        fail_msg("%s:%d does not hold: %lu", __FILE__, line, (unsigned long)got);
}

#define TASK_TEST(name)                                                                                                \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        run(name);                                                                                                     \
    }

TASK_TEST(load_program)
TASK_TEST(load_what_is_not_there)
TASK_TEST(load_hostile_files)
TASK_TEST(load_outside_of_the_space)
TASK_TEST(load_with_too_few_slots)
TASK_TEST(load_with_too_little_memory)
TASK_TEST(load_where_something_is)
TASK_TEST(load_through_a_window_in_use)
TASK_TEST(load_odd_shapes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_program),
        cmocka_unit_test(test_load_what_is_not_there),
        cmocka_unit_test(test_load_hostile_files),
        cmocka_unit_test(test_load_outside_of_the_space),
        cmocka_unit_test(test_load_with_too_few_slots),
        cmocka_unit_test(test_load_with_too_little_memory),
        cmocka_unit_test(test_load_where_something_is),
        cmocka_unit_test(test_load_through_a_window_in_use),
        cmocka_unit_test(test_load_odd_shapes),
    };
    return cmocka_run_group_tests_name("servers/loader_elf", tests, NULL, NULL);
}
