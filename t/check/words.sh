#!/usr/bin/env bash
# Bug class: a checkout that works on one machine. The path of somebody's
# home folder or the address of a private package mirror in a script, a
# configuration or a lock file breaks every other machine, and tells
# strangers what ours look like.
set -euo pipefail
# shellcheck source=t/check/guard.bash
. "$(dirname "$0")/guard.bash"

# The project's own files: not what builds, runs and package managers made.
own_files()
{
    find . \( -name .git -o -name .build -o -name .run -o -name build-aux \
        -o -name node_modules -o -name autom4te.cache -o -name .deps \
        -o -name .libs -o -name _build -o -name _inst \) -prune -o \
        -type f \
        ! -path ./configure ! -path ./Makefile ! -path ./Makefile.in \
        ! -path ./aclocal.m4 ! -path './config.*' ! -path ./libtool \
        ! -name '*.o' ! -name '*.lo' ! -name '*.la' ! -name '*.so' -print0
}

inspect()
{
    local folders='work|home|root|Users|mnt|workspace'
    local hosts='registry\.[a-z0-9.-]+|npmjs\.(org|com)|[a-z]+\.debian\.org'

    hosts+='|artifactory|nexus\.|pypi\.org|proxy\.golang\.org'
    looked "$(own_files | tr -cd '\0' | wc -c)"
    # slash and name apart, or this file would have them
    own_files | LC_ALL=C sort -z | xargs -0 grep -nIE \
        "(^|[^A-Za-z0-9_.})/~-])/($folders)(/|[^A-Za-z0-9_/-]|\$)" /dev/null |
        sed -E 's/^\.\/([^:]+:[0-9]+):.*/\1: a path of one machine/' || true
    own_files | LC_ALL=C sort -z | xargs -0 grep -nIE \
        "(//|@)($hosts)" /dev/null |
        sed -E 's/^\.\/([^:]+:[0-9]+):.*/\1: a package registry/' || true
}

slash=/
refuses t/one:1 <<TEXT
cd ${slash}home${slash}me
TEXT
refuses conf/one.conf:2 <<TEXT
ServerName localhost
Include "${slash}work${slash}one.conf"
TEXT
refuses t/ctk/package-lock.json:1 <<TEXT
"resolved": "https:${slash}/registry.example.net/newman"
TEXT
accepts README <<'TEXT'
/usr/lib/apache2, $HOME/work, the/home of, https://host.example/home
TEXT
guard
