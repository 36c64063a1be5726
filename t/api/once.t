# Idempotency-Key: a write is done once, and its answer is told again.
use strict;
use warnings;

use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(time);
use TmfApi;
use TmfSession;

my $plain = '/once/plain/v4/customer';
my $moved = '/once/moved/v4/customer';
my $client = '/once/client/v4/customer';
my $apart = '/once/apart/v4/customer';
my $required = '/once/required/v4/customer';
my $private = '/once/private/v4/customer';
my $table = 'api_once.customer';
my $kept = 'tmf.idempotency';
my $body = '{"name":"N","engagedParty":{"id":"1"},"n":12.30}';
my $n_keys = 0;

my @told = qw(location etag last-modified cache-control content-type
              content-length);

sub fresh
{
    return 'key-' . ++$n_keys;
}

# One request with a key. Options: headers, content, type.
sub with_key
{
    my ($method, $where, $key, %option) = @_;
    my %headers = (%{ $option{headers} // {} }, 'idempotency-key' => $key);
    $headers{'content-type'} = $option{type} // 'application/json'
        if defined $option{content};
    return request($method, $where, { headers => \%headers,
                                      content => $option{content} // '' });
}

sub make
{
    my ($key, %option) = @_;
    return with_key('POST', $option{where} // $plain, $key,
                    content => $body, %option);
}

sub change
{
    my ($where, $key, $content, %option) = @_;
    return with_key('PATCH', $where, $key, content => $content, %option);
}

sub rows
{
    return row_count($table);
}

# What an answer tells, but for the mark of a replay.
sub told
{
    my ($r) = @_;
    return join "\n", $r->{status}, $r->{content} // '',
        map { "$_: " . ($r->{headers}{$_} // 'none') } @told;
}

sub replay_is
{
    my ($r, $first, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is(told($r), told($first), "$name: the same answer");
    is($r->{headers}{'idempotency-replayed'}, 'true', '... which says so');
    return;
}

sub first_is
{
    my ($r, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($r->{status}, $status, $name) || diag($r->{content});
    ok(!exists $r->{headers}{'idempotency-replayed'}, '... for the first time');
    return;
}

# --- POST

my $n = rows();
my $key = fresh();
my $first = make($key);
first_is($first, 201, 'POST');
my $id = id_of($first);
my $one = "$plain/$id";
replay_is(make($key), $first, 'POST again');
replay_is(make(qq{"$key"}), $first, 'POST again, quoted');
is(rows(), $n + 1, 'POST: one row');
is(sql("SELECT count(*) FROM $kept
        WHERE data_set = 'api_once' AND key = '$key'"), 1, '... and one key');
replay_is(make($key, where => $moved), $first,
          'POST again under another public base');
first_is(make($key, where => $apart), 201,
         'POST of the same to another data set');
unlike(make(fresh(), where => $moved)->{content}, qr/127\.0\.0\.1/,
       'POST under another public base: has it');

my $selected = make($key = fresh(), where => "$plain?fields=name");
first_is($selected, 201, 'POST with fields');
replay_is(make($key, where => "$plain?fields=name"), $selected,
          'POST with fields again');
unlike($selected->{content}, qr/engagedParty/, '... which selects');

# whatever becomes of the resource
$key = fresh();
$first = make($key);
$one = "$plain/" . id_of($first);
is(patch($one, '{"n":1}')->{status}, 200, 'a change without a key');
replay_is(make($key), $first, 'POST again after a change');
is(del($one)->{status}, 204, 'a deletion without a key');
replay_is(make($key), $first, 'POST again after the deletion');
is(get($one)->{status}, 404, '... makes nothing');

# --- PATCH

$one = "$plain/$id";
my $tag = get($one)->{headers}{etag};
$key = fresh();
my %match = (headers => { 'if-match' => $tag });
$first = change($one, $key, '{"n":2}', %match);
first_is($first, 200, 'PATCH with If-Match');
replay_is(change($one, $key, '{"n":2}', %match), $first,
          'PATCH again: not 412');
error_is(change($one, fresh(), '{"n":3}', %match), 412, 'preconditionFailed',
         'PATCH with another key and the old ETag: 412');
is(get($one)->{headers}{etag}, $first->{headers}{etag},
   'PATCH: changed once');

$key = fresh();
my $append = '[{"op":"test","path":"/n","value":2},'
    . '{"op":"replace","path":"/n","value":4}]';
my %json = (type => 'application/json-patch+json');
$first = change($one, $key, $append, %json);
first_is($first, 200, 'JSON Patch with a test');
replay_is(change($one, $key, $append, %json), $first,
          'JSON Patch again: not 409');
error_is(change($one, fresh(), $append, %json), 409, 'conflict',
         'JSON Patch with another key: 409');

$key = fresh();
$first = change($one, $key, '{"n":4}');
first_is($first, 200, 'PATCH that changes nothing');
replay_is(change($one, $key, '{"n":4}'), $first, '... again');

$key = fresh();
my $version = sql("SELECT version FROM $table WHERE id = '$id'");
$append = '[{"op":"add","path":"/list","value":[]},'
    . '{"op":"add","path":"/list/-","value":1}]';
change($one, $key, $append, %json) for 1 .. 3;
is(sql("SELECT version FROM $table WHERE id = '$id'"), $version + 1,
   'JSON Patch, three times: applied once');

# --- DELETE

$one = "$plain/" . id_of(post($plain, $body));
$key = fresh();
$first = with_key('DELETE', $one, $key);
first_is($first, 204, 'DELETE');
replay_is(with_key('DELETE', $one, $key), $first, 'DELETE again: not 404');
error_is(with_key('DELETE', $one, fresh()), 404, 'notFound',
         'DELETE with another key: 404');
error_is(change($one, $key, '{"n":1}'), 422, 'idempotencyKeyReused',
         'PATCH with the key of a DELETE');
my $two = "$plain/" . id_of(post($plain, $body));
error_is(with_key('DELETE', $two, $key), 422, 'idempotencyKeyReused',
         'DELETE of another resource with its key');
is(get($two)->{status}, 200, '... which stays');

# --- another request

$key = fresh();
$first = make($key);
$n = rows();
my %other = (
    body => { content => '{"name":"M","engagedParty":{"id":"1"}}' },
    'digits' => { content => $body =~ s/12\.30/12.3/r },
    query => { where => "$plain?fields=name" },
    'empty query' => { where => "$plain?" },
    path => { where => "$plain/" },
    'media type' => { type => 'application/json;charset=utf-8' },
);
error_is(make($key, %{ $other{$_} }), 422, 'idempotencyKeyReused',
         "another $_") for sort keys %other;
error_is(change("$plain/" . id_of($first), $key, $body), 422,
         'idempotencyKeyReused', 'another method');
is(rows(), $n, 'another request: no row');
replay_is(make($key), $first, 'the same: still');

# --- another user

sub as_user
{
    my ($name) = @_;
    return (where => $private, headers => {
        authorization => 'Basic ' . encode_base64("$name:x", '') });
}

$key = fresh();
$first = make($key, as_user('ann'));
first_is($first, 201, 'of a user');
replay_is(make($key, as_user('ann')), $first, 'the same user');
my %other_body = (content => '{"name":"M","engagedParty":{"id":"1"}}');
error_is(make($key, as_user('ann'), %other_body), 422,
         'idempotencyKeyReused', 'the same user, another body');
$n = rows();
my $of_ben = make($key, as_user('ben'), %other_body);
first_is($of_ben, 201, 'another user has keys of his own');
my $of_nobody = make($key, %other_body);
first_is($of_nobody, 201, 'so has nobody');
is(rows(), $n + 2, '... and each his row');
replay_is(make($key, as_user('ben'), %other_body), $of_ben,
          'another user again');
replay_is(make($key, %other_body), $of_nobody, 'nobody again');
replay_is(make($key, as_user('ann')), $first, 'the first user again');
$key = fresh();
$first = make($key, as_user("z\xf6"));
first_is($first, 201, 'a user whose name is not UTF-8');
replay_is(make($key, as_user("z\xf6")), $first, '... again');

# --- ids of the client's own

my $own = '{"id":"own","name":"N","engagedParty":{"id":"1"}}';
$key = fresh();
$first = make($key, where => $client, content => $own);
first_is($first, 201, 'an id of the client\'s');
replay_is(make($key, where => $client, content => $own), $first,
          '... again: not 409');
error_is(make(fresh(), where => $client, content => $own), 409, 'conflict',
         '... with another key: 409');

# --- what is refused is not kept

my $kept_before = row_count($kept);
$key = fresh();
error_is(make($key, content => '{}'), 400, 'invalidBody', 'an invalid body');
error_is(change("$plain/later", $key, '{"n":1}'), 404, 'notFound',
         'a patch of nothing');
is(row_count($kept), $kept_before, 'what is refused is not kept');
first_is(make($key), 201, '... so its key is free');

# --- which headers are keys

$n = rows();
for my $value ('', '""', '"', '"a', 'a"b', '"a\\b"', 'a, b', '"a", "b"',
               '"a";p', 'a' x 256, '"' . 'a' x 256 . '"') {
    error_is(make($value), 400, 'badRequest',
             'no key: ' . (length $value > 40 ? 'too long' : $value));
}
my $request = "POST $plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    . "Content-Type: application/json\r\nContent-Length: "
    . length($body) . "\r\n";
error_is(raw("${request}Idempotency-Key: caf\xe9\r\n\r\n$body"), 400,
         'badRequest', 'no key: not ASCII');
is(rows(), $n, 'no key: no row');
error_is(raw("${request}Idempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n"
             . $body), 400, 'badRequest', 'two headers');
$key = 'k' x 255;
$first = make($key);
first_is($first, 201, 'a key of 255 characters');
replay_is(make(qq{"$key"}), $first, '... quoted');
$first = make('"q \\" \\\\ , ~"');
first_is($first, 201, 'a key with escapes');
is(sql(qq{SELECT count(*) FROM $kept WHERE key = 'q " \\ , ~'}), 1,
   '... which are no part of it');
is(request('GET', $plain, { headers => { 'idempotency-key' => '"' } })
   ->{status}, 200, 'GET: nobody looks at it');

# --- TMFRequireIdempotencyKey

$n = rows();
error_is(post($required, $body), 400, 'idempotencyKeyRequired',
         'required: POST without a key');
is(rows(), $n, '... makes nothing');
$first = make(fresh(), where => $required);
first_is($first, 201, 'required: POST with one');
$one = "$required/" . id_of($first);
is(patch($one, '{"n":1}')->{status}, 200, 'required: PATCH without');
is(del($one)->{status}, 204, 'required: DELETE without');
is(get($required)->{status}, 200, 'required: GET without');

# --- at the same time

sub send_many
{
    my ($times, $bytes) = @_;
    my @sockets = map {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => port(), Proto => 'tcp') or die "connect: $!\n";
        print {$socket} $bytes;
        $socket->flush;
        $socket;
    } 1 .. $times;
    return map { local $/ = undef; my $text = readline $_; close $_;
                 TmfApi::parse($text // '') } @sockets;
}

sub once_is
{
    my ($name, @answers) = @_;
    my @done = grep { $_->{status} =~ /^2/ } @answers;
    my %told = map { told($_) => 1 } @done;
    my @first = grep { !exists $_->{headers}{'idempotency-replayed'} } @done;
    my @odd = grep { $_->{status} !~ /^(?:2|409$|503$)/ } @answers;
    note(scalar @done, ' of ', scalar @answers, ' were told');
    is(scalar @odd, 0, "$name: answers or nothing") || diag($odd[0]{text});
    is(keys %told, 1, "$name: all answers are the same");
    is(scalar @first, 1, "$name: one is the first");
    return;
}

$n = rows();
$key = fresh();
once_is('50 POSTs', send_many(50,
    "${request}Idempotency-Key: $key\r\n\r\n$body"));
is(rows(), $n + 1, '50 POSTs: one row');
is(make($key)->{headers}{'idempotency-replayed'}, 'true',
   '50 POSTs: and later');

$one = "$plain/$id";
$version = sql("SELECT version FROM $table WHERE id = '$id'");
$append = '[{"op":"add","path":"/list/-","value":2}]';
$key = fresh();
once_is('50 PATCHes', send_many(50,
    "PATCH $one HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    . "Content-Type: application/json-patch+json\r\nContent-Length: "
    . length($append) . "\r\nIdempotency-Key: $key\r\n\r\n$append"));
is(sql("SELECT version FROM $table WHERE id = '$id'"), $version + 1,
   '50 PATCHes: one change');

$two = "$plain/" . id_of(post($plain, $body));
$key = fresh();
once_is('50 DELETEs', send_many(50,
    "DELETE $two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    . "Idempotency-Key: $key\r\n\r\n"));

# --- a twin that is still at work

# Begins as a request with a key does, and doesn't end.
sub hold
{
    my ($held, $also) = @_;
    my $session = TmfSession->new;
    $session->ask("BEGIN; $also;
        INSERT INTO $kept (data_set, key, fingerprint, base, id, body)
        VALUES ('api_once', '$held', sha256(''), '', '', '');
        SELECT pg_try_advisory_xact_lock(
            hashtextextended('api_once  $held', 0))");
    return $session;
}

$n = rows();
$key = fresh();
my $twin = hold($key, 'SELECT 1');
my $began = time;
my $r = make($key);
error_is($r, 409, 'idempotencyKeyInUse', 'POST: a twin is at work');
first_is(make($key, as_user('ann')), 201,
         '... and keeps no other user from his');
sql("DELETE FROM $table WHERE seq = (SELECT max(seq) FROM $table)");
is($r->{headers}{'retry-after'}, 1, '... try again in a second');
cmp_ok(time - $began, '<', 3, '... and is not waited for for long');
is(rows(), $n, '... makes nothing');
$twin->ask('ROLLBACK');
first_is(make($key), 201, 'POST: the twin has failed');

$key = fresh();
my $touch = "UPDATE $table SET doc = doc WHERE id = '$id'";
$twin = hold($key, $touch);
error_is(change($one, $key, '{"n":9}'), 409, 'idempotencyKeyInUse',
         'PATCH: a twin has the row');
error_is(with_key('DELETE', $one, fresh()), 503, 'unavailable',
         'DELETE with another key: somebody has the row');
$twin->ask('COMMIT');
error_is(change($one, $key, '{"n":9}'), 422, 'idempotencyKeyReused',
         'PATCH: the twin was another request');
undef $twin;

# --- forgotten

$key = fresh();
$first = make($key);
is(sql("SELECT tmf.purge_idempotency(interval '24 hours', 1000)"), 0,
   'nothing is a day old');
replay_is(make($key), $first, 'within a day');
sql("UPDATE $kept SET made = made - interval '25 hours'
     WHERE data_set = 'api_once' AND key = '$key'");
is(sql("SELECT tmf.purge_idempotency(interval '24 hours', 1000)"), 1,
   'one is now');
first_is(make($key), 201, 'a key that is forgotten is new');

done_testing;
