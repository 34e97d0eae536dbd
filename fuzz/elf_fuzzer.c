/* SPDX-License-Identifier: MIT */
/* Any bytes as an ELF file: accepted exactly when a slow second opinion finds nothing wrong, and then cut as it says. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ukern/elf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Wide enough that no sum of two fields wraps. */
__extension__ typedef unsigned __int128 wide;

struct load {
    wide offset, address, file_bytes, memory_bytes, end;
    unsigned flags;
};

struct opinion {
    bool good;
    struct load loads[UK_ELF_HEADERS_MAX];
    unsigned count;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* A little-endian number; beyond the end of the file there are zeros. */
static uint64_t number(const uint8_t *data, size_t size, wide offset, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++)
        if (offset + i < size)
            value |= (uint64_t)data[(size_t)offset + i] << (8 * i);
    return value;
}

static bool header_good(const uint8_t *data, size_t size)
{
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    uint64_t count = number(data, size, 56, 2);
    if (size < 64 || count == 0 || count > 16)
        return false;
    for (size_t i = 0; i < sizeof ident; i++)
        if (data[i] != ident[i])
            return false;
    return number(data, size, 16, 2) == 2 && number(data, size, 18, 2) == 243 && number(data, size, 20, 4) == 1 &&
           number(data, size, 52, 2) == 64 && number(data, size, 54, 2) == 56 &&
           (wide)number(data, size, 32, 8) + 56 * count <= size;
}

/* Says whether a program header may be there; notes it if it is to be loaded. */
static bool note_header(const uint8_t *data, size_t size, wide at, struct opinion *opinion)
{
    struct load load = {
        .offset = number(data, size, at + 8, 8),
        .address = number(data, size, at + 16, 8),
        .file_bytes = number(data, size, at + 32, 8),
        .memory_bytes = number(data, size, at + 40, 8),
        .flags = (unsigned)number(data, size, at + 4, 4) & 7,
    };
    load.end = load.address + load.memory_bytes;
    uint64_t type = number(data, size, at, 4);
    if (type == 1 && load.file_bytes + load.memory_bytes > 0)
        opinion->loads[opinion->count++] = load;
    return type != 2 && type != 3 && type != 7 && (type != 0x6474e551 || load.flags % 2 == 0);
}

static bool load_good(const struct load *load, size_t size, wide low, wide high)
{
    wide first = load->address / UK_PAGE * UK_PAGE, end = (load->end + UK_PAGE - 1) / UK_PAGE * UK_PAGE;
    bool in_file = load->file_bytes == 0 || load->offset + load->file_bytes <= size;
    bool rights = load->flags == 4 || load->flags == 5 || load->flags == 6;
    return in_file && rights && load->file_bytes <= load->memory_bytes && first >= low && end <= high;
}

static wide first_page(const struct load *load) { return load->address / UK_PAGE; }
static wide last_page(const struct load *load) { return (load->end - 1) / UK_PAGE; }

/* Everything that elf.h promises of an accepted file, read from the file once more. */
static void judge(const uint8_t *data, size_t size, uk_word low, uk_word high, struct opinion *opinion)
{
    uint64_t entry = number(data, size, 24, 8);
    bool entered = false;
    *opinion = (struct opinion){.good = header_good(data, size)};
    for (unsigned i = 0; opinion->good && i < number(data, size, 56, 2); i++)
        opinion->good = note_header(data, size, (wide)number(data, size, 32, 8) + 56 * i, opinion);
    for (unsigned i = 0; i < opinion->count; i++) {
        const struct load *load = &opinion->loads[i];
        opinion->good = opinion->good && load_good(load, size, low, high);
        for (unsigned n = 0; opinion->good && n < i; n++)
            opinion->good = first_page(load) > last_page(&opinion->loads[n]);
        entered = entered || (load->flags == 5 && entry >= load->address && entry < load->end);
    }
    opinion->good = opinion->good && entered && entry % 2 == 0;
}

static void check_segment(const struct uk_elf *elf, unsigned index, const struct load *load)
{
    struct uk_elf_segment segment;
    uk_elf_segment(elf, index, &segment);
    require(segment.address == first_page(load) * UK_PAGE);
    require(segment.bytes == (last_page(load) + 1 - first_page(load)) * UK_PAGE);
    require(segment.file_address == load->address && segment.file_bytes == load->file_bytes);
    require(segment.file_address >= segment.address);
    require(segment.file_address + segment.file_bytes <= segment.address + segment.bytes);
    require(segment.file >= elf->bytes && (size_t)(segment.file - elf->bytes) <= elf->count);
    require(segment.file_bytes <= elf->count - (size_t)(segment.file - elf->bytes));
    require(segment.file_bytes == 0 || (wide)(size_t)(segment.file - elf->bytes) == load->offset);
    require((segment.rights & UK_RIGHT_READ) != 0 && (segment.rights & ~7u) == 0);
    require(((segment.rights & UK_RIGHT_WRITE) != 0) == (load->flags == 6));
    require(((segment.rights & UK_RIGHT_EXECUTE) != 0) == (load->flags == 5));
}

static void check(const uint8_t *data, size_t size, uk_word low, uk_word high)
{
    struct opinion opinion;
    struct uk_elf elf;
    wide pages = 0;
    enum uk_elf_error error = uk_elf_open(&elf, data, size, 243, low, high);
    require((unsigned)error < UK_ELF_ERROR_COUNT && uk_elf_error_text(error)[0] != '\0');
    judge(data, size, low, high, &opinion);
    require((error == UK_ELF_OK) == opinion.good);
    if (error != UK_ELF_OK)
        return;
    require(elf.bytes == data && elf.count == size && elf.segment_count == opinion.count && opinion.count > 0);
    require(elf.entry == number(data, size, 24, 8));
    for (unsigned i = 0; i < opinion.count; i++) {
        check_segment(&elf, i, &opinion.loads[i]);
        pages += last_page(&opinion.loads[i]) + 1 - first_page(&opinion.loads[i]);
    }
    require(elf.pages == pages);
    require(elf.base == first_page(&opinion.loads[0]) * UK_PAGE);
    require(elf.end == (last_page(&opinion.loads[opinion.count - 1]) + 1) * UK_PAGE);
    require(elf.base >= low && elf.end <= high && elf.base < elf.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Exactly as large as the input, and at an odd address. */
    uint8_t *copy = calloc(size + 1, 1);
    require(copy != NULL);
    if (size > 0)
        memcpy(copy + 1, data, size);
    check(copy + 1, size, 0x10000, (uk_word)1 << 38);
    check(copy + 1, size, 0, ~(uk_word)0);
    check(copy + 1, size, 0x10001, 0x12fff);
    require(size == 0 || memcmp(copy + 1, data, size) == 0);
    free(copy);
    return 0;
}
