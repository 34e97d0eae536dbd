/* SPDX-License-Identifier: MIT */
/* The numbers of 9P2000.L: message types, flags and limits, as its specification and Linux have them. */
#ifndef FILES_NINEP_FORMAT_H
#define FILES_NINEP_FORMAT_H

#include <stdint.h>

/* A request's type; the answer's is one more, or NINEP_RLERROR. */
enum ninep_type {
    NINEP_RLERROR = 7,
    NINEP_TSTATFS = 8,
    NINEP_TLOPEN = 12,
    NINEP_TLCREATE = 14,
    NINEP_TSYMLINK = 16,
    NINEP_TMKNOD = 18,
    NINEP_TRENAME = 20,
    NINEP_TREADLINK = 22,
    NINEP_TGETATTR = 24,
    NINEP_TSETATTR = 26,
    NINEP_TXATTRWALK = 30,
    NINEP_TXATTRCREATE = 32,
    NINEP_TREADDIR = 40,
    NINEP_TFSYNC = 50,
    NINEP_TLOCK = 52,
    NINEP_TGETLOCK = 54,
    NINEP_TLINK = 70,
    NINEP_TMKDIR = 72,
    NINEP_TRENAMEAT = 74,
    NINEP_TUNLINKAT = 76,
    NINEP_TVERSION = 100,
    NINEP_TAUTH = 102,
    NINEP_TATTACH = 104,
    NINEP_TFLUSH = 108,
    NINEP_TWALK = 110,
    NINEP_TREAD = 116,
    NINEP_TWRITE = 118,
    NINEP_TCLUNK = 120,
    NINEP_TREMOVE = 122
};

#define NINEP_VERSION         "9P2000.L"
#define NINEP_VERSION_UNKNOWN "unknown"
#define NINEP_NO_TAG          0xffffu
#define NINEP_NO_FID          0xffffffffu
#define NINEP_NO_USER         0xffffffffu
#define NINEP_HEADER_BYTES    7u  /* size[4] type[1] tag[2] */
#define NINEP_DATA_HEADER     11u /* of Rread and Rreaddir: the header and count[4] */
#define NINEP_IO_HEADER       24u /* what clients leave for headers when they choose their counts */
#define NINEP_WALK_MAX        16u
#define NINEP_ENTRY_BYTES     24u /* of a directory entry, without its name: qid[13] offset[8] type[1] name[s] */
#define NINEP_FILE_SYSTEM     0x01021997u /* statfs type, as v9fs */

enum ninep_qid_type {
    NINEP_QID_FILE = 0,
    NINEP_QID_SYMLINK = 0x02,
    NINEP_QID_DIRECTORY = 0x80
};

/* Tlopen, Tlcreate. Other flags mean nothing here and are ignored. */
enum ninep_open_flag {
    NINEP_READ_ONLY = 0,
    NINEP_WRITE_ONLY = 1,
    NINEP_READ_WRITE = 2,
    NINEP_ACCESS_MASK = 3,
    NINEP_EXCLUSIVE = 0200,
    NINEP_TRUNCATE = 01000,
    NINEP_APPEND = 02000,
    NINEP_MUST_BE_DIRECTORY = 0200000
};

/* Tgetattr and its answer. */
#define NINEP_ATTRIBUTES_BASIC        UINT64_C(0x000007ff)
#define NINEP_ATTRIBUTES_DATA_VERSION UINT64_C(0x00002000)

enum ninep_set_flag {
    NINEP_SET_MODE = 0x01,
    NINEP_SET_USER = 0x02,
    NINEP_SET_GROUP = 0x04,
    NINEP_SET_SIZE = 0x08,
    NINEP_SET_ACCESSED = 0x10, /* to now, unless NINEP_SET_ACCESSED_TO */
    NINEP_SET_MODIFIED = 0x20,
    NINEP_SET_CHANGED = 0x40,
    NINEP_SET_ACCESSED_TO = 0x80,
    NINEP_SET_MODIFIED_TO = 0x100,
    NINEP_SET_ALL = 0x1ff
};

#define NINEP_UNLINK_DIRECTORY 0x200u

#endif
