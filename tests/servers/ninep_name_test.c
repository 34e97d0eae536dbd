/* SPDX-License-Identifier: MIT */
/* 9P2000.L by its bytes: attributes, and names that come, go and move, also between sessions. */
#include "ninep_talk.h"

/* Attributes. */

static void getattr_tells_each_field_in_its_place(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "null"), 0);
    assert_int_equal(ask(talk, NINEP_TGETATTR, "48", 1u, UINT64_MAX), 0);
    assert_int_equal(talk->reply_bytes, 160);
    assert_int_equal(talk_take(talk, 8), 0x27ff);
    assert_int_equal(talk_take(talk, 1), 0);
    assert_int_equal(talk_take(talk, 4), 0);
    assert_true(talk_take(talk, 8) > 1);
    assert_int_equal(talk_take(talk, 4), 0020666);
    assert_int_equal(talk_take(talk, 4), 0);
    assert_int_equal(talk_take(talk, 4), 0);
    assert_int_equal(talk_take(talk, 8), 1);
    assert_int_equal(talk_take(talk, 8), 0x103);
    assert_int_equal(talk_take(talk, 8), 0);
    assert_int_equal(talk_take(talk, 8), 4096);
    assert_int_equal(talk_take(talk, 8), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(talk_take(talk, 8), 1010);
        assert_int_equal(talk_take(talk, 8), 0);
    }
    assert_int_equal(talk_take(talk, 8), 0);
    assert_int_equal(talk_take(talk, 8), 0);
    assert_int_equal(talk_take(talk, 8), 0);
    assert_int_equal(talk_take(talk, 8), 0);
    assert_int_equal(ask(talk, NINEP_TGETATTR, "48", 1u, (uint64_t)0x204), 0);
    assert_int_equal(talk_take(talk, 8), 0x204);
    assert_int_equal(ask_getattr(talk, 2), E_BADF);
    talk_close(talk);
}

static const struct tree_node *node_of(struct talk *talk, unsigned fid)
{
    return fids_find(&talk->session.fids, fid)->node;
}

static void setattr_sets_what_is_valid_and_nothing_else(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "empty"), 0);
    const struct tree_node *node = node_of(talk, 1);
    talk->tree.now = (struct tree_time){5000, 50};
    assert_int_equal(ask_setattr(talk, 1, NINEP_SET_MODE, 0177777, 9, 8, 7), 0);
    assert_int_equal(node->attributes.mode, 0107777);
    assert_int_equal(node->attributes.user, 7);
    assert_int_equal(node->content.bytes, 0);
    assert_int_equal(node->modified.seconds, 1002);
    assert_int_equal(node->changed.seconds, 5000);
    assert_int_equal(ask_setattr(talk, 1, NINEP_SET_USER, 0, 0, 0, 0), 0);
    assert_int_equal(node->attributes.user, 5);
    assert_int_equal(node->attributes.group, 8);
    assert_int_equal(ask_setattr(talk, 1, NINEP_SET_GROUP, 0, 0, 0, 0), 0);
    assert_int_equal(node->attributes.group, 6);
    assert_int_equal(ask_setattr(talk, 1, NINEP_SET_ACCESSED, 0, 0, 3, 2000000000), 0);
    assert_int_equal(node->accessed.seconds, 5000);
    assert_int_equal(node->accessed.nanoseconds, 50);
    assert_int_equal(node->modified.seconds, 1002);
    assert_int_equal(ask_setattr(talk, 1, NINEP_SET_ACCESSED | NINEP_SET_ACCESSED_TO, 0, 0, (uint64_t)-3, 9), 0);
    assert_true(node->accessed.seconds == (uint64_t)-3 && node->accessed.nanoseconds == 9);
    assert_int_equal(ask_setattr(talk, 1, NINEP_SET_MODIFIED | NINEP_SET_MODIFIED_TO, 0, 0, 3, 9), 0);
    assert_int_equal(node->modified.seconds, 4);
    assert_int_equal(ask_setattr(talk, 1, NINEP_SET_SIZE | NINEP_SET_MODE, 0600, 12345, 0, 0), 0);
    assert_int_equal(node->content.bytes, 12345);
    assert_int_equal(node->attributes.mode, 0100600);
    /* All or nothing. */
    assert_int_equal(ask_setattr(talk, 1, NINEP_SET_SIZE | NINEP_SET_MODE, 0644, CONTENT_BYTES_MAX + 1, 0, 0), E_FBIG);
    assert_int_equal(ask_setattr(talk, 1, 0x201, 0644, 0, 0, 0), E_INVAL);
    assert_int_equal(ask_setattr(talk, 1, 0x91, 0644, 0, 0, 1000000000), E_INVAL);
    assert_int_equal(node->attributes.mode, 0100600);
    assert_int_equal(ask_setattr(talk, 0, NINEP_SET_SIZE, 0, 0, 0, 0), E_ISDIR);
    assert_int_equal(ask_walk(talk, 0, 2, "link"), 0);
    assert_int_equal(ask_setattr(talk, 2, NINEP_SET_SIZE, 0, 0, 0, 0), E_INVAL);
    assert_int_equal(ask_setattr(talk, 9, 0, 0, 0, 0, 0), E_BADF);
    talk_close(talk);
}

static void statfs_readlink_and_fsync_answer(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 512);
    assert_int_equal(ask(talk, NINEP_TSTATFS, "4", 0u), 0);
    assert_int_equal(talk->reply_bytes, 67);
    assert_int_equal(talk_take(talk, 4), 0x01021997);
    assert_int_equal(talk_take(talk, 4), 4096);
    assert_int_equal(talk_take(talk, 8), 50);
    assert_int_equal(talk_take(talk, 8), store_pages_free(&talk->tree.store));
    assert_int_equal(bytes_number(talk->reply + 63, 4), 255);
    assert_int_equal(ask(talk, NINEP_TSTATFS, "4", 9u), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 1, "link"), 0);
    assert_int_equal(ask(talk, NINEP_TREADLINK, "4", 1u), 0);
    assert_int_equal(talk_take(talk, 2), 12);
    assert_memory_equal(talk->reply + 9, "dir/sub/leaf", 12);
    assert_int_equal(ask(talk, NINEP_TREADLINK, "4", 0u), E_INVAL);
    assert_int_equal(ask(talk, NINEP_TREADLINK, "4", 9u), E_BADF);
    assert_int_equal(ask(talk, NINEP_TFSYNC, "4", 0u), 0);
    assert_int_equal(ask(talk, NINEP_TFSYNC, "44", 0u, 1u), 0);
    assert_int_equal(ask(talk, NINEP_TFSYNC, "4", 9u), E_BADF);
    talk_close(talk);
}

/* Names. */

static void create_makes_opens_and_moves_the_fid(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    talk->tree.now = (struct tree_time){7000, 0};
    assert_int_equal(ask(talk, NINEP_TATTACH, "44ss4", 9u, NINEP_NO_FID, "u", "", 42u), 0);
    assert_int_equal(ask(talk, NINEP_TLCREATE, "4s444", 9u, "made", 2u, 0107600u, 43u), 0);
    assert_int_equal(talk->reply_bytes, 24);
    assert_int_equal(ask_write(talk, 9, 0, "new"), 0);
    const struct tree_node *node = node_of(talk, 9);
    assert_int_equal(node->attributes.mode, 0107600);
    assert_int_equal(node->attributes.user, 42);
    assert_int_equal(node->attributes.group, 43);
    assert_int_equal(node->modified.seconds, 7000);
    assert_int_equal(talk->tree.root->modified.seconds, 7000);
    assert_int_equal(ask_create(talk, 9, "x", 1), E_NOTDIR);
    assert_int_equal(ask_walk(talk, 0, 1, ""), 0);
    assert_int_equal(ask_create(talk, 1, "made", 1 | NINEP_EXCLUSIVE), E_EXIST);
    assert_int_equal(ask_create(talk, 1, "dir", 0), E_ISDIR);
    assert_int_equal(ask_create(talk, 1, "link", 0), E_LOOP);
    assert_int_equal(ask_create(talk, 1, "pipe", 0), E_NXIO);
    assert_int_equal(ask_create(talk, 1, "a/b", 0), E_INVAL);
    assert_int_equal(ask_create(talk, 1, "..", 0), E_INVAL);
    assert_int_equal(ask_create(talk, 1, "", 0), E_NOENT);
    assert_int_equal(ask_create(talk, 1, "x", 3), E_INVAL);
    assert_int_equal(ask_create(talk, 1, "made", 0), 0);
    assert_int_equal(ask_read(talk, 1, 0, 10), 0);
    assert_memory_equal(talk->reply + 7, "\3\0\0\0new", 7);
    assert_int_equal(ask_write(talk, 1, 0, "x"), E_BADF);
    assert_int_equal(ask_walk(talk, 0, 2, ""), 0);
    assert_int_equal(ask_create(talk, 2, "made", 1 | NINEP_TRUNCATE), 0);
    assert_int_equal(size_of(talk, 1), 0);
    /* A fid that is open is not a place to create in. */
    assert_int_equal(ask_walk(talk, 0, 3, ""), 0);
    assert_int_equal(ask_open(talk, 3, 0), 0);
    assert_int_equal(ask_create(talk, 3, "y", 1), E_INVAL);
    assert_int_equal(ask_create(talk, 99, "y", 1), E_BADF);
    /* The fid now is the file, by its name. */
    assert_int_equal(ask(talk, NINEP_TREMOVE, "4", 2u), 0);
    assert_int_equal(ask_walk(talk, 0, 2, "made"), E_NOENT);
    talk_close(talk);
}

static void mkdir_symlink_mknod_and_link_tell_their_qids(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 512);
    static char target[5000];
    memset(target, 't', 4096);
    assert_int_equal(ask(talk, NINEP_TMKDIR, "4s44", 0u, "d", 01777u, 5u), 0);
    assert_int_equal(talk_take(talk, 1), NINEP_QID_DIRECTORY);
    assert_int_equal(ask(talk, NINEP_TMKDIR, "4s44", 0u, "d", 0755u, 5u), E_EXIST);
    assert_int_equal(ask_walk(talk, 0, 1, "d"), 0);
    assert_int_equal(node_of(talk, 1)->attributes.mode, 0041777);
    assert_int_equal(ask(talk, NINEP_TSYMLINK, "4ss4", 1u, "s", "../hello", 0u), 0);
    assert_int_equal(talk_take(talk, 1), NINEP_QID_SYMLINK);
    assert_int_equal(ask_walk(talk, 1, 2, "s"), 0);
    assert_int_equal(ask(talk, NINEP_TREADLINK, "4", 2u), 0);
    assert_memory_equal(talk->reply + 7, "\10\0../hello", 10);
    assert_int_equal(ask(talk, NINEP_TSYMLINK, "4ss4", 1u, "e", "", 0u), E_INVAL);
    assert_int_equal(ask(talk, NINEP_TMKNOD, "4s4444", 1u, "n", 0060644u, 8u, 0x12345u, 0u), 0);
    assert_int_equal(talk_take(talk, 1), NINEP_QID_FILE);
    assert_int_equal(ask_walk(talk, 1, 3, "n"), 0);
    assert_int_equal(ask_getattr(talk, 3), 0);
    assert_int_equal(bytes_number(talk->reply + 48, 8), 0x12300845);
    assert_int_equal(ask(talk, NINEP_TMKNOD, "4s4444", 1u, "m", 0040644u, 8u, 1u, 0u), E_INVAL);
    assert_int_equal(ask(talk, NINEP_TMKNOD, "4s4444", 1u, "m", 0120644u, 8u, 1u, 0u), E_INVAL);
    assert_int_equal(ask(talk, NINEP_TMKNOD, "4s4444", 1u, "m", 0644u, 8u, 1u, 0u), E_INVAL);
    assert_int_equal(ask_walk(talk, 0, 4, "hello"), 0);
    assert_int_equal(ask(talk, NINEP_TLINK, "44s", 1u, 4u, "h"), 0);
    assert_int_equal(talk->reply_bytes, 7);
    assert_int_equal(node_of(talk, 4)->links, 2);
    assert_int_equal(ask(talk, NINEP_TLINK, "44s", 1u, 1u, "x"), 1);
    assert_int_equal(ask(talk, NINEP_TLINK, "44s", 1u, 9u, "x"), E_BADF);
    assert_int_equal(ask(talk, NINEP_TLINK, "44s", 4u, 4u, "x"), E_NOTDIR);
    /* A target may be longer than a small client's messages. */
    assert_int_equal(ask_version(talk, 8192), 0);
    assert_int_equal(ask_attach(talk, 0), 0);
    assert_int_equal(ask(talk, NINEP_TSYMLINK, "4ss4", 0u, "l", target, 0u), E_NAMETOOLONG);
    assert_int_equal(ask(talk, NINEP_TSYMLINK, "4ss4", 0u, "l", target + 1, 0u), 0);
    assert_int_equal(ask_version(talk, 512), 0);
    assert_int_equal(ask_attach(talk, 0), 0);
    assert_int_equal(ask_walk(talk, 0, 1, "l"), 0);
    assert_int_equal(ask(talk, NINEP_TREADLINK, "4", 1u), E_MSGSIZE);
    talk_close(talk);
}

static void unlinkat_tells_files_from_directories(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_unlink(talk, 0, "dir", 0), E_ISDIR);
    assert_int_equal(ask_unlink(talk, 0, "dir", 0x200), E_NOTEMPTY);
    assert_int_equal(ask_unlink(talk, 0, "hello", 0x200), E_NOTDIR);
    assert_int_equal(ask_unlink(talk, 0, "hello", 0x100), E_INVAL);
    assert_int_equal(ask_unlink(talk, 0, "none", 0), E_NOENT);
    assert_int_equal(ask_unlink(talk, 0, "..", 0x200), E_NOENT);
    assert_int_equal(ask_unlink(talk, 9, "hello", 0), E_BADF);
    assert_int_equal(ask_unlink(talk, 0, "hello", 0), 0);
    assert_int_equal(talk->reply_bytes, 7);
    assert_int_equal(ask_walk(talk, 0, 1, "hello"), E_NOENT);
    talk_close(talk);
}

static void rename_and_renameat_move_names(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask_walk(talk, 0, 1, "dir"), 0);
    assert_int_equal(ask_walk(talk, 0, 2, "hello"), 0);
    assert_int_equal(ask(talk, NINEP_TRENAMEAT, "4s4s", 0u, "hello", 1u, "there"), 0);
    assert_int_equal(ask_walk(talk, 0, 3, "hello"), E_NOENT);
    assert_int_equal(ask_walk(talk, 1, 3, "there"), 0);
    assert_int_equal(ask(talk, NINEP_TRENAMEAT, "4s4s", 0u, "dir", 1u, "x"), E_INVAL);
    assert_int_equal(ask(talk, NINEP_TRENAMEAT, "4s4s", 9u, "dir", 1u, "x"), E_BADF);
    assert_int_equal(ask(talk, NINEP_TRENAMEAT, "4s4s", 0u, "dir", 3u, "x"), E_NOTDIR);
    /* Fid 2 found it by a name that is no more; fid 3 knows the new one. */
    assert_int_equal(ask(talk, NINEP_TRENAME, "44s", 2u, 0u, "x"), E_NOENT);
    assert_int_equal(ask(talk, NINEP_TRENAME, "44s", 3u, 0u, "x"), 0);
    assert_int_equal(ask(talk, NINEP_TRENAME, "44s", 3u, 1u, "y"), 0);
    assert_int_equal(ask(talk, NINEP_TRENAME, "44s", 0u, 1u, "y"), E_BUSY);
    assert_int_equal(ask(talk, NINEP_TRENAME, "44s", 9u, 1u, "y"), E_BADF);
    assert_int_equal(ask(talk, NINEP_TRENAME, "44s", 3u, 9u, "y"), E_BADF);
    /* A directory is found by any fid, whatever its name was. */
    assert_int_equal(ask_walk(talk, 0, 4, "dir/sub"), 0);
    assert_int_equal(ask(talk, NINEP_TRENAMEAT, "4s4s", 1u, "sub", 0u, "moved"), 0);
    assert_int_equal(ask(talk, NINEP_TRENAME, "44s", 4u, 1u, "back"), 0);
    assert_int_equal(ask_walk(talk, 0, 5, "dir/back/../y"), 0);
    assert_int_equal(talk_take(talk, 2), 4);
    talk_close(talk);
}

/* Two sessions on one tree. */

static void sessions_share_the_tree_but_not_the_fids(void **state)
{
    (void)state;
    struct talk *one = talk_attached(50, 8192);
    struct talk *two = calloc(1, sizeof *two);
    ninep_start(&two->session, &one->tree, 4096);
    assert_int_equal(ask_version(two, 4096), 0);
    assert_int_equal(ask_getattr(two, 0), E_BADF);
    assert_int_equal(ask_attach(two, 3), 0);
    assert_int_equal(ask_walk(one, 0, 1, "hello"), 0);
    assert_int_equal(ask_open(one, 1, 0), 0);
    assert_int_equal(ask_unlink(two, 3, "hello", 0), 0);
    assert_int_equal(ask_read(one, 1, 0, 3), 0);
    assert_int_equal(ask(two, 200, "4", 0u), E_OPNOTSUPP);
    two->request_bytes = 3;
    assert_int_equal(talk_send_raw(two), TALK_HUNG_UP);
    assert_int_equal(ask_read(one, 1, 0, 3), 0);
    ninep_end(&two->session);
    free(two);
    talk_close(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(getattr_tells_each_field_in_its_place),
        cmocka_unit_test(setattr_sets_what_is_valid_and_nothing_else),
        cmocka_unit_test(statfs_readlink_and_fsync_answer),
        cmocka_unit_test(create_makes_opens_and_moves_the_fid),
        cmocka_unit_test(mkdir_symlink_mknod_and_link_tell_their_qids),
        cmocka_unit_test(unlinkat_tells_files_from_directories),
        cmocka_unit_test(rename_and_renameat_move_names),
        cmocka_unit_test(sessions_share_the_tree_but_not_the_fids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
