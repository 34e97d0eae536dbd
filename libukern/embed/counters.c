/* SPDX-License-Identifier: MIT */
/* Totals since boot: the kernel counts, this only copies. */
#include "embed/embed.h"

UK_API void uk_counters(const struct uk_kernel *outside, struct uk_counters *counters)
{
    const struct kernel *kernel = kernel_inside(outside);
    const struct counters *from = &kernel->counters;
    uint64_t fast = from->fast_calls + from->fast_replies; /* each a kernel entry that switched directly */
    *counters = (struct uk_counters){
        .now = kernel->now,
        .entries = from->entries,
        .calls = from->calls + from->fast_calls,
        .sends = from->sends,
        .replies = from->replies + from->fast_replies,
        .receives = from->receives + from->fast_replies,
        .signals = from->signals,
        .faults = from->faults,
        .switches = from->switches + fast,
        .picks = from->picks,
        .direct_switches = from->direct_switches + fast,
        .queue_operations = from->queue_operations,
        .words_copied = from->words_copied,
        .capabilities_moved = from->capabilities_moved,
        .pages_mapped = from->pages_mapped,
        .pages_unmapped = from->pages_unmapped,
        .late_replies = from->late_replies,
        .preemptions = from->preemptions,
        .threads = kernel->threads,
        .spaces = kernel->spaces,
        .objects = kernel->objects,
        .host_maps = from->host_maps,
        .host_faults = from->host_faults,
        .exit_code = kernel->exit_code,
        .snapshots = from->snapshots,
        .copy_faults = from->copy_faults,
        .pages_copied = from->pages_copied,
        .helps = from->helps,
    };
}

UK_API const char *uk_panic_text(const struct uk_kernel *kernel)
{
    return kernel_inside(kernel)->panic != NULL ? kernel_inside(kernel)->panic : "";
}
