# PATCH with a JSON Patch and a JSON Patch Query: t/cases/json_patch.json on a
# stored resource, merge_patch.json too, and the rules of the results.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $customers = '/tmf-api/customerManagement/v4/customer';
my $bills = '/tmf-api/customerBillManagement/v4/customerBill';
my $bill_table = 'api_bill.customer_bill';
my $table = 'api_customer.customer';
my %type = (
    merge => 'application/merge-patch+json',
    json => 'application/json-patch+json',
    query => 'application/json-patch-query+json');

sub json_patch
{
    my ($where, $ops) = @_;
    return patch($where, $ops, $type{json});
}

sub query_patch
{
    my ($where, $ops) = @_;
    return patch($where, $ops, $type{query});
}

# --- the cases, on bills: nothing is required of those

sub text_of
{
    my ($name) = @_;
    open my $in, '<:raw', "$ENV{srcdir}/t/cases/$name.json"
        or die "$name: $!\n";
    local $/ = undef;
    return scalar <$in>;
}

# Through PostgreSQL, so that numbers keep their text; "sql" is for what
# can't be stored.
sub rows_of
{
    my ($name) = @_;
    my $text = text_of($name);
    my @rows = map { [split /\t/] } split /\n/, sql(<<"SQL");
        CREATE TEMP TABLE tried AS
        SELECT t.c, t.n FROM jsonb_array_elements(\$json\$$text\$json\$)
            WITH ORDINALITY AS t(c, n);
        SELECT concat_ws(E'\\t', n, c ->> 'rule', c ->> 'doc',
            coalesce(c -> 'ops', c -> 'patch'), coalesce(c ->> 'query', '-'),
            coalesce(c ->> 'result', '-'), coalesce(c ->> 'fault', '-'),
            coalesce((SELECT string_agg(v, ';')
                FROM jsonb_array_elements_text(c -> 'violations') AS v), '-'))
        FROM tried WHERE NOT c ? 'sql' ORDER BY n;
SQL
    @rows = grep { @$_ > 1 } @rows;
    die "no cases in $name\n" if @rows < 15;
    return @rows;
}

# The text of what is stored without what the server added.
sub stored
{
    my ($id) = @_;
    return sql("SELECT doc - '{\@type,lastUpdate}'::text[]
                FROM $bill_table WHERE id = '$id'");
}

sub try_case
{
    my ($kind, $row) = @_;
    my ($n, $rule, $doc, $patch, $query, $result, $fault, $violations)
        = @{$row};
    my $id = "$kind-$n";
    sql("INSERT INTO $bill_table (id, doc)
         VALUES ('$id', \$json\$$doc\$json\$)");
    my $r = patch("$bills/$id", $patch,
                  $type{$query eq 'true' ? 'query' : $kind});
    if ($result ne '-') {
        is($r->{status}, 200, "$kind: $rule: 200")
            or diag($r->{content});
        is(stored($id), $result, "$kind: $rule");
        return;
    }
    my $wanted = $violations ne '-' ? $violations : $fault;
    my @faults = $wanted =~ / test$/ ? error_faults($r, 409, 'conflict')
                                     : error_faults($r, 400, 'invalidBody');
    my $got = join ';', violation_list($r);
    push @faults, "violations $got, not $wanted" if $got ne $wanted;
    ok(!@faults, "$kind: $rule: refused") or diag(join "\n", @faults);
    is(stored($id), $doc, "$kind: $rule: nothing is changed");
    return;
}

try_case('json', $_) for rows_of('json_patch');
try_case('merge', $_) for rows_of('merge_patch');
sql("DELETE FROM $bill_table WHERE id ~ '^(json|merge)-'");

# --- the answer

my $r = post($customers, '{"name":"Patched","status":"new","engagedParty":'
    . '{"id":"P1"},"account":[{"id":"a","name":"A"},{"id":"b","name":"B"}],'
    . '"own":{"price":12.30}}');
my $id = id_of($r);
my $one = "$customers/$id";

sub version
{
    return sql("SELECT version FROM $table WHERE id = '$id'");
}

$r = json_patch($one, '[{"op":"test","path":"/name","value":"Patched"},
    {"op":"replace","path":"/name","value":"N"},
    {"op":"add","path":"/account/-","value":{"id":"c","name":"C"}}]');
is($r->{status}, 200, 'answer: 200');
my $c = body($r);
is_json([map { $_->{id} } @{ $c->{account} }], ['a', 'b', 'c'],
        'answer: the whole resource, changed');
is("$c->{name} $c->{id} $c->{href}", "N $id " . base() . $one,
   'answer: with id and href');
is(number_text($r->{content}, 'price'), '12.30', 'answer: 12.30 stays');
is(get($one)->{content}, $r->{content}, 'answer: as GET has it');
is(version(), 2, 'answer: it is one change');
$r = query_patch("$one?fields=account",
                 '{"op":"replace","path":"/account/name?account.id=b",'
                 . '"value":"BB"}');
is_json([map { $_->{name} } @{ body($r)->{account} }], ['A', 'BB', 'C'],
        'answer: a query changes one element; fields selects');
ok(!exists body($r)->{name}, 'answer: and leaves the rest away');
for my $same ('[]', '[{"op":"test","path":"/name","value":"N"}]',
              '[{"op":"replace","path":"/name","value":"N"}]',
              '[{"op":"remove","path":"/name"},
                {"op":"add","path":"/name","value":"N"}]') {
    is(json_patch($one, $same)->{status} . version(), '2003',
       "no change: $same");
}
$r = options_of($one);
is($r->{headers}{'accept-patch'}, 'application/merge-patch+json, '
   . 'application/json, application/json-patch+json, '
   . 'application/json-patch-query+json', 'Accept-Patch lists all four');

# --- id and href

for my $ops (
    qq([{"op":"test","path":"/id","value":"$id"}]),
    '[{"op":"test","path":"/href","value":"' . base() . qq($one"}]),
    qq([{"op":"replace","path":"/id","value":"$id"}]),
    qq([{"op":"remove","path":"/id"},
        {"op":"add","path":"/id","value":"$id"}]),
    '[{"op":"replace","path":"/href","value":"' . base() . qq($one"}]),
    '[{"op":"copy","from":"/id","path":"/own/copy"},
      {"op":"remove","path":"/own/copy"}]',
) {
    is(json_patch($one, $ops)->{status}, 200, "id and href: $ops");
}
for my $case (
    ['[{"op":"replace","path":"/id","value":"other"}]', '/id readOnly'],
    ['[{"op":"remove","path":"/id"}]', '/id readOnly'],
    ['[{"op":"remove","path":"/href"},{"op":"move","from":"/name","path":"/id"}]',
     '/href readOnly', '/id readOnly', '/name required'],
    ['[{"op":"replace","path":"","value":{"name":"x","engagedParty":{}}}]',
     '/href readOnly', '/id readOnly'],
) {
    my ($ops, @wanted) = @$case;
    violations_are(json_patch($one, $ops), \@wanted, "id and href: $ops");
}
$c = body(get($one));
$c->{name} = 'Whole';
$r = json_patch($one, canonical([{ op => 'replace', path => '',
                                   value => $c }]));
is($r->{status}, 200, 'the whole can be replaced if id and href stay');
is(body(get($one))->{name}, 'Whole', 'and is');
unlike(sql("SELECT body FROM $table WHERE id = '$id'"), qr/"href"|"id": "$id"/,
       'id and href: are not in the document');

# --- the rules of the result

for my $case (
    ['[{"op":"remove","path":"/engagedParty"}]', '/engagedParty required'],
    ['[{"op":"add","path":"/name","value":null}]', '/name required'],
    ['[{"op":"replace","path":"","value":[]}]', '/0/value type'],
    ['[{"op":"copy","from":"/account","path":""}]', ' type'],
    ['[{"op":"add","path":"/account/0/name","value":7},
       {"op":"add","path":"/validFor/x","value":7}]', '/0/value type'],
    # types that only the result shows
    ['[{"op":"copy","from":"/account","path":"/name"}]', '/name type'],
    ['[{"op":"move","from":"/own","path":"/account/0/name"}]',
     '/account/0/name type'],
    ['[{"op":"add","path":"/validFor","value":{}},
       {"op":"copy","from":"/name","path":"/validFor/endDateTime"}]',
     '/validFor/endDateTime format'],
) {
    my ($ops, @wanted) = @$case;
    violations_are(json_patch($one, $ops), \@wanted, "result: $ops");
}
sql("INSERT INTO $bill_table (id, doc) VALUES ('JP1',
    '{\"billNo\":\"N1\",\"state\":\"new\",\"own\":[1]}')");
my $bill = "$bills/JP1";
violations_are(json_patch($bill,
        '[{"op":"replace","path":"/billNo","value":"N2"},
          {"op":"copy","from":"/billNo","path":"/state"},
          {"op":"copy","from":"/own","path":"/category"}]'),
    ['/billNo readOnly', '/category readOnly', '/state enum',
     '/category type'], 'result: every fault is listed');
violations_are(json_patch($bill,
        '[{"op":"replace","path":"/state","value":"paid"}]'),
    ['/0/value enum'], 'result: a value by its enum');
is(json_patch($bill, '[{"op":"replace","path":"/billNo","value":"N1"},
        {"op":"add","path":"/state","value":"sent"}]')->{status}, 200,
   'result: an equal value for what is read-only');
sql("INSERT INTO $bill_table (id, doc) VALUES ('JP2',
    '{\"state\":\"new\",\"amountDue\":{\"unit\":\"EUR\",\"value\":0.20}}')");
$r = json_patch("$bills/JP2",
        '[{"op":"replace","path":"/amountDue","value":{"unit":"EUR","value":0.2}},
          {"op":"replace","path":"/state","value":"sent"}]');
is("$r->{status} " . number_text($r->{content}, 'value'), '200 0.20',
   'result: so is one in other digits, which stay as they were');
violations_are(json_patch("$bills/JP2",
        '[{"op":"replace","path":"/amountDue/value","value":0.21}]'),
    ['/amountDue readOnly'], 'result: another value is not');
$r = query_patch($bill, '{"op":"replace","path":"/state?state=sent",'
    . '"value":"settled"}');
is(body($r)->{state}, 'settled', 'query: on the condition of its value');
error_is(query_patch($bill, '{"op":"replace","path":"/state?state=sent",'
    . '"value":"new"}'), 400, 'invalidBody', 'query: which no more holds');

# --- conditions

my $seen = get($one)->{headers}{etag};
my @matching = map {
    request('PATCH', $one, { content => $_,
        headers => { 'content-type' => $type{json}, 'if-match' => $seen } })
} '[{"op":"add","path":"/own/first","value":1}]',
  '[{"op":"test","path":"/own/first","value":2}]';
is($matching[0]{status}, 200, 'If-Match: holds');
error_is($matching[1], 412, 'preconditionFailed',
         'If-Match: the state meant comes before a test of it');

# --- refused

my $before = get($one)->{content};
error_is(json_patch("$customers/nobody", '[]'), 404, 'notFound',
         'refused: an unknown id');
error_is(json_patch("$customers/nobody",
                    '[{"op":"test","path":"/name","value":1}]'),
         404, 'notFound', 'refused: an unknown id before its test');
$r = json_patch($one, '[{"op":"test","path":"/name","value":"SECRET"}]');
error_is($r, 409, 'conflict', 'refused: a test fails');
is_json([violation_list($r)], ['/0 test'], 'refused: which one is told');
like($r->{content}, qr{/name}, 'refused: and where');
unlike($r->{content}, qr/SECRET|Whole/, 'refused: but not the values');
for my $body ('', '{}', '7', '"x"', 'null', '[[]]', '[', '[]]',
              '[{"op":"add","op":"remove","path":"/name"}]',
              '[{"op":"add","path":"/own","value":1e400}]',
              '[{"op":"add","path":"/own","value":"\ud800"}]',
              '[{"op":"add","path":"/own","value":"\u0000"}]',
              '[{"op":"add","path":"/own/\u0000","value":1}]',
              '[' . join(',', ('{"op":"remove","path":"/own"}') x 129) . ']',
              '[{"op":"remove","path":"' . '/a' x 65 . '"}]',
              '[' x 65 . ']' x 65) {
    error_is(json_patch($one, $body), 400, 'invalidBody', 'refused: '
             . (length $body > 60 ? substr($body, 0, 40) . '...' : $body));
}
error_is(query_patch($one, '[{"op":"remove","path":"/account?"}]'), 400,
         'invalidBody', 'refused: a query without conditions');
$r = json_patch($one, '[' . join(',', map {
    qq({"op":"copy","from":"/own","path":"/own/$_"}) } 1 .. 100) . ']');
error_is($r, 400, 'invalidBody', 'refused: copies of copies');
like(join(';', violation_list($r)), qr{^/1\d size$},
     'refused: where they become too large');
is(get($one)->{content}, $before, 'refused: nothing is changed');

# --- at the same time: each waits for the one before, none is lost

my @children;
for my $side (qw(left right)) {
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        my $failed = grep { $_->{status} != 200 } map {
            json_patch($one, qq([{"op":"add","path":"/account/-",
                "value":{"name":"$side $_"}}])) } 1 .. 25;
        require POSIX;
        POSIX::_exit($failed > 255 ? 255 : $failed);
    }
    push @children, $pid;
}
my @failed = map { waitpid $_, 0; $? } @children;
is("@failed", '0 0', 'concurrent: every patch is answered with 200');
is(scalar @{ body(get($one))->{account} }, 53,
   'concurrent: every element is there');

# A counter that only its test guards.
json_patch($one, '[{"op":"add","path":"/own/n","value":0}]');
@children = ();
for my $side (1, 2) {
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        my $done = 0;
        for (1 .. 500) {
            last if $done == 10;
            my $n = body(get($one))->{own}{n};
            my $next = $n + 1;
            my $answer = json_patch($one,
                qq([{"op":"test","path":"/own/n","value":$n},
                    {"op":"replace","path":"/own/n","value":$next}]));
            $done++ if $answer->{status} == 200;
        }
        require POSIX;
        POSIX::_exit($done == 10 ? 0 : 1);
    }
    push @children, $pid;
}
@failed = map { waitpid $_, 0; $? } @children;
is("@failed " . body(get($one))->{own}{n}, '0 0 20',
   'concurrent: what a test has seen is what is replaced');

done_testing;
