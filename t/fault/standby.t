# Two hosts in DBDParams: the first is killed, the second, which follows
# synchronously, is promoted. Nothing acknowledged is lost.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;

my $port = $ENV{FAULT_PORT} + 1;
my $turn = 0;

sub either
{
    return $turn++ % 2 ? post(fresh(), port => $port)
                       : get(undef, port => $port);
}

act('start_standby');
is(sql('SELECT pg_is_in_recovery()', 5433), 't', 'there is a standby');
is(post(fresh(), port => $port)->{status}, 201, 'the first host is used');

my $clients = clients_start(n => 6, pause => 0.02, one => \&either);
sleep 0.5;
signal_all('KILL');
sleep 0.3;
my $began = time;
is(sql('SELECT pg_promote()', 5433), 't', 'the standby is promoted');
my $promoted = time;
wait_for('a 201', sub { post(fresh(), port => $port)->{status} == 201 });
my $back = time - $promoted;
sleep 0.5;
my @answers = clients_stop($clients);
note(summary(@answers), sprintf '; promoted in %.2f s, 201 after %.2f s',
     $promoted - $began, $back);
cmp_ok($back, '<', 2, 'then the second host is used');
is(scalar(grep { $_->{took} > 5.5 } @answers), 0, 'every answer is in time');
is(scalar(grep { $_->{status} !~ /^(?:2..|503)$/ } @answers), 0,
   'and 2xx or 503') or diag(summary(@answers));

my %n = map { split /\|/ } split /\n/,
    sql("SELECT doc ->> 'name', count(*) FROM tmf629.customer GROUP BY 1",
        5433);
my @posts = grep { $_->{method} eq 'POST' } @answers;
is(scalar(grep { $_->{status} == 201 && ($n{ $_->{name} } // 0) != 1 }
          @posts), 0, 'each acknowledged write is there once');
is(scalar(grep { $_->{code} eq 'unavailable' && $n{ $_->{name} } } @posts), 0,
   'and none that was refused');
act('forget_standby');

done_testing();
