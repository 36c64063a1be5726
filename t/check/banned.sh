#!/usr/bin/env bash
# Bug class: memory nobody frees, copies without a bound, numbers read
# without a check, and work left for later. Pools, apr_cpystrn, tmf_text and
# apr_strtoi64 do the same with an end. What is missing belongs in an issue.
set -euo pipefail
# shellcheck source=t/check/guard.bash
. "$(dirname "$0")/guard.bash"

# FILE FUNCTION REASON: what may stay, one a line.
allowed()
{
    cat <<'LIST'
LIST
}

calls()
{
    local files

    mapfile -t files < <(c_files mod_tmf)
    [ ${#files[@]} -gt 0 ] || return 0
    lex code "${files[@]}" | allow=$(allowed) perl -ne '
        BEGIN {
            for (split /\n/, $ENV{allow}) {
                my ($file, $name, $reason) = split " ", $_, 3;
                die "banned.sh: no reason for $file\n" unless $reason;
                $allowed{$file}{$name} = 1;
            }
        }
        my ($where, $file, $text) = /^((.+?):\d+):(.*)/ or next;
        while ($text =~ /(?<![\w.>])(malloc|calloc|realloc|free|strcpy
                |strncpy|strcat|strncat|sprintf|vsprintf|atoi|atol|atoll
                |atof|strtok|gets|alloca|sscanf|assert|strdup)\s*\(/gx) {
            print "$where: $1 is banned\n" unless $allowed{$file}{$1};
        }'
}

# The words are not written out, or this file would have them.
later()
{
    local folder
    local folders=()

    for folder in mod_tmf sql conf t quickstart configure.ac Makefile.am; do
        [ ! -e "$folder" ] || folders+=("$folder")
    done
    grep -rnIwE --exclude-dir=node_modules --exclude=package-lock.json \
        'XX[X]|TOD[O]|FIXM[E]' "${folders[@]}" |
        sed -E 's/^([^:]+:[0-9]+):.*/\1: work left for later/' || true
}

inspect()
{
    looked "$(c_files mod_tmf | wc -l)"
    calls
    later
}

refuses mod_tmf/a.c:1 <<'TEXT'
int one = atoi(text);
TEXT
refuses mod_tmf/a.c:2 <<'TEXT'
char *one;
one = malloc (3);
TEXT
refuses mod_tmf/a.h:1 <<'TEXT'
#define ONE(a, b) strcpy(a, b)
TEXT
none=
refuses mod_tmf/a.c:1 <<TEXT
/* TO${none}DO: the rest */
TEXT
refuses sql/a.sql:1 <<TEXT
-- FIX${none}ME
TEXT
accepts mod_tmf/a.c <<'TEXT'
/* not by malloc(3) */
static const char *one = "strcpy(a, b)";
result = apr_strtok(text, ",", &state);
row->free(row);
TEXT
guard
