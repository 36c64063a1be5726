#!/usr/bin/env bash
# Bug class: green but not run. A test program that Makefile.am does not
# name is never built, and nothing misses it; a source it does not name is
# missing from the archive.
set -euo pipefail
# shellcheck source=t/check/guard.bash
. "$(dirname "$0")/guard.bash"

inspect()
{
    local file name named

    named=$(sed 's/\\$//' Makefile.am | tr -s '[:space:]' '\n')
    looked "$(c_files mod_tmf t/unit t/fuzz | wc -l)"
    while read -r file; do
        name=$file
        case $file in
        t/unit/*.c) name=${file%.c} ;;  # automake adds the rest
        esac
        grep -qxF -- "$name" <<<"$named" ||
            printf '%s:1: Makefile.am does not name it\n' "$file"
    done < <(c_files mod_tmf t/unit t/fuzz)
}

with Makefile.am <<'TEXT'
unit_tests = t/unit/test_one
lib_SOURCES = mod_tmf/one.c \
	mod_tmf/one.h
TEXT
refuses t/unit/test_two.c:1 <<'TEXT'
int n;
TEXT
refuses mod_tmf/two.h:1 <<'TEXT'
int n;
TEXT
accepts t/unit/test_one.c <<'TEXT'
int n;
TEXT
accepts mod_tmf/one.h <<'TEXT'
int n;
TEXT
guard
