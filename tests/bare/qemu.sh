# SPDX-License-Identifier: MIT
# Sourced by the scripts here: runs images in QEMU without the firmware's banner, and counts what is ok.

# machine IMAGE [QEMU WORD...]: what the image prints, on a clock of instructions; the exit code is the machine's.
machine() {
    local image=$1
    shift
    timeout -k 5 "${UKERN_QEMU_SECONDS:-120}" qemu-system-riscv64 -M virt -bios default -m 128M -display none -monitor none \
        -serial stdio -icount shift=0,sleep=off -kernel "$image" "$@" 2>&1 | tr -d '\r' | sed '1,/^Boot HART MEDELEG/d'
    return "${PIPESTATUS[0]}"
}

good=0 bad=0
ok() { echo "ok - $1"; good=$((good + 1)); }
not_ok() { echo "not ok - $1"; bad=$((bad + 1)); }

# same NAME FILE FILE: byte for byte; else the first differences.
same() {
    if cmp -s "$2" "$3"; then ok "$1"; else not_ok "$1"; diff "$2" "$3" | head -10; fi
}
