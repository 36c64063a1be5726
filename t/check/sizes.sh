#!/usr/bin/env bash
# Bug class: the long tail. Nobody sees through a function of three screens
# or a file of thousands of lines, so faults in them outlive every review.
# Limits: 60 lines a function with its head, 5 parameters, 3 levels, 800
# lines a file, 80 columns and no tabs.
set -euo pipefail
# shellcheck source=t/check/guard.bash
. "$(dirname "$0")/guard.bash"

inspect()
{
    local files

    mapfile -t files < <(c_files mod_tmf t/unit t/fuzz t/bench)
    looked "${#files[@]}"
    [ ${#files[@]} -gt 0 ] || return 0
    perl "$guard_folder/sizes.pl" "${files[@]}" 3>"$guard_scratch/measured"
    while read -r line; do
        tell "$line"
    done <"$guard_scratch/measured"
}

# N lines of the same text.
lines()
{
    yes "$2" | head -n "$1" || true
}

refuses mod_tmf/a.c:2 <<TEXT
int before;
static int one(int n)
{
$(lines 58 '    n++;')
}
TEXT
accepts mod_tmf/a.c <<TEXT
int before;
static int one(int n)
{
$(lines 57 '    n++;')
}
TEXT
refuses mod_tmf/a.c:1 <<'TEXT'
static int one(int a, int b, int c, int d,
               int e, int f)
{
    return 0;
}
TEXT
accepts mod_tmf/a.c <<'TEXT'
static int one(int a, int (*b)(int, int), int c, int d,
               int e)
{
    return two(1, 2, 3, 4, 5, 6);
}
TEXT
refuses mod_tmf/a.c:6 <<'TEXT'
static int one(int n)
{
    if (n) {
        for (;;) {
            while (n) {
                if (n) {
                    n++;
                }
            }
        }
    }
}
TEXT
accepts mod_tmf/a.c <<'TEXT'
static int one(int n)
{
    if (n) {
        for (;;) {
            while (n) {
                pair_t pair = { 1, { 2 } }; /* { { */
                puts("{{");
            }
        }
    }
}
TEXT
refuses mod_tmf/a.c:1 <<'TEXT'
static int one(int n) {
    return n;
}
TEXT
refuses mod_tmf/a.h:801 <<TEXT
$(lines 801 '/* one line */')
TEXT
refuses mod_tmf/a.h:1 <<TEXT
$(printf '/* %-75s */' 'as wide as it must not be')
TEXT
accepts mod_tmf/a.h <<TEXT
$(printf '/* %-74s */' 'as wide as it may be')
TEXT
refuses mod_tmf/a.c:1 <<TEXT
$(printf '\tint one;')
TEXT
guard
