# SPDX-License-Identifier: MIT
# Sourced by scripts: `packages_need NAME=COMMAND...` installs the Debian packages that are missing, and says which.

# A package counts as there when dpkg knows it as installed, or when its command (or file, from /) is found anyway.
packages_missing() {
    local pair name probe
    for pair in "$@"; do
        name=${pair%%=*} probe=${pair#*=}
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ]; then continue; fi
        case $probe in
            /*) [ -e "$probe" ] && continue ;;
            ?*) command -v "$probe" >/dev/null && continue ;;
        esac
        echo "$name"
    done
}

packages_need() {
    local missing sudo=
    missing=$(packages_missing "$@" | tr '\n' ' ')
    missing=${missing% }
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "$0: please install what your system calls: $missing" >&2
        exit 2
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "$0: please have these packages installed: apt-get install $missing" >&2
            exit 2
        fi
        sudo=sudo
    fi
    echo "$0: installing the missing packages: $missing" >&2
    # shellcheck disable=SC2086
    if ! { $sudo apt-get update -qq &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >&2; then
        echo "$0: apt-get could not install them; please install: $missing" >&2
        exit 2
    fi
}
