/* SPDX-License-Identifier: MIT */
/* Address spaces on this machine: tables, identifiers, stale translations, mappings that change under their users. */
#include "spaces.h"

#include "bare.h"

int main(void)
{
    tables_main();
    stale_main();
    asids_main();
    moving_main();
    return bare_failed != 0;
}
