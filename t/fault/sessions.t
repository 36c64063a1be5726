# Sessions of PostgreSQL that are slow, all in use, ended or killed, clients
# that hang up, and httpd restarted, each under load.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;

my $table = 'tmf629.customer';
my $patient = $ENV{FAULT_PORT} + 1;     # the server with more time
my $turn = 0;

sub either
{
    return $turn++ % 2 ? post(fresh()) : get();
}

sub waiting
{
    return scalar backends("wait_event_type = 'Lock'");
}

# A request in a process of its own.
sub in_background
{
    my ($one) = @_;
    my $done = 0;
    return clients_start(n => 1, one => sub {
        if ($done++) {
            sleep 0.05;
            return;
        }
        return $one->();
    });
}

sub answer_of
{
    my ($clients) = @_;
    my ($answer) = clients_stop($clients);
    return $answer;
}

my $row = post('held');
my ($id) = $row->{content} =~ /"id":"([^"]+)"/;
is($row->{status}, 201, 'a row to hold');

subtest 'all connections in use' => sub {
    my $holder = psql_open("BEGIN; UPDATE $table SET doc = doc
                            WHERE id = '$id';");
    my $writers = clients_start(n => 20, pause => 0, one => sub {
        patch($id, '{"status":"held"}') });
    wait_for('the lock', sub { waiting() >= 6 });
    my $readers = clients_start(n => 4, one => sub { get() });
    sleep 1.5;
    my @read = clients_stop($readers);
    psql_close($holder);
    my $free = until_ok();
    my @written = clients_stop($writers);
    note('read ' . summary(@read));
    note('written ' . summary(@written));
    is(scalar(grep { $_->{took} > 1.5 } @read), 0,
       'a reader waits a second at most');
    is(scalar(grep { $_->{status} !~ /^(?:20[06]|503)$/ } @read), 0,
       'and is answered then');
    is(scalar out_of_time(@written), 0, 'so is every writer');
    ok((grep { $_->{code} eq 'unavailable' } @written), 'with 503');
    is(scalar(grep { $_->{status} !~ /^(?:200|503)$/ } @written), 0,
       'or with the change');
    cmp_ok($free, '<', 1, 'and it goes on at once');
};

subtest 'ended again and again' => sub {
    my $clients = clients_start(n => 6, one => \&either);
    for (1 .. 12) {
        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE usename = 'tmf_app'");
        sleep 0.05;
    }
    my @answers = clients_stop($clients);
    my @failed = grep { $_->{status} !~ /^2/ } @answers;
    note(summary(@answers));
    ok(@answers > 50, 'there were requests');
    is(scalar @failed, 0, 'none fails') or diag(summary(@failed));
    my @posts = grep { $_->{status} == 201 } @answers;
    is(sql("SELECT count(*), count(DISTINCT doc ->> 'name') FROM $table
            WHERE doc ->> 'name' IN ("
           . join(', ', map { "'$_->{name}'" } @posts) . ')'),
       @posts . '|' . @posts, 'each write is there once');
};

sql("ALTER ROLE tmf_app SET lock_timeout = '20s'");
sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE usename = 'tmf_app'");

subtest 'killed in mid-statement' => sub {
    my $name = fresh();
    my $holder = psql_open("BEGIN; LOCK TABLE $table IN SHARE MODE;");
    wait_for('the lock', sub {
        sql("SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock'
             AND relation = '$table'::regclass") });
    my $writer = in_background(sub { post($name, port => $patient) });
    wait_for('the writer', sub { waiting() == 1 });
    my ($held) = sql("SELECT pid FROM pg_locks WHERE mode = 'ShareLock'
                      AND granted AND relation = '$table'::regclass");
    kill 'KILL', backends("wait_event_type = 'Lock'");
    # all sessions end before PostgreSQL recovers, which may take no time
    wait_for('the end', sub { !-e "/proc/$held" });
    wait_for('PostgreSQL', \&postgres_accepts);
    my $back = until_ok();
    my $answer = answer_of($writer);
    psql_close($holder);
    note(sprintf '%d %s after %.2f s, the first 2xx after %.2f s',
         @{$answer}{qw(status code took)}, $back);
    cmp_ok($back, '<', 2, 'PostgreSQL recovers, and so do we');
    ok($answer->{took} <= 5.5, 'the writer is answered in time');
    my $n = rows_named($name);
    ok($answer->{status} == 201 ? $n == 1
       : $answer->{code} eq 'unavailable' ? $n == 0 : $n <= 1,
       'with the truth');
    is($answer->{status}, 201, 'which is known: the id was');
};

subtest 'not in time' => sub {
    my $holder = psql_open("BEGIN; UPDATE $table SET doc = doc
                            WHERE id = '$id';");
    wait_for('the holder', sub {
        sql("SELECT count(*) FROM pg_stat_activity
             WHERE state = 'idle in transaction'") });
    my $answer = patch($id, '{"status":"late"}');
    is("$answer->{status} $answer->{code}", '503 outcomeUnknown',
       'a change without an answer');
    cmp_ok($answer->{took}, '<', deadline() + 0.3, 'within the deadline');
    cmp_ok(wait_for('the end', sub { waiting() == 0 }), '<', 1,
           'PostgreSQL stops waiting, too');
    my $writer = in_background(sub {
        patch($id, '{"status":"gone"}', give_up => 0.2) });
    wait_for('the writer', sub { waiting() == 1 });
    my $began = time;
    cmp_ok(wait_for('the end', sub { waiting() == 0 }), '<', 1,
           'nor does it work for a client that has hung up');
    is(answer_of($writer)->{status}, 0, 'which it has');
    psql_close($holder);
    is(get("$customers/$id")->{content} =~ /late|gone/, '',
       'neither change was made');
};

sql("ALTER ROLE tmf_app SET lock_timeout = '1s'");
sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE usename = 'tmf_app'");

subtest 'half closed' => sub {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $ENV{FAULT_PORT}) or die "connect: $!\n";
    print {$socket} "GET $customers/$id HTTP/1.1\r\nHost: localhost\r\n"
        . "Connection: close\r\n\r\n";
    $socket->flush;
    $socket->shutdown(1);
    my $answer = join '', <$socket>;
    like($answer, qr{^HTTP/1\.1 200 }, 'a client may send no more and read');
};

subtest 'httpd restarted' => sub {
    my $mark = log_mark();
    my $clients = clients_start(n => 6, one => \&either);
    open my $in, '<', "$ENV{FAULT_DIR}/httpd.pid" or die "httpd.pid: $!\n";
    my $pid = <$in>;
    for (1 .. 3) {
        sleep 0.4;
        kill 'USR1', $pid;
    }
    sleep 0.3;
    my @answers = clients_stop($clients);
    my @failed = grep { $_->{status} !~ /^2/ } @answers;
    note(summary(@answers));
    ok(@answers > 50, 'there were requests');
    is(scalar @failed, 0, 'none fails') or diag(summary(@failed));
    is(scalar out_of_time(@answers), 0, 'or is late');
};

done_testing();
