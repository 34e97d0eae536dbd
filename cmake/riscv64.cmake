# SPDX-License-Identifier: MIT
# The bare riscv64 build: programs as ELF files of their own, the root task that carries them, and images that boot.

set(ukern_cross_options -g ${UKERN_ARCHITECTURE} -mcmodel=medany -ffreestanding -fno-stack-protector -fno-pic
    -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables)
set(ukern_cross_include
    ${PROJECT_SOURCE_DIR}/libukern/include ${PROJECT_SOURCE_DIR}/libukern/machine/riscv64/include
    ${PROJECT_SOURCE_DIR}/libukern/freestanding/include ${PROJECT_SOURCE_DIR}/libukern/freestanding/libc
    ${PROJECT_BINARY_DIR}/include)
configure_file(cmake/version.h.in ${PROJECT_BINARY_DIR}/include/ukern/version.h @ONLY)

function(ukern_cross target)
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
    target_compile_options(${target} PRIVATE ${ukern_cross_options}
        $<$<COMPILE_LANGUAGE:C>:-Wall;-Wextra>
        $<$<AND:$<COMPILE_LANGUAGE:C>,$<BOOL:${UKERN_WERROR}>>:-Werror>)
    target_include_directories(${target} PRIVATE ${ukern_cross_include})
endfunction()

# An executable of ours: linked by our script, with nothing that is not ours. Only images tell their lines (to gdb and
# `ukern bench --breakdown`): of those nothing is loaded, but a program is in an image as the file that it is.
function(ukern_cross_link target script)
    ukern_cross(${target})
    target_link_options(${target} PRIVATE ${UKERN_ARCHITECTURE} ${UKERN_LINK_FLAGS} -nostdlib -static
        LINKER:--gc-sections LINKER:--build-id=none -T ${script})
    if(NOT script MATCHES "/image\\.ld$")
        target_link_options(${target} PRIVATE LINKER:-S ${UKERN_PROGRAM_LINK_FLAGS})
    endif()
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${script})
endfunction()

# The few functions of the C library; no loop of theirs may become a call of themselves.
add_library(ukern-string OBJECT libukern/freestanding/string.c libukern/freestanding/bits.c)
ukern_cross(ukern-string)
target_compile_options(ukern-string PRIVATE -fno-builtin
    $<$<C_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>)

# The kernel: the portable rooms, the machine, and the embedding interface. --------------------------------------------

file(GLOB kernel_sources CONFIGURE_DEPENDS libukern/core/*.c libukern/ipc/*.c libukern/entry/*.c)
file(GLOB machine_sources CONFIGURE_DEPENDS
    libukern/embed/*.c libukern/machine/riscv64/*.c libukern/machine/riscv64/*.S
    libukern/image/dump.c libukern/image/words.c libukern/freestanding/elf.c libukern/freestanding/fdt.c)
function(ukern_cross_kernel target)
    ukern_cross(${target})
    target_include_directories(${target} PRIVATE
        ${PROJECT_SOURCE_DIR}/libukern ${PROJECT_SOURCE_DIR}/libukern/machine/riscv64)
endfunction()
add_library(ukern-kernel OBJECT ${kernel_sources})
ukern_cross_kernel(ukern-kernel)
set_target_properties(ukern-kernel PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
target_compile_options(ukern-kernel PRIVATE -O3) # the slow road of an operation is a fifth shorter, inlined
add_library(ukern-machine OBJECT ${machine_sources})
ukern_cross_kernel(ukern-machine)

# ukern_image(<target> <what the image is for> <target of the program that it carries>). The file that carries it is a copy
# of payload.S for each image, so that it is assembled again when the program changes.
function(ukern_image target purpose payload)
    set(carrier ${PROJECT_BINARY_DIR}/payload/${target}.S)
    configure_file(libukern/image/payload.S ${carrier} COPYONLY)
    string(REGEX REPLACE "^program-" "${PROJECT_BINARY_DIR}/programs/" file ${payload})
    set_source_files_properties(${carrier} PROPERTIES OBJECT_DEPENDS ${file})
    add_executable(${target} libukern/image/${purpose}.c ${carrier}
        $<TARGET_OBJECTS:ukern-kernel> $<TARGET_OBJECTS:ukern-machine> $<TARGET_OBJECTS:ukern-string>)
    ukern_cross_link(${target} ${PROJECT_SOURCE_DIR}/cmake/riscv64/image.ld)
    target_include_directories(${target} PRIVATE
        ${PROJECT_SOURCE_DIR}/libukern ${PROJECT_SOURCE_DIR}/libukern/machine/riscv64)
    target_compile_definitions(${target} PRIVATE $<$<COMPILE_LANGUAGE:ASM>:PAYLOAD="${file}">)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${target}.elf)
    add_dependencies(${target} ${payload})
endfunction()

# Programs. ------------------------------------------------------------------------------------------------------------

file(GLOB server_sources CONFIGURE_DEPENDS servers/*/*.c)
list(FILTER server_sources EXCLUDE REGEX "(_hosted|/begin_elf)\\.c$")
add_library(ukern-servers STATIC ${server_sources} libukern/freestanding/elf.c $<TARGET_OBJECTS:ukern-string>)
ukern_cross(ukern-servers)
target_include_directories(ukern-servers PUBLIC ${PROJECT_SOURCE_DIR}/servers)

set(programs memory console names files shell)
set(program_files "")
foreach(program IN LISTS programs)
    add_executable(program-${program} servers/runtime/begin_elf.c)
    ukern_cross_link(program-${program} ${PROJECT_SOURCE_DIR}/cmake/riscv64/program.ld)
    target_link_options(program-${program} PRIVATE LINKER:--defsym=program_main=${program}_main)
    target_link_libraries(program-${program} PRIVATE ukern-servers)
    set_target_properties(program-${program} PROPERTIES
        OUTPUT_NAME ${program} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/programs)
    list(APPEND program_files $<TARGET_FILE:program-${program}>)
endforeach()
list(JOIN programs "\\n" program_names)
set(programs_archive ${PROJECT_BINARY_DIR}/programs.cpio)
add_custom_command(OUTPUT ${programs_archive}
    COMMAND sh -c "printf '${program_names}\\n' | cpio -o -H newc --quiet --reproducible -R 0:0 >${programs_archive}"
    WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/programs DEPENDS ${program_files} VERBATIM
    COMMENT "Packing the programs")
add_custom_target(ukern-programs DEPENDS ${programs_archive})

add_executable(program-root servers/root/begin_elf.c servers/root/programs.S)
ukern_cross_link(program-root ${PROJECT_SOURCE_DIR}/cmake/riscv64/program.ld)
target_compile_definitions(program-root PRIVATE $<$<COMPILE_LANGUAGE:ASM>:PROGRAMS="${programs_archive}">)
set_source_files_properties(servers/root/programs.S PROPERTIES OBJECT_DEPENDS ${programs_archive})
target_link_libraries(program-root PRIVATE ukern-servers)
set_target_properties(program-root PROPERTIES
    OUTPUT_NAME root RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/programs)
add_dependencies(program-root ukern-programs)

ukern_image(ukern-riscv64 system program-root)
target_link_libraries(ukern-riscv64 PRIVATE ukern-servers) # those that may be in the kernel

# Embedders' programs: main() calls the embedding interface, as it would in a process. ---------------------------------

add_library(ukern-embedder OBJECT libukern/image/begin_riscv64.S
    libukern/freestanding/embedder/begin.c libukern/freestanding/embedder/stdio.c)
ukern_cross(ukern-embedder)

# ukern_program_image(<name> <source...>): the image <name>.elf, which runs the program's main and then powers off.
function(ukern_program_image name)
    add_executable(program-${name} ${ARGN} $<TARGET_OBJECTS:ukern-embedder> $<TARGET_OBJECTS:ukern-string>)
    ukern_cross_link(program-${name} ${PROJECT_SOURCE_DIR}/cmake/riscv64/program.ld)
    target_link_options(program-${name} PRIVATE LINKER:--defsym=program_base=0x7f8000000000)
    set_target_properties(program-${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/programs)
    ukern_image(${name} program program-${name})
endfunction()

file(GLOB example_mains CONFIGURE_DEPENDS examples/*/main.c)
foreach(main IN LISTS example_mains)
    cmake_path(GET main PARENT_PATH folder)
    cmake_path(GET folder FILENAME name)
    set(harness "")
    if(name MATCHES "^[0-9][0-9]-")
        set(harness examples/common/example.c)
    endif()
    ukern_program_image(example-${name} ${main} ${harness})
    target_include_directories(program-example-${name} PRIVATE examples)
endforeach()

# The conformance table's drivers look into the kernel's structures, as they do in a process.
file(GLOB conformance_sources CONFIGURE_DEPENDS tests/conformance/*.c)
list(FILTER conformance_sources EXCLUDE REGEX "_test\\.c$")
ukern_program_image(conformance tests/bare/conformance.c ${conformance_sources} libukern/core/deadline.c)
target_include_directories(program-conformance PRIVATE
    tests libukern libukern/machine/riscv64)

# What `ukern bench --machine riscv64` runs.
ukern_program_image(bench sim/bare/bench.c sim/bare/bench_tasks.c)

# What `ukern compare --machine riscv64` runs: every design and workload as in a process, with the file server's code.
file(GLOB compare_sources CONFIGURE_DEPENDS sim/compare_*.c)
list(FILTER compare_sources EXCLUDE REGEX
    "/compare_(bare|claims|counts|decide|host|html|json|limits|measure|options|plot|text)[^/]*\\.c$")
ukern_program_image(compare sim/bare/compare.c ${compare_sources})
target_include_directories(program-compare PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(program-compare PRIVATE ukern-servers)

# Tests of what only this machine does: bad programs, real time, address spaces.
ukern_program_image(faults tests/bare/faults.c tests/bare/misdeeds.c tests/bare/garbage.c tests/bare/registers.c
    tests/bare/kept.c tests/bare/player.c tests/bare/probe.S tests/bare/bare.c)
ukern_program_image(clock tests/bare/clock.c tests/bare/sharing.c tests/bare/overrun.c tests/bare/bare.c)
ukern_program_image(spaces tests/bare/spaces.c tests/bare/tables.c tests/bare/stale.c tests/bare/losses.c tests/bare/asids.c
    tests/bare/moving.c tests/bare/bare.c)
target_include_directories(program-spaces PRIVATE libukern libukern/machine/riscv64)
