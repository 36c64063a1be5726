# PostgreSQL killed and frozen at random times, again and again, under
# writers.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;
use TmfKills;

sub children
{
    my (undef, @children) = pids_of(postmaster());
    return @children;
}

sub wait_gone
{
    my (@pids) = @_;
    wait_for('the end of its processes', sub {
        !grep { alive($_) } @pids });
    return;
}

sub alive
{
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/stat" or return 0;
    my $stat = <$in> // '';
    return $stat !~ /\) [ZX] /;
}

# --------------------------------------------------------------- killed

# All processes at once; the first alone, which the others notice; or any
# other, after which the first ends and starts all others itself.
my %kill = (
    all => sub { signal_all('KILL') },
    first => sub { kill 'KILL', postmaster() },
    other => sub { kill 'KILL', one_of(children()) },
);

# @return seconds from when it accepts to a 2xx; answers during the outage.
sub kill_once
{
    my ($how, $is_long) = @_;
    my @before = ($how eq 'other' ? () : postmaster(), children());
    my @during;
    $kill{$how}->();
    wait_gone(@before);
    if ($is_long && $how ne 'other') {
        sleep 0.2;
        @during = open_loop(1, 0.005);
    }
    act('start_postgres') if $how ne 'other';
    wait_for('PostgreSQL', \&postgres_accepts);
    return (until_ok(), @during);
}

subtest 'killed' => sub {
    my $kind = 'postgres killed';
    my $cycles = cycles(3);
    my (@first, @during);
    begin_kind($kind);
    my $files = files_start();
    my $writers = writers();
    for my $i (1 .. $cycles) {
        sleep between(0.05, 0.6);
        my ($back, @answers) = kill_once(
            $i == 1 ? 'all' : one_of(qw(all all first other)), $i % 10 == 1);
        push @first, $back;
        push @during, @answers;
    }
    sleep 0.3;
    my @answers = clients_stop($writers);
    my @files = clients_stop($files);
    my %count = check_writes($kind, @answers);
    is(scalar(grep { $_->{status} != 200 } @files), 0,
       "$kind: other content is served");
    end_kind($kind, cycles => $cycles, count => \%count, first => \@first,
             answers => \@answers, note => check_outage($kind, @during));
};

# --------------------------------------------------------------- frozen

# @return seconds from its thaw to a 2xx; answers after the breaker opened.
sub freeze_once
{
    my ($is_long) = @_;
    my @processes = pids_of(postmaster());
    my @during;
    kill 'STOP', @processes;
    if ($is_long) {
        sleep deadline() + 0.3;
        @during = open_loop(1, 0.005);
    }
    else {
        sleep between(0.02, 0.8);
    }
    kill 'CONT', @processes;
    return (until_ok(), @during);
}

subtest 'frozen' => sub {
    my $kind = 'postgres frozen';
    my $cycles = cycles(3);
    my (@first, @during);
    begin_kind($kind);
    my $files = files_start();
    my $writers = writers();
    for my $i (1 .. $cycles) {
        sleep between(0.05, 0.4);
        my ($back, @answers) = freeze_once($i % 10 == 1);
        push @first, $back;
        push @during, @answers;
    }
    sleep 0.3;
    my @answers = clients_stop($writers);
    my @files = clients_stop($files);
    my %count = check_writes($kind, @answers);
    is(scalar(grep { $_->{status} != 200 } @files), 0,
       "$kind: other content is served");
    end_kind($kind, cycles => $cycles, count => \%count, first => \@first,
             answers => \@answers, note => check_outage($kind, @during));
};

done_testing();
