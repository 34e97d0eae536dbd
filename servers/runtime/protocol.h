/* SPDX-License-Identifier: MIT */
/* The labels of our servers' messages, with their words and answers. Every reply's label is a uk_status. */
#ifndef RUNTIME_PROTOCOL_H
#define RUNTIME_PROTOCOL_H

/* A name is at most 32 bytes, zero-padded, in words 0..3. Larger texts go through the message buffer. */
#define NAME_BYTES 32

enum names_label {
    NAMES_REGISTER = 1, /* words 0..3 name; item: copy of a send right. UK_SLOT_TAKEN: the name is in use */
    NAMES_LOOKUP = 2,   /* words 0..3 name -> item: copy of the send right. UK_NOT_MAPPED: no such name */
    NAMES_LIST = 3      /* word 0 index -> words 0..3 name. UK_NOT_MAPPED: no more */
};

/* A server that keeps state for each client gives it a badged session endpoint of its own. What both sides then use is the
 * transport's (runtime/transports.h): the labels of those that nobody speaks here are answered with UK_BAD_OPERATION. */
enum session_label {
    SESSION_OPEN = 1 /* files: items as the transport wants them -> item 0: the right to the session; word 0: largest 9P
                        message (msize limit).
                        call, bound, portal: item 0 shares one or more frames, the session's buffer
                        ring: the same, whose first page is the ring and the others the buffer; item 1: the client's
                              notification -> item 1: the server's
                        port: item 0: a send right to the client's port -> item 0: a send right to the server's
                        copy, share, gift, lease, cow: item 0: a notification of the client's: a sign that it lives
                        resident: the same -> item 1: the right to call the server in the kernel
                        direct: refused, for sessions are within the client */
};

enum ninep_label {
    NINEP_EXCHANGE = 16, /* all but copy, ring, port: word 0 length of the 9P T-message, which is in the session's buffer, or
                            in the memory of item 0 -> word 0 length of the R-message there; gift, cow: item 0
                            brings it back. 0: the server hung up (malformed); the session is over */
    NINEP_CLOSE = 17,    /* ends the session; all fids are clunked, the buffer is unmapped */
    NINEP_PIECE = 18,    /* copy, port: word 0 length of the T-message, word 1 where this piece of it begins, bytes from word
                            PIECE_WORD on, PIECE_BYTES if there are as many -> if it is the last, word 0 length of the
                            R-message (0: hung up), and its first piece; else nothing */
    NINEP_MORE = 19,     /* copy, port: word 0 where the next piece of the R-message begins -> the same form as above */
    NINEP_ALIVE = 20     /* ring: -> nothing. Whoever has waited long finds out whether there is anybody */
};

/* resident: UK_RESIDENT_CALL on the server in the kernel. By a session's right, word 0 is the length of the T-message, which
 * is in the payload -> word 0 length of the R-message there, 0: hung up. UK_STALE: the session is over. UK_TOO_LARGE: the
 * request is no message; or the answer has no room, and the session is over. UK_CALLER_FAULT: the payload cannot be written
 * to, and nothing has happened. By the door's right, which has no badge: */
enum resident_word {
    RESIDENT_REPORT = 1, /* -> word 0: enum cpio_error of the archive, word 1: where in it */
    RESIDENT_BEGIN = 2,  /* word 1: the session's badge. UK_LIMIT: there are too many */
    RESIDENT_END = 3     /* word 1: the session's badge. UK_STALE: there is none */
};

#define RING_ENTRIES 4 /* of a session's ring, either way */

/* ring: who has heard nothing for so long asks. portal: who has waited so long for those inside gives up. */
#define PATIENCE_NS ((uk_time)1000000000)

#define PIECE_WORD  2
#define PIECE_BYTES ((size_t)496)

enum console_label {
    CONSOLE_WRITE = 1, /* word 0: length in bytes (<= 496), bytes from word 1 on; answered when taken */
    CONSOLE_READ = 2   /* -> word 0: length in bytes (0: end of input), bytes from word 1 on; a line at most; waits */
};

enum root_label {
    ROOT_PS = 1,   /* word 0: index -> words 0..5 as UK_THREAD_INSPECT page 0. UK_NOT_MAPPED: no more */
    ROOT_STAT = 2, /* word 0: index -> words 0..5 as UK_THREAD_INSPECT page 1 */
    ROOT_EXIT = 3, /* word 0: exit code; the root task exits with it; no answer */
    ROOT_RESULT = 4 /* words 0..: see servers/root; a shell's progress, not needed to run */
};

#endif
