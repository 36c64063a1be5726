# What the kill tests share: chance that can be repeated, writers, the check
# of the final rows, and the lines of the table.
#
# Environment, besides that of TmfFault: FAULT_CYCLES, of each kind (a few
# where it is not set); FAULT_SEED; FAULT_TABLE, the file of the lines.
package TmfKills;
use strict;
use warnings;

use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;
use List::Util qw(max sum0);
use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;

our @EXPORT = qw(
    begin_kind between change check_changes check_outage check_writes cycles
    end_kind files_start has_keys judge largest make_rows not_run one_of
    open_loop writer writers);

my $quick = 0.05;           # seconds, of an answer that asks no database
my $n_writers = 6;
my $party = '"engagedParty":{"id":"P1"}';
my $keys;                   # whether Idempotency-Key does anything
my $n_keys = 0;
my $n_changes = 0;
my %retried;                # the write of this process that goes on
my $busy = 409;             # a twin with the same key is under way

# ----------------------------------------------------------------- chance

# Cycles of a kind: as FAULT_CYCLES says, else the few that the ordinary
# check has time for.
sub cycles
{
    my ($few) = @_;
    return $ENV{FAULT_CYCLES} || $few;
}

# What chance does follows from the seed and the kind alone.
sub begin_kind
{
    my ($kind) = @_;
    my $seed = $ENV{FAULT_SEED};
    srand($seed + sum0(map { ord } split //, $kind));
    diag("$kind: seed $seed");
    return;
}

sub between
{
    my ($least, $most) = @_;
    return $least + rand($most - $least);
}

sub one_of
{
    return $_[rand @_];
}

# ---------------------------------------------------------------- writers

# Whether the same key twice makes one row; looked at once.
sub has_keys
{
    if (!defined $keys) {
        my @twice = map { post('keyed', key => "detect-$$") } 1, 2;
        $keys = $twice[0]{status} == 201 && $twice[1]{status} == 201
            && $twice[0]{id} eq $twice[1]{id};
        diag('Idempotency-Key: ' . ($keys ? 'retried' : 'sent, not retried'));
    }
    return $keys;
}

# A POST; every other one has a key, and is sent again under it until it is
# known to be stored.
sub writer
{
    my (%option) = @_;
    my ($name, $key) = @retried{qw(name key)};
    if (!defined $name) {
        $name = fresh();
        $key = ++$n_keys % 2 ? "key-$name" : undef;
    }
    my $answer = post($name, %option, defined $key ? (key => $key) : ());
    my $is_known = $answer->{status} != 0 && $answer->{status} != 503
        && $answer->{status} != $busy;
    %retried = $keys && defined $key && !$is_known
        ? (name => $name, key => $key) : ();
    return $answer;
}

sub writers
{
    has_keys();
    return clients_start(n => $n_writers, one => \&writer, @_);
}

# One who asks for a file, which no fault concerns.
sub files_start
{
    return clients_start(n => 1, pause => 0.03, one => sub {
        return { %{ get('/plain.txt') }, method => 'FILE' } });
}

# ------------------------------------------------------------------ rows

# Until nothing is done any more for anybody.
sub rest
{
    wait_for('PostgreSQL', \&postgres_accepts);
    wait_for('the end of all statements', sub {
        !backends("state <> 'idle'") });
    return;
}

# What the answers to the tries of one write allow: [least, most] rows.
sub allowed
{
    my (@tries) = @_;
    return [1, 1] if grep { $_->{status} =~ /^2/ } @tries;
    return [0, 1] if grep { $_->{code} eq 'outcomeUnknown'
        || $_->{status} == $busy
        || $_->{status} == 0 && $_->{code} ne 'refused' } @tries;
    return [0, 0];
}

# Writes by name against numbers of rows by name.
# @return acknowledged, lost, duplicated, unknown, false, misnamed.
sub judge
{
    my ($tries, $n, $ids) = @_;
    my %count = map { $_ => 0 }
        qw(acknowledged lost duplicated unknown false misnamed);
    for my $name (keys %{$tries}) {
        my ($least, $most) = @{ allowed(@{ $tries->{$name} }) };
        my $found = $n->{$name} // 0;
        my @right = grep { $_->{status} =~ /^2/ } @{ $tries->{$name} };
        $count{acknowledged}++ if $least;
        $count{unknown}++ if $most > $least;
        $count{lost}++ if $found < $least;
        $count{duplicated}++ if $found > 1;
        $count{false}++ if $found > $most && !$most;
        $count{misnamed}++ if $ids && $found == 1
            && grep { $_->{id} && $_->{id} ne $ids->{$name} } @right;
    }
    return %count;
}

# The rows are what the answers said.
sub check_writes
{
    my ($kind, @answers) = @_;
    my (%tries, %n, %id);
    push @{ $tries{ $_->{name} } }, $_
        for grep { $_->{method} eq 'POST' } @answers;
    rest();
    for my $line (split /\n/, sql("SELECT id, doc ->> 'name'
                                   FROM tmf629.customer")) {
        my ($id, $name) = split /\|/, $line;
        $n{$name}++;
        $id{$name} = $id;
    }
    my %count = judge(\%tries, \%n, \%id);
    ok($count{acknowledged} > 0, "$kind: there were writes");
    is($count{lost}, 0, "$kind: no acknowledged write is lost");
    is($count{duplicated}, 0, "$kind: none is there twice");
    is($count{false}, 0, "$kind: none was refused and is there");
    is($count{misnamed}, 0, "$kind: each is there by the id it was given");
    return %count;
}

# --------------------------------------------------------------- changes

# Rows to change, made by SQL, so that they cost no time.
sub make_rows
{
    my ($n) = @_;
    sql("DELETE FROM tmf629.customer WHERE id LIKE 'row-%'");
    sql("INSERT INTO tmf629.customer (id, doc)
         SELECT 'row-' || i, jsonb_build_object('name', 'row-' || i,
             'status', 'old', 'engagedParty', '{}'::jsonb)
         FROM generate_series(1, $n) AS i");
    return;
}

# PATCH or DELETE of a row that nobody has changed before.
sub change
{
    my ($method, %option) = @_;
    my $id = 'row-' . ++$n_changes;
    my $answer = $method eq 'PATCH'
        ? patch($id, '{"status":"new"}', %option)
        : ask($method, "$customers/$id", %option);
    return { %{$answer}, name => $id };
}

# Each row is as it was, or changed once, as it was answered.
# @return counts as of judge.
sub check_changes
{
    my ($kind, @answers) = @_;
    my %done = (PATCH => 'new2', DELETE => 'gone');
    my %count = map { $_ => 0 } qw(acknowledged lost duplicated unknown false);
    rest();
    my %state = map { split /\|/ } split /\n/,
        sql("SELECT id, doc ->> 'status' || version FROM tmf629.customer
             WHERE id LIKE 'row-%'");
    for my $answer (grep { $done{ $_->{method} } } @answers) {
        add_change(\%count, $answer, $state{ $answer->{name} } // 'gone',
                   $done{ $answer->{method} });
    }
    is($count{lost}, 0, "$kind: no acknowledged change is lost");
    is($count{false}, 0, "$kind: none was refused and is made");
    is($count{duplicated}, 0, "$kind: none was made twice, or in part");
    return %count;
}

sub add_change
{
    my ($count, $answer, $state, $done) = @_;
    my $is_done = $state eq $done;
    my ($least, $most) = @{ allowed($answer) };
    $count->{acknowledged}++ if $least;
    $count->{unknown}++ if $most > $least;
    $count->{lost}++ if $least && !$is_done;
    $count->{false}++ if !$most && $is_done;
    $count->{duplicated}++ if !$is_done && $state ne 'old1';
    return;
}

# ------------------------------------------------------------- open loop

# Requests at fixed times, whatever became of those before: every other one
# for a file. @return answers, whose time counts from when they were due.
sub open_loop
{
    my ($seconds, $pause) = @_;
    my $select = IO::Select->new;
    my (%under_way, @answers);
    my $began = time;
    my $n = 0;
    while (time < $began + $seconds || %under_way) {
        my $due = $began + $n * $pause;
        if ($due < $began + $seconds && time >= $due) {
            my $one = send_at($due, $n++);
            $under_way{ $one->{socket} } = $one;
            $select->add($one->{socket});
        }
        for my $socket ($select->can_read(max(0, min_wait($due)))) {
            my $one = $under_way{$socket};
            next if sysread $socket, $one->{text}, 65536,
                length $one->{text};
            $select->remove($socket);
            delete $under_way{$socket};
            push @answers, finished($one);
        }
        last if time > $began + $seconds + 10;
    }
    push @answers, map { finished($_) } values %under_way;
    return @answers;
}

sub min_wait
{
    my ($due) = @_;
    my $left = $due - time;
    return $left > 0 && $left < 0.01 ? $left : 0.01;
}

sub send_at
{
    my ($due, $n) = @_;
    my $path = $n % 2 ? "$customers?limit=1" : '/plain.txt';
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $ENV{FAULT_PORT}, Proto => 'tcp')
        or die "connect: $!\n";
    syswrite $socket, "GET $path HTTP/1.1\r\nHost: localhost\r\n"
        . "Connection: close\r\n\r\n";
    return { socket => $socket, began => $due, text => '',
             method => $n % 2 ? 'GET' : 'FILE' };
}

sub finished
{
    my ($one) = @_;
    my ($status) = $one->{text} =~ m{^HTTP/1\.1 (\d+)};
    close $one->{socket};
    return { began => $one->{began}, took => time - $one->{began},
             status => $status // 0, method => $one->{method} };
}

# 99 of 100 are 503 at once, but for as many as the machine delays files.
# @return the share that was, as text.
sub check_outage
{
    my ($kind, @answers) = @_;
    my @files = grep { $_->{method} eq 'FILE' } @answers;
    my @asked = grep { $_->{method} ne 'FILE' } @answers;
    my @quick = grep { $_->{status} == 503 && $_->{took} <= $quick } @asked;
    my $busy = grep { $_->{took} > $quick } @files;
    my $expected = @asked * $busy / (@files || 1);
    my $may = 1 + 0.01 * @asked + $expected + 3 * sqrt(2 * $expected);
    is(scalar(grep { $_->{status} != 200 } @files), 0,
       "$kind: other content is served");
    cmp_ok(@asked - @quick, '<=', $may,
           "$kind: 99 of 100 are 503 within 50 ms")
        or diag(join ' ', map { sprintf '%d:%.3f', $_->{status}, $_->{took} }
                grep { $_->{status} != 503 || $_->{took} > $quick } @asked);
    return sprintf '%d of %d 503 within 50 ms, files %d of %d',
        scalar @quick, scalar @asked, @files - $busy, scalar @files;
}

# ------------------------------------------------------------------ table

sub largest
{
    return max(0, @_);
}

# A line of the table, and the checks that all kinds have in common.
# Options: cycles, count (of judge), first (seconds), answers, note, deadline,
# and may, a pattern of what is answered.
sub end_kind
{
    my ($kind, %option) = @_;
    my $may = $option{may} // qr/^(?:2\d\d|503)$/;
    my @answers = @{ $option{answers} };
    my @odd = grep { $_->{status} !~ $may } @answers;
    my %count = %{ $option{count} };
    my $longest = largest(map { $_->{took} } @answers);
    note("$kind: " . summary(@answers));
    is(scalar @odd, 0, "$kind: every answer is one that may be")
        or diag(summary(@odd));
    cmp_ok($longest, '<=', ($option{deadline} // deadline()) + 0.3,
           "$kind: within the deadline");
    my @first = @{ $option{first} // [] };
    cmp_ok(largest(@first), '<=', 2, "$kind: the first 2xx comes soon")
        if @first;
    add_line($kind, $option{cycles},
             @count{qw(acknowledged lost duplicated false unknown)},
             @first ? sprintf('%.2f', largest(@first)) : '',
             sprintf('%.2f', $longest), $option{note} // '');
    return;
}

sub not_run
{
    my ($kind, $why) = @_;
    add_line($kind, 0, ('') x 7, "NOT RUN: $why");
    plan(skip_all => $why);
    return;
}

sub add_line
{
    open my $out, '>>', $ENV{FAULT_TABLE} or die "$ENV{FAULT_TABLE}: $!\n";
    print {$out} join("\t", @_), "\n";
    close $out;
    return;
}

1;
