# What the guards beside this file share. A guard is a script NAME.sh that
# reads the sources for one class of bugs. It defines
#
#   inspect   works in the top folder of a project, prints FILE:LINE: WHAT
#             for each offence, calls "looked N" for how many things it
#             looked at, and may call "tell TEXT" for what is worth knowing
#
# then tries itself on made-up projects, and ends with "guard". A guard that
# lets a bad project pass, or looks at nothing, fails.
# shellcheck shell=bash

guard_name=${0##*/}
guard_name=${guard_name%.sh}
guard_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
guard_root=$(cd "${srcdir:-$guard_folder/../..}" && pwd -P)
guard_scratch=$(mktemp -d)
guard_tries=0       # self tests so far
guard_status=0      # of the last inspection
guard_common=$guard_scratch/common
mkdir "$guard_common"
trap 'rm -rf "$guard_scratch"' EXIT

# C sources with comments and texts blanked (code), texts alone (texts), or
# comments blanked (sources): "path:line:text" for each line.
lex()
{
    perl "$guard_folder/lex.pl" "$@"
}

looked()
{
    printf '%s\n' "$1" >"$guard_scratch/looked"
}

tell()
{
    printf '%s\n' "$*" >>"$guard_scratch/told"
}

# The .c and .h files below folders, one a line.
c_files()
{
    local folder

    for folder in "$@"; do
        [ ! -d "$folder" ] || find "$folder" -name '*.[ch]' -type f
    done | sort
}

guard_run()
{
    printf '0\n' >"$guard_scratch/looked"
    : >"$guard_scratch/told"
    guard_status=0
    set +e
    (
        set -e
        cd "$1"
        inspect
    ) >"$guard_scratch/offences"
    guard_status=$?
    set -e
}

guard_broken()
{
    printf '%s: self test %d: %s\n' "$guard_name" "$guard_tries" "$*" >&2
    sed 's/^/    /' "$guard_scratch/offences" >&2
    exit 1
}

# with FILE: a file, from the standard input, of all projects that follow.
with()
{
    mkdir -p "$guard_common/$(dirname "$1")"
    cat >"$guard_common/$1"
}

guard_try()
{
    guard_tries=$((guard_tries + 1))
    rm -rf "$guard_scratch/try"
    cp -R "$guard_common" "$guard_scratch/try"
    mkdir -p "$guard_scratch/try/$(dirname "$1")"
    cat >"$guard_scratch/try/$1"
    guard_run "$guard_scratch/try"
    [ "$guard_status" = 0 ] || guard_broken "it could not be run"
}

# refuses FILE:LINE [PLACE]: the project with this file, from the standard
# input, has one offence, here or at PLACE.
refuses()
{
    local place=${2:-$1}

    guard_try "${1%:*}"
    [[ $(wc -l <"$guard_scratch/offences") -eq 1 &&
        $(cat "$guard_scratch/offences") == "$place: "* ]] ||
        guard_broken "$place is the one offence, but it found:"
}

# accepts FILE: the project with this file is in order.
accepts()
{
    guard_try "$1"
    [ ! -s "$guard_scratch/offences" ] ||
        guard_broken "nothing is wrong with $1, but it found:"
}

guard()
{
    local offences n

    [ "$guard_tries" -ge 2 ] || guard_broken "there are too few"
    guard_run "$guard_root"
    offences=$(wc -l <"$guard_scratch/offences")
    n=$(cat "$guard_scratch/looked")
    [ "$guard_status" = 0 ] || printf '%s: could not be run\n' "$guard_name"
    cat "$guard_scratch/offences"
    sed "s/^/$guard_name: /" "$guard_scratch/told"
    printf '%s: %d looked at, %d offences, %d self tests\n' "$guard_name" \
        "$n" "$offences" "$guard_tries"
    [[ $guard_status -eq 0 && $n -gt 0 && $offences -eq 0 ]]
}
