# SPDX-License-Identifier: MIT
# Toolchain for bare riscv64: Debian's gcc-riscv64-unknown-elf.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_ASM_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(UKERN_MACHINE riscv64)
set(UKERN_ARCHITECTURE -march=rv64imac_zicsr_zifencei -mabi=lp64)
