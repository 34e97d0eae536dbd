/* SPDX-License-Identifier: MIT */
/* SHA-256 against the vectors of FIPS 180-4 and against the host's sha256sum; how the input is cut never matters. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp, popen */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/sha256.h"

#define LENGTHS     201
#define LARGE_BYTES ((size_t)1 << 20)

static void digest_of(const void *bytes, size_t count, char text[65])
{
    struct sha256 sum;
    unsigned char digest[SHA256_BYTES];
    sha256_begin(&sum);
    sha256_add(&sum, bytes, count);
    sha256_end(&sum, digest);
    sha256_text(digest, text);
}

/* Small and fast, and the same everywhere. */
static unsigned char *random_bytes(size_t count, uint64_t seed)
{
    unsigned char *bytes = malloc(count + 1);
    for (size_t i = 0; i < count; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        bytes[i] = (unsigned char)(seed >> 32);
    }
    return bytes;
}

static void vectors_of_fips(void **state)
{
    static const struct {
        const char *text, *digest;
    } vectors[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
         "nopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    char text[65];
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        digest_of(vectors[i].text, strlen(vectors[i].text), text);
        assert_string_equal(vectors[i].digest, text);
    }
}

static void a_million_times_a(void **state)
{
    struct sha256 sum;
    unsigned char digest[SHA256_BYTES];
    char text[65], piece[1000];
    (void)state;
    memset(piece, 'a', sizeof piece);
    sha256_begin(&sum);
    for (unsigned i = 0; i < 1000; i++)
        sha256_add(&sum, piece, sizeof piece);
    sha256_end(&sum, digest);
    sha256_text(digest, text);
    assert_string_equal("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", text);
}

/* Writes a file of its own for each length, in one directory, and has the host sum them all at once. */
static void every_short_length_and_a_megabyte_as_the_host(void **state)
{
    char directory[] = "/tmp/sha256_test_XXXXXX", path[64], command[128], theirs[65], ours[65];
    unsigned char *bytes = random_bytes(LARGE_BYTES, 88172645463325252u);
    (void)state;
    if (system("command -v sha256sum > /dev/null") != 0)
        skip();
    assert_non_null(mkdtemp(directory));
    for (unsigned i = 0; i <= LENGTHS; i++) {
        snprintf(path, sizeof path, "%s/%04u", directory, i);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fwrite(bytes, 1, i < LENGTHS ? i : LARGE_BYTES, file);
        fclose(file);
    }
    snprintf(command, sizeof command, "sha256sum %s/*", directory);
    FILE *sums = popen(command, "r");
    assert_non_null(sums);
    for (unsigned i = 0; i <= LENGTHS; i++) {
        assert_int_equal(1, fscanf(sums, "%64s %*s", theirs));
        digest_of(bytes, i < LENGTHS ? i : LARGE_BYTES, ours);
        assert_string_equal(theirs, ours);
        snprintf(path, sizeof path, "%s/%04u", directory, i);
        unlink(path);
    }
    pclose(sums);
    rmdir(directory);
    free(bytes);
}

static void how_the_input_is_cut_does_not_matter(void **state)
{
    unsigned char *bytes = random_bytes(4096, 7), digest[SHA256_BYTES];
    char whole[65], cut[65];
    (void)state;
    digest_of(bytes, 4096, whole);
    for (size_t piece = 1; piece <= 200; piece++) {
        struct sha256 sum;
        sha256_begin(&sum);
        for (size_t done = 0; done < 4096; done += piece) {
            sha256_add(&sum, bytes + done, 4096 - done < piece ? 4096 - done : piece);
            sha256_add(&sum, NULL, 0);
        }
        sha256_end(&sum, digest);
        sha256_text(digest, cut);
        assert_string_equal(whole, cut);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_fips),
        cmocka_unit_test(a_million_times_a),
        cmocka_unit_test(every_short_length_and_a_megabyte_as_the_host),
        cmocka_unit_test(how_the_input_is_cut_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
