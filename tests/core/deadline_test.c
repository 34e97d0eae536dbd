/* SPDX-License-Identifier: MIT */
/* The tree of deadlines against a sorted array: same order, always balanced enough, equals in order of arming. */
#include "core/deadline.h"

#include "support/scene.h"

enum { NODES = 300, STEPS = 20000 };

struct model {
    struct scene *scene;
    struct deadline node[NODES];
    unsigned order[NODES]; /* indices of armed nodes, sorted */
    unsigned armed;
};

static int model_earlier(const struct model *model, unsigned one, unsigned other)
{
    const struct deadline *a = &model->node[one], *b = &model->node[other];
    return a->at != b->at ? a->at < b->at : a->sequence < b->sequence;
}

static void model_remove(struct model *model, unsigned index)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < model->armed; i++)
        if (model->order[i] != index)
            model->order[kept++] = model->order[i];
    model->armed = kept;
}

static void model_insert(struct model *model, unsigned index)
{
    unsigned at = model->armed++;
    for (; at > 0 && model_earlier(model, index, model->order[at - 1]); at--)
        model->order[at] = model->order[at - 1];
    model->order[at] = index;
}

static unsigned depth_of(const struct deadline *node)
{
    if (node == NULL)
        return 0;
    unsigned left = depth_of(node->left), right = depth_of(node->right);
    return 1 + (left > right ? left : right);
}

static unsigned walk(const struct deadline *node, const struct deadline *parent, const struct model *model, unsigned at)
{
    if (node == NULL)
        return at;
    assert_ptr_equal(node->parent, parent);
    at = walk(node->left, node, model, at);
    assert_ptr_equal(node, &model->node[model->order[at]]);
    return walk(node->right, node, model, at + 1);
}

static void compare(const struct model *model)
{
    struct kernel *kernel = model->scene->inside;
    assert_int_equal(walk(kernel->deadlines, NULL, model, 0), model->armed);
    const struct deadline *first = deadline_first(kernel);
    assert_ptr_equal(first, model->armed > 0 ? &model->node[model->order[0]] : NULL);
}

static void tree_equals_a_sorted_array(void **state)
{
    (void)state;
    static struct model model;
    model = (struct model){.scene = scene_open(NULL)};
    scene_seed(model.scene, 20260101);
    struct kernel *kernel = model.scene->inside;
    for (unsigned i = 0; i < NODES; i++)
        model.node[i].at = UK_FOREVER;
    unsigned long steps = percent_of(STEPS);
    for (unsigned long step = 0; step < steps; step++) {
        unsigned index = scene_random(model.scene, NODES);
        uk_time at = kernel->now + 1 + scene_random(model.scene, 50); /* many equals */
        if (model.node[index].at != UK_FOREVER)
            model_remove(&model, index);
        if (scene_random(model.scene, 3) == 0) {
            deadline_cancel(kernel, &model.node[index]);
        } else {
            deadline_arm(kernel, &model.node[index], scene_random(model.scene, 20) ? at : UK_FOREVER);
            if (model.node[index].at != UK_FOREVER)
                model_insert(&model, index);
        }
        if (step % 64 == 0)
            compare(&model);
    }
    compare(&model);
    while (model.armed > 0) { /* and taken out from the front, as time does it */
        struct deadline *first = deadline_first(kernel);
        assert_ptr_equal(first, &model.node[model.order[0]]);
        deadline_cancel(kernel, first);
        model_remove(&model, model.order[0]);
    }
    assert_null(kernel->deadlines);
    scene_close(model.scene);
}

/* Armed in order, or against it: the worst cases of an unbalanced tree. */
static void depth_stays_logarithmic(void **state)
{
    (void)state;
    enum { MANY = 4096 };
    static struct deadline node[MANY];
    struct scene *scene = scene_open(NULL);
    for (unsigned backwards = 0; backwards < 2; backwards++) {
        for (unsigned i = 0; i < MANY; i++)
            node[i] = (struct deadline){.at = UK_FOREVER};
        for (unsigned i = 0; i < MANY; i++)
            deadline_arm(scene->inside, &node[i], 1000000 + (backwards ? MANY - i : i));
        assert_true(depth_of(scene->inside->deadlines) < 48); /* 12 would be perfect */
        for (unsigned i = 0; i < MANY; i++)
            deadline_cancel(scene->inside, &node[i]);
        assert_null(scene->inside->deadlines);
    }
    scene_close(scene);
}

static void clock_tells_the_time(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    expect(step(scene->root, OP(UK_CLOCK, 0, 0)), UK_OK);
    uk_time before = got(scene->root)->word[0];
    assert_int_equal(before, time_now(scene));
    advance(scene, before + 123456);
    expect(step(scene->root, OP(UK_CLOCK, 0, 0)), UK_OK);
    assert_true(got(scene->root)->word[0] >= before + 123456);
    advance(scene, 5); /* never back */
    expect(step(scene->root, OP(UK_CLOCK, 0, 0)), UK_OK);
    assert_true(got(scene->root)->word[0] > before + 123456);
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_equals_a_sorted_array),
        cmocka_unit_test(depth_stays_logarithmic),
        cmocka_unit_test(clock_tells_the_time),
    };
    return cmocka_run_group_tests_name("core/deadline", tests, NULL, NULL);
}
