# What the triggers hold for every writer.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use TmfSql;

make_data_set('TMF678', 't_trigger_678');
make_data_set('TMF676', 't_trigger_676');

my $bill = 't_trigger_678.customer_bill';
my $request = 't_trigger_678.customer_bill_on_demand';
my $cycle = 't_trigger_678.bill_cycle';
my $payment = 't_trigger_676.payment';
my $stamp = '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z';
my $insert = "INSERT INTO $cycle (id, doc) VALUES";

# --- id and href

sql("$insert ('c1', '{\"id\":\"x\",\"href\":\"/x\",\"name\":\"c1\"}')");
gives("SELECT doc - '\@type' FROM $cycle WHERE id = 'c1'", '{"name": "c1"}',
      'insert: id and href leave the document, the column wins');
sql("INSERT INTO $cycle (doc) VALUES ('{\"id\":\"c2\",\"name\":\"c2\"}')");
gives("SELECT doc - '\@type' FROM $cycle WHERE id = 'c2'", '{"name": "c2"}',
      'insert: the id of the document is used');
like(sql("INSERT INTO $cycle (doc) VALUES ('{\"name\":\"c3\"}') RETURNING id"),
     qr/^[0-9a-f]{8}-[0-9a-f]{4}-7/, 'insert: an id is made');
refused("$insert ('c1', '{}')", '23505:', 'insert: an id twice');
refused("$insert ('', '{}')", '23514:', 'insert: an empty id');
refused("$insert (repeat('x', 256), '{}')", '23514:', 'insert: a long id');
refused("$insert ('$_', '{}')", "23514: no URL has the id $_",
        "insert: the id $_")
    for '.', '..';
refused("INSERT INTO $cycle (doc) VALUES ('{\"id\":\"..\"}')", '23514:',
        'insert: .. in the document');
sql("$insert ('...', '{}'), ('.x', '{}')");
sql("$insert (repeat('x', 255), '{}')");
gives("SELECT count(*) FROM $cycle WHERE length(id) = 255", '1',
      'insert: an id of 255');
refused("UPDATE $cycle SET id = 'other' WHERE id = 'c1'",
        '23514: the id of a row of t_trigger_678.bill_cycle cannot',
        'update: the id changes');
gives("UPDATE $cycle SET id = 'c1' WHERE id = 'c1' RETURNING version", '1',
      'update: the same id');
gives("UPDATE $cycle SET doc = doc || '{\"id\":\"y\",\"href\":\"/y\"}'
       WHERE id = 'c1' RETURNING version, doc ? 'id', doc ? 'href'", '1|f|f',
      'update: id and href leave the document');

# --- documents

refused("$insert ('d1', NULL)", '23502:', 'insert: no document');
refused("$insert ('d1', '[]')", '23514:', 'insert: an array');
refused("$insert ('d1', '\"s\"')", '23514:', 'insert: a string');
refused("$insert ('d1', 'null')", '23514:', 'insert: a JSON null');
refused("UPDATE $cycle SET doc = '[]' WHERE id = 'c1'", '23514:',
        'update: an array');
refused("UPDATE $cycle SET doc = '7' WHERE id = 'c1'", '23514:',
        'update: a number');
refused("UPDATE $cycle SET doc = NULL WHERE id = 'c1'", '23502:',
        'update: no document');
gives("$insert ('d2', '{\"a\":null,\"b\":{\"c\":null,\"d\":1},
                       \"e\":[null,{\"f\":null}],\"g\":{},\"h\":[]}')
       RETURNING doc - '\@type'",
      '{"b": {"d": 1}, "e": [null, {}], "g": {}, "h": []}',
      'insert: null attributes go, all else stays');
gives("UPDATE $cycle SET doc = doc || '{\"z\":null,\"y\":1}' WHERE id = 'd2'
       RETURNING doc ? 'z', doc -> 'y'", 'f|1',
      'update: null attributes go');
gives("$insert ('d3', '{\"n\":12.30,\"m\":1.000,
           \"k\":12345678901234567890.123456789}')
       RETURNING body",
      '{"k": 12345678901234567890.123456789, "m": 1.000, "n": 12.30,'
      . ' "@type": "BillCycle"}', 'insert: the body has every digit');

# --- @type

gives("$insert ('t1', '{}') RETURNING doc", '{"@type": "BillCycle"}',
      '@type: by default');
gives("$insert ('t2', '{\"\@type\":\"OwnCycle\"}') RETURNING doc",
      '{"@type": "OwnCycle"}', '@type: the writer\'s own');
gives("$insert ('t3', '{\"\@type\":null}') RETURNING doc",
      '{"@type": "BillCycle"}', '@type: null counts as absent');
gives("UPDATE $cycle SET doc = '{\"a\":1}' WHERE id = 't2' RETURNING doc",
      '{"a": 1, "@type": "BillCycle"}', '@type: by default after an update');

# --- version, created, updated, seq

sql("$insert ('v1', '{\"n\":12.30,\"a\":\"x\"}')");
gives("SELECT version, created = updated FROM $cycle WHERE id = 'v1'", '1|t',
      'version: 1 at first');
gives("UPDATE $cycle SET doc = '{\"a\":\"x\",\"n\":12.30}' WHERE id = 'v1'
       RETURNING version, created = updated", '1|t',
      'version: the same document again');
gives("UPDATE $cycle SET doc = doc || '{\"n\":12.3}' WHERE id = 'v1'
       RETURNING version, updated > created, doc -> 'n', body",
      '2|t|12.3|{"a": "x", "n": 12.3, "@type": "BillCycle"}',
      'version: 12.30 to 12.3 is a change');
gives("UPDATE $cycle SET doc = doc || '{\"a\":\"y\"}' WHERE id = 'v1'
       RETURNING version", '3', 'version: one more with each change');
gives("UPDATE $cycle SET version = 77, created = now() - interval '1 day',
           updated = now() - interval '1 day', seq = DEFAULT,
           doc = doc || '{\"a\":\"z\"}'
       WHERE id = 'v1' RETURNING version, created > now() - interval '1 hour',
           updated > now() - interval '1 hour',
           seq < (SELECT max(seq) FROM $cycle) + 1", '4|t|t|t',
      'version, created, updated, seq: not even the owner sets them');
gives("INSERT INTO $cycle (id, doc, version, created, updated)
       VALUES ('v2', '{}', 5, '2000-01-01', '2000-01-01')
       RETURNING version, created > now() - interval '1 hour',
                 updated = created", '1|t|t',
      'version, created, updated: nor at the insert');
gives("INSERT INTO $cycle (id, doc) VALUES ('s1', '{}'), ('s0', '{}');
       SELECT string_agg(id, ' ' ORDER BY seq) FROM $cycle
       WHERE id IN ('s0', 's1')", 's1 s0', 'seq: the order of creation');
refused("UPDATE $cycle SET body = '{}' WHERE id = 'v1'", '428C9:',
        'body: follows the document only');

# --- defaults and now

like(sql("INSERT INTO $payment (id, doc) VALUES ('p1', '{}')
          RETURNING body"),
     qr/^\{"\@type":[ ]"Payment",[ ]"status":[ ]"done",
         [ ]"statusDate":[ ]"$stamp",[ ]"paymentDate":[ ]"$stamp"\}$/x,
     'defaults: value and time where left out');
gives("INSERT INTO $payment (id, doc) VALUES ('p2',
           '{\"status\":\"failed\",\"statusDate\":\"2026-01-02T03:04:05+01:00\",
             \"paymentDate\":\"2026-01-02\"}') RETURNING body",
      '{"@type": "Payment", "status": "failed",'
      . ' "statusDate": "2026-01-02T03:04:05+01:00",'
      . ' "paymentDate": "2026-01-02"}', 'defaults: not over the writer\'s');
gives("INSERT INTO $payment (id, doc) VALUES ('p3', '{\"status\":null}')
       RETURNING doc ->> 'status'", 'done', 'defaults: over a null');
gives("UPDATE $payment SET doc = doc - 'status' WHERE id = 'p2'
       RETURNING doc ? 'status'", 'f', 'defaults: at the insert only');
gives("SELECT abs(extract(epoch FROM tmf.instant(doc ->> 'paymentDate')
                          - created)) < 0.001 FROM $payment WHERE id = 'p1'",
      't', 'now: the time of the insert');

# --- touched

like(sql("INSERT INTO $bill (id, doc) VALUES ('b1', '{\"billNo\":\"1\"}')
          RETURNING doc ->> 'lastUpdate'"), qr/^$stamp$/,
     'touched: set at the insert');
gives("INSERT INTO $bill (id, doc)
       VALUES ('b2', '{\"billNo\":\"2\",\"lastUpdate\":\"2020-01-01\"}')
       RETURNING doc ->> 'lastUpdate'", '2020-01-01',
      'touched: the writer\'s own at the insert');
gives("UPDATE $bill SET doc = doc WHERE id = 'b2'
       RETURNING version, doc ->> 'lastUpdate'", '1|2020-01-01',
      'touched: stays without a change');
gives("UPDATE $bill SET doc = '{\"billNo\":\"2\"}' WHERE id = 'b2'
       RETURNING version, doc ->> 'lastUpdate'", '1|2020-01-01',
      'touched: leaving it out is no change');
like(sql("UPDATE $bill SET doc = doc || '{\"billNo\":\"3\"}' WHERE id = 'b2'
          RETURNING version, doc ->> 'lastUpdate'"), qr/^2[|]20[2-9].*Z$/,
     'touched: set at a change');
gives("UPDATE $bill
       SET doc = doc || '{\"billNo\":\"4\",\"lastUpdate\":\"2021-01-01\"}'
       WHERE id = 'b2' RETURNING version, doc ->> 'lastUpdate'",
      '3|2021-01-01', 'touched: the writer\'s own at a change');
gives("UPDATE $bill SET doc = doc || '{\"lastUpdate\":\"2022-01-01\"}'
       WHERE id = 'b2' RETURNING version, doc ->> 'lastUpdate'",
      '4|2022-01-01', 'touched: changing it alone is a change');
like(sql("UPDATE $bill SET doc = '{\"billNo\":\"5\"}' WHERE id = 'b2'
          RETURNING version, doc ->> 'lastUpdate'"), qr/^5[|]20[2-9].*[.].*Z$/,
     'touched: set at a change that leaves it out');
gives("UPDATE $request SET doc = '{}' WHERE false; INSERT INTO $request
       (id, doc) VALUES ('r1', '{}') RETURNING doc ->> 'state'",
      'inProgress', 'touched and defaults in one rule');

# --- COPY

sql("SET ROLE tmf_billing;\nCOPY $bill (id, doc) FROM STDIN (FORMAT csv);\n"
    . 'k1,"{""billNo"":""K1"",""href"":""/x"",'
    . qq(""amountDue"":{""value"":12.30}}"\n)
    . qq{k2,"{""billNo"":""K \\\\ 2""}"\n\\.\n});
gives("SELECT id, version, doc - 'lastUpdate', doc ? 'lastUpdate'
       FROM $bill WHERE id LIKE 'k%' ORDER BY seq",
      'k1|1|{"@type": "CustomerBill", "billNo": "K1",'
      . ' "amountDue": {"value": 12.30}}|t' . "\n"
      . 'k2|1|{"@type": "CustomerBill", "billNo": "K \\\\ 2"}|t',
      'COPY: the same rules');
sql("SET ROLE tmf_billing;\nCOPY $bill (doc) FROM STDIN\n"
    . "    (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01');\n"
    . qq({"id":"k3","billNo":"a, \\"b\\"\\tc"}\n\\.\n));
gives("SELECT doc ->> 'billNo' FROM $bill WHERE id = 'k3'", "a, \"b\"\tc",
      'COPY: a document a line, as it is');
refused("COPY $bill (id, doc) FROM STDIN (FORMAT csv);\nk1,{}\n\\.\n",
        '23505:', 'COPY: an id twice');
refused("COPY $bill (id, doc) FROM STDIN (FORMAT csv);\nk9,[]\n\\.\n",
        '23514:', 'COPY: an array');

# --- upsert, delete

my $upsert = "INSERT INTO $cycle (id, doc) VALUES ('u1', '%s')
              ON CONFLICT (id) DO UPDATE SET doc = EXCLUDED.doc
              RETURNING version, doc ->> 'name'";
gives(sprintf($upsert, '{"name":"a"}'), '1|a', 'upsert: inserts');
gives(sprintf($upsert, '{"name":"a"}'), '1|a', 'upsert: unchanged');
gives(sprintf($upsert, '{"name":"b"}'), '2|b', 'upsert: changes');
gives("DELETE FROM $cycle WHERE id = 'u1'; $insert ('u1', '{}')
       RETURNING version", '1', 'delete: the id is free again');

# --- TRUNCATE

sql("GRANT TRUNCATE ON $cycle TO tmf_app, tmf_billing");
for my $role (qw(tmf_app tmf_billing)) {
    refused(as($role, "TRUNCATE $cycle"),
            '42501: only the owner may truncate t_trigger_678.bill_cycle',
            "TRUNCATE: $role is refused in spite of a grant");
}
gives("SET ROLE tmf_owner; TRUNCATE $cycle; SELECT count(*) FROM $cycle",
      '0', 'TRUNCATE: the owner may');

done_testing();
