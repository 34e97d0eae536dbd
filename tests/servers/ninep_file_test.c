/* SPDX-License-Identifier: MIT */
/* 9P2000.L by its bytes: open, read, write and readdir, with the oracle 9P-5. */
#include "ninep_talk.h"

/* Open, read, write. */

static void open_obeys_its_flags(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "hello"), 0);
    assert_int_equal(ask_open(talk, 1, 3), E_INVAL);
    assert_int_equal(ask_open(talk, 1, NINEP_MUST_BE_DIRECTORY), E_NOTDIR);
    assert_int_equal(ask_read(talk, 1, 0, 10), E_BADF);
    assert_int_equal(ask_open(talk, 1, NINEP_READ_ONLY | 0100000), 0);
    assert_int_equal(talk->reply_bytes, 7 + 13 + 4);
    assert_int_equal(bytes_number(talk->reply + 20, 4), 8192 - 24);
    assert_int_equal(ask_open(talk, 1, 0), E_INVAL);
    assert_int_equal(ask_write(talk, 1, 0, "x"), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 2, "hello"), 0);
    assert_int_equal(ask_open(talk, 2, NINEP_WRITE_ONLY), 0);
    assert_int_equal(ask_read(talk, 2, 0, 10), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 3, "link"), 0);
    assert_int_equal(ask_open(talk, 3, 0), E_LOOP);
    assert_int_equal(ask_walk(talk, 0, 4, "pipe"), 0);
    assert_int_equal(ask_open(talk, 4, 0), E_NXIO);
    assert_int_equal(ask_walk(talk, 0, 5, "dir"), 0);
    assert_int_equal(ask_open(talk, 5, NINEP_READ_WRITE), E_ISDIR);
    assert_int_equal(ask_open(talk, 5, NINEP_TRUNCATE), E_ISDIR);
    assert_int_equal(ask_open(talk, 5, NINEP_MUST_BE_DIRECTORY), 0);
    assert_int_equal(ask_read(talk, 5, 0, 10), E_ISDIR);
    assert_int_equal(ask_write(talk, 5, 0, "x"), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 6, "hello"), 0);
    assert_int_equal(ask_open(talk, 6, NINEP_WRITE_ONLY | NINEP_TRUNCATE), 0);
    assert_int_equal(size_of(talk, 1), 0);
    assert_int_equal(ask_open(talk, 99, 0), E_BADF);
    talk_close(talk);
}

static void read_gives_what_is_there_and_no_more_than_fits(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 512);
    assert_int_equal(ask_walk(talk, 0, 1, "hello"), 0);
    assert_int_equal(ask_open(talk, 1, NINEP_READ_WRITE), 0);
    assert_int_equal(ask_read(talk, 1, 4, 5), 0);
    assert_int_equal(talk_take(talk, 4), 5);
    assert_memory_equal(talk->reply + 11, "quick", 5);
    assert_int_equal(talk->reply_bytes, 16);
    assert_int_equal(ask_read(talk, 1, 40, 0xffffffff), 0);
    assert_int_equal(talk_take(talk, 4), 4);
    assert_int_equal(ask_read(talk, 1, 44, 100), 0);
    assert_int_equal(talk_take(talk, 4), 0);
    assert_int_equal(ask_read(talk, 1, UINT64_MAX, 100), 0);
    assert_int_equal(talk_take(talk, 4), 0);
    assert_int_equal(ask_setattr(talk, 1, NINEP_SET_SIZE, 0, 100000, 0, 0), 0);
    assert_int_equal(ask_read(talk, 1, 0, 100000), 0);
    assert_int_equal(talk_take(talk, 4), 512 - 11);
    assert_int_equal(talk->reply_bytes, 512);
    assert_int_equal(talk->reply[511], 0);
    talk_close(talk);
}

static void write_takes_all_or_nothing(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(8, 65536);
    static char text[50000];
    memset(text, 'w', sizeof text - 1);
    assert_int_equal(ask_walk(talk, 0, 1, "hello"), 0);
    assert_int_equal(ask_open(talk, 1, NINEP_READ_WRITE), 0);
    assert_int_equal(ask_write(talk, 1, 4, "QUICK"), 0);
    assert_int_equal(talk_take(talk, 4), 5);
    assert_int_equal(talk->reply_bytes, 11);
    assert_int_equal(ask_write(talk, 1, 0, text), E_NOSPC);
    assert_int_equal(size_of(talk, 1), 44);
    assert_int_equal(ask_read(talk, 1, 0, 100), 0);
    assert_memory_equal(talk->reply + 11, "the QUICK brown", 15);
    assert_int_equal(ask_write(talk, 1, CONTENT_BYTES_MAX, "x"), E_FBIG);
    assert_int_equal(ask_write(talk, 1, UINT64_MAX, "x"), E_FBIG);
    assert_int_equal(ask_write(talk, 1, 10, ""), 0);
    /* More or fewer bytes than the count says: malformed. */
    assert_int_equal(ask(talk, NINEP_TWRITE, "484b", 1u, (uint64_t)0, 4u, "abc", (size_t)3), TALK_HUNG_UP);
    talk_close(talk);
}

static void appending_ignores_the_offset(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "empty"), 0);
    assert_int_equal(ask_open(talk, 1, NINEP_READ_WRITE | NINEP_APPEND), 0);
    assert_int_equal(ask_write(talk, 1, 1000, "one"), 0);
    assert_int_equal(ask_write(talk, 1, 0, "two"), 0);
    assert_int_equal(ask_read(talk, 1, 0, 100), 0);
    assert_int_equal(talk_take(talk, 4), 6);
    assert_memory_equal(talk->reply + 11, "onetwo", 6);
    talk_close(talk);
}

static void an_unlinked_file_stays_until_its_last_fid_goes(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    uint64_t nodes = talk->tree.node_count;
    assert_int_equal(ask_walk(talk, 0, 1, "hello"), 0);
    assert_int_equal(ask_walk(talk, 0, 2, "hello"), 0);
    assert_int_equal(ask_open(talk, 1, NINEP_READ_WRITE), 0);
    assert_int_equal(ask_unlink(talk, 0, "hello", 0), 0);
    assert_int_equal(ask_walk(talk, 0, 3, "hello"), E_NOENT);
    assert_int_equal(ask_read(talk, 1, 0, 3), 0);
    assert_memory_equal(talk->reply + 11, "the", 3);
    assert_int_equal(ask_write(talk, 1, 0, "THE"), 0);
    assert_int_equal(ask_open(talk, 2, 0), 0);
    assert_int_equal(ask_clunk(talk, 1), 0);
    assert_int_equal(ask_read(talk, 2, 0, 3), 0);
    assert_memory_equal(talk->reply + 11, "THE", 3);
    assert_int_equal(talk->tree.node_count, nodes);
    assert_int_equal(ask_clunk(talk, 2), 0);
    assert_int_equal(talk->tree.node_count, nodes - 1);
    talk_close(talk);
}

/* Readdir. */

struct listing {
    char names[20000];
    uint64_t last;
    unsigned entries;
};

/* Takes apart one answer; every entry must be whole. */
static unsigned take_entries(struct talk *talk, struct listing *listing)
{
    unsigned entries = 0;
    size_t end = (size_t)talk_take(talk, 4) + talk->taken;
    assert_int_equal(end, talk->reply_bytes);
    while (talk->taken < end) {
        uint8_t qid_type = (uint8_t)talk_take(talk, 1);
        talk_take(talk, 4);
        talk_take(talk, 8);
        listing->last = talk_take(talk, 8);
        uint8_t type = (uint8_t)talk_take(talk, 1);
        unsigned count = (unsigned)talk_take(talk, 2);
        assert_int_equal(type == 4, qid_type == NINEP_QID_DIRECTORY);
        assert_int_equal(type == 10, qid_type == NINEP_QID_SYMLINK);
        assert_true(talk->taken + count <= end);
        strncat(listing->names, (char *)talk->reply + talk->taken, count);
        strcat(listing->names, "/");
        talk->taken += count;
        entries++;
    }
    listing->entries += entries;
    return entries;
}

static void list_all(struct talk *talk, unsigned fid, unsigned count, struct listing *listing)
{
    memset(listing, 0, sizeof *listing);
    do
        assert_int_equal(ask(talk, NINEP_TREADDIR, "484", fid, listing->last, count), 0);
    while (take_entries(talk, listing) > 0);
}

static void readdir_9P_5_any_count_gives_the_same_listing(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(200, 8192);
    static struct listing whole, parts;
    char name[256];
    assert_int_equal(ask_walk(talk, 0, 1, "dir"), 0);
    for (unsigned i = 1; i < 60; i++) {
        memset(name, 'a' + (int)(i % 26), sizeof name);
        name[i * 255 / 59] = 0;
        assert_int_equal(ask(talk, NINEP_TMKDIR, "4s44", 1u, name, 0755u, 0u), 0);
    }
    assert_int_equal(ask_open(talk, 1, 0), 0);
    list_all(talk, 1, 8000, &whole);
    assert_int_equal(whole.entries, 2 + 3 + 59);
    assert_memory_equal(whole.names, "./../sub/first/last/", 20);
    for (unsigned count = 24 + 255; count < 1200; count++) {
        list_all(talk, 1, count, &parts);
        assert_string_equal(parts.names, whole.names);
    }
    for (unsigned size = 512; size < 1200; size++) {
        assert_int_equal(ask_version(talk, size), 0);
        assert_int_equal(ask_attach(talk, 0), 0);
        assert_int_equal(ask_walk(talk, 0, 1, "dir"), 0);
        assert_int_equal(ask_open(talk, 1, 0), 0);
        list_all(talk, 1, 0xffffffff, &parts);
        assert_string_equal(parts.names, whole.names);
    }
    talk_close(talk);
}

static void readdir_9P_5_illegal_offsets_and_counts_are_errors(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    static struct listing listing;
    assert_int_equal(ask_walk(talk, 0, 1, "dir"), 0);
    assert_int_equal(ask(talk, NINEP_TREADDIR, "484", 1u, (uint64_t)0, 8000u), E_BADF);
    assert_int_equal(ask_open(talk, 1, 0), 0);
    list_all(talk, 1, 8000, &listing);
    assert_int_equal(ask(talk, NINEP_TREADDIR, "484", 1u, listing.last, 8000u), 0);
    assert_int_equal(ask(talk, NINEP_TREADDIR, "484", 1u, listing.last + 1, 8000u), E_INVAL);
    assert_int_equal(ask(talk, NINEP_TREADDIR, "484", 1u, UINT64_MAX, 8000u), E_INVAL);
    /* An entry that does not fit must not look like the end; at the end everything fits. */
    for (unsigned count = 0; count < 25; count++)
        assert_int_equal(ask(talk, NINEP_TREADDIR, "484", 1u, (uint64_t)0, count), E_INVAL);
    assert_int_equal(ask(talk, NINEP_TREADDIR, "484", 1u, (uint64_t)0, 25u), 0);
    assert_int_equal(ask(talk, NINEP_TREADDIR, "484", 1u, listing.last, 0u), 0);
    assert_int_equal(ask_walk(talk, 0, 2, "hello"), 0);
    assert_int_equal(ask_open(talk, 2, 0), 0);
    assert_int_equal(ask(talk, NINEP_TREADDIR, "484", 2u, (uint64_t)0, 8000u), E_NOTDIR);
    talk_close(talk);
}

static void readdir_goes_on_after_an_entry_that_is_gone(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    static struct listing listing;
    assert_int_equal(ask_walk(talk, 0, 1, "dir"), 0);
    assert_int_equal(ask_walk(talk, 0, 2, "dir"), 0);
    assert_int_equal(ask_open(talk, 1, 0), 0);
    /* ".", "..", "sub", "first" */
    assert_int_equal(ask(talk, NINEP_TREADDIR, "484", 1u, (uint64_t)0, 25u + 26u + 27u + 29u), 0);
    memset(&listing, 0, sizeof listing);
    assert_int_equal(take_entries(talk, &listing), 4);
    assert_int_equal(ask_unlink(talk, 2, "first", 0), 0);
    assert_int_equal(ask_create(talk, 2, "new", 1), 0);
    uint64_t after = listing.last;
    memset(&listing, 0, sizeof listing);
    assert_int_equal(ask(talk, NINEP_TREADDIR, "484", 1u, after, 8000u), 0);
    take_entries(talk, &listing);
    assert_string_equal(listing.names, "last/new/");
    talk_close(talk);
}

static void a_removed_directory_that_is_open_lists_only_itself(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    static struct listing listing;
    assert_int_equal(ask(talk, NINEP_TMKDIR, "4s44", 0u, "gone", 0755u, 0u), 0);
    assert_int_equal(ask_walk(talk, 0, 1, "gone"), 0);
    assert_int_equal(ask_walk(talk, 0, 2, "gone"), 0);
    assert_int_equal(ask_open(talk, 1, 0), 0);
    assert_int_equal(ask_unlink(talk, 0, "gone", 0x200), 0);
    list_all(talk, 1, 8000, &listing);
    assert_string_equal(listing.names, "./../");
    assert_int_equal(ask_walk(talk, 2, 3, ".."), E_NOENT);
    assert_int_equal(ask(talk, NINEP_TMKDIR, "4s44", 2u, "x", 0755u, 0u), E_NOENT);
    assert_int_equal(ask_create(talk, 2, "x", 1), E_NOENT);
    assert_int_equal(ask(talk, NINEP_TREMOVE, "4", 2u), E_NOENT);
    talk_close(talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_obeys_its_flags),
        cmocka_unit_test(read_gives_what_is_there_and_no_more_than_fits),
        cmocka_unit_test(write_takes_all_or_nothing),
        cmocka_unit_test(appending_ignores_the_offset),
        cmocka_unit_test(an_unlinked_file_stays_until_its_last_fid_goes),
        cmocka_unit_test(readdir_9P_5_any_count_gives_the_same_listing),
        cmocka_unit_test(readdir_9P_5_illegal_offsets_and_counts_are_errors),
        cmocka_unit_test(readdir_goes_on_after_an_entry_that_is_gone),
        cmocka_unit_test(a_removed_directory_that_is_open_lists_only_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
