/* SPDX-License-Identifier: MIT */
/* Stand-ins for QEMU and CMake: the test program itself, when it is called by their names. */
#ifndef TESTS_SIM_BOOT_FAKE_H
#define TESTS_SIM_BOOT_FAKE_H

/* What OpenSBI prints, shortened. */
#define BOOT_FAKE_BANNER                                                                                               \
    "\r\nOpenSBI v1.1\r\n   ____                    _____\r\n  / __ \\ '_ (___ .||_)_|<\r\n\r\n"                       \
    "Platform Name             : riscv-virtio,qemu\r\n\r\nDomain0 Region00          : 0x0-0x1 (I)\r\n"                 \
    "Boot HART MIDELEG         : 0x0000000000001666\r\nBoot HART MEDELEG         : 0x0000000000f0b509\r\n"

/* To be called first by main: is this process a stand-in? Then it does not return. */
void boot_fake_main(int count, char **words);

#endif
