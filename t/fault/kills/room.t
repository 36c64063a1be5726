# No room: a disk that is full, and connections that are all in use, again
# and again, under writers.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;
use TmfKills;

my $small = '/small/v4/customer';
my $table = 'tmf629.customer';

# ------------------------------------------------------- connections in use

sub is_locked
{
    return sql("SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock'
                AND granted AND relation = '$table'::regclass");
}

# More who write than there are connections, while nobody may; and two who
# read, for whom there is none left.
sub hold_once
{
    my ($seconds) = @_;
    my $writers = writers(n => 24, pause => 0);
    my $readers = clients_start(n => 2, one => sub { get() });
    sleep 0.1;
    my $holder = psql_open("BEGIN; LOCK TABLE $table IN SHARE MODE;");
    wait_for('the lock', \&is_locked);
    sleep $seconds;
    psql_close($holder);
    my $back = until_ok();
    sleep 0.1;
    return ($back, [ clients_stop($readers) ], clients_stop($writers));
}

subtest 'all connections in use' => sub {
    my $kind = 'no connection';
    my $cycles = cycles(2);
    my (@first, @read, @written);
    begin_kind($kind);
    my $files = files_start();
    for my $i (1 .. $cycles) {
        my ($back, $read, @answers) = hold_once($i == 1 ? 1.3
                                                : between(0.1, 1.5));
        push @first, $back;
        push @read, @{$read};
        push @written, @answers;
    }
    my @files = clients_stop($files);
    my %count = check_writes($kind, @written);
    is(scalar(grep { $_->{took} > 1.3 } @read), 0,
       "$kind: a reader waits a second at most");
    is(scalar(grep { $_->{status} != 200 } @files), 0,
       "$kind: other content is served");
    end_kind($kind, cycles => $cycles, count => \%count, first => \@first,
             answers => [ @written, @read ]);
};

# ---------------------------------------------------------- a disk is full

# About 20 to 60 KB that can't be made smaller by much.
sub large_post
{
    my $name = fresh();
    my $noise = join '', map { sprintf '%08x', rand 2**32 }
        1 .. between(2500, 7500);
    my $body = qq({"name":"$name","engagedParty":{"id":"$noise"}});
    return { %{ ask('POST', $small, body => $body) }, name => $name };
}

# TRUNCATE needs some room itself: a file makes room for it.
sub empty
{
    my $ballast = "$ENV{FAULT_DIR}/small/ballast";
    unlink $ballast;
    sql('TRUNCATE small.customer');
    sql('CHECKPOINT');
    open my $out, '>', $ballast or die "$ballast: $!\n";
    print {$out} 'x' x 1_000_000;
    close $out;
    return;
}

sub fill_once
{
    empty();
    my $began = time;
    wait_for('a 201', sub { large_post()->{status} == 201 });
    my $back = time - $began;
    my $writers = clients_start(n => 6, pause => 0, one => \&large_post);
    wait_for('the end of the room', sub {
        large_post()->{status} == 507 });
    sleep 0.1;
    my $read = get("$small?limit=3");
    my @answers = clients_stop($writers);
    my %n = map { split /\|/ } split /\n/,
        sql("SELECT doc ->> 'name', count(*) FROM small.customer GROUP BY 1");
    return ($back, $read, \%n, @answers);
}

subtest 'a disk that is full' => sub {
    my $kind = 'disk full';
    my $cycles = cycles(2);
    my (@first, @all, %sum);
    if (!eval { act('mount_small_disk'); 1 }) {
        not_run($kind, 'no tmpfs may be mounted here');
    }
    act('start_small_disk');
    my $mark = log_mark();
    my $began = time;
    begin_kind($kind);
    for (1 .. $cycles) {
        my ($back, $read, $n, @answers) = fill_once();
        my %tries;
        push @{ $tries{ $_->{name} } }, $_ for @answers;
        my %count = judge(\%tries, $n);
        $sum{$_} += $count{$_} for keys %count;
        push @first, $back;
        push @all, @answers, $read;
    }
    my $full = grep { $_->{status} == 507 } @all;
    my @lines = grep { /insufficientStorage/ } error_log_lines($mark);
    cmp_ok($full, '>', 5, "$kind: it was, again and again");
    cmp_ok(scalar @lines, '<=', 1 + (time - $began) / 60,
           "$kind: a line a minute");
    like($lines[0] // '', qr/SQLSTATE 53100.*; 1 requests were refused/,
         "$kind: the first one at once");
    is($sum{$_}, 0, "$kind: none $_") for qw(lost duplicated false);
    end_kind($kind, cycles => $cycles, count => \%sum, first => \@first,
             answers => \@all, may => qr/^(?:20[016]|507)$/);
    act('forget_small_disk');
};

done_testing();
