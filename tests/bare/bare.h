/* SPDX-License-Identifier: MIT */
/* What programs that test a bare machine share: one kernel at a time, made and asked by main; its tasks see `bare` memory. */
#ifndef BARE_BARE_H
#define BARE_BARE_H

#include <ukern/call.h>
#include <ukern/ukern.h>

extern struct uk_kernel *bare_kernel;
extern unsigned bare_failed; /* lines "not ok" so far */

/* Prints "ok - WHAT" or "not ok - WHAT". Returns `good`. */
int bare_line(int good, const char *what);
/* The same, and on failure the two numbers. Good: low <= value < high. */
int bare_between(int64_t value, int64_t low, int64_t high, const char *what);
/* Without this nothing makes sense: ends the program's main, with words, when it is not `good`. */
void bare_need(int good, const char *what);

/* Ends the kernel before, if there is one. */
void bare_boot(const struct uk_config *config);
/* uk_check, with a line "not ok" only if it fails. */
int bare_check(const char *where);

/* One operation of the first thread. */
enum uk_status bare_ask_words(uk_word operation, uk_handle handle, const uk_word words[UK_REGISTER_WORDS]);
#define bare_ask(operation, handle, ...)                                                                               \
    bare_ask_words((operation), (handle), (const uk_word[UK_REGISTER_WORDS]){__VA_ARGS__})

/* A new object in a new slot of the first thread's CNode. */
uk_handle bare_make(uint32_t type, uk_word size);
/* A new frame, mapped. */
uk_handle bare_map(uk_handle space, uk_word bytes, uk_word address, uint32_t rights);
void bare_spawn(struct uk_task *task);
void bare_grant(const struct uk_task *task, uk_word slot, uk_handle source, uint32_t rights, uk_word badge);
void bare_resume(const struct uk_task *task);
/* All that was made from this slot on goes: its capabilities everywhere, the last of which takes the object with it. */
void bare_unmake(uk_handle first);
uint32_t bare_state(const struct uk_task *task);
/* A word of the task's memory; 0 if it cannot be read. */
uk_word bare_peek(const struct uk_task *task, uk_word address);
uk_time bare_now(void);

/* The same numbers in every run. */
uk_word bare_random(uk_word *state);

#endif
