# httpd's children and its parent killed at random times, and graceful
# restarts, again and again, under writers.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;
use TmfKills;

sub parent
{
    return (httpd_pids())[0];
}

sub children
{
    my (undef, @children) = httpd_pids();
    return @children;
}

sub wait_gone
{
    my (@pids) = @_;
    wait_for('the end of httpd', sub { !grep { -e "/proc/$_" } @pids });
    return;
}

# One of its processes, at times all but the first.
sub kill_children
{
    my $is_all = rand() < 0.2;
    # one of them may be about to end by itself
    wait_for('a child to kill', sub {
        my @children = children();
        @children && kill 'KILL', $is_all ? @children : one_of(@children) });
    return until_ok();
}

# A child outlives its parent, and keeps the port, unless it is killed, too;
# one that is stopped makes no more of them.
sub kill_parent
{
    my $parent = parent();
    kill 'STOP', $parent;
    my @children = children();
    kill 'KILL', $parent;
    sleep between(0, 0.2);
    kill 'KILL', @children;
    wait_gone($parent, @children);
    act('begin_httpd');
    return until_ok();
}

# Nothing is away meanwhile: no request may fail, and that is all.
sub restart
{
    kill 'USR1', parent();
    until_ok();
    return;
}

sub run_kind
{
    my ($kind, $cycles, $fault, $pause, $may) = @_;
    my @first;
    begin_kind($kind);
    my $writers = writers(pause => 0);
    for (1 .. $cycles) {
        sleep between(@{$pause});
        push @first, $fault->();
    }
    sleep 0.3;
    my @answers = clients_stop($writers);
    my %count = check_writes($kind, @answers);
    end_kind($kind, cycles => $cycles, count => \%count, first => \@first,
             answers => \@answers, may => $may);
    return;
}

# who is killed can't answer
my $none_too = qr/^(?:2\d\d|503|0)$/;

subtest 'a child killed' => sub {
    run_kind('httpd child killed', cycles(5), \&kill_children, [0.05, 0.6],
             $none_too);
};

subtest 'the parent killed' => sub {
    run_kind('httpd parent killed', cycles(3), \&kill_parent, [0.05, 0.6],
             $none_too);
};

subtest 'restarted' => sub {
    run_kind('httpd restarted', cycles(4), \&restart, [0.3, 0.6],
             qr/^2\d\d$/);
};

done_testing();
