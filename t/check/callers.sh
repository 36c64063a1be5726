#!/usr/bin/env bash
# Bug class: code that nothing but its tests needs. It must be read, kept and
# measured like the rest, and looks as if the module relied on it. A function
# that a header offers is named somewhere in mod_tmf/ beside its declaration
# and its definition.
set -euo pipefail
# shellcheck source=t/check/guard.bash
. "$(dirname "$0")/guard.bash"

# FUNCTION REASON: what may stay, one a line.
allowed()
{
    cat <<'LIST'
tmf_load_texts tests and fuzz targets have definitions in memory
LIST
}

inspect()
{
    local files

    mapfile -t files < <(c_files mod_tmf)
    looked 0
    [ ${#files[@]} -gt 0 ] || return 0
    lex code "${files[@]}" | allow=$(allowed) perl -e '
        my (%declared, %used);
        $used{$_} = 1 for map { /^(\w+) \S/ } split /\n/, $ENV{allow};
        while (<STDIN>) {
            my ($where, $file, $text) = /^((.+?):\d+):(.*)/ or next;
            # what begins in the first column declares or defines
            if ($text =~ s/^[A-Za-z][\w\s*]*?\b(tmf_\w+)\s*\(//) {
                my $name = $1;
                $declared{$name} //= $where if $file =~ /\.h$/;
            }
            $used{$1} = 1 while $text =~ /\b(tmf_\w+)\b/g;
        }
        print "$declared{$_}: nothing in mod_tmf/ uses $_\n"
            for grep { !$used{$_} } sort keys %declared;
        open my $count, ">", $ARGV[0] or die;
        print {$count} scalar(keys %declared), "\n";' "$guard_scratch/looked"
}

with mod_tmf/base/tmf_one.c <<'TEXT'
#include "base/tmf_one.h"
int tmf_one_half(int n)
{
    return n / 2;
}
const char *tmf_one_name(int n)
{
    return n ? "tmf_one_half" : "tmf_one_name"; /* tmf_one_half(n) */
}
TEXT
with mod_tmf/api/tmf_two.c <<'TEXT'
int main(void)
{
    return !tmf_one_name(1);
}
TEXT
refuses mod_tmf/base/tmf_one.h:2 <<'TEXT'
const char *tmf_one_name(int n);
int tmf_one_half(int n);
TEXT
refuses mod_tmf/base/tmf_one.h:1 <<'TEXT'
int tmf_one_half(int n)
    __attribute__((const));
const char *tmf_one_name(int n);
TEXT
accepts mod_tmf/base/tmf_one.h <<'TEXT'
const char *tmf_one_name(int n);
/* int tmf_one_half(int n); */
TEXT
with mod_tmf/api/tmf_three.c <<'TEXT'
static int (*const halve)(int) = tmf_one_half;
TEXT
accepts mod_tmf/base/tmf_one.h <<'TEXT'
const char *tmf_one_name(int n);
int tmf_one_half(int n);
TEXT
guard
