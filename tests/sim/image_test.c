/* SPDX-License-Identifier: MIT */
/* `ukern image`: what it writes is read back segment by segment; what is no kernel image, or no place for one, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot_scene.h"
#include "sim/image_elf.h"
#include "sim/sim.h"

static char line[512];

static size_t read_file(struct boot_scene *scene, const char *name, unsigned char *bytes, size_t room)
{
    FILE *file = fopen(boot_scene_path(scene, name), "r");
    assert_non_null(file);
    size_t count = fread(bytes, 1, room, file);
    fclose(file);
    return count;
}

static void make_image(struct boot_scene *scene, const char *archive, const char *output)
{
    boot_scene_kernel(scene, "kernel");
    int used = snprintf(line, sizeof line, "--image %s/kernel %s", scene->folder, archive != NULL ? scene->folder : "");
    snprintf(line + used, sizeof line - (size_t)used, "%s%s -o %s/%s", archive != NULL ? "/" : "",
             archive != NULL ? archive : "", scene->folder, output);
    boot_scene_run(scene, image_command, line, NULL);
}

static void test_round_trip(void **state)
{
    struct boot_scene *scene = *state;
    static unsigned char bytes[65536], kernel[512];
    struct image_elf image = {.bytes = bytes};
    char archive[5001], error[256];
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    memset(archive, 'a', sizeof archive);
    boot_scene_write(scene, "a.cpio", archive, sizeof archive);
    make_image(scene, "a.cpio", "out.elf");
    boot_scene_expect(scene, 0, "ukern: boot it with: qemu-system-riscv64 -M virt -kernel ");
    image.count = read_file(scene, "out.elf", bytes, sizeof bytes);
    assert_int_equal(read_file(scene, "kernel", kernel, sizeof kernel), sizeof kernel);
    memcpy(&header, bytes, sizeof header);
    assert_int_equal(header.e_phnum, 2);
    assert_true(header.e_phoff % 8 == 0 && header.e_phoff + sizeof segments <= image.count);
    memcpy(segments, bytes + header.e_phoff, sizeof segments);
    assert_memory_equal(&segments[0], kernel + sizeof header, sizeof segments[0]);
    assert_int_equal(segments[1].p_type, PT_LOAD);
    assert_int_equal(segments[1].p_flags, PF_R);
    assert_true(segments[1].p_paddr == 0x80400000 && segments[1].p_vaddr == 0xffff800080400000);
    assert_true(segments[1].p_filesz == sizeof archive && segments[1].p_memsz == sizeof archive);
    assert_true(segments[1].p_offset % segments[1].p_align == segments[1].p_vaddr % segments[1].p_align);
    assert_int_equal(segments[1].p_offset + sizeof archive, image.count);
    assert_memory_equal(bytes + segments[1].p_offset, archive, sizeof archive);
    /* The kernel's own bytes are the same but for the header's two numbers. */
    assert_memory_equal(bytes + 256, kernel + 256, 72);
    struct image_header own;
    memcpy(&own, bytes + 320, sizeof own);
    assert_true(own.archive_physical == 0x80400000 && own.archive_bytes == sizeof archive && own.reserved[4] == 0);
    assert_memory_equal(bytes + 384, kernel + 384, 128);
    assert_true(image_elf_read(&image, "out", error, sizeof error));
    assert_true(image.segments == 2 && image.archive_bytes == sizeof archive && image.memory_end == 0x80400000 + 5001);
    struct stat status;
    assert_int_equal(stat(boot_scene_path(scene, "out.elf"), &status), 0);
    assert_int_equal(status.st_mode & 0600, 0600);
}

/* An image that has its archive boots without one more; and cannot take another. */
static void test_an_image_with_an_archive(void **state)
{
    struct boot_scene *scene = *state;
    make_image(scene, NULL, "out.elf");
    boot_scene_expect(scene, 0, "");
    snprintf(line, sizeof line, "--image %s/out.elf -o %s/again.elf", scene->folder, scene->folder);
    boot_scene_run(scene, image_command, line, NULL);
    boot_scene_expect(scene, 2, "ukern: this image already has an archive; name the kernel's own image\n");
    assert_int_equal(boot_scene_count(scene, "again"), 0);
    make_image(scene, NULL, "out.elf"); /* over the old one */
    boot_scene_expect(scene, 0, "");
    assert_int_equal(boot_scene_count(scene, "out.elf"), 1);
}

static void test_large_archives_need_memory(void **state)
{
    struct boot_scene *scene = *state;
    boot_scene_write(scene, "big", "", 0);
    assert_int_equal(truncate(boot_scene_path(scene, "big"), 20 << 20), 0);
    make_image(scene, "big", "out.elf");
    boot_scene_expect(scene, 0, " -M virt -m 168 -kernel ");
    assert_int_equal(truncate(boot_scene_path(scene, "big"), (off_t)769 << 20), 0);
    make_image(scene, "big", "out.elf");
    boot_scene_expect(scene, 2, "big is too large for this machine: archives have at most 768 MiB\n");
}

static void test_refused_places(void **state)
{
    struct boot_scene *scene = *state;
    make_image(scene, NULL, "bin");
    boot_scene_expect(scene, 2, "/bin is a directory: give the name of a file with -o\n");
    make_image(scene, NULL, "absent/out");
    boot_scene_expect(scene, 2, "/absent/out: No such file or directory; name a file in a folder");
    snprintf(line, sizeof line, "--image %s -o /dev/null", boot_scene_path(scene, "kernel"));
    boot_scene_run(scene, image_command, line, NULL);
    boot_scene_expect(scene, 2, "ukern: /dev/null is no plain file: give another name with -o\n");
    boot_scene_run(scene, image_command, "", NULL);
    boot_scene_expect(scene, 2, "ukern: give -o FILE: the image to write; see ukern image --help\n");
    boot_scene_run(scene, image_command, "--help", NULL);
    boot_scene_expect(scene, 0, "");
    assert_memory_equal(scene->output, "usage: ukern image ", 19);
    boot_scene_run(scene, image_command, "-o /nonexistent/x", NULL); /* nothing to build with in PATH, or no sources */
    boot_scene_expect(scene, 2, "ukern: ");
    assert_int_equal(boot_scene_count(scene, "out"), 1); /* the scene's own file `output` */
}

/* A number written into a copy of a good image. */
struct change {
    size_t at, bytes;
    uint64_t number;
    const char *error; /* after "x is no kernel image: "; NULL: it is good all the same */
};

#define SEGMENT(field) (sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, field))
#define HEADER(field)  (offsetof(Elf64_Ehdr, field))
static const char outside[] = "a segment lies outside of it";
static const char undescribed[] = "its segments are not described, or by more than 32 headers";
static const char other[] = "it is not an executable for riscv64";
static const char headers_0[] = "its first segment has 0 headers \"ukernimg\", not one";
static const struct change changes[] = {
    {0, 1, 0x7e, "it is not an ELF file"},
    {EI_CLASS, 1, ELFCLASS32, other},
    {EI_DATA, 1, ELFDATA2MSB, other},
    {HEADER(e_machine), 2, EM_X86_64, other},
    {HEADER(e_type), 2, ET_DYN, other},
    {HEADER(e_phentsize), 2, 32, undescribed},
    {HEADER(e_phnum), 2, 0, undescribed},
    {HEADER(e_phnum), 2, 9, undescribed},
    {HEADER(e_phnum), 2, 33, undescribed},
    {HEADER(e_phoff), 8, 512, undescribed},
    {HEADER(e_phoff), 8, UINT64_MAX, undescribed},
    {SEGMENT(p_type), 4, PT_NOTE, "nothing of it is loaded"},
    {SEGMENT(p_offset), 8, 257, outside},
    {SEGMENT(p_offset), 8, UINT64_MAX - 255, outside},
    {SEGMENT(p_filesz), 8, 257, outside},
    {SEGMENT(p_filesz), 8, UINT64_MAX, outside},
    {SEGMENT(p_memsz), 8, 255, outside},
    {SEGMENT(p_memsz), 8, UINT64_MAX, outside},
    {SEGMENT(p_paddr), 8, UINT64_MAX, outside},
    {SEGMENT(p_filesz), 8, 127, headers_0},
    {SEGMENT(p_filesz), 8, 0, headers_0},
    {SEGMENT(p_filesz), 8, 128, NULL},
    {SEGMENT(p_paddr), 8, 0x80200020, headers_0}, /* not at a multiple of 64 */
    {320, 1, 'x', headers_0},
    {384, 8, UINT64_C(0x676d696e72656b75), "its first segment has 2 headers \"ukernimg\", not one"},
    {387, 8, UINT64_C(0x676d696e72656b75), NULL},
};

static void test_refused_images(void **state)
{
    struct boot_scene *scene = *state;
    unsigned char good[512];
    boot_scene_kernel(scene, "kernel");
    assert_int_equal(read_file(scene, "kernel", good, sizeof good), sizeof good);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        unsigned char bytes[512];
        struct image_elf image = {.bytes = bytes, .count = sizeof bytes};
        char error[256] = "", wanted[256];
        memcpy(bytes, good, sizeof bytes);
        for (size_t k = 0; k < changes[i].bytes; k++)
            bytes[changes[i].at + k] = (unsigned char)(changes[i].number >> 8 * k);
        bool read = image_elf_read(&image, "x", error, sizeof error);
        snprintf(wanted, sizeof wanted, "x is no kernel image: %s", changes[i].error != NULL ? changes[i].error : "");
        assert_string_equal(error, changes[i].error != NULL ? wanted : "");
        assert_int_equal(read, changes[i].error == NULL);
    }
}

/* Every shorter file is refused, and nothing behind its end is read: each has a block of its own, for the sanitizers. */
static void test_truncated_images(void **state)
{
    struct boot_scene *scene = *state;
    unsigned char good[512];
    char error[256];
    boot_scene_kernel(scene, "kernel");
    assert_int_equal(read_file(scene, "kernel", good, sizeof good), sizeof good);
    for (size_t count = 0; count <= sizeof good; count++) {
        struct image_elf image = {.bytes = malloc(count > 0 ? count : 1), .count = count};
        assert_non_null(image.bytes);
        memcpy(image.bytes, good, count);
        assert_int_equal(image_elf_read(&image, "x", error, sizeof error), count == sizeof good);
        free(image.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_an_image_with_an_archive, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_large_archives_need_memory, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_refused_places, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_refused_images, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_truncated_images, boot_scene_open, boot_scene_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
