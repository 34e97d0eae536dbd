/* SPDX-License-Identifier: MIT */
/* The parts of the program about address spaces: what the tables say, and that the processor sees what they say. */
#ifndef BARE_SPACES_H
#define BARE_SPACES_H

/* Page tables as they are in memory: the kernel's part, and everybody's rights. Needs the kernel's structures. */
void tables_main(void);
/* Translations that are no more: each is used, taken away, and used again. */
void stale_main(void);
/* Address-space identifiers: too many, used again, and never two at a time. */
void asids_main(void);
/* Mappings that come and go under a thread that works on them. */
void moving_main(void);

#endif
