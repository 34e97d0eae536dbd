/* SPDX-License-Identifier: MIT */
/* Oracle 9P-6: whatever is malformed ends the conversation, and nothing beyond the message is read. */
#include "ninep_talk.h"

/* Malformed messages: 9P-6. */

struct sample {
    uint8_t type;
    const char *fields; /* s: a name, others: zeros */
};

static const struct sample samples[] = {
    {NINEP_TSTATFS, "4"},
    {NINEP_TLOPEN, "44"},
    {NINEP_TLCREATE, "4s444"},
    {NINEP_TSYMLINK, "4ss4"},
    {NINEP_TMKNOD, "4s4444"},
    {NINEP_TRENAME, "44s"},
    {NINEP_TREADLINK, "4"},
    {NINEP_TGETATTR, "48"},
    {NINEP_TSETATTR, "44444"
                     "88888"},
    {NINEP_TREADDIR, "484"},
    {NINEP_TFSYNC, "4"},
    {NINEP_TLINK, "44s"},
    {NINEP_TMKDIR, "4s44"},
    {NINEP_TRENAMEAT, "4s4s"},
    {NINEP_TUNLINKAT, "4s4"},
    {NINEP_TVERSION, "4s"},
    {NINEP_TAUTH, "4ss4"},
    {NINEP_TATTACH, "44ss4"},
    {NINEP_TFLUSH, "2"},
    {NINEP_TWALK, "442"},
    {NINEP_TREAD, "484"},
    {NINEP_TWRITE, "484"},
    {NINEP_TCLUNK, "4"},
    {NINEP_TREMOVE, "4"},
};

static void fill_sample(struct talk *talk, const struct sample *sample)
{
    talk_begin(talk, sample->type);
    for (const char *field = sample->fields; *field != 0; field++) {
        if (*field == 's') {
            talk_put(talk, 2, 3);
            talk_put_bytes(talk, "abc", 3);
        } else {
            talk_put(talk, (unsigned)(*field - '0'), sample->type == NINEP_TVERSION ? 8192 : 0);
        }
    }
}

static struct talk *reattach(struct talk *talk)
{
    assert_int_equal(ask_version(talk, 8192), 0);
    assert_int_equal(ask_attach(talk, 1), 0);
    return talk;
}

static void every_truncation_9P_6_of_every_request_hangs_up(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        fill_sample(reattach(talk), &samples[i]);
        assert_int_not_equal(talk_send(talk), TALK_HUNG_UP);
        fill_sample(talk, &samples[i]);
        for (size_t kept = talk->request_bytes; kept-- > 0;) {
            reattach(talk);
            fill_sample(talk, &samples[i]);
            talk->request_bytes = kept;
            /* Once with the size that it has, once with that it should have had. */
            assert_int_equal(kept < 4 ? talk_send_raw(talk) : talk_send(talk), TALK_HUNG_UP);
            reattach(talk);
            fill_sample(talk, &samples[i]);
            bytes_set(talk->request, 4, talk->request_bytes);
            talk->request_bytes = kept;
            assert_int_equal(talk_send_raw(talk), TALK_HUNG_UP);
        }
    }
    talk_close(talk);
}

static void every_surplus_byte_9P_6_hangs_up(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        fill_sample(reattach(talk), &samples[i]);
        talk_put(talk, 1, 0);
        assert_int_equal(talk_send(talk), TALK_HUNG_UP);
        fill_sample(reattach(talk), &samples[i]);
        bytes_set(talk->request, 4, talk->request_bytes + 1);
        assert_int_equal(talk_send_raw(talk), TALK_HUNG_UP);
    }
    talk_close(talk);
}

static void strings_9P_6_longer_than_the_message_hang_up(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        size_t at = 7;
        for (const char *field = samples[i].fields; *field != 0; field++) {
            for (unsigned count = 4; *field == 's' && count <= 65535; count = count * 2 + 1) {
                fill_sample(reattach(talk), &samples[i]);
                bytes_set(talk->request + at, 2, count);
                assert_int_equal(talk_send(talk), TALK_HUNG_UP);
            }
            at += *field == 's' ? 5 : (size_t)(*field - '0');
        }
    }
    talk_close(talk);
}

static void messages_9P_6_beyond_the_agreed_size_hang_up(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 1000);
    static uint8_t data[2000];
    assert_int_equal(ask_walk(talk, 0, 1, "hello"), 0);
    assert_int_equal(ask_open(talk, 1, 1), 0);
    assert_int_equal(ask(talk, NINEP_TWRITE, "484b", 1u, (uint64_t)0, 1000u - 23, data, (size_t)1000 - 23), 0);
    assert_int_equal(ask(talk, NINEP_TWRITE, "484b", 1u, (uint64_t)0, 1000u - 22, data, (size_t)1000 - 22),
                     TALK_HUNG_UP);
    talk_close(talk);
}

static void walk_counts_9P_6_that_lie_hang_up(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    assert_int_equal(ask(talk, NINEP_TWALK, "442s", 0u, 1u, 2u, "dir"), TALK_HUNG_UP);
    reattach(talk);
    assert_int_equal(ask(talk, NINEP_TWALK, "442s", 1u, 2u, 0u, "dir"), TALK_HUNG_UP);
    reattach(talk);
    assert_int_equal(ask(talk, NINEP_TWALK, "442", 1u, 2u, 65535u), TALK_HUNG_UP);
    talk_close(talk);
}

static void a_reply_buffer_too_small_for_the_limit_is_not_used(void **state)
{
    (void)state;
    struct talk *talk = talk_attached(50, 8192);
    uint8_t reply[7];
    fill_sample(talk, &samples[0]);
    bytes_set(talk->request, 4, talk->request_bytes);
    assert_int_equal(ninep_exchange(&talk->session, talk->request, talk->request_bytes, reply, sizeof reply), 0);
    talk_close(talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_truncation_9P_6_of_every_request_hangs_up),
        cmocka_unit_test(every_surplus_byte_9P_6_hangs_up),
        cmocka_unit_test(strings_9P_6_longer_than_the_message_hang_up),
        cmocka_unit_test(messages_9P_6_beyond_the_agreed_size_hang_up),
        cmocka_unit_test(walk_counts_9P_6_that_lie_hang_up),
        cmocka_unit_test(a_reply_buffer_too_small_for_the_limit_is_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
