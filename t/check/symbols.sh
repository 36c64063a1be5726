#!/usr/bin/env bash
# Bug class: a symbol of ours that meets one of another module of the same
# name in httpd's single name space: the first one loaded wins, and calls
# end up in foreign code. The module exports tmf_module and nothing else.
#
# Environment: BUILD, the build folder (.build); CC, the compiler.
set -euo pipefail
# shellcheck source=t/check/guard.bash
. "$(dirname "$0")/guard.bash"

module=mod_tmf/.libs/mod_tmf.so
build=$(realpath -m "${BUILD:-$guard_root/.build}")

inspect()
{
    local file=$module exported

    [ "$PWD" != "$guard_root" ] || file=$build/$module
    if [[ $PWD == "$guard_scratch"/* ]]; then
        mkdir -p mod_tmf/.libs
        ${CC:-cc} -shared -fPIC -o "$file" -x c mod_tmf.c
    fi
    if [ ! -f "$file" ]; then
        printf '%s:0: there is no module to look at\n' "$file"
        return 0
    fi
    exported=$(nm -D --defined-only -- "$file" | awk '{ print $NF }' |
        LC_ALL=C sort)
    looked "$(printf '%s\n' "$exported" | wc -l)"
    [ "$exported" = tmf_module ] ||
        printf '%s:1: exports %s, not just tmf_module\n' "${file##*/.libs/}" \
            "${exported//$'\n'/ }"
    tell "exports $exported"
}

refuses mod_tmf.c:1 mod_tmf.so:1 <<'TEXT'
int tmf_module; int tmf_other;
TEXT
refuses mod_tmf.c:1 mod_tmf.so:1 <<'TEXT'
int other_module;
TEXT
accepts mod_tmf.c <<'TEXT'
int tmf_module; static int tmf_other;
TEXT
guard
