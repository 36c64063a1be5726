# TMFProfile strict, and tables of states.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $kit = '/tmf-api/customerManagement/v4/customer';
my $customers = '/strict/customer/v4/customer';
my $payments = '/strict/payment/v4/payment';
my $bills = '/strict/bill/v4/customerBill';
my $demands = '/strict/bill/v4/customerBillOnDemand';
my $party = '"engagedParty":{"id":"P1","@referredType":"Organization"}';
my $customer = qq("name":"C",$party);

# --- POST

is(post($customers, "{$customer}")->{status}, 201, 'strict: what is right');
my $loose = '{"name":"C","engagedParty":{},"colour":1,"account":[{"id":"A"}],
    "contactMedium":[{"mediumType":"email","characteristic":{"x":1}}]}';
violations_are(post($customers, $loose),
    ['/account/0/name required', '/colour unknown',
     '/contactMedium/0/characteristic/x unknown',
     '/engagedParty/id required', '/engagedParty/@referredType required'],
    'strict: every fault is listed');
is(post($kit, $loose)->{status}, 201, 'kit: takes it');
is(post($customers, "{$customer,\"\@schemaLocation\":\"http://x/y\",
        \"\@own\":1,\"account\":[{\"name\":\"A\",\"id\":\"1\",\"\@z\":[]}]}")
       ->{status}, 201, 'strict: names with @ extend every object');
is(post($customers, "{$customer,\"id\":\"x\",\"href\":\"y\",\"z\":null}")
       ->{status}, 201, 'strict: id and href are ignored, null is absent');
violations_are(post($customers, '{"status":1,"x":2}'),
    ['/engagedParty required', '/name required', '/status type',
     '/x unknown'], 'strict: beside what kit refuses');
is(post($customers, "{$customer,\"characteristic\":[{\"name\":\"n\",
        \"value\":{\"any\":{\"thing\":1}}}]}")->{status}, 201,
   'strict: a value of any type may be anything');

my $money = '{"unit":"EUR","value":12.30}';
is(post($payments, qq({"account":{"id":"A"},"paymentMethod":{},
        "totalAmount":$money}))->{status}, 201, 'strict: a payment');
my $r = post($payments, '{"account":{},"paymentMethod":{},"totalAmount":{},
    "taxAmount":{"unit":"EUR"}}');
violations_are($r, ['/account/id required', '/taxAmount/value required',
                    '/totalAmount/unit required',
                    '/totalAmount/value required'],
    'strict: what the conformance profile makes mandatory');
is(post('/tmf-api/paymentManagement/v4/payment',
        '{"account":{"id":"1"},"paymentMethod":{},"totalAmount":{}}')
       ->{status}, 201, 'kit: objects may be empty, as the kits send them');
violations_are(post($demands, '{"relatedParty":{"role":"payer"}}'),
    ['/relatedParty/@referredType required', '/relatedParty/id required'],
    'strict: of an object that is there');
violations_are(post($demands, '{}'), [' oneOf'], 'strict: one of a group');

# --- PATCH: the result counts

$r = post($customers, "{$customer,\"account\":[{\"name\":\"A\"}]}");
my $one = "$customers/" . id_of($r);
is(patch($one, '{"name":"D"}')->{status}, 200, 'patch: what is right');
is(patch($one, '{"engagedParty":{"name":"N"}}')->{status}, 200,
   'patch: an object is merged and then complete');
violations_are(patch($one, '{"engagedParty":{"id":null}}'),
    ['/engagedParty/id required'], 'patch: nothing mandatory can go');
violations_are(patch($one, '{"colour":1,"engagedParty":{"nmae":"x"},
                             "account":[{"id":"1"}]}'),
    ['/account/0/name required', '/colour unknown',
     '/engagedParty/nmae unknown'],
    'patch: faults of its own and of its result, each once');
violations_are(patch($one, '{"colour":1}'), ['/colour unknown'],
    'patch: those of the result alone');
is(patch($one, '{"colour":null,"@own":{}}')->{status}, 200,
   'patch: what is not there can be removed, what begins with @ set');
my $json = 'application/json-patch+json';
violations_are(patch($one, '[{"op":"remove","path":"/account/0/name"},
                             {"op":"add","path":"/colour","value":1}]', $json),
    ['/account/0/name required', '/colour unknown'], 'patch: by JSON Patch');
is(patch($one, '[{"op":"replace","path":"/account/0/name","value":"B"}]',
         $json)->{status}, 200, 'patch: by JSON Patch, what is right');

# What was stored otherwise is only looked at if it changes.
sql(q(INSERT INTO api_strict_customer.customer (id, doc) VALUES
    ('old', '{"name":"O","engagedParty":{"id":"1"},"colour":1}')));
is(patch("$customers/old", '{"name":"P"}')->{status}, 200,
   'patch: what is already stored stays as it is');
violations_are(patch("$customers/old", '{"engagedParty":{"name":"x"}}'),
    ['/engagedParty/@referredType required'], 'patch: until it changes');
is(patch("$customers/old", '{"colour":null}')->{status}, 200,
   'patch: and can be put in order');
sql(q(INSERT INTO api_strict_bill.customer_bill (id, doc) VALUES
    ('B1', '{"state":"new"}')));
is(patch("$bills/B1", '{"state":"sent"}')->{status}, 200,
   'patch: what a patch cannot set is not demanded of it');

# --- types by name: the definition has none that extends another, so @type
# is free

is(post($customers, "{$customer,\"\@type\":\"Special\",
        \"\@baseType\":\"Customer\"}")->{status}, 201, '@type: any name');

# --- states

my $states = '/states/v4/customerBill';
sql(q(INSERT INTO api_states.customer_bill (id, doc) VALUES
    ('S1', '{"state":"new","billNo":"1"}'), ('S2', '{"billNo":"2"}')));
for my $step (
    ['new', 200], ['sent', 409], ['validated', 200], ['new', 409],
    ['sent', 200], ['sent', 200], ['onHold', 200], ['sent', 200],
    ['settled', 200], ['settled', 200], ['new', 409], ['onHold', 409],
) {
    my ($state, $status) = @$step;
    my $answer = patch("$states/S1", qq({"state":"$state"}));
    if ($status == 200) {
        is($answer->{status}, 200, "states: to $state");
        next;
    }
    error_is($answer, 409, 'conflict', "states: not to $state");
    is_json([violation_list($answer)], ['/state transition'],
            'states: the violation');
}
is(patch("$states/S1", '{"category":null}')->{status}, 200,
   'states: another change of a final state');
error_is(patch("$states/S1", '{"state":null}'), 409, 'conflict',
         'states: it cannot go');
violations_are(patch("$states/S1", '{"state":"new","billNo":"7"}'),
    ['/billNo readOnly', '/state transition'],
    'states: beside other faults it is 400');
error_is(patch("$states/S1", '[{"op":"replace","path":"/state",
               "value":"new"}]', $json), 409, 'conflict',
         'states: by JSON Patch');
is(patch("$states/S2", '{"state":"settled"}')->{status}, 200,
   'states: the first may be any');
is(sql("SELECT doc ->> 'state' FROM api_states.customer_bill
        WHERE id = 'S1'"), 'settled', 'states: the last that was right');

# One of two patches at the same time loses.
sql(q(INSERT INTO api_states.customer_bill (id, doc)
    SELECT 'T' || i, '{"state":"sent"}' FROM generate_series(1, 20) AS i));
my @children;
for my $state (qw(settled partiallyPaid)) {
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        my $wrong = grep { $_->{status} !~ /^(200|409)$/ }
            map { patch("$states/T$_", qq({"state":"$state"})) } 1 .. 20;
        require POSIX;
        POSIX::_exit($wrong);
    }
    push @children, $pid;
}
my @failed = map { waitpid $_, 0; $? } @children;
is("@failed", '0 0', 'states: concurrent patches: 200 or 409');
is(sql("SELECT count(*) FROM api_states.customer_bill
        WHERE id ~ '^T' AND doc ->> 'state' <> 'settled'"), '0',
   'states: nothing follows what is settled');

done_testing;
