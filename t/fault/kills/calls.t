# The n-th call of libpq fails, or the connection is cut before or after it,
# or the n-th allocation of libpq and jansson fails: for each n of a request,
# on a connection that is there and on a new one.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;
use TmfKills;

my %kinds = (refuse => 1, 'cut before' => 2, 'cut after' => 3, memory => 4);
my $most = 2000;            # calls of one request
my $file = "$ENV{FAULT_DIR}/calls";
my $row = '';

# --------------------------------------------------------------- the plan

sub arm
{
    my ($kind, $n) = @_;
    open my $out, '+<', $file or die "$file: $!\n";
    syswrite $out, pack 'i4', 0, $n, 0, 0;
    sysseek $out, 0, 0;
    syswrite $out, pack 'i', $kinds{$kind} if $kind;
    close $out;
    return;
}

# @return calls that there were; whether one has failed.
sub seen
{
    open my $in, '<', $file or die "$file: $!\n";
    sysread $in, my $plan, 16;
    my (undef, undef, $calls, $failed) = unpack 'i4', $plan;
    return ($calls, $failed);
}

sub begin
{
    open my $out, '>', $file or die "$file: $!\n";
    print {$out} "\0" x 4096;
    close $out;
    chmod 0666, $file;
    act('start_failing');
    return;
}

# --------------------------------------------------------------- requests

my %requests = (
    GET => sub { get("$customers/$row") },
    LIST => sub { get("$customers?limit=2&sort=name") },
    POST => sub { writer() },
    PATCH => sub { change('PATCH') },
    DELETE => sub { change('DELETE') },
);

# What httpd's log says of children that have ended by a signal.
sub crashes
{
    my ($mark) = @_;
    open my $in, '<', "$ENV{FAULT_DIR}/log/httpd-error.log" or return;
    seek $in, $mark, 0;
    return grep { /exit signal/ } <$in>;
}

# New connections at the next request: each of httpd's has been ended.
sub end_sessions
{
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE usename = 'tmf_app'");
    return;
}

my (@answers, @odd);
my $failures = 0;

# @return whether the n-th call came.
sub fail_at
{
    my ($name, $kind, $n) = @_;
    arm($kind, $n);
    my $answer = $requests{$name}->();
    my ($calls, $failed) = seen();
    arm('', 0);
    push @answers, $answer;
    $failures += $failed;
    push @odd, "$name, $kind $n: $answer->{status} $answer->{code}"
        if $answer->{status} !~ /^(?:2|503)/
        && !($kind eq 'memory' && $answer->{status} == 500);
    wait_for('a 2xx', sub { get("$customers/$row")->{status} == 200 });
    return $failed;
}

# Every n, or some of them by chance; until there are no more calls, twice in
# a row: which connection is taken makes a difference.
sub sweep
{
    my ($name, $kind, $is_new) = @_;
    my $step = $ENV{FAULT_CYCLES} ? 1 : $kind eq 'memory' ? 24 : 8;
    my $n = 1 + int rand $step;
    my $misses = 0;
    while ($misses < 2 && $n < $most) {
        end_sessions() if $is_new;
        $misses = fail_at($name, $kind, $n) ? 0 : $misses + 1;
        $n += $step;
    }
    return $n;
}

my $kind = 'call failed';
begin_kind($kind);
has_keys();
$row = post(fresh())->{id};
make_rows(20_000);
begin();
$requests{$_}->() for map { ($_) x 8 } sort keys %requests;
my $mark = log_mark();
for my $how (sort keys %kinds) {
    for my $name (sort keys %requests) {
        note("$name, $how: up to ", sweep($name, $how, 0), ', connecting ',
             sweep($name, $how, 1));
    }
}
is(join('', crashes($mark)), '', 'no process of httpd has crashed');
is(scalar @odd, 0, 'every answer is one that may be') or diag(join "\n", @odd);
cmp_ok($failures, '>', 50, "$failures calls have failed");
act('forget_failing');
my %count = check_writes($kind, @answers);
my %changes = check_changes($kind, @answers);
$count{$_} += $changes{$_} for keys %changes;
end_kind($kind, cycles => $failures, count => \%count, answers => \@answers,
         may => qr/^(?:2\d\d|503|500)$/);

done_testing();
