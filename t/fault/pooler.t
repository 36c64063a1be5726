# PgBouncer in transaction mode: statements of one connection go to any of a
# few sessions, so none may be prepared.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;

if (!grep { -x "$_/pgbouncer" } split /:/, $ENV{PATH}) {
    plan skip_all => 'no pgbouncer here';
}
my $port = $ENV{FAULT_PORT} + 1;
my $turn = 0;

# Statements of several texts.
sub any
{
    my $name = fresh();
    my $kind = $turn++ % 3;
    return post($name, port => $port) if $kind == 0;
    return get("$customers?name=$name", port => $port) if $kind == 1;
    return get("$customers?limit=1&fields=name", port => $port);
}

act('start_pooler');
my $row = post('pooled', port => $port);
my ($id) = $row->{content} =~ /"id":"([^"]+)"/;
is($row->{status}, 201, 'create');
is(patch($id, '{"status":"pooled"}', port => $port)->{status}, 200, 'patch');
like(get("$customers/$id", port => $port)->{content},
     qr/"status": "pooled"/, 'get');
is(patch($id, '{"name":null}', port => $port)->{status}, 400,
   'a patch that is refused');

my $clients = clients_start(n => 6, one => \&any);
sleep 1;
my @answers = clients_stop($clients);
note(summary(@answers));
ok(@answers > 50, 'there were requests');
is(scalar(grep { $_->{status} !~ /^2/ } @answers), 0, 'none fails')
    or diag(summary(@answers));
my $deleted = ask('DELETE', "$customers/$id", port => $port);
is($deleted->{status}, 204, 'delete') or diag($deleted->{head});
cmp_ok(scalar backends("application_name NOT IN ('mod_tmf', 'mod_tmf events')"),
       '<=', 2,
       'the pooler has few sessions');

$clients = clients_start(n => 4, pause => 0.02, one => \&any);
sleep 0.2;
act('stop_postgres');
sleep 0.7;
act('start_postgres');
my $back = wait_for('a 2xx', sub {
    get(undef, port => $port)->{status} =~ /^2/ });
sleep 0.2;
@answers = clients_stop($clients);
note(summary(@answers));
cmp_ok($back, '<', 2, 'a restart of PostgreSQL behind the pooler');
is(scalar(grep { $_->{took} > 5.5 } @answers), 0, 'every answer is in time');
is(scalar(grep { $_->{status} !~ /^(?:2..|503)$/ } @answers), 0,
   'and 2xx or 503') or diag(summary(@answers));
act('forget_pooler');

done_testing();
