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

/* A server that keeps state for each client gives it a badged session endpoint of its own. */
enum session_label {
    SESSION_OPEN = 1 /* files: item 0 shares one or more frames, the session's buffer (its bytes: all of them); word 0:
                        bytes -> item: a send right badged for this session; word 0: largest 9P message (msize limit) */
};

enum ninep_label {
    NINEP_EXCHANGE = 16, /* on a session: word 0 length of the 9P T-message at the start of the session's buffer -> word 0
                            length of the R-message there. 0: the server hung up (malformed); the session is over */
    NINEP_CLOSE = 17     /* ends the session; all fids are clunked, the buffer is unmapped */
};

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
