# PostgreSQL absent at start, stopped and started, killed, and frozen, each
# under load.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;

my $quick = 0.05;           # seconds, of an answer that asks no database

# A read, a write, and a file, which tells how busy the machine is.
my $turn = 0;
sub any
{
    my $kind = $turn++ % 3;
    return post(fresh()) if $kind == 0;
    return get() if $kind == 1;
    return { %{ get('/plain.txt') }, method => 'FILE' };
}

# The rows are what the answers said: no acknowledged one is missing, none
# is there twice, and none was refused that is there.
sub check_rows
{
    my ($name, @answers) = @_;
    my %n = map { split /\|/ } split /\n/,
        sql("SELECT doc ->> 'name', count(*) FROM tmf629.customer
             GROUP BY 1");
    my @posts = grep { $_->{method} eq 'POST' } @answers;
    my @lost = grep { $_->{status} == 201 && !$n{ $_->{name} } } @posts;
    my @twice = grep { ($n{ $_->{name} } // 0) > 1 } @posts;
    my @false = grep { $n{ $_->{name} } && $_->{code} eq 'unavailable' }
        @posts;
    ok(@posts > 5, "$name: there were writes");
    is(scalar @lost, 0, "$name: no acknowledged write is lost");
    is(scalar @twice, 0, "$name: none is there twice");
    is(scalar @false, 0, "$name: none was refused and is there");
    return;
}

# All answers are whole, and of the expected kinds.
sub check_answers
{
    my ($name, @answers) = @_;
    my @odd = grep { $_->{status} !~ /^(?:200|201|206|503)$/ } @answers;
    note("$name: " . summary(@answers));
    is(scalar @odd, 0, "$name: every request is answered, 2xx or 503")
        or diag(summary(@odd));
    is(scalar out_of_time(@answers), 0, "$name: within the deadline");
    return;
}

# How many of n requests may be slow: two that look whether it is over, one in
# a hundred, and what the machine does to files as well. If it is calm, none
# of the files is slow; if it is busy, chance has its share, too.
sub may_be_slow
{
    my ($n, $files, $busy) = @_;
    my $expected = $n * ($busy + 1) / ($files + 1);
    my $chance = $busy ? 3 * sqrt($expected * (1 + $n / $files)) : 0;
    return 2 + 0.01 * $n + $expected + $chance;
}

# Those of an outage: at once, but for the few that look whether it is over.
sub check_quick
{
    my ($name, $from, $to, @answers) = @_;
    my @during = grep { $_->{began} > $from && $_->{began} < $to } @answers;
    my @files = grep { $_->{method} eq 'FILE' } @during;
    my $busy = grep { $_->{took} > $quick } @files;
    @during = grep { $_->{method} ne 'FILE' } @during;
    my @slow = grep { $_->{status} != 503 || $_->{took} > $quick } @during;
    ok(@during > 20, "$name: requests during the outage");
    is(scalar(grep { $_->{status} != 200 } @files), 0,
       "$name: other content is served");
    ok(@slow <= may_be_slow(scalar @during, scalar @files, $busy),
       "$name: answered 503 at once")
        or diag(sprintf '%d of %d slow, %d of %d files: %s', scalar @slow,
            scalar @during, $busy, scalar @files,
            join ' ', map { sprintf '%d:%.3f', $_->{status}, $_->{took} }
            @slow);
    return;
}

sub clients
{
    return clients_start(n => 6, pause => 0.02, one => \&any);
}

subtest 'absent at start' => sub {
    act('stop_httpd');
    act('stop_postgres');
    my $mark = log_mark();
    act('begin_httpd');
    wait_for('httpd', sub { get('/plain.txt')->{status} == 200 });
    is(get('/plain.txt')->{content}, "fine\n", 'other content is served');
    my $first = get();
    is("$first->{status} $first->{code}", '503 unavailable',
       'what needs the database is refused');
    like($first->{head}, qr/^Retry-After: \d+\r?$/m, 'for a while');
    $mark = log_mark();
    my @answers = map { sleep 0.01; any() } 1 .. 300;
    check_quick('absent', 0, time, @answers);
    my @lines = error_log_lines($mark);
    ok(@lines <= 2, 'the log does not fill') or diag(@lines);
    act('start_postgres');
    cmp_ok(until_ok(), '<', 2, 'it comes back by itself');
};

subtest 'stopped and started' => sub {
    my $mark = log_mark();
    my $clients = clients();
    sleep 0.5;
    act('stop_postgres');
    my $stopped = time;
    sleep 1;
    my $starting = time;
    act('start_postgres');
    my $back = until_ok();
    sleep 0.3;
    my @answers = clients_stop($clients);
    check_answers('stopped', @answers);
    check_quick('stopped', $stopped + 0.2, $starting, @answers);
    check_rows('stopped', @answers);
    cmp_ok($back, '<', 2, 'the first 2xx comes soon');
    ok(error_log_lines($mark) < 40, 'the log does not fill')
        or diag(error_log_lines($mark));
};

subtest 'killed' => sub {
    my $clients = clients();
    sleep 0.5;
    signal_all('KILL');
    act('start_postgres');
    my $back = until_ok();
    sleep 0.3;
    my @answers = clients_stop($clients);
    check_answers('killed', @answers);
    check_rows('killed', @answers);
    cmp_ok($back, '<', 2, 'the first 2xx comes soon');
};

subtest 'frozen' => sub {
    my $clients = clients();
    sleep 0.3;
    my @processes = pids_of(postmaster());
    kill 'STOP', @processes;
    my $frozen = time;
    sleep deadline() + 1;
    my $thawing = time;
    kill 'CONT', @processes;
    my $back = until_ok();
    sleep 0.3;
    my @answers = clients_stop($clients);
    check_answers('frozen', @answers);
    # who looks is as slow as a look may be
    check_quick('frozen', $frozen + deadline() + 0.3, $thawing,
                grep { $_->{took} < 1.5 } @answers);
    check_rows('frozen', @answers);
    cmp_ok($back, '<', 2, 'the first 2xx comes soon');
};

done_testing();
