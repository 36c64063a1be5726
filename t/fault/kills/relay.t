# The connection to PostgreSQL is cut after byte N of what a write says and
# is told, for each N: that of a connection that is there, and that of one
# that is made for it. What was answered is what the rows say.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;
use TmfKills;
use TmfRelay;

my $port = $ENV{FAULT_PORT} + 1;
my $relay = TmfRelay->start("$ENV{FAULT_SOCKET}/.s.PGSQL.5432");

sub put
{
    my ($file, $text) = @_;
    open my $out, '>', "$ENV{FAULT_DIR}/$file" or die "$file: $!\n";
    print {$out} "$text\n";
    close $out;
    return;
}

# The second server, with or without prepared statements.
sub configure
{
    my ($prepared) = @_;
    put('other-params', "host=127.0.0.1 port=$relay->{port} sslmode=disable "
        . 'gssencmode=disable dbname=tmf user=tmf_app connect_timeout=2');
    put('other-prepared', $prepared);
    act('restart_httpd');
    return;
}

# Each write has a row of its own.
my %writes = (
    POST => sub { writer(port => $port) },
    map { my $method = $_; $method => sub { change($method, port => $port) } }
        qw(PATCH DELETE),
);

sub until_back
{
    wait_for('a 2xx through the relay', sub {
        get(undef, port => $port)->{status} =~ /^2/ });
    return;
}

# Bytes in both directions of a write that nothing happens to.
sub measure
{
    my ($method, $is_new) = @_;
    $writes{$method}->() for 1 .. 4;    # each child prepares it
    $relay->drop if $is_new;
    $relay->arm('to', -1);
    my $answer = $writes{$method}->();
    like($answer->{status}, qr/^2/, "$method through the relay");
    my ($to, $from) = $relay->counted;
    return { to => $to, from => $from };
}

# Every N, or as many of them as there are cycles, by chance.
sub places
{
    my ($n, $most) = @_;
    return 0 .. $n if $most > $n;
    my $step = ($n + 1) / $most;
    return map { int($step * ($_ + rand)) } 0 .. $most - 1;
}

my @answers;
my $cuts = 0;

sub cut_at
{
    my ($method, $direction, $n, $is_new) = @_;
    my $is_away = rand() < 0.02;
    $relay->drop if $is_new;
    $relay->arm($direction, $n, reset => rand() < 0.5, away => $is_away);
    my $answer = $writes{$method}->();
    my (undef, undef, $cut) = $relay->counted;
    $cuts += $cut;
    push @answers, $answer;
    $relay->arm('to', -1);
    until_back() if $is_away || $answer->{status} == 503;
    return;
}

sub sweep
{
    my ($method, $is_new) = @_;
    my $length = measure($method, $is_new);
    for my $direction (qw(to from)) {
        my @places = places($length->{$direction},
            $ENV{FAULT_CYCLES} ? 10 * cycles() : 4);
        note("$method: $length->{$direction} bytes $direction PostgreSQL"
             . ($is_new ? ', connecting' : '') . ', ' . @places . ' cuts');
        cut_at($method, $direction, $_, $is_new) for @places;
    }
    return;
}

my $kind = 'connection cut';
begin_kind($kind);
has_keys();
make_rows(30_000);
for my $way ([on => 0], [on => 1], [off => 0]) {
    my ($prepared, $is_new) = @{$way};
    configure($prepared);
    sweep($_, $is_new) for qw(POST PATCH DELETE);
}
cmp_ok($cuts, '>=', @answers / 2, "$cuts cuts");
my %count = check_writes($kind, @answers);
my %changes = check_changes($kind, @answers);
$count{$_} += $changes{$_} for keys %changes;
end_kind($kind, cycles => scalar @answers, count => \%count,
         answers => \@answers, deadline => 5);
unlink map { "$ENV{FAULT_DIR}/$_" } qw(other-params other-prepared);
act('restart_httpd');
$relay->stop;

done_testing();
