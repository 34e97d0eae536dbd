/* SPDX-License-Identifier: MIT */
/* Where a client's frames land: addresses within the heap, so that a frame taken away in mid-copy cannot stop the server. */
#ifndef FILES_WINDOW_H
#define FILES_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include <ukern/call.h>

#define WINDOW_FRAMES_MAX 16 /* of one client; its largest 9P message fills them */
#define WINDOW_BYTES      ((size_t)WINDOW_FRAMES_MAX * UK_PAGE)

struct window {
    uk_word base;   /* of WINDOW_BYTES, never touched without frames */
    uint32_t slot;  /* the first for its frames: nothing else comes there while it has any */
    uint32_t count; /* frames in it */
    bool spoilt;    /* a page of the pager's own may lie in it, so no frames can be mapped there again */
};

/* Says in the message buffer that the next message's frames may land here, and that it may bring `more` capabilities. */
void window_declare(const struct window *window, struct uk_buffer *buffer, uint32_t more);

/* Takes frames that have landed. False: they are not of this kind, for both reading and writing, and here. */
bool window_take(struct window *window, const struct uk_item *item, uint32_t kind);

/* Are the frames of these bytes still here? A client may take its own away at any time. */
bool window_is_here(const struct window *window, size_t offset, size_t bytes);

/* To be called after these bytes were touched in place (which is safe; what was read may be anybody's): if the frames are no
 * longer here, the window is spoilt. */
bool window_was_here(struct window *window, size_t offset, size_t bytes);

/* Deletes what is in it. Nobody else knows that it was here. */
void window_release(struct window *window);

/*
 * Copies between the window and private memory. A thread that is more urgent than this server (the root task's table makes
 * no client so) may take a frame away in the middle. The window lies within the heap, so the fault that follows is answered
 * by the pager with a page of zeros like any other of the heap's, and the copy goes on. What has been copied is then
 * worthless, and that page stays: it cannot be unmapped, and the window is not used again.
 */
bool window_read(struct window *window, void *target, size_t offset, size_t bytes);
bool window_write(struct window *window, size_t offset, const void *source, size_t bytes);

#endif
