/* SPDX-License-Identifier: MIT */
/* Oracle 9P-1: random conversations against a naive model of fids and names; the same errors, the same live fids. */
#include "ninep_talk.h"

#include <stdio.h>

/*
 * The model: flat arrays, searched from end to end, nothing is ever used again. It knows no bytes, no sessions
 * of its own and none of the engine's types.
 */
enum {
    NODES = 4000,
    ENTRIES = 8000,
    FIDS = 12,
    NAMES = 5
};

struct model_node {
    bool directory;
    int parent; /* directories; -1: removed */
    uint64_t size;
};

struct model_entry {
    bool there;
    int in, name, node;
};

struct model_fid {
    bool live, open, readable, writable;
    int node, entry; /* entry: by which a file was found */
};

struct model {
    struct model_node nodes[NODES];
    struct model_entry entries[ENTRIES];
    struct model_fid fids[FIDS];
    int node_count, entry_count;
    unsigned errors;
};

static const char *const names[NAMES] = {"a", "b", "a-long-one", "d", "e"};
enum {
    DOT = NAMES,
    DOT_DOT = NAMES + 1,
    NAMES_TO_WALK = NAMES + 2
};

static const char *name_text(int name) { return name == DOT ? "." : name == DOT_DOT ? ".." : names[name]; }

static uint64_t random_state;

static unsigned random_below(unsigned end)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((random_state >> 33) % end);
}

static int model_find(const struct model *model, int in, int name)
{
    for (int i = 0; i < model->entry_count; i++)
        if (model->entries[i].there && model->entries[i].in == in && model->entries[i].name == name)
            return i;
    return -1;
}

static int model_names_in(const struct model *model, int in)
{
    int count = 0;
    for (int i = 0; i < model->entry_count; i++)
        count += model->entries[i].there && model->entries[i].in == in;
    return count;
}

static int model_links(const struct model *model, int node)
{
    int count = 0;
    for (int i = 0; i < model->entry_count; i++)
        count += model->entries[i].there && model->entries[i].node == node;
    return count;
}

static int model_name(struct model *model, int in, int name, int node)
{
    model->entries[model->entry_count] = (struct model_entry){true, in, name, node};
    if (model->nodes[node].directory)
        model->nodes[node].parent = in;
    return model->entry_count++;
}

static int model_make(struct model *model, bool directory)
{
    model->nodes[model->node_count] = (struct model_node){directory, -1, 0};
    return model->node_count++;
}

static void model_unname(struct model *model, int entry)
{
    int node = model->entries[entry].node;
    model->entries[entry].there = false;
    if (model->nodes[node].directory)
        model->nodes[node].parent = -1;
}

static void model_reset(struct model *model)
{
    memset(model, 0, sizeof *model);
    model_make(model, true);
    model->nodes[0].parent = 0;
}

/* One step from `node`; sets where it leads and by which entry. */
static int model_step(const struct model *model, int *node, int *entry, int name)
{
    if (!model->nodes[*node].directory)
        return 20;
    if (name == DOT)
        return 0;
    if (name == DOT_DOT) {
        if (model->nodes[*node].parent < 0)
            return 2;
        *node = model->nodes[*node].parent;
        return 0;
    }
    int found = model_find(model, *node, name);
    if (found < 0)
        return 2;
    *entry = found;
    *node = model->entries[found].node;
    return 0;
}

static struct model_fid *live(struct model *model, int fid) { return model->fids[fid].live ? &model->fids[fid] : NULL; }

static int directory_error(const struct model *model, const struct model_fid *fid)
{
    return fid == NULL ? 9 : !model->nodes[fid->node].directory ? 20 : 0;
}

/* A new name in this directory. */
static int new_name_error(const struct model *model, int in, int name)
{
    if (model->nodes[in].parent < 0)
        return 2;
    return model_find(model, in, name) >= 0 ? 17 : 0;
}

static int removal_error(const struct model *model, int node, bool directories)
{
    if (!model->nodes[node].directory)
        return directories ? 20 : 0;
    if (!directories)
        return 21;
    return model_names_in(model, node) > 0 ? 39 : 0;
}

/* Each of these says something to both and compares. Numbers of fids are the model's, times 1000. */
struct pair {
    struct talk *talk;
    struct model *model;
};

static unsigned number(int fid) { return (unsigned)fid * 1000; }

static void same(struct pair *pair, int answer, int expected)
{
    if (answer != expected)
        fail_msg("request type %u was answered with %d, the model says %d", pair->talk->request[4], answer, expected);
    pair->model->errors += expected != 0;
}

static void do_version(struct pair *pair)
{
    memset(pair->model->fids, 0, sizeof pair->model->fids);
    same(pair, ask_version(pair->talk, 512 + random_below(4096)), 0);
}

static void do_attach(struct pair *pair, int fid)
{
    int expected = live(pair->model, fid) != NULL ? 9 : 0;
    same(pair, ask_attach(pair->talk, number(fid)), expected);
    if (expected == 0)
        pair->model->fids[fid] = (struct model_fid){.live = true, .entry = -1};
}

static void do_walk(struct pair *pair, int from, int to)
{
    struct model *model = pair->model;
    const struct model_fid *fid = live(model, from);
    unsigned count = random_below(4), walked = 0;
    int expected = 0, node = fid != NULL ? fid->node : 0, entry = fid != NULL ? fid->entry : -1, failed = 0;
    char path[64] = "";
    for (unsigned i = 0; i < count; i++) {
        int name = (int)random_below(NAMES_TO_WALK);
        strcat(strcat(path, i > 0 ? "/" : ""), name_text(name));
        if (fid != NULL && failed == 0 && (failed = model_step(model, &node, &entry, name)) == 0)
            walked++;
    }
    if (fid == NULL || (from != to && live(model, to) != NULL))
        expected = 9;
    else if (fid->open)
        expected = 22;
    else if (walked == 0 && failed != 0)
        expected = failed;
    same(pair, ask_walk(pair->talk, number(from), number(to), path), expected);
    if (expected != 0)
        return;
    assert_int_equal(talk_take(pair->talk, 2), walked);
    if (walked == count)
        model->fids[to] = (struct model_fid){.live = true, .node = node, .entry = entry};
}

static int open_error(const struct model *model, const struct model_fid *fid, unsigned flags)
{
    if (fid->open || (flags & 3) == 3)
        return 22;
    return model->nodes[fid->node].directory && (flags & 01003) != 0 ? 21 : 0;
}

static void model_open(struct model *model, struct model_fid *fid, unsigned flags)
{
    fid->open = true;
    fid->readable = (flags & 3) != 1;
    fid->writable = (flags & 3) != 0;
    if ((flags & 01000) != 0)
        model->nodes[fid->node].size = 0;
}

static unsigned random_flags(void)
{
    return random_below(4) | (random_below(4) == 0 ? 01000u : 0) | (random_below(4) == 0 ? 0200u : 0);
}

static void do_open(struct pair *pair, int fid)
{
    struct model_fid *found = live(pair->model, fid);
    unsigned flags = random_flags();
    int expected = found == NULL ? 9 : open_error(pair->model, found, flags);
    same(pair, ask_open(pair->talk, number(fid), flags), expected);
    if (expected == 0)
        model_open(pair->model, found, flags);
}

static int create_error(const struct model *model, const struct model_fid *fid, int name, unsigned flags)
{
    int error = directory_error(model, fid);
    if (error != 0)
        return error;
    if (fid->open || (flags & 3) == 3)
        return 22;
    int entry = model_find(model, fid->node, name);
    if (entry < 0)
        return new_name_error(model, fid->node, name);
    if ((flags & 0200) != 0)
        return 17;
    return model->nodes[model->entries[entry].node].directory ? 21 : 0;
}

static void do_create(struct pair *pair, int fid)
{
    struct model *model = pair->model;
    struct model_fid *found = live(model, fid);
    int name = (int)random_below(NAMES);
    unsigned flags = random_flags();
    int expected = create_error(model, found, name, flags);
    same(pair, ask(pair->talk, NINEP_TLCREATE, "4s444", number(fid), names[name], flags, 0644u, 0u), expected);
    if (expected != 0)
        return;
    int entry = model_find(model, found->node, name);
    if (entry < 0)
        entry = model_name(model, found->node, name, model_make(model, false));
    found->entry = entry;
    found->node = model->entries[entry].node;
    model_open(model, found, flags);
}

static void do_mkdir(struct pair *pair, int fid)
{
    struct model *model = pair->model;
    const struct model_fid *found = live(model, fid);
    int name = (int)random_below(NAMES);
    int expected = directory_error(model, found);
    if (expected == 0)
        expected = new_name_error(model, found->node, name);
    same(pair, ask(pair->talk, NINEP_TMKDIR, "4s44", number(fid), names[name], 0755u, 0u), expected);
    if (expected == 0)
        model_name(model, found->node, name, model_make(model, true));
}

static void do_read(struct pair *pair, int fid)
{
    const struct model_fid *found = live(pair->model, fid);
    uint64_t offset = random_below(300), size = found != NULL ? pair->model->nodes[found->node].size : 0;
    unsigned count = random_below(300);
    int expected = found == NULL || !found->readable ? 9 : pair->model->nodes[found->node].directory ? 21 : 0;
    same(pair, ask(pair->talk, NINEP_TREAD, "484", number(fid), offset, count), expected);
    uint64_t left = offset < size ? size - offset : 0;
    if (expected == 0)
        assert_int_equal(talk_take(pair->talk, 4), left < count ? left : count);
}

static void do_write(struct pair *pair, int fid)
{
    static const uint8_t data[300];
    const struct model_fid *found = live(pair->model, fid);
    uint64_t offset = random_below(300);
    size_t count = random_below(300);
    int expected = found == NULL || !found->writable ? 9 : 0;
    same(pair, ask(pair->talk, NINEP_TWRITE, "484b", number(fid), offset, (unsigned)count, data, count), expected);
    if (expected == 0 && count > 0 && offset + count > pair->model->nodes[found->node].size)
        pair->model->nodes[found->node].size = offset + count;
}

static void do_readdir(struct pair *pair, int fid)
{
    const struct model_fid *found = live(pair->model, fid);
    int expected = found == NULL || !found->readable ? 9 : !pair->model->nodes[found->node].directory ? 20 : 0;
    same(pair, ask(pair->talk, NINEP_TREADDIR, "484", number(fid), (uint64_t)0, 480u), expected);
    int entries = 0;
    for (size_t at = 11; expected == 0 && at < pair->talk->reply_bytes; entries++)
        at += 24 + (size_t)bytes_number(pair->talk->reply + at + 22, 2);
    if (expected == 0)
        assert_int_equal(entries, 2 + model_names_in(pair->model, found->node));
}

static int subdirectories(const struct model *model, int in)
{
    int count = 0;
    for (int i = 0; i < model->entry_count; i++)
        count +=
            model->entries[i].there && model->entries[i].in == in && model->nodes[model->entries[i].node].directory;
    return count;
}

static void do_getattr(struct pair *pair, int fid)
{
    const struct model *model = pair->model;
    const struct model_fid *found = live(pair->model, fid);
    same(pair, ask(pair->talk, NINEP_TGETATTR, "48", number(fid), (uint64_t)0x7ff), found == NULL ? 9 : 0);
    if (found == NULL)
        return;
    const struct model_node *node = &model->nodes[found->node];
    int links = node->directory ? (node->parent < 0 ? 0 : 2 + subdirectories(model, found->node))
                                : model_links(model, found->node);
    assert_int_equal(bytes_number(pair->talk->reply + 40, 8), links);
    assert_int_equal(bytes_number(pair->talk->reply + 56, 8), node->size);
    assert_int_equal(pair->talk->reply[15] == 0x80, node->directory);
}

static void do_clunk(struct pair *pair, int fid)
{
    same(pair, ask_clunk(pair->talk, number(fid)), live(pair->model, fid) == NULL ? 9 : 0);
    pair->model->fids[fid].live = false;
}

/* The entry that a fid stands for: a directory's only one, or that by which a file was found. */
static int own_entry(const struct model *model, const struct model_fid *fid)
{
    if (!model->nodes[fid->node].directory)
        return fid->entry >= 0 && model->entries[fid->entry].there ? fid->entry : -1;
    for (int i = 0; i < model->entry_count; i++)
        if (model->entries[i].there && model->entries[i].node == fid->node)
            return i;
    return -1;
}

static int own_entry_error(const struct model *model, const struct model_fid *fid)
{
    if (fid == NULL)
        return 9;
    return fid->node == 0 ? 16 : own_entry(model, fid) < 0 ? 2 : 0;
}

static void do_remove(struct pair *pair, int fid)
{
    struct model *model = pair->model;
    const struct model_fid *found = live(model, fid);
    int expected = own_entry_error(model, found);
    if (expected == 0)
        expected = removal_error(model, found->node, model->nodes[found->node].directory);
    same(pair, ask(pair->talk, NINEP_TREMOVE, "4", number(fid)), expected);
    if (expected == 0)
        model_unname(model, own_entry(model, found));
    model->fids[fid].live = false;
}

static void do_unlink(struct pair *pair, int fid)
{
    struct model *model = pair->model;
    const struct model_fid *found = live(model, fid);
    int name = (int)random_below(NAMES);
    bool directories = random_below(2) == 0;
    int expected = directory_error(model, found);
    int entry = expected == 0 ? model_find(model, found->node, name) : -1;
    if (expected == 0)
        expected = entry < 0 ? 2 : removal_error(model, model->entries[entry].node, directories);
    same(pair, ask(pair->talk, NINEP_TUNLINKAT, "4s4", number(fid), names[name], directories ? 0x200u : 0u), expected);
    if (expected == 0)
        model_unname(model, entry);
}

static bool is_within(const struct model *model, int directory, int ancestor)
{
    while (directory != ancestor && directory != 0)
        directory = model->nodes[directory].parent;
    return directory == ancestor;
}

static int rename_error(const struct model *model, int node, int to, int name)
{
    if (model->nodes[to].parent < 0)
        return 2;
    if (model->nodes[node].directory && is_within(model, to, node))
        return 22;
    int taken = model_find(model, to, name);
    if (taken < 0 || model->entries[taken].node == node)
        return 0;
    return removal_error(model, model->entries[taken].node, model->nodes[node].directory);
}

static int model_rename(struct model *model, int entry, int to, int name)
{
    int node = model->entries[entry].node, taken = model_find(model, to, name);
    if (taken >= 0 && model->entries[taken].node == node)
        return taken;
    if (taken >= 0)
        model_unname(model, taken);
    model_unname(model, entry);
    return model_name(model, to, name, node);
}

static void do_renameat(struct pair *pair, int from, int to)
{
    struct model *model = pair->model;
    const struct model_fid *source = live(model, from), *target = live(model, to);
    int old = (int)random_below(NAMES), new = (int)random_below(NAMES);
    int expected = directory_error(model, source);
    if (expected == 0)
        expected = directory_error(model, target);
    int entry = expected == 0 ? model_find(model, source->node, old) : -1;
    if (expected == 0)
        expected = entry < 0 ? 2 : rename_error(model, model->entries[entry].node, target->node, new);
    same(pair, ask(pair->talk, NINEP_TRENAMEAT, "4s4s", number(from), names[old], number(to), names[new]), expected);
    if (expected == 0)
        model_rename(model, entry, target->node, new);
}

static void do_rename(struct pair *pair, int fid, int to)
{
    struct model *model = pair->model;
    struct model_fid *found = live(model, fid);
    const struct model_fid *target = live(model, to);
    int name = (int)random_below(NAMES);
    int expected = directory_error(model, target);
    if (expected == 0)
        expected = own_entry_error(model, found);
    if (expected == 0)
        expected = rename_error(model, found->node, target->node, name);
    same(pair, ask(pair->talk, NINEP_TRENAME, "44s", number(fid), number(to), names[name]), expected);
    if (expected == 0)
        found->entry = model_rename(model, own_entry(model, found), target->node, name);
}

static void do_link(struct pair *pair, int in, int fid)
{
    struct model *model = pair->model;
    const struct model_fid *directory = live(model, in), *found = live(model, fid);
    int name = (int)random_below(NAMES);
    int expected = directory_error(model, directory);
    if (expected == 0 && found == NULL)
        expected = 9;
    if (expected == 0)
        expected = new_name_error(model, directory->node, name);
    if (expected == 0)
        expected = model->nodes[found->node].directory ? 1 : model_links(model, found->node) == 0 ? 2 : 0;
    same(pair, ask(pair->talk, NINEP_TLINK, "44s", number(in), number(fid), names[name]), expected);
    if (expected == 0)
        model_name(model, directory->node, name, found->node);
}

/* Mostly one that is live, so that conversations get somewhere. */
static int random_fid(const struct model *model)
{
    int fid = (int)random_below(FIDS);
    for (unsigned i = 0; i < 8 && (!model->fids[fid].live || (model->fids[fid].open && random_below(4) > 0)); i++)
        fid = (int)random_below(FIDS);
    return fid;
}

static void do_something(struct pair *pair)
{
    int fid = random_fid(pair->model);
    int other = random_below(3) == 0 ? fid : random_below(2) == 0 ? random_fid(pair->model) : (int)random_below(FIDS);
    switch (random_below(24)) {
    case 0:
        do_attach(pair, other);
        break;
    case 1:
    case 2:
    case 3:
    case 4:
        do_walk(pair, fid, other);
        break;
    case 5:
    case 6:
        do_open(pair, fid);
        break;
    case 7:
    case 8:
        do_create(pair, fid);
        break;
    case 9:
    case 10:
        do_mkdir(pair, fid);
        break;
    case 11:
        do_read(pair, fid);
        break;
    case 12:
        do_write(pair, fid);
        break;
    case 13:
        do_readdir(pair, fid);
        break;
    case 14:
        do_getattr(pair, fid);
        break;
    case 15:
    case 16:
        do_clunk(pair, fid);
        break;
    case 17:
        do_remove(pair, fid);
        break;
    case 18:
        do_unlink(pair, fid);
        break;
    case 19:
        do_renameat(pair, fid, other);
        break;
    case 20:
        do_rename(pair, fid, other);
        break;
    case 21:
        do_link(pair, other, fid);
        break;
    case 22:
        same(pair, ask(pair->talk, NINEP_TFLUSH, "2", random_below(65536)), 0);
        break;
    default:
        if (random_below(20) == 0)
            do_version(pair);
        break;
    }
}

static void check_fids(struct pair *pair)
{
    unsigned count = 0;
    for (int fid = 0; fid < FIDS; fid++) {
        const struct fid *found = fids_find(&pair->talk->session.fids, number(fid));
        assert_int_equal(found != NULL, pair->model->fids[fid].live);
        count += found != NULL;
        if (found != NULL)
            assert_int_equal(found->opened, pair->model->fids[fid].open);
    }
    assert_int_equal(pair->talk->session.fids.count, count);
}

static void conversation(uint64_t seed, unsigned *errors)
{
    struct model *model = malloc(sizeof *model);
    struct talk *talk = calloc(1, sizeof *talk);
    struct pair pair = {talk, model};
    random_state = seed;
    talk->region = aligned_alloc(4096, 300 * 4096);
    assert_int_equal(tree_initialise(&talk->tree, talk->region, 300 * 4096), TREE_OK);
    ninep_start(&talk->session, &talk->tree, 2048);
    model_reset(model);
    do_version(&pair);
    for (unsigned step = 0; step < 1500; step++) {
        do_something(&pair);
        check_fids(&pair);
        if (step % 16 == 0)
            assert_true(tree_check(&talk->tree));
    }
    *errors += model->errors;
    talk_close(talk);
    free(model);
}

#define CONVERSATIONS 40

static void fids_9P_1_agree_with_the_model(void **state)
{
    (void)state;
    const char *wanted = getenv("UKERN_SEED");
    uint64_t seed = wanted != NULL ? strtoull(wanted, NULL, 0) : 20240601;
    unsigned errors = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < CONVERSATIONS; i++)
        conversation(seed + i, &errors);
    print_message("%u requests, %u of them errors\n", CONVERSATIONS * 1500, errors);
    assert_true(errors > CONVERSATIONS * 100 && errors < CONVERSATIONS * 1400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fids_9P_1_agree_with_the_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
