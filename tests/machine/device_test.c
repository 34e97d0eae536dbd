/* SPDX-License-Identifier: MIT */
/* Devices of the embedder: registers in a frame, a line that signals, a doorbell; all between two kernel entries. */
#include "world.h"

enum { REGISTER_COMMAND, REGISTER_ANSWER, REGISTERS };

struct model {
    unsigned polls, raised, answers;
    unsigned left; /* lines that it raises by itself while the kernel is idle */
};

/* Answers a command with its double, and raises the line. */
static void model_poll(void *context, struct uk_kernel *kernel, unsigned device)
{
    struct model *model = context;
    volatile uk_word *registers = uk_device_registers(kernel, device);
    model->polls++;
    if (registers[REGISTER_COMMAND] != 0) {
        registers[REGISTER_ANSWER] = registers[REGISTER_COMMAND] * 2;
        registers[REGISTER_COMMAND] = 0;
        model->answers++;
        uk_interrupt(kernel, device);
    } else if (model->left > 0) {
        model->left--;
        model->raised++;
        uk_interrupt(kernel, device);
    }
}

static volatile uk_word told, rounds;

static uk_word drives(uk_word address)
{
    volatile uk_word *registers = (volatile uk_word *)address;
    uk_word bits, sum = 0;
    for (uk_word i = 1; i <= 10; i++) {
        registers[REGISTER_COMMAND] = i;
        if (uk_interrupt_acknowledge(SLOT_FRAMES) != UK_OK || uk_wait(SLOT_NOTIFICATION, &bits, UK_FOREVER) != UK_OK)
            return 1;
        sum += registers[REGISTER_ANSWER];
    }
    told = sum;
    (void)uk_interrupt_acknowledge(SLOT_FRAMES);
    while (uk_wait(SLOT_NOTIFICATION, &bits, UK_FOREVER) == UK_OK) {
        rounds++;
        (void)uk_interrupt_acknowledge(SLOT_FRAMES);
    }
    return 0;
}

static void a_driver_talks_to_its_device(void **state)
{
    (void)state;
    struct model model = {0};
    struct uk_device devices[] = {{"silent", 0, NULL, NULL}, {"model", UK_PAGE, model_poll, &model}};
    struct world world = {0};
    world_open(&world, &(struct uk_config){.devices = devices, .device_count = 2});
    told = rounds = 0;
    model.left = 3;
    assert_null(uk_device_registers(world.kernel, 0));
    assert_null(uk_device_registers(world.kernel, 2));
    assert_non_null(uk_device_registers(world.kernel, 1));
    /* Boot puts them behind each other: the silent device's interrupt, then frame and interrupt of the model. */
    uk_handle frame = UK_SLOT_FIRST_FREE + 1, interrupt = UK_SLOT_FIRST_FREE + 2;
    struct uk_task driver = world_task(&world, "driver", drives, 0, 10);
    uk_word room = world_room(&world, &driver);
    world_do(&world, UK_SPACE_MAP, driver.own_space, frame, room, UK_RIGHT_READ | UK_RIGHT_WRITE, 0, 0);
    world_give(&world, &driver, SLOT_FRAMES, interrupt);
    world_do(&world, UK_INTERRUPT_BIND, interrupt, world.notification, 0, 0, 0, 0);
    world_begin_with(&world, &driver, room);
    world_start(&world, &driver);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(told, 2 * 55);
    assert_int_equal(model.answers, 10);
    assert_int_equal(rounds, model.raised);
    assert_int_equal(model.left, 0);
    uk_word before = rounds;
    uk_interrupt(world.kernel, 1); /* raised while nothing runs: seen by the next run */
    uk_interrupt(world.kernel, 77);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(rounds, before + 1);
    assert_int_equal(world.fault_count, 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_driver_talks_to_its_device)};
    return cmocka_run_group_tests_name("machine/device", tests, NULL, NULL);
}
