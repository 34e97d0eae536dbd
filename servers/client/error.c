/* SPDX-License-Identifier: MIT */
/* The texts of error numbers; every number has one. */
#include "client/error.h"

const char *client_error_text(int error)
{
    switch (error) {
#define CLIENT_X(name, number, text)                                                                                   \
    case number:                                                                                                       \
        return text;
        CLIENT_ERRORS(CLIENT_X)
#undef CLIENT_X
    default:
        return "Unknown error";
    }
}
