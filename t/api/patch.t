# PATCH: JSON merge patch on what is stored.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $customers = '/tmf-api/customerManagement/v4/customer';
my $bills = '/tmf-api/customerBillManagement/v4/customerBill';
my $merge = 'application/merge-patch+json';
my $table = 'api_customer.customer';

sub make_customer
{
    my ($more) = @_;
    my $r = post($customers, '{"name":"Patched","status":"new","engagedParty":'
        . '{"id":"P1","@referredType":"Organization"}' . ($more // '') . '}');
    die "no customer: $r->{content}\n" if $r->{status} != 201;
    return "$customers/" . id_of($r);
}

sub version_of
{
    my ($of, $id) = @_;
    return sql("SELECT version FROM $of WHERE id = '$id'");
}

# --- the answer, and both media types

my $one = make_customer(',"validFor":{"startDateTime":"2020-01-01",'
    . '"endDateTime":"2021-01-01"},"statusReason":"why",'
    . '"account":[{"name":"a"},{"name":"b"}]');
my ($id) = $one =~ m{([^/]+)$};
my $r = patch($one, '{"name":"Sun Football Club"}');
my $c = body($r);
is($r->{status}, 200, 'patch: 200 under application/json');
is($c->{name}, 'Sun Football Club', 'patch: the attribute is changed');
is_json($c->{engagedParty},
        { id => 'P1', '@referredType' => 'Organization' },
        'patch: the answer is the whole resource, the required too');
is($c->{href}, base() . $one, 'patch: with its href');
is(get($one)->{content}, $r->{content}, 'patch: GET answers the same');
is(version_of($table, $id), 2, 'patch: the version goes up');
for my $type ($merge, "$merge; charset=utf-8", 'application/json;charset=UTF-8',
              'Application/Merge-Patch+JSON') {
    is(patch($one, '{"status":"x"}', $type)->{status}, 200,
       "patch: under $type");
}
my $bytes = '{"status":"untyped"}';
$r = raw("PATCH $one HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
         . 'Content-Length: ' . length($bytes) . "\r\n\r\n$bytes");
is($r->{status}, 200, 'patch: without Content-Type it is a merge patch');

# --- every fault at once, and what is no fault

$r = patch($one, '{"name":null,"status":7,"id":"other"}');
error_is($r, 400, 'invalidBody', 'faults: of the patch and of its result');
is_json([sort map { "$_->{rule} $_->{pointer}" } @{ body($r)->{violations} }],
        ['readOnly /id', 'required /name', 'type /status'],
        'faults: are all listed');
$r = patch($one, '{"name":null,"contactMedium":['
           . join(',', ('{"preferred":7}') x 150) . ']}');
is(scalar @{ body($r)->{violations} }, 100, 'faults: 100 are listed');
like(body($r)->{message}, qr/^100 rules broken;.*; 50 more rules are broken$/,
     'faults: the others are counted');
error_is(patch("$customers/nobody", '{"status":7}'), 404, 'notFound',
         'faults: there are none of what is not there');
sql(q(INSERT INTO api_bill.customer_bill (id, doc) VALUES ('scale',
    '{"billNo":"1","state":"new","amountDue":{"unit":"EUR","value":0.20}}')));
$r = patch("$bills/scale", '{"state":"onHold","amountDue":{"unit":"EUR",'
           . '"value":0.2}}');
is($r->{status}, 200, 'read-only: the same value in other digits is no change');
is(number_text($r->{content}, 'value'), '0.20',
   'read-only: and the stored digits stay');
error_is(patch("$bills/scale", '{"amountDue":{"value":0.21}}'), 400,
         'invalidBody', 'read-only: another value is one');

# --- the size of the result

my $half = 'x' x 600_000;
is(patch($one, qq({"half":"$half"}))->{status}, 200, 'size: as large as that');
violations_are(patch($one, qq({"other":"$half"})), [' size'],
               'size: not larger than a body may be');
is(patch($one, '{"half":null}')->{status}, 200, 'size: smaller again');

# --- merging

$c = body(patch($one, '{"statusReason":null}', $merge));
ok(!exists $c->{statusReason}, 'merge: null removes');
$c = body(patch($one, '{"validFor":{"endDateTime":"2022-01-01"}}', $merge));
is_json($c->{validFor}, { startDateTime => '2020-01-01',
                          endDateTime => '2022-01-01' },
        'merge: objects are merged');
$c = body(patch($one, '{"validFor":{"startDateTime":null}}', $merge));
is_json($c->{validFor}, { endDateTime => '2022-01-01' },
        'merge: null removes at depth');
$c = body(patch($one, '{"account":[{"name":"c"}]}', $merge));
is_json($c->{account}, [{ name => 'c' }], 'merge: arrays are replaced');
$c = body(patch($one, '{"own":{"a":null,"b":{"c":null,"d":[]}},"e":{}}'));
is_json([@{$c}{qw(own e)}], [{ b => { d => [] } }, {}],
        'merge: undeclared attributes are patchable, {} and [] are kept');
$c = body(patch($one, '{"own":null,"e":null,"nosuch":null}'));
ok(!exists $c->{own} && !exists $c->{e},
   'merge: undeclared attributes can be removed');
$r = patch($one, '{"own":{"price":12.30}}');
is(number_text($r->{content}, 'price'), '12.30', 'numbers: 12.30 stays');
my $version = version_of($table, $id);
$r = patch($one, '{"own":{"price":12.3}}');
is(number_text($r->{content}, 'price'), '12.3', 'numbers: 12.3 replaces it');
is(version_of($table, $id), $version + 1, 'numbers: which is a change');
is(number_text(patch($one, '{"name":"N"}')->{content}, 'price'), '12.3',
   'numbers: a patch of something else leaves them alone');
is_json(body(patch("$one?fields=name", '{"name":"F"}')),
        { id => $id, href => base() . $one, name => 'F' },
        'patch: fields selects from the answer');

# --- what may not be changed

sql(q(INSERT INTO api_bill.customer_bill (id, doc) VALUES
    ('B1', '{"billNo":"N1","state":"new","amountDue":{"unit":"EUR",
     "value":58.56},"lastUpdate":"2020-01-05T12:00:56.982Z",
     "billDocument":[{"id":"D1"}],"billingAccount":{"id":"A1"}}')));
my $bill = "$bills/B1";
my $of = 'api_bill.customer_bill';
violations_are(patch($bill, '{"billNo":"N2"}'), ['/billNo readOnly'],
               'read-only: an attribute the update schema leaves out');
violations_are(patch($bill, '{"billNo":null,"amountDue":{"value":1},
                     "category":"x","state":"sent"}'),
    ['/billNo readOnly', '/amountDue readOnly', '/category readOnly'],
    'read-only: every one is listed');
violations_are(patch($bill, '{"lastUpdate":"2021-01-01T00:00:00Z"}'),
               ['/lastUpdate readOnly'], 'read-only: lastUpdate');
is(version_of($of, 'B1'), 1, 'read-only: nothing is changed');
is(patch($bill, '{"billNo":"N1","amountDue":{"value":58.56},
                  "billDocument":[{"id":"D1"}],"nextBillDate":null}')
       ->{status}, 200, 'read-only: equal values are accepted');
is(version_of($of, 'B1'), 1, 'read-only: equal values change nothing');
for my $href (base() . $bill, $bill, 'https://other.example/x/customerBill/B1') {
    is(patch($bill, qq({"id":"B1","href":"$href"}))->{status}, 200,
       "id and href: their own values are accepted ($href)");
}
violations_are(patch($bill, '{"id":"B2"}'), ['/id readOnly'],
               'id: cannot be changed');
violations_are(patch($bill, '{"id":null}'), ['/id readOnly'],
               'id: cannot be removed');
violations_are(patch($bill, '{"href":"/x/customerBill/B2","id":7}'),
               ['/href readOnly', '/id readOnly'], 'href: cannot be changed');
unlike(sql("SELECT body FROM $of WHERE id = 'B1'"), qr/"(id|href)": "(B1|\/)/,
       'id and href: are not in the document');
violations_are(patch($bill, '{"state":"paid","billCycle":{"id":5}}'),
               ['/state enum', '/billCycle/id type'],
               'validation: enums and types of a patch');
violations_are(patch($one, '{"creditProfile":[{"creditProfileDate":"soon"}],
                     "validFor":7,"name":{}}'),
    ['/creditProfile/0/creditProfileDate format', '/validFor type',
     '/name type'], 'validation: every fault of a patch');

# --- required of the result

violations_are(patch($one, '{"engagedParty":null}'),
               ['/engagedParty required'],
               'required: a required attribute cannot be removed');
violations_are(patch($one, '{"engagedParty":null,"name":null}'),
               ['/engagedParty required', '/name required'],
               'required: every one is listed');
is(patch($one, '{"engagedParty":{"id":"P2"}}')->{status}, 200,
   'required: it can be changed');
sql("INSERT INTO $table (id, doc) VALUES ('bare', '{\"name\":\"B\"}')");
violations_are(patch("$customers/bare", '{"name":"C"}'),
               ['/engagedParty required'],
               'required: the result counts, not the patch');
is(patch("$customers/bare", '{"engagedParty":{}}')->{status}, 200,
   'required: the patch may bring what is missing');

# --- no change, lastUpdate

my $before = body(get($bill))->{lastUpdate};
$version = version_of($of, 'B1');
for my $same ('{}', '{"state":"new"}', '{"nosuch":null}') {
    $r = patch($bill, $same);
    is("$r->{status} " . body($r)->{lastUpdate} . ' ' . version_of($of, 'B1'),
       "200 $before $version", "no change: $same");
}
$c = body(patch($bill, '{"state":"onHold"}'));
like($c->{lastUpdate}, qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
     'lastUpdate: a change sets it');
ok($c->{lastUpdate} gt $before, 'lastUpdate: to a later time');
is_json([@{$c}{qw(state billNo billDocument)}],
        ['onHold', 'N1', [{ id => 'D1' }]],
        'kit: the whole bill is answered');
is(patch($bill, '{"state":"onHold"}')->{status}, 200,
   'kit: the same state once more');
is(patch($bill, '{"state":"settled"}')->{status}, 200,
   'kit: every state follows every state');

# --- refused

my $count = sql("SELECT max(version) || ' ' || count(*) FROM $table");
error_is(patch("$customers/nobody", '{"name":"x"}'), 404, 'notFound',
         'refused: an unknown id');
for my $type ('text/plain', 'application/json-patch',
              'application/json-patchquery+json', 'application/xml') {
    $r = patch($one, '{"name":"x"}', $type);
    error_is($r, 415, 'unsupportedMediaType', "refused: $type");
    like($r->{headers}{'accept-patch'} // '',
         qr{application/merge-patch\+json}, "refused: $type: Accept-Patch");
    like($r->{headers}{'accept-patch'} // '', qr{application/json(,|;|$)},
         "refused: $type: Accept-Patch has application/json");
}
for my $body ('', '[]', '[{"op":"remove","path":"/name"}]', '"x"', 'null',
              '7', '{', '{"a":1,"a":2}', '{"a":1e400}', '{"a":"\ud800"}',
              '{"a":"\u0000"}', '{"a":' . '[' x 64 . ']' x 64 . '}') {
    error_is(patch($one, $body), 400, 'invalidBody',
             'refused: ' . (length $body > 40 ? '65 levels' : "'$body'"));
}
is(sql("SELECT max(version) || ' ' || count(*) FROM $table"), $count,
   'refused: nothing is changed');

# --- at the same time

my $busy = make_customer();
($id) = $busy =~ m{([^/]+)$};
my @children;
for my $side (qw(left right)) {
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        my $failed = grep { $_->{status} != 200 }
            map { patch($busy, qq({"$side":{"n$_":$_}}), $merge) } 1 .. 50;
        require POSIX;
        POSIX::_exit($failed > 255 ? 255 : $failed);
    }
    push @children, $pid;
}
my @failed = map { waitpid $_, 0; $? } @children;
is("@failed", '0 0', 'concurrent: every patch is answered with 200');
$c = body(get($busy));
is(join(' ', map { scalar keys %{ $c->{$_} // {} } } qw(left right)), '50 50',
   'concurrent: patches of different attributes both survive');
is(version_of($table, $id), 101, 'concurrent: each is one change');

done_testing;
