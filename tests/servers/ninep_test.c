/* SPDX-License-Identifier: MIT */
/* 9P2000.L by its bytes: version, attach, walk, clunk and flush, with the oracles 9P-2, 9P-3 and 9P-4. */
#include "ninep_talk.h"

/* Version. */

static void version_agrees_on_the_smaller_size(void **state)
{
    (void)state;
    struct talk *talk = talk_open(50, 16384);
    assert_int_equal(ask_version(talk, 1 << 20), 0);
    assert_int_equal(talk_take(talk, 4), 16384);
    assert_int_equal(talk_take(talk, 2), 8);
    assert_memory_equal(talk->reply + talk->taken, "9P2000.L", 8);
    assert_int_equal(ask_version(talk, 4096), 0);
    assert_int_equal(talk_take(talk, 4), 4096);
    assert_int_equal(ask_version(talk, 0xffffffff), 0);
    assert_int_equal(talk_take(talk, 4), 16384);
    talk_close(talk);
}

static void version_unknown_is_no_error_and_no_session(void **state)
{
    (void)state;
    static const char *const versions[] = {"9P2000", "9P2000.u", "9P2000.L.x", "9p2000.l", "", "9P2000.L ", "unknown"};
    struct talk *talk = talk_open(50, 16384);
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        assert_int_equal(ask(talk, NINEP_TVERSION, "4s", 8192u, versions[i]), 0);
        assert_int_equal(talk_take(talk, 4), 8192);
        assert_int_equal(talk_take(talk, 2), 7);
        assert_memory_equal(talk->reply + talk->taken, "unknown", 7);
        assert_int_equal(ask_attach(talk, 1), TALK_HUNG_UP);
    }
    assert_int_equal(ask_version(talk, 8192), 0);
    assert_int_equal(ask_attach(talk, 1), 0);
    talk_close(talk);
}

static void version_9P_6_with_a_tiny_size_never_gets_more_than_that(void **state)
{
    (void)state;
    struct talk *talk = talk_open(50, 16384);
    for (unsigned size = 0; size < 600; size++) {
        int result = ask_version(talk, size);
        if (size < 7 + 4 + 2 + 7)
            assert_int_equal(result, TALK_HUNG_UP);
        else
            assert_int_equal(result, 0);
        assert_int_equal(ask_attach(talk, 0), size < 512 ? TALK_HUNG_UP : 0);
    }
    talk_close(talk);
}

static void version_clunks_every_fid(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    for (unsigned fid = 1; fid < 100; fid++)
        assert_int_equal(ask_walk(talk, 0, fid, "hello"), 0);
    assert_int_equal(ask_version(talk, 8192), 0);
    assert_int_equal(talk->session.fids.count, 0);
    for (unsigned fid = 0; fid < 100; fid++)
        assert_int_equal(ask_getattr(talk, fid), E_BADF);
    assert_int_equal(ask_attach(talk, 50), 0);
    talk_close(talk);
}

static void nothing_is_answered_before_version(void **state)
{
    (void)state;
    struct talk *talk = talk_open(50, 8192);
    for (unsigned type = 0; type < 256; type++)
        if (type != NINEP_TVERSION)
            assert_int_equal(ask(talk, (uint8_t)type, "4", 0u), TALK_HUNG_UP);
    talk_close(talk);
}

/* Attach and auth. */

static void attach_gives_the_root(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask(talk, NINEP_TATTACH, "44ss4", 5u, NINEP_NO_FID, "user", "/", 7u), 0);
    assert_int_equal(talk_take(talk, 1), NINEP_QID_DIRECTORY);
    talk_take(talk, 4);
    assert_int_equal(talk_take(talk, 8), TREE_ROOT);
    assert_int_equal(talk->taken, talk->reply_bytes);
    assert_int_equal(ask_attach(talk, 5), E_BADF);
    assert_int_equal(ask_attach(talk, NINEP_NO_FID), E_BADF);
    assert_int_equal(ask(talk, NINEP_TATTACH, "44ss4", 6u, 5u, "user", "/", 7u), E_BADF);
    assert_int_equal(ask(talk, NINEP_TATTACH, "44ss4", 6u, NINEP_NO_FID, "user", "/elsewhere", 7u), E_NOENT);
    assert_int_equal(ask_getattr(talk, 6), E_BADF);
    assert_int_equal(ask(talk, NINEP_TAUTH, "4ss4", 6u, "user", "", 7u), E_OPNOTSUPP);
    talk_close(talk);
}

static void unknown_requests_are_not_supported(void **state)
{
    (void)state;
    static const uint8_t known[] = {8,  12, 14, 16,  18,  20,  22,  24,  26,  40,  50,  70,
                                    72, 74, 76, 100, 102, 104, 108, 110, 116, 118, 120, 122};
    struct talk *talk = talk_attached(50, 8192);
    for (unsigned type = 0; type < 256; type++)
        if (memchr(known, (int)type, sizeof known) == NULL)
            assert_int_equal(ask(talk, (uint8_t)type, "44", 0u, 0u), E_OPNOTSUPP);
    assert_int_equal(talk->session.fids.count, 1);
    talk_close(talk);
}

/* Walk. */

static void walk_goes_step_by_step_with_a_qid_each(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "dir/sub/leaf"), 0);
    assert_int_equal(talk_take(talk, 2), 3);
    assert_int_equal(talk_take(talk, 1), NINEP_QID_DIRECTORY);
    uint64_t dir = talk->reply_bytes > 13 ? bytes_number(talk->reply + talk->taken + 4, 8) : 0;
    assert_int_equal(talk->reply_bytes, 7 + 2 + 3 * 13);
    assert_int_equal(talk->reply[9 + 26], NINEP_QID_FILE);
    assert_int_equal(ask_walk(talk, 0, 2, "dir/sub/../sub/./.."), 0);
    assert_int_equal(talk_take(talk, 2), 6);
    assert_int_equal(bytes_number(talk->reply + 9 + 5 * 13 + 5, 8), dir);
    assert_int_equal(ask_walk(talk, 0, 3, "link"), 0);
    assert_int_equal(talk->reply[9], NINEP_QID_SYMLINK);
    /* A clone has no steps. */
    assert_int_equal(ask_walk(talk, 1, 4, ""), 0);
    assert_int_equal(talk_take(talk, 2), 0);
    assert_int_equal(talk->reply_bytes, 9);
    assert_int_equal(size_of(talk, 4), 9);
    talk_close(talk);
}

static void walk_up_from_the_root_stays_there(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "../../.."), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(bytes_number(talk->reply + 9 + i * 13 + 5, 8), TREE_ROOT);
    talk_close(talk);
}

static void walk_9P_2_half_the_way_makes_no_fid(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "dir/sub/none/leaf"), 0);
    assert_int_equal(talk_take(talk, 2), 2);
    assert_int_equal(talk->reply_bytes, 9 + 2 * 13);
    assert_int_equal(ask_getattr(talk, 1), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 1, "hello/x"), 0);
    assert_int_equal(talk_take(talk, 2), 1);
    assert_int_equal(ask_getattr(talk, 1), E_BADF);
    /* The first step fails: an error. */
    assert_int_equal(ask_walk(talk, 0, 1, "none"), E_NOENT);
    assert_int_equal(ask_getattr(talk, 1), E_BADF);
    /* On its own fid, half the way leaves it where it was. */
    assert_int_equal(ask_walk(talk, 0, 1, "dir"), 0);
    assert_int_equal(ask_walk(talk, 1, 1, "sub/none"), 0);
    assert_int_equal(talk_take(talk, 2), 1);
    assert_int_equal(ask_walk(talk, 1, 2, "first"), 0);
    assert_int_equal(ask_walk(talk, 1, 1, "sub/leaf"), 0);
    assert_int_equal(size_of(talk, 1), 9);
    talk_close(talk);
}

static void walk_refuses_what_it_must(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    char long_name[300];
    memset(long_name, 'n', 256);
    long_name[256] = 0;
    assert_int_equal(ask_walk(talk, 9, 1, ""), E_BADF);
    assert_int_equal(ask_walk(talk, 0, NINEP_NO_FID, ""), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 1, "hello"), 0);
    assert_int_equal(ask_walk(talk, 0, 1, "empty"), E_BADF);
    assert_int_equal(ask_walk(talk, 1, 2, "x"), E_NOTDIR);
    assert_int_equal(ask_walk(talk, 1, 2, ".."), E_NOTDIR);
    assert_int_equal(ask_walk(talk, 0, 2, long_name), E_NAMETOOLONG);
    assert_int_equal(ask(talk, NINEP_TWALK, "442s", 0u, 2u, 1u, ""), E_NOENT);
    assert_int_equal(ask(talk, NINEP_TWALK, "442s", 0u, 2u, 1u, "dir/sub"), E_NOENT);
    assert_int_equal(ask(talk, NINEP_TWALK, "4422b", 0u, 2u, 1u, 3u, "d\0r", (size_t)3), E_NOENT);
    assert_int_equal(ask_open(talk, 1, 0), 0);
    assert_int_equal(ask_walk(talk, 1, 2, ""), E_INVAL);
    assert_int_equal(ask_walk(talk, 0, 2, "./././././././././././././././."), 0);
    assert_int_equal(talk_take(talk, 2), 16);
    assert_int_equal(ask_walk(talk, 0, 3, "././././././././././././././././."), E_INVAL);
    assert_int_equal(ask_getattr(talk, 3), E_BADF);
    talk_close(talk);
}

static void a_full_fid_table_refuses_until_one_is_free(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    for (unsigned i = 1; i < FIDS_MAX; i++)
        assert_int_equal(ask_walk(talk, 0, i * 1024, "hello"), 0);
    assert_int_equal(ask_walk(talk, 0, 7, "hello"), E_MFILE);
    assert_int_equal(ask_attach(talk, 7), E_MFILE);
    /* Half the way needs none, its own fid needs no other. */
    assert_int_equal(ask_walk(talk, 0, 7, "dir/none"), 0);
    assert_int_equal(ask_walk(talk, 1024, 1024, ""), 0);
    assert_int_equal(ask_clunk(talk, 5 * 1024), 0);
    assert_int_equal(ask_walk(talk, 0, 7, "hello"), 0);
    assert_int_equal(size_of(talk, 7), 44);
    for (unsigned i = 6; i < FIDS_MAX; i++)
        assert_int_equal(size_of(talk, i * 1024), 44);
    talk_close(talk);
}

/* Clunk, remove, flush. */

static void clunk_9P_3_frees_the_fid(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "hello"), 0);
    assert_int_equal(ask_clunk(talk, 1), 0);
    assert_int_equal(talk->reply_bytes, 7);
    assert_int_equal(ask_clunk(talk, 1), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 1, "dir"), 0);
    assert_int_equal(ask_clunk(talk, 0), 0);
    assert_int_equal(ask_walk(talk, 1, 0, ".."), 0);
    talk_close(talk);
}

static void remove_9P_3_frees_the_fid_even_if_it_fails(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "dir"), 0);
    assert_int_equal(ask(talk, NINEP_TREMOVE, "4", 1u), E_NOTEMPTY);
    assert_int_equal(ask_getattr(talk, 1), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 1, ""), 0);
    assert_int_equal(ask(talk, NINEP_TREMOVE, "4", 1u), E_BUSY);
    assert_int_equal(ask_getattr(talk, 1), E_BADF);
    assert_int_equal(ask(talk, NINEP_TREMOVE, "4", 1u), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 1, "dir/first"), 0);
    assert_int_equal(ask_walk(talk, 1, 2, ""), 0);
    assert_int_equal(ask(talk, NINEP_TREMOVE, "4", 1u), 0);
    /* The other name of the same file is not what fid 2 found. */
    assert_int_equal(ask(talk, NINEP_TREMOVE, "4", 2u), E_NOENT);
    assert_int_equal(ask_getattr(talk, 2), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 1, "dir/last"), 0);
    assert_int_equal(size_of(talk, 1), 19);
    talk_close(talk);
}

/*
 * 9P-4 knows three orders: the answer before the flush, the answer after it (then dropped), and a flush of a tag
 * that is not in use. Each request is answered before the next is taken, so only the first and third can come about;
 * for the same reason no tag is ever in use twice.
 */
static void flush_9P_4_is_answered_once_in_every_order_there_is(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "hello"), 0);
    unsigned walked = talk->tag;
    assert_int_equal(ask(talk, NINEP_TFLUSH, "2", walked), 0);
    assert_int_equal(talk->reply_bytes, 7);
    /* The walk was answered before the flush, so it holds. */
    assert_int_equal(size_of(talk, 1), 44);
    assert_int_equal(ask(talk, NINEP_TFLUSH, "2", 0x1234u), 0);
    assert_int_equal(ask(talk, NINEP_TFLUSH, "2", NINEP_NO_TAG), 0);
    /* Its own tag. */
    assert_int_equal(ask(talk, NINEP_TFLUSH, "2", (unsigned)talk->tag + 1), 0);
    /* The same tag again and again, also that of a flush before. */
    for (unsigned i = 0; i < 3; i++) {
        talk->tag = 77;
        assert_int_equal(size_of(talk, 1), 44);
        talk->tag = 77;
        assert_int_equal(ask(talk, NINEP_TFLUSH, "2", 78u), 0);
    }
    talk_close(talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_agrees_on_the_smaller_size),
        cmocka_unit_test(version_unknown_is_no_error_and_no_session),
        cmocka_unit_test(version_9P_6_with_a_tiny_size_never_gets_more_than_that),
        cmocka_unit_test(version_clunks_every_fid),
        cmocka_unit_test(nothing_is_answered_before_version),
        cmocka_unit_test(attach_gives_the_root),
        cmocka_unit_test(unknown_requests_are_not_supported),
        cmocka_unit_test(walk_goes_step_by_step_with_a_qid_each),
        cmocka_unit_test(walk_up_from_the_root_stays_there),
        cmocka_unit_test(walk_9P_2_half_the_way_makes_no_fid),
        cmocka_unit_test(walk_refuses_what_it_must),
        cmocka_unit_test(a_full_fid_table_refuses_until_one_is_free),
        cmocka_unit_test(clunk_9P_3_frees_the_fid),
        cmocka_unit_test(remove_9P_3_frees_the_fid_even_if_it_fails),
        cmocka_unit_test(flush_9P_4_is_answered_once_in_every_order_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
