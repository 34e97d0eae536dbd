/* SPDX-License-Identifier: MIT */
/* What an embedder's program may call in the image that carries it: the embedding interface, and three things beside it.
 * Program and image are linked apart, so the calls go through a table in this order. */
#ifndef RISCV64_GATE_H
#define RISCV64_GATE_H

#define GATE(X)                                                                                                        \
    X(machine_put) X(machine_memory)                                                                                   \
    X(uk_memory_bytes) X(uk_boot) X(uk_destroy) X(uk_step) X(uk_root) X(uk_advance) X(uk_step_fault) X(uk_peek)        \
    X(uk_poke) X(uk_spawn) X(uk_slots) X(uk_start) X(uk_run) X(uk_interrupt) X(uk_device_registers) X(uk_break)        \
    X(uk_edge) X(uk_counters) X(uk_inspect_slot) X(uk_inspect_thread) X(uk_find_thread) X(uk_inspect_object)           \
    X(uk_inspect_queue) X(uk_inspect_mapping) X(uk_check) X(uk_deadlock) X(uk_state_hash) X(uk_explain)                \
    X(uk_explain_object) X(uk_event_text) X(uk_panic_text) X(uk_status_name) X(uk_status_text) X(uk_operation_name)    \
    X(uk_type_name) X(uk_object_bytes) X(uk_resident_view)

#endif
