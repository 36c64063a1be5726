#!/usr/bin/env bash
# Bug class: a lower layer learns about a higher one. A request_rec in the
# query parser, an SQL statement in a handler or a PGresult in a test of
# paging each look harmless, and after a few of them nothing can be tested
# without a server and a database, or changed in one place.
set -euo pipefail
# shellcheck source=t/check/guard.bash
. "$(dirname "$0")/guard.bash"

inspect()
{
    local files

    mapfile -t files < <(c_files mod_tmf)
    looked "${#files[@]}"
    [ ${#files[@]} -gt 0 ] || return 0
    lex sources "${files[@]}" | perl -ne '
        # where each folder stands; what stands higher is out of reach
        my %rank = (base => 0, spec => 1, api => 2, store => 3, event => 4,
                    serve => 5, dbd => 6, net => 6, httpd => 7, cli => 7);
        my ($where, $file, $text) = /^((.+?):\d+):(.*)/ or next;
        my $folder = $file =~ m{^mod_tmf/tmf_serve\.[ch]$} ? "serve"
            : $file =~ m{^mod_tmf/([a-z]+)/[^/]+$} ? $1 : "";
        my $rank = $rank{$folder};
        if (!defined $rank) {
            print "$where: the layers do not know this folder\n"
                unless $told{$file}++;
            next;
        }
        next unless $text =~ /^\s*#\s*include\s*(["<])([^">]*)[">]/;
        my ($quote, $name) = ($1, $2);
        if ($quote eq "\"") {
            my $other = $name eq "tmf_serve.h" ? "serve"
                : $name =~ m{^([a-z]+)/[^/]+$} ? $1 : "";
            my $high = $rank{$other};
            print "$where: the include says no folder of mod_tmf/\n"
                unless defined $high;
            print "$where: $folder must not include $other\n"
                if defined $high && $other ne $folder && $high >= $rank;
        }
        elsif ($name =~ m{^(?:libpq|postgres|apr_dbd|mod_dbd)}) {
            print "$where: $name is for dbd/ alone\n"
                unless $folder eq "dbd";
        }
        elsif ($name =~ m{^(?:curl|openssl)/}) {
            print "$where: $name is for net/ alone\n"
                unless $folder eq "net";
        }
        elsif ($name =~ m{^(?:httpd|http_|ap_|util_|mod_|scoreboard|mpm_)}) {
            print "$where: $name is for httpd/ and dbd/\n"
                unless $folder =~ /^(?:httpd|dbd)$/;
        }
        elsif ($folder !~ /^(?:httpd|dbd|net)$/
               && $name !~ m{^(?:apr_?\w*|jansson)\.h$}
               && $name !~ m{^(?:ctype|errno|float|inttypes|limits|math
                   |stdarg|stddef|stdint|stdio|stdlib|string|time)\.h$}x) {
            print "$where: $name is neither C99, APR nor jansson\n";
        }'
    lex code "${files[@]}" | perl -ne '
        my ($where, $file, $text) = /^((.+?):\d+):(.*)/ or next;
        print "$where: request_rec is for httpd/ alone\n"
            if $text =~ /\brequest_rec\b/ && $file !~ m{^mod_tmf/httpd/};
        print "$where: libpq is for dbd/ alone\n"
            if $text =~ /\bPQ[a-z]\w*\s*\(|\bPG(?:conn|result|RES_\w+)\b/
            && $file !~ m{^mod_tmf/dbd/};'
    lex texts "${files[@]}" | perl -ne '
        my ($where, $file, $text) = /^((.+?):\d+):(.*)/ or next;
        next if $file =~ m{^mod_tmf/store/tmf_(?:sql(?:_\w+)?|ddl)\.c$};
        print "$where: SQL is for store/tmf_sql.c and store/tmf_ddl.c\n"
            if $text =~ /\b(?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM
                |CREATE\s+TABLE|GRANT)\b/x;
        print "$where: transactions are for dbd/\n"
            if $text =~ /\b(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT
                |DEALLOCATE|DISCARD)\b/x && $file !~ m{^mod_tmf/dbd/};'
}

refuses mod_tmf/base/tmf_one.c:2 <<'TEXT'
#include "base/tmf_one.h"
#include "spec/tmf_spec.h"
TEXT
refuses mod_tmf/api/tmf_one.c:1 <<'TEXT'
#include "store/tmf_db.h"
TEXT
refuses mod_tmf/store/tmf_one.c:1 <<'TEXT'
#include "tmf_serve.h"
TEXT
refuses mod_tmf/tmf_serve.c:1 <<'TEXT'
#include "dbd/tmf_dbd.h"
TEXT
refuses mod_tmf/dbd/tmf_one.c:1 <<'TEXT'
#include "httpd/tmf_config.h"
TEXT
refuses mod_tmf/cli/tmfctl.c:1 <<'TEXT'
#include "httpd/tmf_config.h"
TEXT
refuses mod_tmf/store/tmf_one.c:1 <<'TEXT'
#include "event/tmf_hub.h"
TEXT
refuses mod_tmf/event/tmf_one.c:1 <<'TEXT'
#include "net/tmf_curl.h"
TEXT
refuses mod_tmf/net/tmf_one.c:1 <<'TEXT'
#include "dbd/tmf_dbd.h"
TEXT
refuses mod_tmf/event/tmf_one.c:1 <<'TEXT'
#include <curl/curl.h>
TEXT
refuses mod_tmf/net/tmf_one.c:1 <<'TEXT'
#include <httpd.h>
TEXT
refuses mod_tmf/spec/tmf_one.c:1 <<'TEXT'
#include "tmf_one.h"
TEXT
refuses mod_tmf/util/tmf_one.c:1 <<'TEXT'
int n;
TEXT
refuses mod_tmf/spec/tmf_one.c:1 <<'TEXT'
#  include <httpd.h>
TEXT
refuses mod_tmf/httpd/tmf_one.c:1 <<'TEXT'
#include <libpq-fe.h>
TEXT
refuses mod_tmf/api/tmf_one.c:1 <<'TEXT'
#include <sys/socket.h>
TEXT
refuses mod_tmf/dbd/tmf_one.c:3 <<'TEXT'
#include <httpd.h>
/* a request_rec in a comment is no matter */
static int one(request_rec *r);
TEXT
refuses mod_tmf/store/tmf_one.c:1 <<'TEXT'
static int one(const PGresult *result) { return 0; }
TEXT
refuses mod_tmf/httpd/tmf_one.c:1 <<'TEXT'
static int one(void *c) { return PQstatus(c); }
TEXT
refuses mod_tmf/store/tmf_store.c:1 <<'TEXT'
static const char *one = "SELECT 1";
TEXT
refuses mod_tmf/dbd/tmf_one.c:1 <<'TEXT'
static const char *one = "DELETE FROM t";
TEXT
refuses mod_tmf/store/tmf_store.c:1 <<'TEXT'
static const char *one = "ROLLBACK";
TEXT
accepts mod_tmf/store/tmf_sql.c <<'TEXT'
#include "store/tmf_sql.h"
#include <string.h>
#include <apr_strings.h>
#include "api/tmf_plan.h"
static const char *one = "SELECT 1 FROM t";
TEXT
accepts mod_tmf/dbd/tmf_dbd.c <<'TEXT'
#include "dbd/tmf_dbd.h"
#include <poll.h>
#include <libpq-fe.h>
#include <mod_dbd.h>
#include "store/tmf_db.h"
static PGresult *one(PGconn *c) { return PQexec(c, "ROLLBACK"); }
TEXT
accepts mod_tmf/net/tmf_one.c <<'TEXT'
#include "net/tmf_one.h"
#include <netdb.h>
#include <sys/socket.h>
#include <curl/curl.h>
#include <openssl/hmac.h>
#include "event/tmf_post.h"
TEXT
accepts mod_tmf/httpd/tmf_one.c <<'TEXT'
#include "httpd/tmf_one.h"
#include <http_core.h>
#include "dbd/tmf_dbd.h"
#include "tmf_serve.h"
/* UPDATE of what SELECT gave */
static const char *one(request_rec *r) { return "DELETE"; }
TEXT
guard
