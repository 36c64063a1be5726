# Events: what writers put into the outbox, and how deliveries are taken,
# settled, parked, replayed and purged.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use POSIX ();
use Test::More;
use TmfSql;

my ($a629, $a676, $a678) = qw(t_events_629 t_events_676 t_events_678);
make_data_set('TMF629', $a629);
make_data_set('TMF676', $a676);
make_data_set('TMF678', $a678);
my $customer = "$a629.customer";
my $bill = "$a678.customer_bill";

sub clear
{
    sql("DELETE FROM tmf.outbox WHERE data_set LIKE 't\\_events\\_%';
         DELETE FROM tmf.delivery WHERE subscription LIKE 't-ev-%';
         DELETE FROM tmf.lane WHERE subscription LIKE 't-ev-%';
         DELETE FROM tmf.subscription WHERE id LIKE 't-ev-%';");
    return;
}

END {
    my $status = $?;
    clear();
    $? = $status;
}
clear();

sub subscribe
{
    my ($id, $data_set, $query) = @_;
    sql(as('tmf_app', "INSERT INTO tmf.subscription
        (id, data_set, mount, base, callback, query) VALUES
        ('$id', '$data_set', '/m', 'https://a.example/m',
         'https://b.example/$id', " . (defined $query ? "'$query'" : 'NULL')
        . ')'));
    return;
}

# The statements of the module.
sub create
{
    my ($table, $id, $doc) = @_;
    return as('tmf_app', "INSERT INTO $table (id, doc)
        VALUES ('$id', '$doc'::jsonb - '{id,href}'::text[])");
}

sub patch
{
    my ($table, $id, $doc) = @_;
    return as('tmf_app', "UPDATE $table
        SET doc = tmf.merge_patch(doc, '$doc'::jsonb) WHERE id = '$id'");
}

sub remove
{
    my ($table, $id) = @_;
    return as('tmf_app', "DELETE FROM $table WHERE id = '$id'");
}

# A resource's events in their order.
sub events
{
    my ($data_set, $id) = @_;
    return sql("SELECT event_type || coalesce(' ' || field_path, '')
        FROM tmf.outbox WHERE data_set = '$data_set'
        AND resource_id = '$id' ORDER BY seq");
}

sub events_are
{
    my ($data_set, $id, $expected, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is(events($data_set, $id), join("\n", @$expected), $name);
}

# What the relay does: deliveries and lanes of all events that wait.
sub relay
{
    my ($data_set) = @_;
    return sql(as('tmf_app', "WITH batch AS (
            SELECT * FROM tmf.outbox
            WHERE data_set = '$data_set' AND NOT relayed ORDER BY seq
            FOR UPDATE
        ), made AS (
            INSERT INTO tmf.delivery
                (subscription, seq, event_id, event_type, lane, body)
            SELECT s.id, b.seq, b.event_id, b.event_type,
                   b.resource || '/' || b.resource_id,
                   tmf.envelope(b::tmf.outbox, s.base, 'Test')::text
            FROM batch AS b
            JOIN tmf.subscription AS s ON s.data_set = b.data_set
                AND s.state = 'active' AND b.seq > s.seq
            ORDER BY s.id, b.seq
            RETURNING subscription, lane
        ), lanes AS (
            INSERT INTO tmf.lane (subscription, lane)
            SELECT DISTINCT subscription, lane FROM made ORDER BY 1, 2
            ON CONFLICT (subscription, lane) DO UPDATE SET due = lane.due
        )
        UPDATE tmf.outbox AS o SET relayed = true FROM batch AS b
        WHERE o.seq = b.seq"));
}

# Takes what is due: a list of [subscription, lane, fence, seq, attempts].
sub claim
{
    my ($data_set, %with) = @_;
    my $out = sql(as('tmf_app', sprintf(
        "SELECT subscription, lane, fence, seq, attempts FROM tmf.claim(
             '%s', %d, '{%s}', '{%s}', %d, '{%s}', %s) ORDER BY seq",
        $with{lease} // '1 minute', $with{most} // 100,
        $with{held} // '', $with{counts} // '', $with{each} // 100,
        $with{data_sets} // $data_set,
        $with{mounts} ? "'{$with{mounts}}'" : 'NULL')));
    return map { [split /\|/] } split /\n/, $out;
}

sub seqs
{
    return join ' ', map { $_->[3] } @_;
}

# The number of settled leases.
sub settle
{
    my ($outcome, $delay, @leases) = @_;
    my $array = sub {
        my ($type, @values) = @_;
        return 'ARRAY[' . join(',', map { "'$_'" } @values) . "]::$type\[]";
    };
    return sql(as('tmf_app', 'SELECT tmf.settle(' . join(',',
        $array->('text', map { $_->[0] } @leases),
        $array->('text', map { $_->[1] } @leases),
        $array->('bigint', map { $_->[2] } @leases),
        $array->('text', map { $outcome } @leases),
        $array->('bigint', map { $delay } @leases),
        $array->('integer', map { $outcome eq 'delivered' ? 204 : 500 }
                 @leases),
        $array->('text', map { "was $outcome" } @leases)) . ')'));
}

# --- nobody subscribed

sql("DELETE FROM tmf.subscription WHERE data_set LIKE 't\\_events\\_%'");
sql(create($customer, 'n1', '{"name":"a"}'));
events_are($a629, 'n1', [], 'no subscription: no event');
subscribe('t-ev-other', $a678);
sql(create($customer, 'n2', '{"name":"a"}'));
events_are($a629, 'n2', [], 'a subscription of another data set: no event');
sql("SELECT tmf.disable('t-ev-other')");
sql("INSERT INTO $bill (id, doc) VALUES ('n3', '{}')");
events_are($a678, 'n3', [], 'a disabled subscription: no event');
sql("SET default_transaction_isolation = 'repeatable read';\n"
    . create($customer, 'n4', '{"name":"a"}'));
events_are($a629, 'n4', ['CustomerCreateEvent'],
           'an older snapshot may not show a subscription: an event');
clear();

# --- the four kinds, by the statements of the module

subscribe('t-ev-1', $a629);
sql(create($customer, 'k1', '{"name":"a","status":"new","id":"no",
    "engagedParty":{"id":"1","name":"x"},"account":[{"id":"1"}]}'));
events_are($a629, 'k1', ['CustomerCreateEvent'], 'create');
gives("SELECT kind, resource, doc FROM tmf.outbox WHERE resource_id = 'k1'",
      'create|customer|{"name": "a", "@type": "Customer", "status": "new",'
      . ' "account": [{"id": "1"}], "engagedParty": {"id": "1", "name": "x"}}',
      'create: the document as it is stored');
sql(patch($customer, 'k1', '{"name":"b"}'));
sql(patch($customer, 'k1', '{"status":"old"}'));
sql(patch($customer, 'k1', '{"status":"older","engagedParty":{"name":"y"},
    "account":[{"id":"2"}],"name":null,"statusReason":"z"}'));
sql(remove($customer, 'k1'));
my $path = 'CustomerAttributeValueChangeEvent';
my @k1 = split /\n/, events($a629, 'k1');
is_deeply([@k1[0 .. 2, 4 .. 5]],
          ['CustomerCreateEvent', "$path name", 'CustomerStateChangeEvent',
           'CustomerStateChangeEvent', 'CustomerDeleteEvent'],
          'attribute, state, both, delete: in order');
is(join(',', sort split /,/, $k1[3] =~ s/^\S+ //r),
   'account,engagedParty.name,name,statusReason',
   'paths: objects are descended, arrays are not, what came and went too');
gives("SELECT doc ->> 'status', doc ? 'name' FROM tmf.outbox
       WHERE resource_id = 'k1' AND kind = 'delete'", 'older|f',
      'delete: the last state');
gives("SELECT string_agg(coalesce(doc ->> 'name', '-'), ' ' ORDER BY seq)
       FROM tmf.outbox WHERE resource_id = 'k1'", 'a b b - - -',
      'each has the document as it was then');
gives("SELECT count(DISTINCT event_id), count(*), min(length(event_id)),
       count(*) FILTER (WHERE occurred BETWEEN now() - interval '1 hour'
                        AND clock_timestamp())
       FROM tmf.outbox WHERE resource_id = 'k1'", '6|6|36|6',
      'each has an id and a time of its own');
sql(create($customer, 'k1', '{"name":"again"}'));
like(events($a629, 'k1'), qr/DeleteEvent\nCustomerCreateEvent$/,
     'an id again after its deletion');

# --- no event

sql(create($customer, 'e1', '{"name":"a","amount":12.30}'));
sql(patch($customer, 'e1', '{}'));
sql(patch($customer, 'e1', '{"name":"a"}'));
sql(patch($customer, 'e1', '{"amount":12.30}'));
events_are($a629, 'e1', ['CustomerCreateEvent'],
           'an update that changes nothing: none');
sql(patch($customer, 'e1', '{"amount":12.3}'));
events_are($a629, 'e1', ['CustomerCreateEvent', "$path amount"],
           '12.30 to 12.3: a change');
sql('BEGIN;' . create($customer, 'e2', '{"name":"a"}') . ';ROLLBACK');
events_are($a629, 'e2', [], 'rolled back: none');
refused(create($customer, 'e1', '{"name":"a"}'), '23505:',
        'an id twice is refused');
refused(create($customer, 'e3', '{"name":"a"}') . ';SELECT 1/0', '22012:',
        'an error after the write');
sql('BEGIN;' . patch($customer, 'e1', '{"name":"b"}') . ';SAVEPOINT s;'
    . patch($customer, 'e1', '{"name":"c"}') . ';ROLLBACK TO s;COMMIT');
events_are($a629, 'e1', ['CustomerCreateEvent', "$path amount",
                         "$path name"],
           'refused, and back to a savepoint: only what was committed');
gives("SELECT doc ->> 'name' FROM tmf.outbox WHERE resource_id = 'e1'
       ORDER BY seq DESC LIMIT 1", 'b', 'and as it was committed');
sql("UPDATE $customer SET doc = '{\"name\":\"z\"}' WHERE id = 'nobody'");
gives("SELECT count(*) FROM tmf.outbox WHERE resource_id = 'nobody'", '0',
      'no row: none');

# --- plain SQL, the events of TMF678

subscribe('t-ev-2', $a678);
my $billing = 'SET ROLE tmf_billing;';
sql("$billing INSERT INTO $bill (id, doc) VALUES
     ('b1', '{\"state\":\"new\",\"billNo\":\"1\"}'),
     ('b2', '{\"state\":\"new\",\"billNo\":\"2\"}')");
sql("$billing UPDATE $bill SET doc = doc || '{\"billNo\":\"9\"}'");
sql("$billing UPDATE $bill SET doc = doc || '{\"state\":\"sent\"}'");
sql("$billing UPDATE $bill SET doc = doc WHERE id = 'b1'");
sql("$billing COPY $bill (doc) FROM STDIN
     (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01');\n"
    . qq({"id": "b3", "state": "new"}\n{"id": "b4", "state": "new"}\n\\.\n));
sql("$billing INSERT INTO $bill (id, doc) VALUES ('b3',
     '{\"state\":\"settled\"}') ON CONFLICT (id) DO UPDATE
     SET doc = EXCLUDED.doc");
sql("$billing DELETE FROM $bill WHERE id = 'b4'");
events_are($a678, 'b1', ['CustomerBillCreateEvent',
                         'CustomerBillStateChangeEvent'],
           'INSERT, UPDATE: what the definition declares, no more');
events_are($a678, 'b2', ['CustomerBillCreateEvent',
                         'CustomerBillStateChangeEvent'],
           'of each row of a statement');
events_are($a678, 'b3', ['CustomerBillCreateEvent',
                         'CustomerBillStateChangeEvent'],
           'COPY, and an upsert');
events_are($a678, 'b4', ['CustomerBillCreateEvent'],
           'no DeleteEvent where none is declared');
sql("$billing INSERT INTO $a678.bill_cycle (id, doc) VALUES ('c1', '{}')");
events_are($a678, 'c1', [], 'a resource without events');
gives("SELECT count(*) FROM pg_trigger WHERE tgname = 'tmf_event'
       AND tgrelid::regclass::text LIKE 't\\_events\\_678%'", '2',
      'has no event trigger either');
subscribe('t-ev-3', $a676);
sql("INSERT INTO $a676.payment (id, doc) VALUES ('p1', '{}')");
sql("UPDATE $a676.payment SET doc = doc || '{\"status\":\"failed\"}'");
events_are($a676, 'p1', ['PaymentCreateEvent', 'PaymentStateChangeEvent'],
           'by the owner');

# A rule with touched attributes and attribute events, on a table of ours.
sql("SET ROLE tmf_owner;
     CREATE TABLE $a678.own (LIKE $a678.bill_cycle INCLUDING ALL);
     CREATE TRIGGER tmf_keep BEFORE INSERT OR UPDATE ON $a678.own
     FOR EACH ROW EXECUTE FUNCTION tmf.keep(
         '{\"type\":\"Own\",\"touched\":[\"at\"]}');
     CREATE TRIGGER tmf_event AFTER INSERT OR UPDATE OR DELETE
     ON $a678.own FOR EACH ROW EXECUTE FUNCTION tmf.record_event(
         '{\"events\":[\"attribute\"],\"resource\":\"own\",\"type\":\"Own\",
           \"state\":\"state\",\"touched\":[\"at\"]}');
     INSERT INTO $a678.own (id, doc) VALUES ('o1', '{\"a\":1}')");
my $own = "UPDATE $a678.own SET doc = doc || ";
sql("$own '{\"a\":2}'");
sql("$own '{\"state\":\"x\"}'");
sql("$own '{\"at\":\"2020-01-01\"}'");
sql("$own '{\"a\":3,\"at\":\"2021-01-01\"}'");
events_are($a678, 'o1', [map { "OwnAttributeValueChangeEvent $_" }
                         qw(a state at a)],
           'a touched attribute is no change of its own, unless it is all;'
           . ' without a StateChangeEvent the state is an attribute');

# --- correlation

sql("SELECT set_config('tmf.correlation', 'call-7', true), '';\n"
    . create($customer, 'r0', '{"name":"a"}'));
sql("BEGIN;\nSELECT set_config('tmf.correlation', 'call-7', true);\n"
    . create($customer, 'r1', '{"name":"a"}') . ";\nCOMMIT;\n"
    . create($customer, 'r2', '{"name":"a"}'));
gives("SELECT resource_id, correlation FROM tmf.outbox
       WHERE resource_id ~ '^r[0-2]\$' ORDER BY seq", "r0|\nr1|call-7\nr2|",
      'correlation: of this transaction alone');

# --- the envelope

sql("UPDATE tmf.outbox SET correlation = 'call-7'
     WHERE resource_id = 'k1' AND kind = 'attribute'");
my $envelope = sub {
    my ($id, $kind) = @_;
    return "(SELECT tmf.envelope(o, 'https://a.example/m', 'Customers')
             FROM tmf.outbox AS o WHERE resource_id = '$id'
             AND kind = '$kind' ORDER BY seq LIMIT 1)";
};
gives('SELECT string_agg(k, \' \' ORDER BY k) FROM jsonb_object_keys('
      . $envelope->('k1', 'create') . ') AS k',
      'description domain event eventId eventTime eventType href id priority'
      . ' timeOcurred title', 'envelope: of a create');
gives('SELECT string_agg(k, \' \' ORDER BY k) FROM jsonb_object_keys('
      . $envelope->('k1', 'attribute') . ') AS k',
      'correlationId description domain event eventId eventTime eventType'
      . ' fieldPath priority timeOcurred title', 'envelope: of a change');
gives('SELECT e ->> \'id\', e ->> \'href\', e #>> \'{event,customer,href}\','
      . ' e #>> \'{event,customer,id}\', e #>> \'{event,customer,status}\''
      . ' FROM (SELECT ' . $envelope->('k1', 'delete') . ' AS e) AS x',
      'k1|https://a.example/m/customer/k1|https://a.example/m/customer/k1'
      . '|k1|older', 'envelope: hrefs of the public base, the whole resource');
gives('SELECT tmf.instant(e ->> \'eventTime\') = date_trunc(\'milliseconds\','
      . ' occurred), e ->> \'eventTime\' = e ->> \'timeOcurred\' FROM (SELECT '
      . $envelope->('k1', 'create') . ' AS e, (SELECT occurred FROM'
      . ' tmf.outbox WHERE resource_id = \'k1\' ORDER BY seq LIMIT 1)) AS x',
      't|t', 'envelope: times');
gives(q{SELECT tmf.path_segment('aZ09-._~'), tmf.path_segment('a/b c%'),
        tmf.path_segment(E'\u00e4\u20ac')}, 'aZ09-._~|a%2Fb%20c%25'
      . '|%C3%A4%E2%82%AC', 'envelope: ids in hrefs are encoded');

# --- order

sub in_background
{
    my ($text) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    exec 'psql', '-X', '-q', '-o', '/dev/null', '-c', $text, connection()
        or POSIX::_exit(1);
}

my $writers = 4;
sql(create($customer, 'w' . $_, '{"name":"0"}')) for 1 .. 3;
my @pids = map { in_background("DO \$\$ BEGIN FOR i IN 1 .. 60 LOOP
    UPDATE $customer SET doc = doc || jsonb_build_object('name',
        ((doc ->> 'name')::integer + 1)::text) WHERE id = 'w' || 1 + i % 3;
    COMMIT; END LOOP; END \$\$") } 1 .. $writers;
waitpid $_, 0 for @pids;
gives("SELECT count(*), bool_and(n = expected) FROM (
           SELECT (doc ->> 'name')::integer AS n, row_number() OVER
               (PARTITION BY resource_id ORDER BY seq) - 1 AS expected
           FROM tmf.outbox WHERE resource_id ~ '^w[1-3]\$') AS x",
      3 + 60 * $writers . '|t',
      'order: numbers follow the changes of a resource, whoever writes');

# --- a subscription in the midst of writers

# A transaction that goes on until let_go(), and is seen to have begun when a
# query gives a 1.
sub going_on
{
    my ($text, $begun) = @_;
    sql("DELETE FROM tmf.subscription WHERE id = 't-ev-go'");
    my $pid = in_background("BEGIN; $text; DO \$\$ BEGIN
        WHILE NOT EXISTS (SELECT FROM tmf.subscription
                          WHERE id = 't-ev-go') LOOP
            PERFORM pg_sleep(0.01);
        END LOOP; END \$\$; COMMIT");
    for (1 .. 1000) {
        last if sql($begun);
        select undef, undef, undef, 0.01;
    }
    return $pid;
}

my $go = "INSERT INTO tmf.subscription (id, data_set, mount, base, callback,
    state) VALUES ('t-ev-go', 't_events_go', '/', '', '', 'disabled')";

sub let_go
{
    my ($pid) = @_;
    sql($go);
    waitpid $pid, 0;
    return;
}

my $pid = going_on("INSERT INTO $bill (id, doc) VALUES ('late', '{}')",
    "SELECT count(*) FROM pg_locks WHERE relation = '$bill'::regclass
     AND mode = 'RowExclusiveLock'");
gives(as('tmf_app', "SELECT tmf.await_writers('$a678', '50 ms')"), 'f',
      'await_writers: not for ever');
gives("BEGIN; SELECT tmf.await_writers('$a678', '10 ms');
       SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
       AND pid = pg_backend_pid()", "f\n0",
      'await_writers: nobody waits for those who wait');
gives(as('tmf_app', "SELECT tmf.await_writers('$a629')"), 't',
      'await_writers: not for writers elsewhere');
my $releasing = in_background("SELECT pg_sleep(0.2); $go");
gives(as('tmf_app', "SELECT tmf.await_writers('$a678', '60 s')")
      . ";\nSELECT count(*) FROM $bill WHERE id = 'late'", "t\n1",
      'await_writers: until they have committed');
waitpid $_, 0 for $releasing, $pid;
gives("SELECT tmf.await_writers('$a678'), tmf.await_writers('none')", 't|t',
      'await_writers: at once when there are none');

# What is prepared has no process any more, but has not been committed.
if (sql('SHOW max_prepared_transactions') ne '0') {
    # who has notified can't be prepared
    sql("BEGIN; INSERT INTO $a678.bill_cycle (id, doc) VALUES ('p1', '{}');
         PREPARE TRANSACTION 't_events'");
    gives(as('tmf_app', "SELECT tmf.await_writers('$a678', '50 ms')"), 'f',
          'await_writers: prepared transactions are waited for');
    gives(as('tmf_app', "SELECT tmf.await_writers('$a629', '50 ms')"), 't',
          'await_writers: not those elsewhere');
    sql("COMMIT PREPARED 't_events'");
    gives(as('tmf_app', "SELECT tmf.await_writers('$a678')"), 't',
          'await_writers: until they are committed');
}
$pid = going_on("SELECT pg_advisory_xact_lock(hashtext('tmf.await_writers'))",
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
     AND objid::bigint = hashtext('tmf.await_writers')::bigint & 4294967295
     AND granted");
gives(as('tmf_app', "SELECT tmf.await_writers('$a678', '50 ms')"), 'f',
      'await_writers: one looks at a time, the others not for ever');
$releasing = in_background("SELECT pg_sleep(0.2); $go");
gives(as('tmf_app', "SELECT tmf.await_writers('$a678', '60 s')"), 't',
      'await_writers: but until it is their turn');
waitpid $_, 0 for $releasing, $pid;

# --- taking and settling

clear();
subscribe('t-ev-1', $a629);
subscribe('t-ev-2', $a629);
sql(create($customer, "l$_", '{"name":"a"}')) for 1 .. 3;
sql(patch($customer, 'l1', '{"name":"b"}'));
sql(patch($customer, 'l1', '{"name":"c"}'));
relay($a629);
gives("SELECT subscription, count(*) FROM tmf.lane
       WHERE subscription LIKE 't-ev-%' GROUP BY 1 ORDER BY 1",
      "t-ev-1|3\nt-ev-2|3", 'relay: a lane for each resource');
is(scalar(claim('t_events_none')), 0, 'claim: of the data sets served only');
is(scalar(claim($a629, most => 0)), 0, 'claim: none wanted');
is(scalar(claim($a629, mounts => '/elsewhere')), 0,
   'claim: of the mounts served only');
is(scalar(claim($a629, data_sets => "$a678,$a629", mounts => '/m,/x')), 0,
   'claim: a mount of another data set is another');
my @first = claim($a629, data_sets => "$a678,$a629", mounts => '/x,/m');
is(scalar @first, 6, 'claim: one of each lane');
gives("SELECT count(*) FROM tmf.delivery AS d WHERE subscription = 't-ev-1'
       AND seq IN (" . join(',', map { $_->[3] } @first) . ') AND EXISTS
       (SELECT FROM tmf.delivery AS e WHERE e.subscription = d.subscription
        AND e.lane = d.lane AND e.seq < d.seq)', '0', 'claim: the first ones');
is(scalar(claim($a629)), 0, 'claim: nothing twice while a lease lasts');
my ($l1) = grep { $_->[0] eq 't-ev-1' && $_->[1] eq 'customer/l1' } @first;
my ($other) = grep { $_->[0] eq 't-ev-2' && $_->[1] eq 'customer/l1' } @first;
my ($l2) = grep { $_->[0] eq 't-ev-1' && $_->[1] eq 'customer/l2' } @first;
my ($l3) = grep { $_->[0] eq 't-ev-1' && $_->[1] eq 'customer/l3' } @first;
is(settle('delivered', 0, $l1, $l2), 2, 'settle: delivered');
is(settle('delivered', 0, $l1, $l2), 0, 'settle: once only');
gives("SELECT state, attempts, status, failure, delivered IS NOT NULL
       FROM tmf.delivery WHERE subscription = 't-ev-1' AND seq = $l1->[3]",
      'delivered|1|204|was delivered|t', 'settle: is noted');
gives("SELECT count(*) FROM tmf.lane WHERE subscription = 't-ev-1'
       AND lane = 'customer/l2'", '0',
      'settle: a lane without deliveries is gone');
my @second = claim($a629);
is(scalar @second, 1, 'claim: the next of a lane when the first is delivered');
ok($second[0][3] > $l1->[3] && $second[0][1] eq 'customer/l1',
   'claim: the lane goes on in order');

# retry
is(settle('retry', 60_000, @second), 1, 'settle: to be tried again');
is(scalar(claim($a629)), 0, 'claim: not before it is due');
sql("UPDATE tmf.lane SET due = now() WHERE subscription = 't-ev-1'
     AND lane = 'customer/l1'");
my @again = claim($a629);
is(seqs(@again), seqs(@second), 'claim: the same one again, not the next');
is($again[0][4], 1, 'claim: with the attempts that failed');
gives("SELECT due BETWEEN now() + interval '50 s' AND now() + interval '61 s'
       FROM tmf.lane WHERE lane = 'customer/l1'
       AND subscription = 't-ev-1'", 't', 'claim: the lease begins');
is(settle('released', 0, @again), 1, 'settle: given back');
@again = claim($a629);
is($again[0][4], 1, 'claim: what was given back has no attempt more');

# fencing
is(settle('delivered', 0, [@{$again[0]}[0, 1], $again[0][2] - 1]), 0,
   'fencing: an older lease settles nothing');
is(settle('delivered', 0, ['t-ev-1', 'customer/none', 1]), 0,
   'fencing: nor one of no lane');
sql("UPDATE tmf.lane SET due = now() - interval '1 s'
     WHERE subscription = 't-ev-1' AND lane IN ('customer/l1',
                                                'customer/l3')");
my @taken = claim($a629);
is(seqs(sort { $a->[3] <=> $b->[3] } @taken),
   seqs(sort { $a->[3] <=> $b->[3] } $again[0], $l3),
   'a lease that is over: others take the lane');
is(settle('delivered', 0, $again[0]), 0,
   'fencing: who has lost the lease settles nothing');
is(settle('retry', 0, $l3), 0, 'fencing: nor says that it failed');
gives("SELECT state, attempts FROM tmf.delivery
       WHERE subscription = 't-ev-1' AND seq = $again[0][3]", 'pending|1',
      'fencing: nothing has changed');
is(settle('delivered', 0, @taken), 2, 'fencing: the new one does');
# the lane l3 is gone and comes back: its numbers must not
sql(patch($customer, 'l3', '{"name":"b"}'));
relay($a629);
my @back = claim($a629);
my ($l3_back) = grep { $_->[0] eq 't-ev-1' && $_->[1] eq 'customer/l3' }
    @back;
ok($l3_back->[2] > $_->[2], 'fencing: no number twice, even in a new lane')
    for $l3, @taken;
is(settle('delivered', 0, $l3), 0, 'fencing: an old lease of a former lane');
is(settle('delivered', 0, @back), scalar @back, 'and the new one');

refused("SELECT tmf.settle('{t-ev-2}', '{customer/l1}', '{$other->[2]}',
         '{perhaps}', '{0}', '{200}', '{x}')", '22023: no outcome: perhaps',
        'settle: an outcome that there is not');

# bounds
clear();
subscribe("t-ev-$_", $a629) for 1 .. 3;
sql(create($customer, "m$_", '{"name":"a"}')) for 1 .. 8;
relay($a629);
is(scalar(claim($a629, most => 5, each => 8)), 5, 'claim: so many in all');
sql("UPDATE tmf.lane SET due = now() WHERE subscription LIKE 't-ev-%'");
my @bound = claim($a629, each => 3);
is(scalar @bound, 9, 'claim: so many of each subscription');
sql("UPDATE tmf.lane SET due = now() WHERE subscription LIKE 't-ev-%'");
@bound = claim($a629, each => 3, held => 't-ev-1,t-ev-2', counts => '2,7');
my %per;
$per{$_->[0]}++ for @bound;
is_deeply(\%per, {'t-ev-1' => 1, 't-ev-3' => 3},
          'claim: less what the caller holds already');

# a lane that another has locked is passed over
sql("UPDATE tmf.lane SET due = now() WHERE subscription LIKE 't-ev-%'");
$pid = going_on("SELECT FROM tmf.lane WHERE subscription = 't-ev-1'
    FOR UPDATE", "SELECT 1 WHERE NOT EXISTS (SELECT FROM tmf.lane
    WHERE subscription = 't-ev-1' FOR UPDATE SKIP LOCKED)");
is(scalar(claim($a629)), 16, 'claim: does not wait for others');
let_go($pid);

# --- parking

clear();
subscribe('t-ev-1', $a629);
sql(create($customer, "q$_", '{"name":"a"}')) for 1 .. 2;
sql(patch($customer, 'q1', '{"name":"b"}'));
relay($a629);
my @q = claim($a629);
is(settle('parked', 0, $q[0]), 1, 'settle: parked');
settle('delivered', 0, $q[1]);
is(scalar(claim($a629)), 0, 'parked: its lane waits, the rest flows');
sql(create($customer, 'q3', '{"name":"a"}'));
sql(patch($customer, 'q1', '{"name":"c"}'));
relay($a629);
my @flow = claim($a629);
is(join(' ', map { $_->[1] } @flow), 'customer/q3',
   'parked: new events do not free it');
settle('delivered', 0, @flow);
gives("SELECT lane, seq = $q[0][3], event_type, attempts, status, failure,
       behind FROM tmf.event_parked WHERE subscription = 't-ev-1'",
      'customer/q1|t|CustomerCreateEvent|1|500|was parked|2',
      'event_parked: shows what holds the lane');
gives("SELECT state, waiting, pending, lanes, failing, parked,
       lag BETWEEN interval '0' AND interval '1 hour', delivered, skipped
       FROM tmf.event_status WHERE subscription = 't-ev-1'",
      'active|0|3|1|1|1|t|2|0', 'event_status: counts and lag');
gives("SELECT tmf.resume('t-ev-1', 'customer/q3'),
       tmf.resume('t-ev-1', 'customer/q1'), tmf.resume('t-ev-1')", '0|1|0',
      'resume: lanes that wait');
my @resumed = claim($a629);
is($resumed[0][3], $q[0][3], 'resume: the same delivery again');
is($resumed[0][4], 0, 'resume: with all its attempts');
settle('parked', 0, @resumed);
gives("SELECT tmf.skip('t-ev-1', $q[0][3]), tmf.skip('t-ev-1', $q[0][3]),
       tmf.skip('t-ev-1', -1)", 't|f|f', 'skip: what is pending');
my @next = claim($a629);
ok(@next == 1 && $next[0][3] > $q[0][3] && $next[0][1] eq 'customer/q1',
   'skip: the lane goes on');
gives("SELECT tmf.skip('t-ev-1', $next[0][3])", 't', 'skip: in flight');
is(scalar(claim($a629)), 0, 'skip: the next waits for the answer');
is(settle('retry', 60_000, @next), 1, 'skip: which changes nothing any more');
gives("SELECT state FROM tmf.delivery WHERE subscription = 't-ev-1'
       AND seq = $next[0][3]", 'skipped', 'skip: remains');
my @last = claim($a629);
is(scalar @last, 1, 'skip: and the next follows');
settle('delivered', 0, @last);
gives("SELECT count(*) FROM tmf.lane WHERE subscription = 't-ev-1'", '0',
      'a lane that has nothing left is gone');
# the last delivery of a lane
sql(patch($customer, 'q1', '{"name":"d"}'));
relay($a629);
gives("SELECT tmf.skip('t-ev-1', (SELECT max(seq) FROM tmf.delivery));
       SELECT count(*) FROM tmf.lane WHERE subscription = 't-ev-1'", "t\n0",
      'skip: the only delivery takes its lane along');

# --- replay

my $bodies = "SELECT string_agg(seq || event_id || md5(body), ' '
    ORDER BY seq) FROM tmf.delivery WHERE subscription = 't-ev-1'";
my $before = sql($bodies);
sql(patch($customer, 'q2', '{"name":"later"}'));
gives("SELECT tmf.replay('t-ev-1', $q[1][3])", '1', 'replay: one');
my @replayed = claim($a629);
is(seqs(@replayed), $q[1][3], 'replay: is taken again');
is(sql($bodies), $before, 'replay: the same eventId and bytes');
gives("SELECT body::jsonb #>> '{event,customer,name}' FROM tmf.delivery
       WHERE subscription = 't-ev-1' AND seq = $q[1][3]", 'a',
      'replay: as it was then');
is(settle('delivered', 0, @replayed), 1, 'replay: delivered again');
gives("SELECT tmf.replay('t-ev-1', $q[1][3] + 1000000)", '0',
      'replay: nothing there');
gives("SELECT tmf.replay('t-ev-1', 0, 9223372036854775807) = count(*)
       FROM tmf.delivery WHERE subscription = 't-ev-1'", 't',
      'replay: a range, the skipped ones too');
gives("SELECT tmf.replay('t-ev-1', 0, 9223372036854775807)", '0',
      'replay: what is pending is not made pending');
my (@order, %lane);
for (my @round = claim($a629); @round; @round = claim($a629)) {
    push @order, @round;
    settle('delivered', 0, @round);
}
push @{$lane{$_->[1]}}, $_->[3] for @order;
ok(@order > 3 && !grep({ my @s = @$_; "@s" ne join ' ', sort { $a <=> $b } @s }
                       values %lane), 'replay: in order');

# --- disabling

relay($a629);
my ($one) = claim($a629);
is(settle('disabled', 0, $one), 1, 'settle: disabled');
gives("SELECT state, why FROM tmf.subscription WHERE id = 't-ev-1'",
      'disabled|was disabled', 'disabled: and why');
is(scalar(claim($a629)), 0, 'disabled: nothing is sent');
sql(create($customer, 'd1', '{"name":"a"}'));
events_are($a629, 'd1', [], 'disabled: nothing is kept for it');
gives("SELECT tmf.disable('t-ev-1'), tmf.enable('t-ev-1'),
       tmf.enable('t-ev-1')", 'f|t|f', 'enable');
is(seqs(claim($a629)), $one->[3], 'enable: what was pending still is');
gives("SELECT tmf.disable('t-ev-1', 'for a test');
       SELECT why FROM tmf.subscription WHERE id = 't-ev-1'",
      "t\nfor a test", 'disable: with a reason');

# --- secrets

sql("SELECT tmf.enable('t-ev-1')");
my $secret = 'whsec_' . ('A' x 32);
gives("SELECT tmf.attach_secret('t-ev-1', '$secret')", $secret,
      'secret: given');
like(sql("SELECT tmf.attach_secret('t-ev-1')"),
     qr{^whsec_[A-Za-z0-9+/]{43}=$}, 'secret: made, 32 bytes');
refused("SELECT tmf.attach_secret('t-ev-1')", '23514:', 'secret: a third');
refused("SELECT tmf.attach_secret('t-ev-none')", 'P0002:',
        'secret: of no subscription');
subscribe('t-ev-2', $a629);
refused("SELECT tmf.attach_secret('t-ev-2', '$_')",
        '23514: a secret is whsec_ and [^\n]+\n[^A]*PL',
        "secret, not quoted: $_") for 'whsec_' . 'A' x 28, 'A' x 32,
                          'whsec_' . 'A' x 88, 'whsec_' . 'A' x 31 . '!';
sql("SELECT tmf.resume('t-ev-1');
     UPDATE tmf.lane SET due = now() WHERE subscription = 't-ev-1'");
gives(as('tmf_app', "SELECT cardinality(secrets), secrets[2] FROM tmf.claim(
      '1 minute', 9, '{}', '{}', 9, '{$a629}')"), "2|$secret",
      'secret: the sender gets them, the newer one first');
gives("SELECT tmf.detach_secret('t-ev-1');
       SELECT count(*) FROM tmf.subscription_secret
       WHERE secret = '$secret'", "1\n0", 'secret: the older one goes');
gives("SELECT tmf.detach_secret('t-ev-1'), tmf.detach_secret('t-ev-1')",
      '0|0', 'secret: and the last one');

# --- purge

clear();
subscribe('t-ev-1', $a629);
sql(create($customer, "g$_", '{"name":"a"}')) for 1 .. 10;
relay($a629);
my @g = claim($a629);
settle('parked', 0, shift @g);
settle('delivered', 0, @g[0 .. 6]);
sql(create($customer, 'g11', '{"name":"a"}'));
sql("UPDATE tmf.outbox SET relayed = false
     WHERE data_set = '$a629' AND resource_id = 'g2'");
my $left = "SELECT (SELECT count(*) FROM tmf.delivery
    WHERE subscription = 't-ev-1'), (SELECT count(*) FROM tmf.outbox
    WHERE data_set = '$a629')";
sql(as('tmf_app', "SELECT tmf.purge('1 hour', 1000)"));
gives($left, '10|11', 'purge: nothing that is young');
sql("UPDATE tmf.outbox SET occurred = occurred - interval '9 days'
     WHERE data_set = '$a629';
     UPDATE tmf.delivery SET delivered = delivered - interval '9 days',
     made = made - interval '9 days' WHERE subscription = 't-ev-1'");
# what other suites have left isn't counted; and with another plan it is the
# same
for my $analyze ('', 'ANALYZE tmf.delivery, tmf.outbox;') {
    gives("BEGIN; DELETE FROM tmf.outbox WHERE data_set <> '$a629';
           DELETE FROM tmf.delivery WHERE subscription NOT LIKE 't-ev-%';
           $analyze
           SET LOCAL ROLE tmf_app;
           SELECT tmf.purge('8 days', 3); ROLLBACK", '6',
          'purge: at most so many of each');
}
sql(as('tmf_app', "SELECT tmf.purge('8 days', 1000)"));
gives($left, '4|2', 'purge: no delivery of what the relay is not done with');
sql("UPDATE tmf.outbox SET relayed = true
     WHERE data_set = '$a629' AND resource_id = 'g2'");
sql(as('tmf_app', "SELECT tmf.purge('8 days', 1000)"));
gives($left, '3|1', 'purge: what is old, never what is pending or waits');
gives("SELECT count(*) FROM tmf.lane WHERE subscription = 't-ev-1'", '3',
      'purge: nor lanes');
gives(as('tmf_app', "DELETE FROM tmf.subscription WHERE id = 't-ev-1'")
      . ";\nSELECT count(*) FROM tmf.delivery WHERE subscription = 't-ev-1'",
      '3', 'a deleted subscription: its deliveries stay');
is(scalar(claim($a629)), 0, 'and are nobody\'s');
sql(as('tmf_app', "SELECT tmf.purge('8 days', 1000)"));
gives("$left, (SELECT count(*) FROM tmf.lane
       WHERE subscription = 't-ev-1')", '0|0|0', 'purge: sweeps them up');

# what it leaves, and what another one is purging
sub purge_beside
{
    my ($before) = @_;
    open my $in, '|-', qw(psql -X -q -o /dev/null), connection()
        or die "psql: $!\n";
    syswrite $in, "BEGIN;\n$before;\n";
    wait_until("SELECT count(*) > 0 FROM pg_stat_activity
                WHERE state = 'idle in transaction'
                AND query LIKE '%purge%'");
    my $n = sql(as('tmf_app', "SELECT tmf.purge('8 days', 1000)"));
    syswrite $in, "ROLLBACK;\n\\q\n";
    close $in;
    return $n;
}

sub wait_until
{
    my ($condition) = @_;
    for (1 .. 100) {
        return if sql($condition) eq 't';
        select undef, undef, undef, 0.05;
    }
    die "in vain: $condition\n";
}

clear();
subscribe('t-ev-1', $a629);
sql(create($customer, "h$_", '{"name":"a"}')) for 1 .. 4;
relay($a629);
sql("UPDATE tmf.outbox SET occurred = occurred - interval '9 days'
     WHERE data_set = '$a629' AND resource_id < 'h2'");
my $lockers = "SELECT string_agg(xmax::text, ' ' ORDER BY seq)
    FROM tmf.outbox WHERE data_set = '$a629' AND resource_id > 'h1'";
my $unlocked = sql($lockers);
is(purge_beside("SELECT tmf.purge('8 days', 1000)"), '0',
   'purge: two at a time: the second leaves it to the first');
gives($lockers, $unlocked, 'purge: locks nothing but what it removes');
is(sql(as('tmf_app', "SELECT tmf.purge('8 days', 1000)")), '1',
   'purge: the next one does it');
gives("SELECT string_agg(resource_id, ' ' ORDER BY seq) FROM tmf.outbox
       WHERE data_set = '$a629'", 'h2 h3 h4', '... and that alone');

clear();
subscribe('t-ev-1', $a629);
sql(as('tmf_app', "DELETE FROM tmf.subscription WHERE id = 't-ev-1'"));
sql(as('tmf_app', "SELECT tmf.purge('8 days', 1000)"));
SKIP: {
    skip 'others have subscriptions', 2
        if sql('SELECT count(*) FROM tmf.subscription');
    gives("SELECT pg_sequence_last_value('tmf.subscribed_seq') IS NULL", 't',
          'purge: without subscriptions no trigger runs');
    subscribe('t-ev-1', $a629);
    gives("SELECT pg_sequence_last_value('tmf.subscribed_seq') IS NULL", 'f',
          'and with one it does');
}

# --- rights

subscribe('t-ev-9', $a629);
sql(create($customer, 'x1', '{"name":"a"}'));
relay($a629);
my %may = (
    tmf_app => {map { $_ => 1 } 'read subscriptions', 'read outbox',
                'read deliveries', 'read lanes', 'read status',
                'read parked', 'subscribe', 'unsubscribe', 'mark relayed',
                'disable'},
    tmf_readonly => {map { $_ => 1 } 'read subscriptions', 'read outbox',
                     'read deliveries', 'read lanes', 'read status',
                     'read parked'},
    tmf_billing => {},
);
my %right = (
    'read subscriptions' => 'SELECT FROM tmf.subscription',
    'read outbox' => 'SELECT FROM tmf.outbox',
    'read deliveries' => 'SELECT FROM tmf.delivery',
    'read lanes' => 'SELECT FROM tmf.lane',
    'read status' => 'SELECT FROM tmf.event_status',
    'read parked' => 'SELECT FROM tmf.event_parked',
    'read secrets' => 'SELECT FROM tmf.subscription_secret',
    'write secrets' => "INSERT INTO tmf.subscription_secret
        (subscription, place, secret) VALUES ('t-ev-9', 1, '$secret')",
    'subscribe' => "INSERT INTO tmf.subscription (data_set, mount, base,
        callback) VALUES ('t', '/', 'b', 'c')",
    'subscribe from before' => "INSERT INTO tmf.subscription (data_set,
        mount, base, callback, seq) VALUES ('t', '/', 'b', 'c', 0)",
    'unsubscribe' => "DELETE FROM tmf.subscription WHERE id = 't-ev-9'",
    'change a callback' => "UPDATE tmf.subscription SET callback = 'x'",
    'forge an event' => "INSERT INTO tmf.outbox (data_set, resource,
        resource_id, event_type, kind, doc) VALUES ('t', 'a', 'b', 'c',
        'create', '{}')",
    'mark relayed' => 'UPDATE tmf.outbox SET relayed = true WHERE false',
    'change an event' => "UPDATE tmf.outbox SET doc = '{}' WHERE false",
    'remove an event' => 'DELETE FROM tmf.outbox WHERE false',
    'change bytes' => "UPDATE tmf.delivery SET body = '' WHERE false",
    'settle by hand' => "UPDATE tmf.delivery SET state = 'delivered'
        WHERE false",
    'remove a delivery' => 'DELETE FROM tmf.delivery WHERE false',
    'forge a lease' => 'UPDATE tmf.lane SET fence = 1 WHERE false',
    'remove a lane' => 'DELETE FROM tmf.lane WHERE false',
    'resume' => "SELECT tmf.resume('t-ev-9')",
    'skip' => "SELECT tmf.skip('t-ev-9', 1)",
    'replay' => "SELECT tmf.replay('t-ev-9', 1)",
    'disable' => "SELECT tmf.disable('t-ev-9')",
    'enable' => "SELECT tmf.enable('t-ev-9')",
    'attach a secret' => "SELECT tmf.attach_secret('t-ev-9')",
    'detach a secret' => "SELECT tmf.detach_secret('t-ev-9')",
);
for my $role (sort keys %may) {
    my @rights = sort keys %right;
    my $text = join '', "\\set ON_ERROR_STOP off\n",
        map { "BEGIN;\nSET LOCAL ROLE $role;\n$right{$_};\n"
              . "\\echo state :SQLSTATE\nROLLBACK;\n" } @rights;
    my @states = sql($text) =~ /^state (\S+)$/mg;
    for my $name (@rights) {
        my $expected = $may{$role}{$name} ? '00000' : '42501';
        is(shift @states, $expected, "$role may "
           . ($may{$role}{$name} ? '' : 'not ') . $name);
    }
}
for my $role (qw(tmf_billing tmf_readonly)) {
    refused(as($role, $_), '42501:', "$role may not: $_")
        for "SELECT tmf.claim('1 s', 1, '{}', '{}', 1, '{t}')",
            "SELECT tmf.settle('{}', '{}', '{}', '{}', '{}', '{}', '{}')",
            "SELECT tmf.purge('1 s', 1)",
            "SELECT tmf.await_writers('t')";
}
sql("SET ROLE tmf_owner; GRANT INSERT (id, doc) ON $customer
     TO tmf_readonly");
sql("$billing SELECT 1;
     SET ROLE tmf_readonly;
     INSERT INTO $customer (id, doc) VALUES ('x2', '{\"name\":\"a\"}')");
events_are($a629, 'x2', ['CustomerCreateEvent'],
           'whoever may write a resource makes its events');

# --- wake-up

unlike(sql("LISTEN tmf_event;\nSELECT 1;\n"), qr/notification/,
       'no notification without an event');
like(sql("LISTEN tmf_event;\nSELECT setval('tmf.wake_seq', 1);\n"
         . create($customer, 'y1', '{"name":"a"}') . ";\nSELECT 1;"),
     qr/notification "tmf_event"/, 'an event notifies');

# a transaction that has notified can't be prepared
subscribe('t-ev-y', $a629);
my $written = "SELECT setval('tmf.wake_seq', 1);\n"
    . create($customer, 'y2', '{"name":"a"}') . ";\n";
for my $off (qw(off OFF false no 0)) {
    unlike(sql("LISTEN tmf_event;\nSET tmf.notify = $off;\n"
               . $written =~ s/y2/y-$off/r . 'SELECT 1'),
           qr/notification/, "tmf.notify = $off: none does");
}
for my $on ("''", 'on', 'true', 'yes') {
    like(sql("LISTEN tmf_event;\nSET tmf.notify = $on;\n"
             . $written =~ s/y2/y-$on/r =~ s/y-''/y-empty/r . "SELECT 1"),
         qr/notification/, "tmf.notify = $on: it does");
}
if (sql('SHOW max_prepared_transactions') eq '0') {
    note('no transaction can be prepared here');
    sql("SET tmf.notify = off;\n$written");
}
else {
    refused("BEGIN;\n${written}PREPARE TRANSACTION 't-events'", '0A000:',
            'a transaction with events that notify is not prepared');
    sql("SET tmf.notify = off;\nBEGIN;\n${written}"
        . "PREPARE TRANSACTION 't-events'");
    events_are($a629, 'y2', [], 'without, it is: no event yet');
    sql(as('tmf_app', "COMMIT PREPARED 't-events'"));
    events_are($a629, 'y2', ['CustomerCreateEvent'], '... then there is one');
}
relay($a629);
gives("SELECT count(*) FROM tmf.delivery WHERE subscription = 't-ev-y'
       AND lane LIKE 'customer/y%'", sql("SELECT count(*) FROM tmf.outbox
       WHERE data_set = '$a629' AND resource_id ~ '^y[-2]' AND relayed"),
      '... which is relayed like any other');
done_testing();
