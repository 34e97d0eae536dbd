/* SPDX-License-Identifier: MIT */
/* The one place where words and items move between threads: everything is checked first, so nothing half-arrives. */
#ifndef CORE_MESSAGE_H
#define CORE_MESSAGE_H

#include "core/thread.h"

/* Moves the message in `source`'s registers and buffer to `target`: words, items, tag with the kernel's `flags`, badge.
 * `rights` are those of the capability used: items need UK_RIGHT_GRANT. The status is the sender's; on any but UK_OK
 * nothing has moved. A source marked THREAD_FAULTED sends its record. Leases are UK_BAD_ARGUMENT. */
enum uk_status message_move(struct kernel *kernel, struct thread *source, struct thread *target, uint32_t rights,
                            uk_word badge, uk_word flags);
/* The same for a call, whose caller will wait on this Reply: only here may memory be lent. */
enum uk_status message_call(struct kernel *kernel, struct thread *source, struct thread *target, struct reply *reply,
                            uint32_t rights, uk_word badge, uk_word flags);
/* Its message buffer as the kernel sees it; NULL: it has none that allows this access. */
struct uk_buffer *message_buffer(struct kernel *kernel, const struct thread *thread, uint32_t right);
/* `item->count` consecutive filled slots of the sender, from `first` on, that may be sent as this kind. */
enum uk_status message_check_item(const struct thread *source, const struct uk_item *item, struct capability **first);
/* `count` consecutive empty slots of the receiver; else UK_NO_WINDOW. */
enum uk_status message_check_slots(const struct thread *target, uk_word index, uk_word count,
                                   struct capability **first);
/* The answer to a call is in the caller's registers: set the status that it sees, or what it asks of the next stage. */
void message_answered(struct thread *caller);

#endif
