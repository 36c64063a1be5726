# ETag, Last-Modified, and requests that depend on them.
use strict;
use warnings;

use POSIX qw(strftime);
use Test::More;
use Time::Piece;
use TmfApi;

my $plain = '/conditional/plain/v4/customer';
my $deflate = '/conditional/deflate/v4/customer';
my $brotli = '/conditional/brotli/v4/customer';
my $both = '/conditional/both/v4/customer';
my $required = '/conditional/required/v4/customer';
my $table = 'api_conditional.customer';

my $date_form = '%a, %d %b %Y %H:%M:%S GMT';

sub str2time
{
    my ($text) = @_;
    return eval { Time::Piece->strptime($text, $date_form)->epoch } // -1;
}

sub time2str
{
    my ($seconds) = @_;
    return strftime($date_form, CORE::gmtime $seconds);
}

# One request with headers, and JSON text if there is a body.
sub send_with
{
    my ($method, $where, $headers, $content) = @_;
    my %all = (%{ $headers // {} });
    $all{'content-type'} = 'application/json' if defined $content;
    return request($method, $where, { headers => \%all,
                                      content => $content // '' });
}

sub patch_with
{
    my ($where, $headers, $content) = @_;
    return send_with('PATCH', $where, $headers, $content // '{"n":1}');
}

sub make_customer
{
    my ($id) = @_;
    my $r = post($plain, { $id ? (id => $id) : (), name => 'N', n => 0,
                           engagedParty => { id => '1' } });
    die "no customer: $r->{content}\n" if $r->{status} != 201;
    return (id_of($r), $r);
}

sub tag_of
{
    my ($response) = @_;
    return $response->{headers}{etag} // '';
}

sub date_of
{
    my ($response) = @_;
    return $response->{headers}{'last-modified'} // '';
}

# Make a row look as if it had been changed at a time of our choice.
sub changed_at
{
    my ($id, $when) = @_;
    sql("BEGIN; ALTER TABLE $table DISABLE TRIGGER USER;
         UPDATE $table SET updated = $when WHERE id = '$id';
         ALTER TABLE $table ENABLE TRIGGER USER; COMMIT");
    return;
}

# The state of a row: what no refused request may change.
sub state_of
{
    my ($id) = @_;
    return sql("SELECT seq || '-' || version || body FROM $table
                WHERE id = '$id'");
}

sub unchanged_is
{
    my ($response, $tag, $name) = @_;
    my @faults = grep { defined } (
        $response->{status} != 304 ? "status $response->{status}" : undef,
        tag_of($response) ne $tag ? 'ETag ' . tag_of($response) : undef,
        length($response->{content} // '') ? 'a body' : undef,
        exists $response->{headers}{'content-type'} ? 'a type' : undef);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(!@faults, $name) || diag(join "\n", @faults);
}

# --- the headers

my ($id, $made) = make_customer();
my $one = "$plain/$id";
my ($seq) = sql("SELECT seq FROM $table WHERE id = '$id'");
my $updated = sql("SELECT (EXTRACT(epoch FROM updated) * 1000000)::bigint
                   FROM $table WHERE id = '$id'");
my $r = get($one);
like(tag_of($made), qr/^"$seq-1-$updated-[0-9a-f]{16}"$/,
     'POST: the ETag is creation, version and time');
is(tag_of($r), tag_of($made), 'GET: the same');
is($r->{headers}{'cache-control'}, 'no-cache',
   'GET: a cache asks before it uses what it has');
is(tag_of(head_of($one)), tag_of($r), 'HEAD: the ETag');
changed_at($id, q{timestamptz '2026-03-01 12:00:00.25Z'});
$r = get($one);
is(date_of($r), 'Sun, 01 Mar 2026 12:00:01 GMT',
   'GET: Last-Modified, the end of the second');
is(date_of(head_of($one)), date_of($r), 'HEAD: the same');
changed_at($id, q{timestamptz '2026-03-01 12:00:00Z'});
is(date_of(get($one)), 'Sun, 01 Mar 2026 12:00:00 GMT',
   'GET: Last-Modified of a change at a whole second');
changed_at($id, q{now() + interval '1 hour'});
is(date_of(get($one)), '', 'GET: no Last-Modified that is not over');
$r = patch($one, '{"n":1}');
like(tag_of($r), qr/^"$seq-2-/, 'PATCH: the new ETag');
is(tag_of(get($one)), tag_of($r), '... which GET has, too');
is(tag_of(patch($one, '{"n":1}')), tag_of($r),
   'PATCH that changes nothing: the ETag stays');
isnt(tag_of(patch($one, '{"n":1.0}')), tag_of($r),
     'PATCH from 1 to 1.0: another text, another ETag');
sql("UPDATE $table SET doc = doc || '{\"n\":2}' WHERE id = '$id'");
like(tag_of(get($one)), qr/^"$seq-4-/, 'a change by SQL: another ETag');
changed_at($id, q{timestamptz '2026-03-01 12:00:00.25Z'});
ok(!exists get($plain)->{headers}{$_}, "list: no $_")
    for qw(etag last-modified);
ok(!exists get("$plain/nobody")->{headers}{etag}, '404: no ETag');

# --- fields: another representation

my $whole = tag_of(get($one));
my $part = tag_of(get("$one?fields=name"));
isnt($part, $whole, 'fields: an ETag of their own');
like($part, qr/^\Q@{[substr $whole, 0, -17]}\E[0-9a-f]{16}"$/,
     'fields: of the same state');
is(tag_of(get("$one?fields=name")), $part, 'fields: the same again');
isnt(tag_of(get("$one?fields=name,n")), $part, 'fields: others, another');
isnt(tag_of(get("$one?fields=none")), $part, 'fields=none: another');
is(tag_of(patch("$one?fields=name", '{"n":2}')), $part,
   'fields: of a PATCH, too');
unchanged_is(get("$one?fields=name", { 'if-none-match' => $part }), $part,
             'fields: 304 for their own ETag');
is(get("$one?fields=name", { 'if-none-match' => $whole })->{status}, 200,
   'fields: 200 for the ETag of the whole');
is(get($one, { 'if-none-match' => $part })->{status}, 200,
   'whole: 200 for the ETag of a part');

# --- another public base: another representation

my $elsewhere = "$deflate/$id";
my $there = tag_of(get($elsewhere));
isnt($there, $whole, 'another href: another ETag');
is(get($elsewhere, { 'if-none-match' => $whole })->{status}, 200,
   'another href: 200 for the ETag of the first');
is(patch_with($one, { 'if-match' => $there }, '{"n":2}')->{status}, 200,
   'another href: the same state, for If-Match');

# --- GET: 304

# the state before, the same number after a restore, others
my $older = $whole =~ s/^("\d+)-4-/$1-3-/r;
my $restored = $whole =~ s/^("\d+-\d+-\d+)/${1}1/r;
my $later = $whole =~ s/^("\d+)-4-/$1-5-/r;
my $stranger = $whole =~ s/^"/"1/r;

for my $value ($whole, "W/$whole", qq{"x", $whole}, qq{, $whole ,}, '*') {
    unchanged_is(get($one, { 'if-none-match' => $value }), $whole,
                 "If-None-Match $value: 304");
}
for my $value ($older, $restored, '"x"', '', $part) {
    is(get($one, { 'if-none-match' => $value })->{status}, 200,
       "If-None-Match $value: 200");
}
$r = request('HEAD', $one, { headers => { 'if-none-match' => $whole } });
unchanged_is($r, $whole, 'HEAD: 304');
$r = get($one, { 'if-none-match' => $whole });
is($r->{headers}{'cache-control'}, 'no-cache', '304: Cache-Control stays');
is(get("$plain/nobody", { 'if-none-match' => '*' })->{status}, 404,
   'If-None-Match * of an unknown id: 404');

my $date = date_of(get($one));
my $before = time2str(str2time($date) - 1);
my $after = time2str(str2time($date) + 1);
unchanged_is(get($one, { 'if-modified-since' => $date }), $whole,
             'If-Modified-Since its date: 304');
unchanged_is(get($one, { 'if-modified-since' => $after }), $whole,
             'If-Modified-Since later: 304');
is(get($one, { 'if-modified-since' => $before })->{status}, 200,
   'If-Modified-Since earlier: 200');
is(get($one, { 'if-modified-since' => 'soon' })->{status}, 200,
   'If-Modified-Since that is no date: 200');
is(get($one, { 'if-modified-since' => $after, 'if-none-match' => '"x"' })
       ->{status}, 200, 'If-None-Match comes before If-Modified-Since');
unchanged_is(get($one, { 'if-modified-since' => $before,
                         'if-none-match' => $whole }), $whole,
             '... and 304 by it alone');

# --- GET: 412

error_is(get($one, { 'if-match' => '"x"' }), 412, 'preconditionFailed',
         'GET: If-Match');
error_is(get($one, { 'if-unmodified-since' => $before }), 412,
         'preconditionFailed', 'GET: If-Unmodified-Since');
is(get($one, { 'if-match' => $whole })->{status}, 200, 'GET: If-Match holds');
is(get($one, { 'if-unmodified-since' => $date })->{status}, 200,
   'GET: If-Unmodified-Since holds');
error_is(get($one, { 'if-match' => '"x"', 'if-none-match' => $whole }), 412,
         'preconditionFailed', 'If-Match comes before If-None-Match');
is(get($one, { 'if-match' => $whole, 'if-unmodified-since' => $before })
       ->{status}, 200, 'If-Match comes before If-Unmodified-Since');

# --- ranges: bytes of JSON are nobody's

for my $headers ({ range => 'bytes=0-4' },
                 { range => 'bytes=0-4', 'if-range' => $whole }) {
    $r = get($one, $headers);
    is($r->{status}, 200, 'Range is ignored');
    ok(eval { body($r)->{name} eq 'N' }, '... the whole is answered');
}

# --- PATCH and DELETE

my $state = state_of($id);
for my $value ($older, $later, $restored, $stranger, '"x"', '',
               "W/$whole") {
    error_is(patch_with($one, { 'if-match' => $value }, '{"n":9}'), 412,
             'preconditionFailed', "PATCH, If-Match $value: 412");
    error_is(send_with('DELETE', $one, { 'if-match' => $value }), 412,
             'preconditionFailed', "DELETE, If-Match $value: 412");
}
for my $headers ({ 'if-none-match' => $whole }, { 'if-none-match' => '*' },
                 { 'if-none-match' => "W/$whole" },
                 { 'if-none-match' => $part },
                 { 'if-match' => $whole, 'if-none-match' => $whole },
                 { 'if-unmodified-since' => $before }) {
    my $name = join ', ', map { "$_ $headers->{$_}" } sort keys %{$headers};
    error_is(patch_with($one, $headers, '{"n":9}'), 412,
             'preconditionFailed', "PATCH, $name: 412");
    error_is(send_with('DELETE', $one, $headers), 412,
             'preconditionFailed', "DELETE, $name: 412");
}
is(state_of($id), $state, '412: nothing has changed');

# a change that isn't one: the state, and so the tag, stay
for my $headers ({ 'if-match' => $whole }, { 'if-match' => '*' },
                 { 'if-match' => $part }, { 'if-match' => qq{"x",$whole} },
                 { 'if-match' => $whole =~ s/"$/-gzip"/r },
                 { 'if-none-match' => '"x"' }, { 'if-none-match' => '' },
                 { 'if-unmodified-since' => $date },
                 { 'if-unmodified-since' => $after },
                 { 'if-unmodified-since' => 'soon' },
                 { 'if-match' => $whole, 'if-unmodified-since' => $before },
                 { 'if-modified-since' => $after }) {
    my $name = join ', ', map { "$_ $headers->{$_}" } sort keys %{$headers};
    $r = patch_with($one, $headers, '{"n":2}');
    is($r->{status}, 200, "PATCH, $name: 200");
    is(tag_of($r), $whole, '... with the ETag');
}
$r = patch_with($one, { 'if-match' => $whole }, '{"n":3}');
is($r->{status}, 200, 'PATCH: If-Match holds');
error_is(patch_with($one, { 'if-match' => $whole }, '{"n":4}'), 412,
         'preconditionFailed', 'PATCH: the same ETag a second time');
is(body(get($one))->{n}, 3, '... has changed nothing');

# which error: unknown before the condition, the condition before the body
for my $headers ({ 'if-match' => '*' }, { 'if-match' => $whole },
                 { 'if-none-match' => '*' },
                 { 'if-unmodified-since' => $before }) {
    my $name = join ', ', map { "$_ $headers->{$_}" } sort keys %{$headers};
    error_is(patch_with("$plain/nobody", $headers), 404, 'notFound',
             "PATCH of an unknown id, $name: 404");
    error_is(send_with('DELETE', "$plain/nobody", $headers), 404,
             'notFound', "DELETE of an unknown id, $name: 404");
}
error_is(patch_with($one, { 'if-match' => $whole }, '{"name":null}'), 412,
         'preconditionFailed', 'PATCH that breaks a rule, too: 412');
violations_are(patch_with($one, { 'if-match' => tag_of($r) },
                          '{"name":null}'), ['/name required'],
               '... and 400 with the right ETag');
for my $value ('x', $seq, '"x', 'W/x', '*, "x"', '"x" "y"',
               join(',', ('"1-1-1"') x 129)) {
    my $short = substr $value, 0, 20;
    for my $name ('if-match', 'if-none-match') {
        error_is(get($one, { $name => $value }), 400, 'badRequest',
                 "GET, $name $short: 400");
        error_is(patch_with($one, { $name => $value }), 400, 'badRequest',
                 "PATCH, $name $short: 400");
    }
}
is(body(get($one))->{n}, 3, '400: nothing has changed');

# two headers are one list
my $bytes = '{"n":5}';
$r = raw("PATCH $one HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
         . "If-Match: \"x\"\r\nIf-Match: " . tag_of($r) . "\r\n"
         . 'Content-Length: ' . length($bytes) . "\r\n\r\n$bytes");
is($r->{status}, 200, 'two headers If-Match: one list');

# collections
is(get($plain, { 'if-none-match' => '*' })->{status}, 200,
   'list: If-None-Match is nothing to it');
is(get($plain, { 'if-modified-since' => $after })->{status}, 200,
   'list: nor If-Modified-Since');
error_is(get($plain, { 'if-match' => $whole }), 412, 'preconditionFailed',
         'list: no tag, so none that matches');
is(get($plain, { 'if-match' => '*' })->{status}, 200, 'list: If-Match *');
my $count = row_count($table);
error_is(send_with('POST', $plain, { 'if-match' => $whole },
                   '{"name":"N","engagedParty":{}}'), 412,
         'preconditionFailed', 'POST: If-Match never holds');
is(row_count($table), $count, '... and nothing was made');

$r = get($one);
is(send_with('DELETE', $one, { 'if-match' => tag_of($r) })->{status}, 204,
   'DELETE: If-Match holds');
error_is(get($one, { 'if-none-match' => tag_of($r) }), 404, 'notFound',
         '... 404, not 304');

# --- an ETag never comes again

my %seen;
for my $round (1 .. 5) {
    my ($again, $answer) = make_customer('again');
    my @tags = (tag_of($answer), tag_of(patch("$plain/again", '{"n":1}')),
                tag_of(patch("$plain/again", '{"n":0}')));
    ok(!(grep { $seen{$_}++ } @tags), "round $round: ETags of its own");
    del("$plain/again");
}
my ($old) = keys %seen;
make_customer('again');
error_is(patch_with("$plain/again", { 'if-match' => join ',', keys %seen }),
         412, 'preconditionFailed', 'made again: no ETag of before holds');
is(get("$plain/again", { 'if-none-match' => join ',', keys %seen })
       ->{status}, 200, 'made again: nor is it unchanged');

# --- two changes in one second

($id) = make_customer();
$one = "$plain/$id";
my $second = 1_772_366_400;
my ($at, $next) = map { time2str($second + $_) } 0, 1;
changed_at($id, "to_timestamp($second) + interval '0.1 s'");
is(date_of(get($one)), $next, 'one second: the first change has its end');
error_is(patch_with($one, { 'if-unmodified-since' => $at }), 412,
         'preconditionFailed', 'one second: its beginning is too early');
changed_at($id, "to_timestamp($second) + interval '0.9 s'");
is(get($one, { 'if-modified-since' => $at })->{status}, 200,
   'one second: the second change is one since then');
error_is(send_with('DELETE', $one, { 'if-unmodified-since' => $at }), 412,
         'preconditionFailed', '... which is not undone');
unchanged_is(get($one, { 'if-modified-since' => $next }), tag_of(get($one)),
             'one second: its end comes after both');
for (1 .. 3) {
    $r = patch($one, "{\"n\":$_}");
    my $told = date_of($r) || time2str(time - 1);
    ok(!date_of($r) || str2time(date_of($r)) < time,
       'now: no date of a second that is not over');
    patch($one, "{\"n\":1$_}");
    error_is(patch_with($one, { 'if-unmodified-since' => $told },
                        '{"n":0}'), 412, 'preconditionFailed',
             'now: no date from before the second change does');
    is(get($one, { 'if-modified-since' => $told })->{status}, 200,
       'now: nor is it unmodified since then');
}

# --- a restored database counts anew

sql("CREATE TABLE api_conditional.kept AS SELECT * FROM $table
     WHERE id = '$id'");
$whole = tag_of(get($one));
sql("DELETE FROM $table WHERE id = '$id';
     INSERT INTO $table (id, seq, version, created, updated, doc)
     OVERRIDING SYSTEM VALUE SELECT id, seq, version, created, updated, doc
     FROM api_conditional.kept; DROP TABLE api_conditional.kept");
patch($one, "{\"n\":2$_}") for 2 .. ($whole =~ /-(\d+)-/)[0];
like(tag_of(get($one)), qr/^\Q@{[$whole =~ m{^("\d+-\d+-)}]}\E/,
     'restored: the same sequence and version');
error_is(patch_with($one, { 'if-match' => $whole }), 412,
         'preconditionFailed', 'restored: the ETag of before does not hold');
is(get($one, { 'if-none-match' => $whole })->{status}, 200,
   'restored: nor is it unchanged');

# --- TMFRequireIfMatch

($id) = make_customer();
$state = state_of($id);
for my $headers ({}, { 'if-none-match' => '"x"' },
                 { 'if-unmodified-since' => $after }) {
    error_is(patch_with("$required/$id", $headers), 428,
             'preconditionRequired', 'required: PATCH without If-Match');
    error_is(send_with('DELETE', "$required/$id", $headers), 428,
             'preconditionRequired', 'required: DELETE without If-Match');
}
error_is(patch_with("$required/$id", { 'if-match' => '"1-1-1"' }), 412,
         'preconditionFailed', 'required: the wrong one');
is(state_of($id), $state, 'required: nothing has changed');
is(get("$required/$id")->{status}, 200, 'required: GET needs none');
is(get($required)->{status}, 200, 'required: nor a list');
is(post($required, '{"name":"N","engagedParty":{}}')->{status}, 201,
   'required: nor POST');
$r = patch_with("$required/$id",
                { 'if-match' => tag_of(get("$required/$id")) });
is($r->{status}, 200, 'required: PATCH with it');
is(send_with('DELETE', "$required/$id", { 'if-match' => tag_of($r) })
       ->{status}, 204, 'required: DELETE with it');

# --- filters that compress append to an ETag what we have to look over

for my $case (['gzip', $deflate, 'gzip'], ['br', $brotli, 'br'],
              ['gzip', $both, 'gzip'], ['br, gzip', $both, 'br']) {
    my ($accept, $mount, $coding) = @{$case};
    my %accept = ('accept-encoding' => $accept);
    ($id) = make_customer();
    $one = "$mount/$id";
    $whole = tag_of(get($one));
    my $name = "$coding through $mount";

    like($whole, qr/-[0-9a-f]{16}"$/, "$name: not asked for, not done");
    $r = get($one, \%accept);
    is($r->{headers}{'content-encoding'}, $coding, "$name: compressed");
    my $tag = tag_of($r);
    isnt($tag, $whole, "$name: the filter has changed the ETag to $tag");
    for my $value ($tag, $whole, "W/$tag") {
        $r = get($one, { %accept, 'if-none-match' => $value });
        is($r->{status}, 304, "$name: If-None-Match $value: 304");
        is($r->{content} // '', '', '... without a body');
        ok(!exists $r->{headers}{'content-encoding'}, '... nor a coding');
        is(tag_of($r), $value =~ s{^W/}{}r, '... with the ETag that it has');
    }
    is(get($one, { 'if-none-match' => $tag })->{status}, 304,
       "$name: 304 also for who takes it plain");
    $r = request('HEAD', $one, { headers => { %accept,
                                              'if-none-match' => $tag } });
    is($r->{status}, 304, "$name: HEAD: 304");
    $r = patch_with($one, { %accept, 'if-match' => $tag }, '{"n":7}');
    is($r->{status}, 200, "$name: If-Match: 200");
    is(body(get($one))->{n}, 7, '... done');
    $r = patch_with($one, { %accept, 'if-match' => $tag }, '{"n":8}');
    is($r->{status}, 412, "$name: once more: 412");
    is($r->{headers}{'content-encoding'}, $coding, '... compressed');
    error_is(patch_with($one, { 'if-match' => $tag }, '{"n":8}'), 412,
             'preconditionFailed', '... and not');
    $r = get("$one?fields=n", \%accept);
    is(get("$one?fields=n", { %accept, 'if-none-match' => tag_of($r) })
           ->{status}, 304, "$name: fields, If-None-Match: 304");
    is(send_with('DELETE', $one, { %accept, 'if-match' => tag_of($r) })
           ->{status}, 204, "$name: fields, If-Match: DELETE");
}

# --- the condition is held by the statement that writes

($id) = make_customer();
$one = "$plain/$id";
$whole = tag_of(get($one));
my $writer = fork // die "fork: $!\n";
if (!$writer) {
    sql("BEGIN; UPDATE $table SET doc = doc || '{\"n\":1}'
         WHERE id = '$id'; SELECT pg_sleep(0.6); COMMIT");
    POSIX::_exit(0);
}
# until the other one holds the row
for (1 .. 200) {
    last if sql("SELECT count(*) FROM pg_locks
                 WHERE relation = '$table'::regclass
                   AND mode = 'RowExclusiveLock'") > 0;
}
$r = patch_with($one, { 'if-match' => $whole }, '{"n":2}');
waitpid $writer, 0;
error_is($r, 412, 'preconditionFailed',
         'a change that is not yet there when the request comes: 412');
is(body(get($one))->{n}, 1, '... and it is not undone');

# --- many at once: no increment is lost

use constant { CLIENTS => 20, INCREMENTS => 50 };

($id) = make_customer();
$one = "$plain/$id";
my @clients;
for my $client (1 .. CLIENTS) {
    my $pid = fork // die "fork: $!\n";
    if ($pid) {
        push @clients, $pid;
        next;
    }
    POSIX::_exit(eval { increment($one); 1 } ? 0 : 1);
}

# In one write: the other client sends a body by itself, and then waits.
sub at_once
{
    my ($method, $where, $headers, $content) = @_;
    my $length = length $content;
    return raw("$method $where HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               . "${headers}Content-Length: $length\r\n\r\n$content");
}

# Read, add one, write if nobody has been faster; else again.
sub increment
{
    my ($where) = @_;
    my $done = 0;
    while ($done < INCREMENTS) {
        my $from = at_once('GET', $where, '', '');
        my $n = body($from)->{n} + 1;
        my $answer = at_once('PATCH', $where,
                             'If-Match: ' . tag_of($from) . "\r\n",
                             qq({"n":$n}));
        $done++ if $answer->{status} == 200;
        die "$answer->{status}: $answer->{content}\n"
            if $answer->{status} !~ /^(?:200|412)$/;
        select undef, undef, undef, rand 0.02;
    }
    return;
}

my $failed = 0;
for my $pid (@clients) {
    waitpid $pid, 0;
    $failed++ if $?;
}
is($failed, 0, 'increments: only 200 and 412');
is(body(get($one))->{n}, CLIENTS * INCREMENTS, 'increments: none is lost');
like(tag_of(get($one)), qr/^"\d+-@{[CLIENTS * INCREMENTS + 1]}-/,
     'increments: each is a version');

done_testing();
