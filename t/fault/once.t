# Writes with an Idempotency-Key whose connection to PostgreSQL is cut, before
# the commit, behind it, and anywhere: each is done exactly once, and told so.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);
use TmfFault;

my $table = 'tmf629.customer';
my $patient = $ENV{FAULT_PORT} + 1;     # the server with more time
my $append = '[{"op":"add","path":"/list/-","value":1}]';

# A resource to change: its id and its name.
sub make_row
{
    my $name = fresh();
    my $answer = ask('POST', $customers, body =>
        qq({"name":"$name","engagedParty":{"id":"P1"},"list":[]}));
    my ($id) = $answer->{content} =~ /"id":"([^"]+)"/;
    return ($id // die("no row: $answer->{content}\n"), $name);
}

sub append
{
    my ($id, %option) = @_;
    return patch($id, $append, type => 'application/json-patch+json',
                 %option);
}

sub appended
{
    my ($id) = @_;
    return sql("SELECT jsonb_array_length(doc -> 'list') FROM $table
                WHERE id = '$id'");
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

# The process id of a session of httpd's that waits for something.
sub session_in
{
    my ($event, $not) = @_;
    my $pid;
    wait_for("a session in $event", sub {
        ($pid) = backends("wait_event_type || ' ' || wait_event ~ '$event'
                           AND pid <> " . ($not // 0)) });
    return $pid // 0;
}

# End it. @return whether it was there.
sub end_waiting
{
    my ($event) = @_;
    return sql('SELECT pg_terminate_backend(' . session_in($event) . ')');
}

# A standby that isn't there makes commits wait when they are done.
sub commits_wait
{
    my ($do_they) = @_;
    sql($do_they ? "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
                 : 'ALTER SYSTEM RESET synchronous_standby_names');
    sql('SELECT pg_reload_conf()');
    wait_for('the setting', sub {
        (sql('SHOW synchronous_standby_names') eq 'nobody') == $do_they });
    return;
}

# Each write: how it is made, and whether it has been done exactly once.
sub writes
{
    my ($name) = (fresh());
    my ($patched) = make_row();
    my ($deleted, $gone) = make_row();
    return (
        [ POST => 201, sub { post($name, @_) },
          sub { rows_named($name) == 1 } ],
        [ PATCH => 200, sub { append($patched, @_) },
          sub { appended($patched) == 1 } ],
        [ DELETE => 204, sub { ask('DELETE', "$customers/$deleted", @_) },
          sub { rows_named($gone) == 0 } ]);
}

subtest 'cut behind the commit' => sub {
    for my $write (writes()) {
        my ($method, $status, $one, $is_once) = @{$write};
        my $key = fresh();
        commits_wait(1);
        my $writer = in_background(sub {
            $one->(key => $key, port => $patient) });
        my $first = session_in('SyncRep');
        sql("SELECT pg_terminate_backend($first)");
        isnt(session_in('SyncRep', $first), $first,
             "$method: cut, and not told before it is safe");
        commits_wait(0);
        my $answer = answer_of($writer);
        is($answer->{status}, $status, "$method: answered as done")
            or diag($answer->{code});
        cmp_ok($answer->{took}, '<', 5.3, "$method: in time");
        ok($is_once->(), "$method: done once");
        my $again = $one->(key => $key);
        is($again->{status}, $status, "$method: again");
        like($again->{head}, qr/^Idempotency-Replayed: true\r?$/mi,
             "$method: ... is a replay");
        ok($is_once->(), "$method: still done once");
    }
};

subtest 'without a key' => sub {
    my (undef, $write) = writes();
    my ($method, $status, $one, $is_once) = @{$write};
    commits_wait(1);
    my $writer = in_background(sub { $one->() });
    end_waiting('SyncRep');
    my $answer = answer_of($writer);
    commits_wait(0);
    is("$answer->{status} $answer->{code}", '503 outcomeUnknown',
       'PATCH: nobody knows');
    ok($is_once->(), 'PATCH: done, as it happens');
};

# It is there by then, but a standby that takes over may not have it.
subtest 'a create without a key, cut behind the commit' => sub {
    my ($name, $other) = (fresh(), fresh());
    commits_wait(1);
    my $writer = in_background(sub { post($name, port => $patient) });
    my $first = session_in('SyncRep');
    sql("SELECT pg_terminate_backend($first)");
    isnt(session_in('SyncRep', $first), $first,
         'POST: not told before it is safe');
    is(rows_named($name), 1, 'POST: though it is there');
    commits_wait(0);
    my $answer = answer_of($writer);
    is($answer->{status}, 201, 'POST: told when it is')
        or diag($answer->{code});
    is(rows_named($name), 1, 'POST: done once');
    commits_wait(1);
    $writer = in_background(sub { post($other) });
    end_waiting('SyncRep');
    $answer = answer_of($writer);
    commits_wait(0);
    is("$answer->{status} $answer->{code}", '503 outcomeUnknown',
       'POST: never safe in time: nobody knows');
};

subtest 'cut before the commit' => sub {
    for my $write (writes()) {
        my ($method, $status, $one, $is_once) = @{$write};
        my $key = fresh();
        my $holder = psql_open("BEGIN; LOCK TABLE $table IN SHARE MODE;");
        wait_for('the lock', sub {
            sql("SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock'
                 AND relation = '$table'::regclass AND granted") });
        my $writer = in_background(sub {
            $one->(key => $key, port => $patient) });
        is(end_waiting('Lock'), 't', "$method: cut");
        end_waiting('Lock');
        psql_close($holder);
        my $answer = answer_of($writer);
        is($answer->{status}, $status, "$method: done")
            or diag($answer->{code});
        ok($is_once->(), "$method: done once");
        is($one->(key => $key)->{status}, $status, "$method: again");
        ok($is_once->(), "$method: still done once");
    }
};

# As a client does it that wants to know.
sub until_known
{
    my ($one) = @_;
    my $answer;
    for (1 .. 50) {
        $answer = $one->();
        last if $answer->{status} =~ /^2/;
        sleep 0.1;
    }
    return $answer;
}

subtest 'cut anywhere' => sub {
    my ($id) = make_row();
    my $turn = 0;
    my $clients = clients_start(n => 6, one => sub {
        my $key = fresh();
        my $name = fresh();
        return until_known(sub { post($name, key => $key) }) if $turn++ % 2;
        return until_known(sub { append($id, key => $key) });
    });
    for my $i (1 .. 20) {
        sleep 0.1;
        next if !postgres_accepts();
        if ($i % 10 == 0) {
            kill 'KILL', (backends())[0];
            wait_for('PostgreSQL', \&postgres_accepts);
            next;
        }
        eval { sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE usename = 'tmf_app'") };
    }
    wait_for('PostgreSQL', \&postgres_accepts);
    until_ok();
    my @answers = clients_stop($clients);
    note(summary(@answers));
    ok(@answers > 50, 'there were requests');
    is(scalar(grep { $_->{status} !~ /^2/ } @answers), 0,
       'each is known to be done in the end');
    my @posts = grep { $_->{method} eq 'POST' } @answers;
    is(sql("SELECT count(*), count(DISTINCT doc ->> 'name') FROM $table
            WHERE doc ->> 'name' IN ("
           . join(', ', map { "'$_->{name}'" } @posts) . ')'),
       @posts . '|' . @posts, 'each POST once');
    is(appended($id), @answers - @posts, 'each PATCH once');
};

done_testing();
