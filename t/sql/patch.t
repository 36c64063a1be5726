# Patches: t/cases/json_patch.json and merge_patch.json against the functions
# of schema tmf, and what tmf.patch_faults() says of results. The cases go
# through PostgreSQL whole, so that numbers keep their digits.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use TmfSql;

# Make the table "tried" of a file of cases.
sub load
{
    my ($name) = @_;
    my $file = top() . "/t/cases/$name.json";
    open my $in, '<:raw', $file or die "$file: $!\n";
    local $/ = undef;
    my $text = <$in>;
    return "CREATE TEMP TABLE tried AS
        SELECT t.c, t.n FROM jsonb_array_elements(\$json\$$text\$json\$)
            WITH ORDINALITY AS t(c, n);\n";
}

# Each row: the rule, what came out, what should. As text: 12.30 is not 12.3.
sub compare
{
    my ($name, $query) = @_;
    my @rows = split /\n/, sql(load($name) . $query);
    ok(@rows > 20, "$name: there are cases");
    for my $row (@rows) {
        next if $row eq '';
        my ($rule, $got, $wanted) = split /\t/, $row;
        is($got, $wanted, "$name: $rule");
    }
    return;
}

compare('json_patch', <<'SQL');
    SELECT concat_ws(E'\t', c ->> 'rule',
        coalesce((made -> 'doc')::text, (
            SELECT string_agg(concat_ws(' ', f ->> 'pointer', f ->> 'rule'),
                              ';')
            FROM jsonb_array_elements(made -> 'faults') AS f)),
        coalesce((c -> 'result')::text, c ->> 'fault'))
    FROM tried, tmf.json_patch(c -> 'doc', c -> 'ops',
                               coalesce((c -> 'query')::boolean, false))
        AS made
    ORDER BY n
SQL

compare('merge_patch', <<'SQL');
    SELECT concat_ws(E'\t', c ->> 'rule',
        tmf.merge_patch(c -> 'doc', c -> 'patch')::text,
        (c -> 'result')::text)
    FROM tried ORDER BY n
SQL
gives(q{SELECT tmf.merge_patch(NULL, '{"a":{"b":1}}')}, '{"a": {"b": 1}}',
      'merge_patch: no target');
gives(q{SELECT tmf.merge_patch('{"a":1}', NULL) IS NULL}, 't',
      'merge_patch: no patch');
# not in quadratic time: 20,000 members took a minute so
gives(q{SET statement_timeout = '5s';
        SELECT (SELECT count(*) FROM jsonb_object_keys(
            tmf.merge_patch('{"x":1,"7":{"a":1}}', p)))
        FROM (SELECT jsonb_object_agg(n, '{}'::jsonb) AS p
              FROM generate_series(1, 20000) AS n) AS made},
      '20001', 'merge_patch: many objects');

# --- the bounds of json_patch

sub faults_of
{
    my ($call) = @_;
    return "SELECT string_agg(concat_ws(' ', f ->> 'pointer', f ->> 'rule'),
                              ';')
            FROM jsonb_array_elements(coalesce($call, '[]')) AS f";
}

my $copies = q{(SELECT jsonb_agg(
    '{"op":"copy","from":"","path":"/a/-"}'::jsonb)
    FROM generate_series(1, 100))};
gives(faults_of(qq{tmf.json_patch('{"a":[]}', $copies, false, 10000)
                   -> 'faults'}), '/8 size',
      'json_patch: copies of copies end at the bound of the size');
gives(q{SELECT tmf.json_patch(jsonb_build_object('a', repeat('x', 4000)),
            '[{"op":"add","path":"/b","value":1},
              {"op":"remove","path":"/a"}]', false, 100) -> 'faults' ->> 0},
      '{"rule": "size", "message": "makes the resource too large",'
      . ' "pointer": "/0"}', 'json_patch: what is too large may not grow');
gives(q{SELECT (tmf.json_patch(jsonb_build_object('a', repeat('x', 4000)),
            '[{"op":"replace","path":"/a","value":1}]', false, 100)
            -> 'doc')::text}, '{"a": 1}',
      'json_patch: what is too large may become smaller');

sub nested
{
    my ($n) = @_;
    return '[' x $n . ']' x $n;
}

for my $case ([63, ''], [64, '/0 depth']) {
    my ($n, $wanted) = @$case;
    my $value = nested($n);
    gives(faults_of(qq{tmf.json_patch('{}',
              '[{"op":"add","path":"/a","value":$value}]') -> 'faults'}),
          $wanted, "json_patch: a value of $n levels");
    $value = nested($n - 1);
    gives(faults_of(qq{tmf.json_patch('{"a":{},"b":$value}',
              '[{"op":"copy","from":"/b","path":"/a/c"}]') -> 'faults'}),
          $wanted, "json_patch: a copy of $n levels less one");
}
gives(faults_of(q{tmf.json_patch(
          (SELECT jsonb_build_object('a', jsonb_agg('{}'::jsonb))
           FROM generate_series(1, 1001)),
          '[{"op":"add","path":"/a/b","value":1}]', true) -> 'faults'}),
      '/0/path path', 'json_patch: 1001 places are too many');
gives(q{SELECT count(*) FROM jsonb_array_elements(tmf.json_patch(
          (SELECT jsonb_build_object('a', jsonb_agg('{}'::jsonb))
           FROM generate_series(1, 1000)),
          '[{"op":"add","path":"/a/b","value":1}]', true) #> '{doc,a}')
        AS e WHERE e = '{"b": 1}'},
      '1000', 'json_patch: 1000 are not');

# --- patch_faults: the result of a patch

sub quoted
{
    my ($text) = @_;
    $text =~ s/'/''/g;
    return "'$text'";
}

for my $case (
    ['{"a":1}', '{"a":1,"b":2}', '{"fixed":["a"],"required":["a"]}', '',
     'nothing wrong'],
    ['{"a":1}', '{"b":2}', '{}', '', 'no rules'],
    ['{"a":1}', '{"a":2}', '{"fixed":["a"]}', '/a readOnly',
     'a fixed attribute changes'],
    ['{"a":1}', '{}', '{"fixed":["a"]}', '/a readOnly',
     'a fixed attribute goes'],
    ['{"a":1}', '{"a":null}', '{"fixed":["a"]}', '/a readOnly',
     'by a null, too'],
    ['{}', '{"a":1}', '{"fixed":["a"]}', '/a readOnly',
     'a fixed attribute comes'],
    ['{}', '{"a":null}', '{"fixed":["a"]}', '',
     'a fixed attribute stays away'],
    ['{"a":{"b":1}}', '{"a":{"b":3}}', '{"fixed":["a"]}', '/a readOnly',
     'a change inside of a fixed object'],
    ['{"a":12.30}', '{"a":12.3}', '{"fixed":["a"]}', '',
     '12.30 and 12.3 are one value'],
    ['{"a":12.30}', '{"a":12.31}', '{"fixed":["a"]}', '/a readOnly',
     '12.30 and 12.31 are two'],
    ['{}', '{"a/b~c":1}', '{"fixed":["a/b~c"]}', '/a~1b~0c readOnly',
     'the pointer is escaped'],
    ['{"a":1,"b":1}', '{"b":1}', '{"required":["a","b"]}', '/a required',
     'a required attribute goes'],
    ['{"a":1}', '{"a":2}', '{"required":["a"]}', '',
     'a required attribute changes'],
    ['{}', '{"a":2}', '{"required":["a"]}', '',
     'a required attribute comes'],
    ['{"a":1}', '{}', '{"oneOf":[["a","b"]]}', ' oneOf',
     'the last of a group goes'],
    ['{"a":1}', '{"b":1}', '{"oneOf":[["a","b"]]}', '',
     'one of a group for another'],
    ['{"a":1,"c":1}', '{"a":1}', '{"oneOf":[["a","b"],["c","d"]]}', ' oneOf',
     'each group for itself'],
    ['{"a":1}', '[]', '{}', ' type', 'a result that is no object'],
    ['{"a":1,"b":1}', '{"a":2}',
     '{"fixed":["a","b"],"required":["b"],"oneOf":[["b"]]}',
     '/a readOnly;/b readOnly;/b required; oneOf', 'every fault is listed'],
    # transitions
    (map { ["{$_->[0]}", "{$_->[1]}",
            '{"state":"s","transitions":{"new":["open","shut"],"open":["shut"],
              "shut":[]}}', $_->[2], "transitions: $_->[0] to $_->[1]"] }
         ['"s":"new"', '"s":"open"', ''],
         ['"s":"new"', '"s":"shut"', ''],
         ['"s":"open"', '"s":"new"', '/s transition'],
         ['"s":"shut"', '"s":"open"', '/s transition'],
         ['"s":"shut"', '"s":"shut"', ''],
         ['"s":"shut","a":1', '"s":"shut","a":2', ''],
         ['"s":"lost"', '"s":"open"', '/s transition'],
         ['"s":"lost"', '"s":"lost"', ''],
         ['"s":"new"', '"s":"lost"', '/s transition'],
         ['"s":"new"', '', '/s transition'],
         ['"s":"new"', '"s":null', '/s transition'],
         ['"s":"new"', '"s":["open"]', '/s transition'],
         ['', '"s":"shut"', ''],
         ['', '', '']),
    ['{"s":"a"}', '{"s":"b"}', '{"state":"s"}', '',
     'transitions: off without a table'],
) {
    my ($doc, $result, $rule, $wanted, $name) = @$case;
    my $call = join ', ', map { quoted($_) } $doc, $result, $rule;
    gives(faults_of("tmf.patch_faults($call)"), $wanted,
          "patch_faults: $name");
}
gives(q{SELECT tmf.patch_faults('{"a":1}', '{"a":2}', '{"fixed":["a"]}')},
      '[{"rule": "readOnly", "message": "cannot be changed",'
      . ' "pointer": "/a"}]', 'patch_faults: a violation');
gives(q{SELECT tmf.patch_faults('{}', '{}', '{"oneOf":[["a","b"]]}')
        #>> '{0,message}'}, 'needs at least one of a, b',
      'patch_faults: the names of a group');
for my $case (
    ['{}', 0, '', 'as large as it may be'],
    ['{}', 1, ' size', 'a byte more'],
    ['{"b":"' . 'x' x 5000 . '"}', 1, '', 'not as large as before'],
) {
    my ($before, $less, $wanted, $name) = @$case;
    gives(faults_of("(SELECT tmf.patch_faults('$before', d.doc,
              jsonb_build_object('most', pg_column_size(d.doc) - $less))
              FROM (SELECT jsonb_build_object('a', repeat('x', 4000)))
                  AS d(doc))"),
          $wanted, "patch_faults: $name");
}
gives(q{SELECT tmf.patch_faults('{}', '{}', '{}') IS NULL}, 't',
      'patch_faults: NULL if nothing is wrong');
gives(q{SELECT concat_ws(' ',
            tmf.json_patch_faults('{}', '{"faults":[1]}', '{}'),
            tmf.json_patch_faults('{"a":1}', '{"doc":{}}',
                                  '{"required":["a"]}') #>> '{0,rule}',
            tmf.json_patch_faults('{}', '{"doc":{}}', '{}'))},
      '[1] required', 'json_patch_faults: of the patch, then of the result');

gives(q{SELECT tmf.with_fixed('{"a": 12.3, "b": 2.0, "c": 1}',
            '{"a": 12.30, "b": 2.00, "d": 1}', '{a,d}')},
      '{"a": 12.30, "b": 2.0, "c": 1, "d": 1}',
      'with_fixed: the digits that were there');
gives(q{SELECT tmf.with_fixed('{"a": 12.3}', '{"a": 12.30}', '{}')},
      '{"a": 12.3}', 'with_fixed: nothing is fixed');

# --- shapes

my $shapes = '[
  {"type":"object","properties":{"s":1,"n":2,"i":3,"b":4,"e":5,"t":6,"d":7,
   "y":8,"o":9,"l":10,"any":11,"@type":1},"subtypes":{"Sub":12}},
  {"type":"string"}, {"type":"number"}, {"type":"integer"},
  {"type":"boolean"}, {"type":"string","enum":["u","v"]},
  {"type":"string","format":"date-time"}, {"type":"string","format":"date"},
  {"type":"string","format":"byte"},
  {"type":"object","properties":{"s":1,"o":9},"required":["s"],
   "subtypes":{"More":13}},
  {"type":"array","items":9}, {},
  {"type":"object","properties":{"s":2,"@type":1}},
  {"type":"object","properties":{"s":1,"m":2,"@type":1},"required":["m"]}]';
for my $case (
    ['{"s":"x","n":1.5,"i":3,"b":true,"e":"u","t":"2026-03-01T10:20:30Z",
       "d":"2026-03-01","y":"aGk=","o":{"s":"x"},"l":[{"s":"y"}],"any":[1]}',
     '', ''],
    ['{"s":1,"n":"1","i":1.5,"b":"x","e":"w","t":"soon","d":"2026","y":"-",
       "o":[],"l":{}}',
     '/b type;/d format;/e enum;/i type;/l type;/n type;/o type;/s type;'
     . '/t format;/y format'],
    ['{"i":2.0,"e":7,"l":[{"s":1},7,null,{"o":{"s":{}}}]}',
     '/e type;/l/0/s type;/l/1 type;/l/2 type;/l/3/o/s type',
     '/e type;/l/0/s type;/l/1 type;/l/2 type;/l/3/o/s type;'
     . '/l/3 required'],
    ['{"o":{},"l":[{"s":"x","z":1},{}],"z":1,"@z":1,"any":{"z":1}}', '',
     '/l/0/z unknown;/l/1/s required;/o/s required;/z unknown'],
    ['{"@type":"Sub","s":"x","n":"x"}', '/s type', '/n unknown;/s type'],
    ['{"@type":"Other","s":"x"}', '', ''],
    ['{"@type":7,"s":"x"}', '/@type type', '/@type type'],
    ['{"o":{"@type":"More","s":1,"m":"x"}}', '/o/m type;/o/s type',
     '/o/m type;/o/s type'],
    ['{"o":{"@type":"More","m":1,"o":{}}}', '', '/o/o unknown'],
    ['{"o":{"@type":"More"}}', '', '/o/m required'],
) {
    my ($result, $kit, $strict) = @$case;
    $strict //= $kit;
    $strict =~ s{/l/3 required}{/l/3/s required};
    for my $profile (['false', $kit], ['true', $strict]) {
        my $got = sql(faults_of("tmf.patch_faults('{}', '$result',
            jsonb_build_object('shapes', '$shapes'::jsonb, 'strict',
                               $profile->[0]))"));
        is(join(';', sort split /;/, $got),
           join(';', sort split /;/, $profile->[1]),
           "shapes: strict $profile->[0]: " . substr($result, 0, 40));
    }
}
gives(faults_of(qq{tmf.patch_faults('{"s":7,"n":"x"}', '{"s":7,"n":1}',
          jsonb_build_object('shapes', '$shapes'::jsonb))}),
      '', 'shapes: what does not change is not looked at');
gives(qq{SET statement_timeout = '5s';
         SELECT jsonb_array_length(tmf.patch_faults('{}', p,
             jsonb_build_object('shapes', '$shapes'::jsonb)))
         FROM (SELECT jsonb_build_object('l', jsonb_agg(n)) AS p
               FROM generate_series(1, 20000) AS n) AS made},
      '100', 'shapes: not more violations than anybody lists');

done_testing();
