/* SPDX-License-Identifier: MIT */
/* Error numbers as 9P2000.L's Rlerror carries them: Linux's, with Linux's texts; 0 is success. */
#ifndef CLIENT_ERROR_H
#define CLIENT_ERROR_H

#define CLIENT_ERRORS(X)                                                                                               \
    X(CLIENT_OK, 0, "Success")                                                                                         \
    X(CLIENT_EPERM, 1, "Operation not permitted")                                                                      \
    X(CLIENT_ENOENT, 2, "No such file or directory")                                                                   \
    X(CLIENT_EIO, 5, "Input/output error")                                                                             \
    X(CLIENT_ENXIO, 6, "No such device or address")                                                                    \
    X(CLIENT_EBADF, 9, "Bad file descriptor")                                                                          \
    X(CLIENT_EAGAIN, 11, "Resource temporarily unavailable")                                                           \
    X(CLIENT_ENOMEM, 12, "Cannot allocate memory")                                                                     \
    X(CLIENT_EACCES, 13, "Permission denied")                                                                          \
    X(CLIENT_EBUSY, 16, "Device or resource busy")                                                                     \
    X(CLIENT_EEXIST, 17, "File exists")                                                                                \
    X(CLIENT_EXDEV, 18, "Invalid cross-device link")                                                                   \
    X(CLIENT_ENOTDIR, 20, "Not a directory")                                                                           \
    X(CLIENT_EISDIR, 21, "Is a directory")                                                                             \
    X(CLIENT_EINVAL, 22, "Invalid argument")                                                                           \
    X(CLIENT_ENFILE, 23, "Too many open files in system")                                                              \
    X(CLIENT_EMFILE, 24, "Too many open files")                                                                        \
    X(CLIENT_EFBIG, 27, "File too large")                                                                              \
    X(CLIENT_ENOSPC, 28, "No space left on device")                                                                    \
    X(CLIENT_ESPIPE, 29, "Illegal seek")                                                                               \
    X(CLIENT_EROFS, 30, "Read-only file system")                                                                       \
    X(CLIENT_EMLINK, 31, "Too many links")                                                                             \
    X(CLIENT_ERANGE, 34, "Numerical result out of range")                                                              \
    X(CLIENT_ENAMETOOLONG, 36, "File name too long")                                                                   \
    X(CLIENT_ENOSYS, 38, "Function not implemented")                                                                   \
    X(CLIENT_ENOTEMPTY, 39, "Directory not empty")                                                                     \
    X(CLIENT_ELOOP, 40, "Too many levels of symbolic links")                                                           \
    X(CLIENT_ENODATA, 61, "No data available")                                                                         \
    X(CLIENT_EPROTO, 71, "Protocol error")                                                                             \
    X(CLIENT_EOVERFLOW, 75, "Value too large for defined data type")                                                   \
    X(CLIENT_EMSGSIZE, 90, "Message too long")                                                                         \
    X(CLIENT_EOPNOTSUPP, 95, "Operation not supported")                                                                \
    X(CLIENT_ECONNRESET, 104, "Connection reset by peer")                                                              \
    X(CLIENT_ESTALE, 116, "Stale file handle")                                                                         \
    X(CLIENT_EDQUOT, 122, "Disk quota exceeded")

enum client_error {
#define CLIENT_X(name, number, text) name = number,
    CLIENT_ERRORS(CLIENT_X)
#undef CLIENT_X
    CLIENT_ERROR_MAX = 4095 /* the largest number that a server may send */
};

/* What an error number means, for people; "Unknown error" for the uncommon ones. */
const char *client_error_text(int error);

#endif
