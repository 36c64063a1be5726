# POST: what is stored and answered, and what is refused.
use strict;
use warnings;

use IO::Compress::Gzip qw(gzip);
use Test::More;
use TmfApi;

my $customers = '/tmf-api/customerManagement/v4/customer';
my $payments = '/tmf-api/paymentManagement/v4/payment';
my $refunds = '/tmf-api/paymentManagement/v4/refund';
my $requests = '/tmf-api/customerBillManagement/v4/customerBillOnDemand';
my $table = 'api_customer.customer';
my $uuid7 = qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}
               -[0-9a-f]{12}$/x;
my $now = qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
my $party = '"engagedParty":{"id":"P1","@referredType":"Organization"}';

# --- the answer

my $r = post($customers, qq({"name":"First",$party}));
my $c = body($r);
is($r->{status}, 201, 'create: 201');
like($r->{headers}{'content-type'}, qr{^application/json(;|$)},
     'create: the answer is application/json');
is($r->{headers}{location}, $c->{href}, 'create: Location equals href');
like($c->{id}, $uuid7, 'create: the server makes a UUIDv7');
is($c->{href}, base() . "$customers/$c->{id}",
   'create: href is base, resource and id');
is($c->{'@type'}, 'Customer', 'create: @type is defaulted');
is_json($c->{engagedParty}, { id => 'P1', '@referredType' => 'Organization' },
        'create: the rest is answered as sent');
is(get("$customers/$c->{id}")->{content}, $r->{content},
   'create: GET answers what POST answered');
is(sql("SELECT doc ? 'id' OR doc ? 'href' FROM $table
        WHERE id = '$c->{id}'"), 'f', 'create: no id or href in the document');

$r = post("$customers/", qq({"name":"Second",$party}));
is($r->{status}, 201, 'create: a collection path may end with a slash');
is(body($r)->{href}, base() . "$customers/" . id_of($r),
   'create: href has no double slash for it');

is(post($customers, qq({"name":"Charset",$party}),
        'application/json;charset=utf-8')->{status}, 201,
   'create: Content-Type with a charset');
is(post($customers, qq({"name":"Charset",$party}),
        'Application/JSON; charset="UTF-8"')->{status}, 201,
   'create: Content-Type in other letters');
my $untyped = qq({"name":"Untyped",$party});
is(raw("POST $customers HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
       . 'Content-Length: ' . length($untyped) . "\r\n\r\n$untyped")
       ->{status}, 201, 'create: without Content-Type it is JSON');
is(body(post($customers, qq({"name":"T","\@type":"Reseller",$party})))
       ->{'@type'}, 'Reseller', 'create: a @type of the client is kept');

# --- the conformance kit's bodies, defaults by overlay

$r = post($payments, '{"account":{"id":"A1"},"paymentMethod":{},'
          . '"totalAmount":{}}');
$c = body($r);
is($r->{status}, 201, 'kit: nested required attributes are not enforced');
is_json([@{$c}{qw(paymentMethod totalAmount account)}],
        [{}, {}, { id => 'A1' }], 'kit: empty objects are kept');
is($c->{status}, 'done', 'default: status of a payment');
like($c->{statusDate}, $now, 'default: statusDate is now, RFC 3339 with Z');
like($c->{paymentDate}, $now, 'default: paymentDate is now');
is_json(body(get("$payments/$c->{id}")), $c,
        'default: GET answers the same values');

my $minimum = '"account":{"id":"A1"},"paymentMethod":{},"totalAmount":{}';
$c = body(post($payments, qq({"id":"mine","href":"/mine","status":"denied",
    "statusDate":"2001-01-01T00:00:00Z","paymentDate":"2001-01-01",$minimum})));
like($c->{id}, $uuid7, 'read-only: id of the body is ignored');
is($c->{href}, base() . "$payments/$c->{id}", 'read-only: href is ignored');
is($c->{status}, 'done', 'read-only: status of a payment is ignored');
unlike("$c->{statusDate} $c->{paymentDate}", qr/2001/,
       'read-only: statusDate and paymentDate are ignored');
is(post($payments, qq({"id":5,"href":[],"status":{},$minimum}))->{status},
   201, 'read-only: ignored attributes are not validated either');

$c = body(post($refunds, "{$minimum}"));
is($c->{status}, 'done', 'default: status of a refund');
like($c->{refundDate}, $now, 'default: refundDate is now');
$c = body(post($refunds,
               qq({"refundDate":"2020-01-11T12:06:38.230+02:00",$minimum})));
is($c->{refundDate}, '2020-01-11T12:06:38.230+02:00',
   'dates: a date of the client comes back unchanged');
for my $date ('2020-02-29', '2020-01-11T12:06', '2020-01-11 12:06:38Z',
              '2020-01-11T12:06:38.123456789Z', '2020-01-11T12:06:38+0200') {
    is(body(post($refunds, qq({"refundDate":"$date",$minimum})))
           ->{refundDate}, $date, "dates: $date is kept");
}

$c = body(post($requests, '{"state":"done","lastUpdate":"2001-01-01",
    "billingAccount":{"id":"BA1"}}'));
is($c->{state}, 'inProgress', 'overlay: the client cannot set the state');
like($c->{lastUpdate}, $now, 'overlay: lastUpdate is the time of creation');
is(post($requests, '{"relatedParty":{"id":"R1"}}')->{status}, 201,
   'one of: the other attribute will do');
is(post($requests, '{"relatedParty":{},"billingAccount":{}}')->{status}, 201,
   'one of: both, empty');
violations_are(post($requests, '{"name":"none"}'), [' oneOf'],
               'one of: neither is a violation of the whole body');
violations_are(post($requests, '{"relatedParty":null,"billingAccount":null}'),
               [' oneOf'], 'one of: null counts as absent');

# --- everything else is kept

$r = post($customers, qq({"name":"Kept",$party,"x":{"e":{},"l":[],"t":true,
    "f":false,"deep":[{"a":[[]]},{},1,"s"]},"\@extra":"y","account":[],
    "":"empty name","a/b~c":"d"}));
$c = body($r);
is($r->{status}, 201, 'unknown attributes are accepted');
is_json($c->{x}, json_of('{"e":{},"l":[],"t":true,"f":false,
                           "deep":[{"a":[[]]},{},1,"s"]}'),
        'unknown attributes are kept, with {} and [] and booleans');
is_json([@{$c}{'@extra', 'account', '', 'a/b~c'}],
        ['y', [], 'empty name', 'd'], 'unknown names of any kind are kept');
$c = body(post($customers, qq({"name":"Nulls",$party,"status":null,
    "account":null,"x":{"a":null,"b":{"c":null}},"validFor":{
    "startDateTime":null,"endDateTime":"2020-01-01"}})));
ok(!exists $c->{status} && !exists $c->{account}, 'null: counts as absent');
is_json([$c->{x}, $c->{validFor}],
        [{ b => {} }, { endDateTime => '2020-01-01' }],
        'null: dropped at depth too');

my $text = 'A/B \\\\ \\" \\u00e9\\ud83d\\ude00 \\n ' . "\xc5\x81\xc3\xb3d\xc5\xba"
    . " '; DROP TABLE x; -- \$1 %s %n";
$r = post($customers, qq({"name":"$text",$party}));
is(body($r)->{name}, json_of(qq("$text")), 'text: comes back as it was');
ok(index($r->{content}, '"A/B ') > 0, 'text: / is written plainly');
ok(index($r->{content}, "\xc3\xa9\xf0\x9f\x98\x80") > 0,
   'text: answers are UTF-8, not escapes');
my $long = 'x' x 900_000;
is(length body(post($customers, qq({"name":"L","x":"$long",$party})))->{x},
   900_000, 'text: a body of almost a megabyte');
my $hard = join '', map { chr(97 + $_ * $_ * 7919 / 3 % 26) } 1 .. 6000;
is(post($customers, qq({"name":"$hard",$party}))->{status}, 201,
   'text: more than a row of a filter index holds');
is(body(get("$customers?name=$hard"))->[0]{name}, $hard,
   'text: and is found by it');
is_json(body(get("$customers?name=${hard}x")), [],
        'text: and by nothing that only begins like it');
my $deep = sub { '{"name":"D",' . $party . ',"x":' . '[' x $_[0]
                 . ']' x $_[0] . '}' };
is(post($customers, $deep->(63))->{status}, 201, 'depth: 64 levels');

# --- bodies that an input filter decodes

# POST of a text that is sent compressed.
sub post_gzipped
{
    my ($where, $text, $length) = @_;
    gzip \$text => \my $bytes;
    $bytes = substr $bytes, 0, $length if $length;
    return request('POST', $where, {
        headers => { 'content-type' => 'application/json',
                     'content-encoding' => 'gzip' },
        content => $bytes });
}

my $inflate = '/inflate/v4/customer';
for my $name ('N', 'N' x 500, join '', map { chr 97 + rand 26 } 1 .. 9999) {
    my $r = post_gzipped($inflate, qq({"name":"$name",$party}));
    is($r->{status}, 201, 'gzip: taken, ' . length($name) . ' letters');
    is(eval { body($r)->{name} }, $name, '... and decoded');
}
is(post($inflate, qq({"name":"N",$party}))->{status}, 201,
   'gzip: what is not compressed is taken, too');

# --- refused: validation

my $before = row_count($table);
violations_are(post($customers, '{}'),
               ['/engagedParty required', '/name required'],
               'required: every missing attribute is listed');
violations_are(post($customers, qq({"name":null,$party})), ['/name required'],
               'required: null counts as absent');
violations_are(post($customers, '{"status":5,"engagedParty":"x","account":{},
    "creditProfile":[{"creditRiskRating":"a","creditScore":1.5,
        "creditProfileDate":"yesterday",
        "validFor":{"startDateTime":"2020-13-01"}}, 7],
    "contactMedium":[{"preferred":"yes"},
        {"characteristic":{"city":["Kiel"]}}],
    "validFor":[],"@schemaLocation":7,"@type":{}}'),
    ['/name required', '/status type', '/engagedParty type', '/account type',
     '/creditProfile/0/creditRiskRating type',
     '/creditProfile/0/creditScore type',
     '/creditProfile/0/creditProfileDate format',
     '/creditProfile/0/validFor/startDateTime format',
     '/creditProfile/1 type', '/contactMedium/0/preferred type',
     '/contactMedium/1/characteristic/city type', '/validFor type',
     '/@schemaLocation type', '/@type type'],
    'violations: every fault at every level is listed with its pointer');
violations_are(post($payments, qq({"totalAmount":{"value":"12.30"},
    "paymentMethod":{"isPreferred":1},"account":{"id":"A"},
    "paymentItem":[{"item":{}},{"item":{"id":8},"amount":{"unit":1}}]})),
    ['/totalAmount/value type', '/paymentMethod/isPreferred type',
     '/paymentItem/1/item/id type', '/paymentItem/1/amount/unit type'],
    'violations: indexes of arrays are in the pointers');
for my $date ('2020-01-00T00:00:00.000Z', '2020-12-31T23:59:59:999Z',
              '2019-02-29', '2020-01-11T24:00:00Z', '12.1.2020', '') {
    violations_are(post($refunds, qq({"refundDate":"$date",$minimum})),
                   ['/refundDate format'], "format: '$date' is no date-time");
}

# --- refused: not a JSON object

my %broken = (
    'no body' => '', 'blanks' => " \n", 'an open object' => '{',
    'an array' => '[]', 'a string' => '"x"', 'null' => 'null',
    'a number' => '12', 'true' => 'true',
    'single quotes' => "{'name':'x',$party}",
    'a final comma' => qq({"name":"x",$party,}),
    'text after the object' => qq({"name":"x",$party}x),
    'two objects' => qq({"name":"x",$party}{}),
    'a name twice' => qq({"name":"x","name":"y",$party}),
    'a name twice below' => qq({"name":"x",$party,"x":[{"a":1,"a":1}]}),
    'NaN' => qq({"name":"x",$party,"x":NaN}),
    'a comment' => qq({"name":"x",/* */$party}),
    'a byte order mark' => qq(\xef\xbb\xbf{"name":"x",$party}),
    'bytes that are not UTF-8' => qq({"name":"\xff\xfe",$party}),
    'an overlong form' => qq({"name":"\xc0\xaf",$party}),
    'an escaped NUL' => qq({"name":"a\\u0000b",$party}),
    'a NUL' => qq({"name":"a\0b",$party}),
    'a lone surrogate' => qq({"name":"\\ud800",$party}),
    'a bare control character' => qq({"name":"a\nb",$party}),
    'UTF-16' => "\xff\xfe{\0}\0",
    '65 levels' => $deep->(64),
    '5,000 levels' => $deep->(5000),
);
for my $what (sort keys %broken) {
    error_is(post($customers, $broken{$what}), 400, 'invalidBody',
             "not a JSON object: $what");
}

# --- refused: other media types

for my $type ('text/plain', 'application/xml', 'multipart/form-data; boundary=x',
              'application/x-www-form-urlencoded', 'text/json',
              'application/jsonx', 'application/merge-patch+json', '*/*') {
    error_is(post($customers, qq({"name":"x",$party}), $type), 415,
             'unsupportedMediaType', "media type: $type is not taken");
}
error_is(request('POST', $customers, {
    headers => { 'content-type' => 'application/json',
                 'content-encoding' => 'gzip' },
    content => "\x1f\x8b\x08" }), 415, 'unsupportedMediaType',
    'media type: an encoded body is not taken');
error_is(post_gzipped($customers, qq({"name":"x",$party})), 415,
         'unsupportedMediaType', 'gzip: not taken where nothing decodes it');
error_is(request('POST', $inflate, {
    headers => { 'content-type' => 'application/json',
                 'content-encoding' => 'br' },
    content => qq({"name":"x",$party}) }), 415, 'unsupportedMediaType',
    'gzip: nor is another encoding');
error_is(post_gzipped($inflate, qq({"name":"x",$party,"x":")
    . join('', map { chr(97 + rand 26) x 100 } 1 .. 20_000) . '"}'), 413,
    'payloadTooLarge', 'gzip: the limit is that of the text');
error_is(post_gzipped($inflate, qq({"name":") . 'x' x 5_000_000
    . qq(",$party})), 400, 'badRequest', 'gzip: too much of too little');
error_is(post_gzipped($inflate, qq({"name":"x",$party}), 40), 400,
         'badRequest', 'gzip: cut off');
error_is(request('POST', $inflate, {
    headers => { 'content-type' => 'application/json',
                 'content-encoding' => 'gzip' },
    content => qq({"name":"x",$party}) }), 400, 'badRequest',
    'gzip: not compressed at all');
is(row_count($table), $before, 'refused: nothing is written');
is(row_count('api_payment.refund'), 7, 'refused: no refund is written');

done_testing;
