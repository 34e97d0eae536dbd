/* SPDX-License-Identifier: MIT */
/* Windows as a software TLB: filled on demand, never saying more than the tables, and small in host mappings. */
#include "world.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define READ_WRITE (UK_RIGHT_READ | UK_RIGHT_WRITE)

static volatile uk_word told;      /* what a task saw, for the test */
static volatile uk_word elsewhere; /* an address that the test hands to a task */

/* Writes its number to each of 64 pages and adds them up again. */
static uk_word sums_pages(uk_word address)
{
    for (uk_word i = 0; i < 64; i++)
        *(volatile uk_word *)(address + i * UK_PAGE) = i;
    uk_word sum = 0;
    for (uk_word i = 0; i < 64; i++)
        sum += *(volatile uk_word *)(address + i * UK_PAGE);
    told = sum;
    return 0;
}

/* Pages whose physical addresses ascend as their addresses do, whichever way a retype hands frames out. */
static void map_in_order(struct world *world, const struct uk_task *task, uk_word address, unsigned pages)
{
    uk_handle frames = world_map(world, task, address, pages, READ_WRITE);
    struct uk_mapping_info first, second;
    assert_int_equal(uk_inspect_mapping(world->kernel, task->own_space, address, &first), UK_OK);
    assert_int_equal(uk_inspect_mapping(world->kernel, task->own_space, address + UK_PAGE, &second), UK_OK);
    if (first.physical < second.physical)
        return;
    for (unsigned i = 0; i < pages; i++)
        world_do(world, UK_SPACE_UNMAP, task->own_space, address + i * UK_PAGE, 0, 0, 0, 0);
    for (unsigned i = 0; i < pages; i++)
        world_do(world, UK_SPACE_MAP, task->own_space, frames + i, address + (pages - 1 - i) * UK_PAGE, READ_WRITE, 0, 0);
}

static void neighbours_are_filled_together(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, NULL);
    struct uk_task task = world_task(&world, "sums", sums_pages, 0, 10);
    uk_word room = world_room(&world, &task);
    map_in_order(&world, &task, room, 64);
    world_begin_with(&world, &task, room);
    world_start(&world, &task);
    struct uk_counters before = world_counters(&world);
    world_run(&world, UK_RUN_IDLE);
    struct uk_counters after = world_counters(&world);
    assert_int_equal(told, 63 * 64 / 2);
    assert_int_equal(world.fault_count, 0);
    assert_in_range(after.host_faults - before.host_faults, 1, 8);
    assert_in_range(after.host_maps - before.host_maps, 1, 8);
    uk_word value = 0;
    assert_int_equal(uk_peek(world.kernel, task.thread, room + 5 * UK_PAGE, &value, sizeof value), UK_OK);
    assert_int_equal(value, 5);
    world_close(&world);
}

/* Every register of the caller holds something of its own while the store to `address` faults. 0: all of it survived. */
uk_word survives_fault(uk_word address);
__asm__(".text\n.globl survives_fault\n.type survives_fault, @function\nsurvives_fault:\n\t"
        "push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n\t"
        "mov %rdi, %rax; xor %ecx, %ecx\n\t"
        ".irp r, rbx, rcx, rdx, rsi, rbp, r8, r9, r10, r11, r12, r13, r14, r15\n\t"
        " lea 1(%rax), %\\r; mov %\\r, %rax\n\t .endr\n\t"
        ".irp x, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\t"
        " lea 1(%rax), %rax; movq %rax, %xmm\\x\n\t .endr\n\t"
        "xor %eax, %eax; sub $1, %rax\n\t" /* carry and sign are set */
        "movb $7, (%rdi)\n\t"
        "jnc 1f; jns 1f; cmp $-1, %rax; jne 1f\n\t"
        "mov %rdi, %rax\n\t"
        ".irp r, rbx, rcx, rdx, rsi, rbp, r8, r9, r10, r11, r12, r13, r14, r15\n\t"
        " add $1, %rax; cmp %rax, %\\r; jne 1f\n\t .endr\n\t"
        ".irp x, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\t"
        " add $1, %rax; movq %xmm\\x, %rbx; cmp %rax, %rbx; jne 1f\n\t .endr\n\t"
        "xor %eax, %eax; cmpb $7, (%rdi); je 2f\n"
        "1:\tmov $1, %eax\n"
        "2:\tpop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n"
        ".size survives_fault, . - survives_fault\n");

static uk_word wide_survives(uk_word address)
{
    uk_word in[4] = {address, ~address, 3, 4}, out[4] = {0, 0, 0, 0};
    __asm__ volatile("vmovups %1, %%ymm3\n\tmovb $9, (%2)\n\tvmovups %%ymm3, %0\n\tvzeroupper"
                     : "=m"(out)
                     : "m"(in), "r"(address)
                     : "memory", "xmm3");
    return out[0] == in[0] && out[1] == in[1] && out[2] == in[2] && out[3] == in[3];
}

static uk_word faults_often(uk_word address)
{
    told = 0;
    for (uk_word i = 0; i < 20; i++)
        told += survives_fault(address + i * UK_PAGE) == 0;
    if (__builtin_cpu_supports("avx") && wide_survives(address + 20 * UK_PAGE))
        told++;
    else
        told += !__builtin_cpu_supports("avx");
    return 0;
}

/* A task and a pager for it, with `pages` frames. */
static void pager_world(struct world *world, const struct uk_config *config, uk_entry entry, unsigned pages)
{
    world_open(world, config);
    struct uk_task pager = world_task(world, "pager", world_pager, pages, 20);
    struct uk_task task = world_task(world, "task", entry, 0, 10);
    uk_handle frames = world_make(world, UK_TYPE_FRAME, UK_PAGE, pages);
    world_give(world, &pager, SLOT_OTHER_SPACE, task.own_space);
    for (unsigned i = 0; i < pages; i++)
        world_give(world, &pager, SLOT_FRAMES + i, frames + i);
    world_handle_faults(world, &task);
    world_begin_with(world, &task, world_room(world, &task));
    world_start(world, &pager);
    world_start(world, &task);
}

static void registers_survive_a_page_fault(void **state)
{
    (void)state;
    struct world world = {0};
    pager_world(&world, NULL, faults_often, 21);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(told, 21);
    assert_int_equal(world.fault_count, 21);
    assert_int_equal(world.faults[0].kind, UK_FAULT_PAGE);
    assert_int_equal(world.faults[0].access, UK_RIGHT_WRITE);
    world_close(&world);
}

/* Each step of the stack below is a genuine page fault in a push or a call. */
static uk_word deepen(uk_word depth)
{
    volatile unsigned char room[1000];
    room[0] = room[999] = (unsigned char)depth;
    uk_word below = depth == 0 ? 0 : deepen(depth - 1) + (room[999] == (unsigned char)depth);
    __asm__ volatile("" : : "r"(room) : "memory"); /* so that no compiler makes a loop of it */
    return below;
}

static uk_word grows_stack(uk_word unused)
{
    (void)unused;
    told = deepen(60);
    return 0;
}

static void a_stack_grows_by_page_faults(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, NULL);
    enum { PAGES = 120 };
    struct uk_task pager = world_task(&world, "pager", world_pager, PAGES, 20);
    struct uk_task task = world_task(&world, "task", grows_stack, 0, 10);
    uk_handle frames = world_make(&world, UK_TYPE_FRAME, UK_PAGE, PAGES);
    world_give(&world, &pager, SLOT_OTHER_SPACE, task.own_space);
    for (unsigned i = 0; i < PAGES; i++)
        world_give(&world, &pager, SLOT_FRAMES + i, frames + i);
    world_handle_faults(&world, &task);
    world_do(&world, UK_THREAD_REGISTERS, task.thread, (uk_word)(uintptr_t)grows_stack, world_room(&world, &task), 0, 0,
             0);
    world_start(&world, &pager);
    world_start(&world, &task);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(told, 60);
    assert_true(world.fault_count >= 15);
    world_close(&world);
}

static uk_word unmaps_its_page(uk_word address)
{
    *(volatile unsigned char *)address = 1;
    told = uk_unmap(UK_SLOT_SPACE, address);
    store_raw(address, 2);
    told = 99;
    return 0;
}

static uk_word protects_its_page(uk_word address)
{
    *(volatile unsigned char *)address = 1;
    told = uk_protect(UK_SLOT_SPACE, address, UK_RIGHT_READ);
    if (load_raw(address) == 1)
        store_raw(address, 2);
    told = 99;
    return 0;
}

static uk_word reads_forbidden(uk_word address)
{
    told = load_raw(address);
    return 0;
}

static uk_word executes_data(uk_word address)
{
    *(volatile unsigned char *)address = 0xc3; /* ret */
    ((void (*)(void))address)();
    told = 99;
    return 0;
}

/* A task with one page that it maps or unmaps itself; it must end in this page fault. */
static void one_page(const char *name, uk_entry entry, uk_word offset, uint32_t access)
{
    struct world world = {0};
    world_open(&world, NULL);
    told = 0;
    struct uk_task task = world_task(&world, name, entry, 0, 10);
    uk_word room = world_room(&world, &task);
    world_map(&world, &task, room, 1, READ_WRITE);
    world_begin_with(&world, &task, room + offset);
    world_start(&world, &task);
    world_run(&world, UK_RUN_IDLE);
    world_faulted(&world, UK_FAULT_PAGE, room + offset, access);
    assert_int_equal(told, 0);
    assert_int_equal(world_state(&world, &task), UK_THREAD_STOPPED);
    world_close(&world);
}

static void unmap_is_seen_at_once(void **state)
{
    (void)state;
    one_page("unmaps", unmaps_its_page, 0, UK_RIGHT_WRITE);
}

static void protect_is_seen_at_once(void **state)
{
    (void)state;
    one_page("protects", protects_its_page, 0, UK_RIGHT_WRITE);
}

static void beyond_a_page_is_a_fault(void **state)
{
    (void)state;
    one_page("reads", reads_forbidden, UK_PAGE, UK_RIGHT_READ);
}

static void data_is_not_executed(void **state)
{
    (void)state;
    if (!RUNNING_ON_VALGRIND) /* which translates and runs data as it comes */
        one_page("executes", executes_data, 0, UK_RIGHT_EXECUTE);
}

static uk_word signals_then_reads(uk_word address)
{
    *(volatile unsigned char *)address = 1;
    (void)uk_signal(SLOT_NOTIFICATION);
    told = load_raw(address);
    return 0;
}

static uk_word revokes_frame(uk_word frame)
{
    uk_word bits;
    (void)uk_wait(SLOT_NOTIFICATION, &bits, UK_FOREVER);
    return uk_revoke(SLOT_FIRST_CNODE, frame);
}

/* HQ-6: whoever holds the frame takes it back from a task that is using it. */
static void revoke_is_seen_at_once(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, NULL);
    told = 0;
    uk_handle frame = world_make(&world, UK_TYPE_FRAME, UK_PAGE, 1), child = uk_slots(world.kernel, 1);
    struct uk_task task = world_task(&world, "uses", signals_then_reads, 0, 10);
    struct uk_task owner = world_task(&world, "owner", revokes_frame, frame, 20);
    uk_word room = world_room(&world, &task);
    world_do(&world, UK_CAPABILITY_COPY, UK_SLOT_CNODE, child, frame, 0, UK_RIGHTS_ALL, 0);
    world_do(&world, UK_SPACE_MAP, task.own_space, child, room, READ_WRITE, 0, 0);
    world_give(&world, &owner, SLOT_FIRST_CNODE, UK_SLOT_CNODE);
    world_begin_with(&world, &task, room);
    world_start(&world, &owner);
    world_start(&world, &task);
    world_run(&world, UK_RUN_IDLE);
    world_faulted(&world, UK_FAULT_PAGE, room, UK_RIGHT_READ);
    assert_int_equal(told, 0);
    world_close(&world);
}

static uk_word reads_elsewhere(uk_word unused)
{
    (void)unused;
    told = load_raw(elsewhere);
    return 0;
}

static uk_word writes_own(uk_word address)
{
    *(volatile unsigned char *)address = 77;
    return 0;
}

static void other_space(uint32_t strict)
{
    struct world world = {0};
    world_open(&world, &(struct uk_config){.strict = strict});
    told = 0;
    struct uk_task owner = world_task(&world, "owner", writes_own, 0, 20);
    struct uk_task thief = world_task(&world, "thief", reads_elsewhere, 0, 10);
    elsewhere = world_room(&world, &owner);
    world_map(&world, &owner, elsewhere, 1, READ_WRITE);
    world_begin_with(&world, &owner, elsewhere);
    world_start(&world, &owner);
    world_start(&world, &thief);
    world_run(&world, UK_RUN_IDLE);
    if (strict)
        world_faulted(&world, UK_FAULT_PAGE, elsewhere, UK_RIGHT_READ);
    assert_int_equal(told, strict ? 0 : 77);
    world_close(&world);
}

static void strict_hides_other_spaces(void **state)
{
    (void)state;
    other_space(1);
    other_space(0);
}

static uk_word calls_often(uk_word address)
{
    struct uk_message message = uk_message(0, 1);
    uk_word sum = 0;
    for (uk_word i = 0; i < 200; i++) {
        *(volatile uk_word *)address = i;
        message.word[0] = i;
        message.tag = UK_TAG(0, 1, 0);
        sum += uk_call(SLOT_ENDPOINT, &message, UK_FOREVER) == UK_OK && message.word[0] == i + 1 &&
               *(volatile uk_word *)address == i;
    }
    told = sum;
    return 0;
}

static uk_word answers(uk_word unused)
{
    (void)unused;
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        message.word[0]++;
        message.tag = UK_TAG(0, 1, 0);
        status = uk_reply_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER);
    }
    return status;
}

static void strict_runs_as_before(void **state)
{
    (void)state;
    for (uint32_t strict = 0; strict < 2; strict++) {
        struct world world = {0};
        world_open(&world, &(struct uk_config){.strict = strict});
        struct uk_task server = world_task(&world, "server", answers, 0, 20);
        struct uk_task client = world_task(&world, "client", calls_often, 0, 10);
        uk_word room = world_room(&world, &client);
        world_map(&world, &client, room, 1, READ_WRITE);
        world_begin_with(&world, &client, room);
        world_start(&world, &server);
        world_start(&world, &client);
        world_run(&world, UK_RUN_IDLE);
        assert_int_equal(told, 200);
        world_close(&world);
    }
}

static uk_word touches_guard(uk_word address)
{
    store_raw(address, 1);
    told = 99;
    return 0;
}

static void guards_surround_a_window(void **state)
{
    (void)state;
    for (int high = 0; high < 2; high++) {
        struct world world = {0};
        world_open(&world, NULL);
        told = 0;
        struct uk_task task = world_task(&world, "guard", touches_guard, 0, 10);
        struct uk_call call = {UK_SPACE_QUERY, task.own_space, 0, {0}, 0, UK_NOW, 0};
        (void)uk_root(world.kernel, &call);
        uk_word address = high ? call.word[4] : call.word[3] - 1;
        world_begin_with(&world, &task, address);
        world_start(&world, &task);
        world_run(&world, UK_RUN_IDLE);
        world_faulted(&world, UK_FAULT_PAGE, address, UK_RIGHT_WRITE);
        assert_int_equal(told, 0);
        world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_filled_together), cmocka_unit_test(registers_survive_a_page_fault),
        cmocka_unit_test(a_stack_grows_by_page_faults),   cmocka_unit_test(unmap_is_seen_at_once),
        cmocka_unit_test(protect_is_seen_at_once),        cmocka_unit_test(beyond_a_page_is_a_fault),
        cmocka_unit_test(data_is_not_executed),           cmocka_unit_test(revoke_is_seen_at_once),
        cmocka_unit_test(strict_hides_other_spaces),      cmocka_unit_test(strict_runs_as_before),
        cmocka_unit_test(guards_surround_a_window),
    };
    return cmocka_run_group_tests_name("machine/memory", tests, NULL, NULL);
}
