# The memory of httpd's children over MEMORY_REQUESTS (1000000) requests of
# every kind, and over as many while the database is down; the slope counts.
# Others come before. A thread keeps what its largest request needed (httpd's
# MaxMemFree), so each has some of every kind first: a quarter as many, with a
# connection for each thread. While the database is down each thread has its
# turn to look whether it is back, twice a second, and the first one needs more
# of its stack: that takes twice as many again.
use strict;
use warnings;

use List::Util qw(sum0);
use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;

my $total = $ENV{MEMORY_REQUESTS} // 1_000_000;
my $rows = 20_000;
my $slices = 100;           # samples
my $goal = 1;               # KB in 10,000 requests, of a child
my $threads = 64;           # of each of two children
my $busy = 24;              # connections
my $script = "$ENV{srcdir}/t/fault/memory/mixed.lua";
my $seed = $ENV{FAULT_SEED};

sub children
{
    my (undef, @children) = httpd_pids();
    return sort { $a <=> $b } @children;
}

# The resident set in KB.
sub resident
{
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/status" or return 0;
    my ($line) = grep { /^VmRSS:/ } <$in>;
    return $line =~ /(\d+)/ ? $1 : 0;
}

sub descriptors
{
    my @all = map { glob "/proc/$_/fd/*" } children();
    return scalar @all;
}

# With a connection for each thread httpd ends those that are idle.
# @return requests that were answered in some seconds.
sub load_for
{
    my ($seconds, $connections) = @_;
    local $ENV{MEMORY_ROWS} = $rows;
    local $ENV{MEMORY_SEED} = ++$seed;
    my $out = qx{wrk -t 1 -c $connections -d ${seconds}s --timeout 10s \\
        -s '$script' http://127.0.0.1:$ENV{FAULT_PORT} 2>&1};
    my ($n, $errors) = $out =~ /^answered (\d+) (.*)/m
        or die "wrk: $out\n";
    is($errors, 'connect 0 read 0 write 0 timeout 0',
       'no request is without an answer')
        if $connections == $busy && $errors =~ /[1-9]/;
    return $n;
}

# Least squares: KB in 10,000 requests.
sub slope
{
    my (@points) = @_;
    my $x = sum0(map { $_->[0] } @points) / @points;
    my $y = sum0(map { $_->[1] } @points) / @points;
    my $over = sum0(map { ($_->[0] - $x) * ($_->[1] - $y) } @points);
    my $under = sum0(map { ($_->[0] - $x)**2 } @points);
    return 10_000 * $over / $under;
}

# @return points of [requests, KB of the largest child, KB of all].
sub watch
{
    my ($what, $warm) = @_;
    my @before = children();
    my ($n, $shown, @points) = (-$warm * $total, -$warm * $total);
    my $rate = load_for(1, $busy);
    while ($n < $total) {
        my $seconds = int(1 + $total / $slices / $rate);
        my $answered = load_for($seconds, $n < 0 ? 2 * $threads : $busy);
        $rate = $answered / $seconds;
        $n += $answered;
        my @each = sort { $b <=> $a } map { resident($_) } children();
        push @points, [$n, $each[0], sum0(@each)];
        next if $n < $shown;
        diag(sprintf '%s: %7d requests, %d KB', $what, $n, $each[0]);
        $shown += $total / 10;
    }
    is(join(' ', children()), join(' ', @before),
       "$what: the children are those of the beginning");
    return @points;
}

sub check
{
    my ($what, $warm) = @_;
    my @points = grep { $_->[0] > 0 } watch($what, $warm);
    my $slope = slope(@points);
    diag(sprintf '%s: %.2f KB in 10,000 requests', $what, $slope);
    cmp_ok($slope, '<', $goal, "$what: memory does not grow");
    return;
}

if (!grep { -x "$_/wrk" } split /:/, $ENV{PATH}) {
    plan skip_all => 'no wrk here';
}
# Children that stay, each with more threads than connections may keep busy:
# else httpd ends those that are idle.
open my $out, '>', "$ENV{FAULT_DIR}/more.conf" or die "more.conf: $!\n";
print {$out} "ThreadsPerChild $threads\nMinSpareThreads 1\n",
    map { "$_ " . 2 * $threads . "\n" } qw(MaxSpareThreads MaxRequestWorkers);
close $out;
act('restart_httpd');
sql("INSERT INTO tmf629.customer (id, doc)
     SELECT 'm-' || i, jsonb_build_object('name', 'm-' || i,
         'engagedParty', '{}'::jsonb)
     FROM generate_series(1, $rows) AS i");
check('mixed', 1 / 4);
my $open = descriptors();
act('stop_postgres');
wait_for('a 503', sub { get()->{status} == 503 });
check('database down', 2);
cmp_ok(descriptors(), '<=', $open, 'nor do open files');
act('start_postgres');
cmp_ok(until_ok(), '<', 2, 'it comes back');

done_testing();
