/* SPDX-License-Identifier: MIT */
/* Wait queues against a sorted array: most urgent first, equals by arrival, whatever is taken out of the middle. */
#include "core/queue.h"

#include <stdlib.h>

#include "support/scene.h"

enum { THREADS = 600, STEPS = 30000 };

struct model {
    struct queue queue;
    struct thread *thread; /* THREADS of them */
    unsigned order[THREADS];
    unsigned count;
    unsigned char member[THREADS];
};

static void insert(struct model *model, unsigned index, uint32_t rank)
{
    queue_insert(&model->queue, &model->thread[index], rank);
    unsigned at = model->count++;
    for (; at > 0 && model->thread[model->order[at - 1]].rank < rank; at--)
        model->order[at] = model->order[at - 1];
    model->order[at] = index;
    model->member[index] = 1;
}

static void take(struct model *model, unsigned index)
{
    queue_remove(&model->queue, &model->thread[index]);
    unsigned kept = 0;
    for (unsigned i = 0; i < model->count; i++)
        if (model->order[i] != index)
            model->order[kept++] = model->order[i];
    model->count = kept;
    model->member[index] = 0;
}

static void compare(const struct model *model)
{
    const struct thread *at = model->queue.first;
    for (unsigned i = 0; i < model->count; i++) {
        assert_ptr_equal(at, &model->thread[model->order[i]]);
        at = queue_next(&model->queue, at);
    }
    assert_null(at);
}

static void queue_equals_a_sorted_array(uint32_t ranks)
{
    struct scene *random = scene_open(NULL);
    static struct model model;
    model = (struct model){.thread = calloc(THREADS, sizeof(struct thread))};
    assert_non_null(model.thread);
    scene_seed(random, 99 + ranks);
    unsigned long steps = percent_of(STEPS);
    for (unsigned long step = 0; step < steps; step++) {
        unsigned index = scene_random(random, THREADS);
        if (model.member[index])
            take(&model, index);
        else if (model.count > 0 && scene_random(random, 4) == 0)
            take(&model, model.order[0]);
        else
            insert(&model, index, scene_random(random, ranks));
        if (step % 32 == 0)
            compare(&model);
    }
    while (model.count > 0)
        take(&model, model.order[scene_random(random, model.count)]);
    assert_null(model.queue.first);
    free(model.thread);
    scene_close(random);
}

static void one_group(void **state)
{
    (void)state;
    queue_equals_a_sorted_array(1);
}

static void few_groups(void **state)
{
    (void)state;
    queue_equals_a_sorted_array(5);
}

static void all_256_groups(void **state)
{
    (void)state;
    queue_equals_a_sorted_array(256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_group),
        cmocka_unit_test(few_groups),
        cmocka_unit_test(all_256_groups),
    };
    return cmocka_run_group_tests_name("core/queue", tests, NULL, NULL);
}
