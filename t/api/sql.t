# A billing engine's plain SQL is served at once.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $mount = '/loader/v4';
my $now = qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

sub billing
{
    my ($text) = @_;
    return sql(as('tmf_billing', $text));
}

# --- INSERT

billing(q(INSERT INTO api_loader.customer_bill (id, doc) VALUES
    ('B/1', '{"id":"wrong","href":"/wrong","billNo":"2026-1","state":"new",
     "amountDue":{"unit":"EUR","value":12.30},"category":null,
     "billDocument":[{"id":"D1"}],"billingAccount":{"id":"A1"}}')));
my $one = "$mount/customerBill/B%2F1";
my $r = get($one);
my $bill = body($r);
is($r->{status}, 200, 'insert: served at once');
is($bill->{id} . ' ' . $bill->{href}, 'B/1 ' . base() . $one,
   'insert: under the id of the row, whatever the document says');
is($bill->{'@type'}, 'CustomerBill', 'insert: @type is defaulted');
like($bill->{lastUpdate}, $now, 'insert: lastUpdate is set');
is(number_text($r->{content}, 'value'), '12.30',
   'insert: numbers keep their scale');
ok(!exists $bill->{category}, 'insert: a null is no attribute');
is_json(body(get("$mount/customerBill?billNo=2026-1&fields=none")),
        [{ id => 'B/1', href => base() . $one }], 'insert: found by a filter');

billing(q(INSERT INTO api_loader.applied_customer_billing_rate (doc) VALUES
    ('{"name":"R1","isBilled":true,"bill":{"id":"B/1"}}'),
    ('{"name":"R2","isBilled":false}')));
$r = get("$mount/appliedCustomerBillingRate?isBilled=true");
is(body($r)->[0]{name}, 'R1', 'insert: rates too');
like(body($r)->[0]{id}, qr/^[0-9a-f]{8}-[0-9a-f]{4}-7/,
     'insert: an id is made where there is none');
billing(q(INSERT INTO api_loader.customer_bill (id, doc) VALUES ('B2',
    '{"billNo":"2026-2","lastUpdate":"2020-01-05T12:00:56.982Z"}')));
is(body(get("$mount/customerBill/B2"))->{lastUpdate},
   '2020-01-05T12:00:56.982Z', 'insert: a lastUpdate of the writer is kept');

# --- COPY

billing("COPY api_loader.bill_cycle (id, doc) FROM STDIN;\n"
    . join('', map { qq(BC-$_\t{"name":"Cycle $_","billingDate":)
                     . qq("2026-0$_-05T00:00:00Z"}\n) } 1 .. 9) . "\\.\n");
$r = get("$mount/billCycle");
is($r->{headers}{'x-total-count'}, 9, 'copy: served at once');
is(join(' ', map { $_->{id} } @{ body($r) }),
   join(' ', map { "BC-$_" } 1 .. 9), 'copy: in the order of the rows');
is(body(get("$mount/billCycle?billingDate=2026-03"))->[0]{name}, 'Cycle 3',
   'copy: found by a filter');
billing("COPY api_loader.bill_cycle_specification (doc) FROM STDIN;\n"
    . qq({"id":"S1","name":"Monthly"}\n\\.\n));
is(body(get("$mount/billCycleSpecification/S1"))->{name}, 'Monthly',
   'copy: the id of the document where the row has none');

# --- UPDATE

billing(q(UPDATE api_loader.customer_bill
    SET doc = jsonb_set(doc, '{state}', '"sent"') WHERE id = 'B/1'));
my $sent = body(get($one));
is($sent->{state}, 'sent', 'update: served at once');
ok($sent->{lastUpdate} gt $bill->{lastUpdate}, 'update: lastUpdate follows');
billing(q(UPDATE api_loader.customer_bill SET doc = doc WHERE id = 'B/1'));
is(body(get($one))->{lastUpdate}, $sent->{lastUpdate},
   'update: no change, no lastUpdate');
is(scalar @{ body(get("$mount/customerBill?state=sent")) }, 1,
   'update: found by a filter');
is(body(get("$mount/customerBill"))->[0]{id}, 'B/1',
   'update: does not move a row');

my $request = body(post("$mount/customerBillOnDemand",
                        '{"billingAccount":{"id":"A1"}}'));
is($request->{state}, 'inProgress', 'on demand: a request of a client');
billing(qq(UPDATE api_loader.customer_bill_on_demand
    SET doc = doc || '{"state":"done","customerBill":{"id":"B/1"}}'
    WHERE id = '$request->{id}'));
my $done = body(get("$mount/customerBillOnDemand/$request->{id}"));
is_json([@{$done}{qw(state customerBill)}], ['done', { id => 'B/1' }],
        'on demand: completed by SQL');
ok($done->{lastUpdate} gt $request->{lastUpdate},
   'on demand: lastUpdate follows');

# --- PATCH beside it

my $patched = body(patch($one, '{"state":"onHold"}'));
ok($patched->{lastUpdate} gt $sent->{lastUpdate},
   'patch: sets lastUpdate of a bill');
is($patched->{billNo}, '2026-1', 'patch: the rest stays');
is(sql(q(SELECT version FROM api_loader.customer_bill WHERE id = 'B/1')), 3,
   'patch: one version for each change, whoever made it');
billing(q(UPDATE api_loader.customer_bill
    SET doc = doc || '{"state":"settled"}' WHERE id = 'B/1'));
is(body(get($one))->{state}, 'settled', 'patch: SQL goes on from there');

# --- what is not committed, or gone

sql(as('tmf_billing', q(BEGIN; INSERT INTO api_loader.customer_bill (id, doc)
    VALUES ('B3', '{"billNo":"2026-3"}'); ROLLBACK;)));
error_is(get("$mount/customerBill/B3"), 404, 'notFound',
         'transaction: what was rolled back is not served');
sql(as('tmf_billing', q(BEGIN; INSERT INTO api_loader.customer_bill (id, doc)
    VALUES ('B3', '{"billNo":"2026-3"}');
    INSERT INTO api_loader.applied_customer_billing_rate (id, doc)
    VALUES ('R3', '{"bill":{"id":"B3"},"isBilled":true}'); COMMIT;)));
is(get("$mount/customerBill/B3")->{status}
       . get("$mount/appliedCustomerBillingRate/R3")->{status}, '200200',
   'transaction: a bill and its rate appear together');
billing(q(DELETE FROM api_loader.customer_bill WHERE id = 'B3'));
error_is(get("$mount/customerBill/B3"), 404, 'notFound',
         'delete: gone at once');
like(sql_result(as('tmf_billing', 'TRUNCATE api_loader.customer_bill')),
     qr/42501/, 'truncate: refused');
is(row_count('api_loader.customer_bill'), 2, 'truncate: the bills are there');

done_testing;
