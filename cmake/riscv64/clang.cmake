# SPDX-License-Identifier: MIT
# Toolchain for bare riscv64: Debian's clang and lld.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_C_COMPILER clang)
set(CMAKE_ASM_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET riscv64-unknown-elf)
set(CMAKE_ASM_COMPILER_TARGET riscv64-unknown-elf)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(UKERN_MACHINE riscv64)
set(UKERN_ARCHITECTURE -march=rv64imac -mabi=lp64 -mno-relax) # its linker does not relax
set(UKERN_LINK_FLAGS -fuse-ld=lld)
set(UKERN_PROGRAM_LINK_FLAGS LINKER:-x) # the compiler leaves nameless local symbols by the ten thousand, which -S keeps
