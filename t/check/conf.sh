#!/bin/sh
# conf/tmf.conf is the reference of the directives: it must name exactly those
# of the table in the source, with the same contexts, defaults and ranges, and
# a sentence about each. A directive that nobody can read about, or a default
# that was changed in one place only, ends here.

set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Both become lines of: name | context | default | range.

# A row goes from AP_INIT_... to the first line that ends in "),".
awk '
function quoted(text) { sub(/^[^"]*"/, "", text); sub(/".*/, "", text)
                        return text }
function number(text, key) {
    if (!match(text, key " = [0-9]+")) { return "" }
    return substr(text, RSTART + length(key) + 3, RLENGTH - length(key) - 3)
}
function finish() {
    context = "server, virtual host, <Location>"
    if (row ~ / ACCESS_CONF,/) { context = "<Location>" }
    if (row ~ / RSRC_CONF,/) { context = "server, virtual host" }
    value = number(row, "initial")
    choices = row
    if (sub(/.*choices = [{]/, "", choices)) { value = quoted(choices) }
    range = number(row, "minimum") " to " number(row, "maximum")
    print quoted(row) "|" context "|" (value == "" ? "-" : value) "|" \
        (range == " to " ? "-" : range)
}
/^    AP_INIT_/ { row = ""; inside = 1 }
inside { row = row " " $0 }
inside && /^        .*"\),$/ { finish(); inside = 0 }
' mod_tmf/httpd/tmf_config.c | sort >"$work/table"

# An entry: "# Name ARGUMENTS", "# Context: ... . Default: ... .", sentences,
# "#Name argument".
awk '
function fail(text) { print FILENAME ":" FNR ": " text >"/dev/stderr"
                      failed = 1 }
/^# TMF[A-Za-z]+ / { name = $2; context = ""; sentences = 0; range = "-"
    if (match($0, /[(][0-9]+ to [0-9]+[)]$/)) {
        range = substr($0, RSTART + 1, RLENGTH - 2)
    }
    next
}
/^# Context: / && name != "" {
    context = $0; sub(/^# Context: /, "", context)
    value = context; sub(/[.] Default: .*/, "", context)
    sub(/.*[.] Default: /, "", value); sub(/[.]$/, "", value)
    next
}
/^# / { sentences++ }
/^# *TMF[A-Za-z]+ / && name == "" { next }
/^#TMF[A-Za-z]+ / {
    given = $1; sub(/^#/, "", given); argument = $2
    if (given != name) { fail(given " has no entry above it"); next }
    if (context == "") { fail(name ": no context") }
    if (!sentences) { fail(name ": no sentence") }
    if (value == "none" || value ~ / /) { value = "-" }
    else if (argument != value) { fail(name ": default is " value) }
    print name "|" context "|" value "|" range
    name = ""
}
END { exit failed }
' conf/tmf.conf >"$work/unsorted"
sort "$work/unsorted" >"$work/conf"

[ -s "$work/table" ] || { echo "conf: no directive in the table" >&2; exit 1; }
if ! diff "$work/table" "$work/conf"; then
    echo "conf: conf/tmf.conf (>) differs from the table (<)" >&2
    exit 1
fi
echo "conf: $(wc -l <"$work/table") directives as in the table"
