#!/usr/bin/env bash
# Bug class: a resource that the code knows by name. One comparison with the
# name of one resource, and a definition the operator mounts behaves
# otherwise than those we ship; the next API needs C. What is special about
# a resource belongs into its definition or overlay.
set -euo pipefail
# shellcheck source=t/check/guard.bash
. "$(dirname "$0")/guard.bash"

inspect()
{
    local files

    mapfile -t files < <(c_files mod_tmf)
    looked "${#files[@]}"
    [ ${#files[@]} -gt 0 ] || return 0
    perl -MJSON::PP -e '
        my (%names, @files);
        for (@ARGV) {
            push @files, $_ unless /\.json$/;
            next unless /\.json$/;
            open my $handle, "<", $_ or die "$_: $!\n";
            my $text = do { local $/ = undef; <$handle> };
            my $paths = JSON::PP->new->decode($text)->{paths};
            $names{$_} = 1 for map { (split "/", $_)[1] } keys %$paths;
        }
        delete @names{qw(hub listener)};
        die "no resources in conf/openapi\n" unless %names;
        # fooBar as fooBar, foo_bar, foo-bar, FOO_BAR, "foo bar", FooBars
        my $any = join "|", map { s/(?<=[a-z0-9])([A-Z])/[ _-]?$1/gr }
            sort { length $b <=> length $a } keys %names;
        my $word = qr/(?<![A-Za-z])(?i:$any)s?(?![A-Za-z])/;
        my $first = join "|", map { "[" . lc(substr $_, 0, 1)
            . uc(substr $_, 0, 1) . "]" . substr $_, 1 } keys %names;
        my $camel = qr/(?<![A-Za-z])(?:$first)(?=[A-Z])/;
        my $last = join "|", map { ucfirst } keys %names;
        my $tail = qr/(?<=[a-z])(?:$last)s?(?![a-z])/;
        for my $file (@files) {
            open my $handle, "<", $file or die "$file: $!\n";
            while (<$handle>) {
                print "$file:$.: names the resource \"$&\"\n"
                    if /$word|$camel|$tail/;
            }
        }' conf/openapi/*.json "${files[@]}"
}

with conf/openapi/one.json <<'TEXT'
{"paths": {"/badge": {}, "/badge/{id}": {}, "/badgeHolder/{id}": {},
           "/hub": {}, "/listener/badgeCreateEvent": {}}}
TEXT
refuses mod_tmf/base/tmf_one.c:2 <<'TEXT'
int n;
if (!strcmp(name, "badge")) {
TEXT
refuses mod_tmf/base/tmf_one.h:1 <<'TEXT'
/* The Badges of today. */
TEXT
refuses mod_tmf/base/tmf_one.c:1 <<'TEXT'
static int badge_count;
TEXT
refuses mod_tmf/base/tmf_one.c:1 <<'TEXT'
static int isBadge;
TEXT
refuses mod_tmf/base/tmf_one.c:1 <<'TEXT'
static int badgeCount;
TEXT
refuses mod_tmf/base/tmf_one.c:1 <<'TEXT'
#define BADGE_HOLDER 1
TEXT
refuses mod_tmf/base/tmf_one.c:1 <<'TEXT'
/* a badge-holder's list */
TEXT
accepts mod_tmf/base/tmf_one.c <<'TEXT'
/* a badger at the hub, no listener */
static int badgering, embadge;
TEXT
guard
