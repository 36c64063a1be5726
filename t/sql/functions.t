# The functions of schema tmf that statements of the server use.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use TmfSql;

sub text_literal
{
    my ($text) = @_;
    return 'NULL' unless defined $text;
    $text =~ s/'/''/g;
    return "'$text'";
}

sub call
{
    my ($function, @arguments) = @_;
    return "SELECT coalesce(tmf.$function("
        . join(', ', map { text_literal($_) } @arguments)
        . ")::text, 'NULL')";
}

# --- new_id: RFC 9562, version 7

my $hex = '[0-9a-f]';
like(sql('SELECT tmf.new_id()'),
     qr/^$hex{8}-$hex{4}-7$hex{3}-[89ab]$hex{3}-$hex{12}$/,
     'new_id: version and variant');
gives(q{SELECT abs(extract(epoch FROM clock_timestamp()) * 1000 -
            ('x' || replace(left(tmf.new_id(), 13), '-', ''))::bit(48)::bigint
        ) < 1000},
      't', 'new_id: begins with the time in milliseconds');
gives('SELECT count(DISTINCT tmf.new_id()) FROM generate_series(1, 10000)',
      '10000', 'new_id: 10000 differ');
gives('CREATE TEMP TABLE made AS SELECT 1 AS n, tmf.new_id() AS id;
       SELECT pg_sleep(0.002)::text;
       INSERT INTO made VALUES (2, tmf.new_id());
       SELECT string_agg(n::text, \' \' ORDER BY id COLLATE "C") FROM made',
      "\n1 2", 'new_id: a later one sorts behind');

# --- pick

for my $case (
    ['{"a":1,"b":2}', '{}', '{"a": 1, "b": 2}', 'the whole value'],
    ['{"a":1.50,"b":2}', '{"a":{}}', '{"a": 1.50}', 'one name'],
    ['{"a":1,"b":2,"c":3}', '{"a":{},"c":{}}', '{"a": 1, "c": 3}',
     'two names'],
    ['{"a":1}', '{"z":{}}', '{}', 'absent names are left out'],
    ['{"a":{"b":1,"c":2},"d":1}', '{"a":{"c":{}}}', '{"a": {"c": 2}}',
     'a nested name'],
    ['{"a":{"b":1}}', '{"a":{"z":{}}}', '{"a": {}}', 'an absent nested name'],
    ['{"a":[{"b":1,"c":2},{"c":3},{"b":4}]}', '{"a":{"b":{}}}',
     '{"a": [{"b": 1}, {}, {"b": 4}]}', 'element-wise, in order'],
    ['{"a":[[{"b":1,"c":2}]]}', '{"a":{"b":{}}}', '{"a": [[{"b": 1}]]}',
     'arrays of arrays'],
    ['{"a":5}', '{"a":{"b":{}}}', '{}', 'a scalar has nothing inside'],
    ['{"a":[5,{"b":1}]}', '{"a":{"b":{}}}', '{"a": [{"b": 1}]}',
     'nor has a scalar element'],
    ['{"a":[]}', '{"a":{"b":{}}}', '{"a": []}', 'an empty array'],
    ['{"a":[1,2]}', '{"a":{}}', '{"a": [1, 2]}', 'a whole array'],
    ['5', '{"a":{}}', 'NULL', 'a scalar'],
    ['[{"a":1,"b":2}]', '{"a":{}}', '[{"a": 1}]', 'an array on top'],
    [undef, '{"a":{}}', 'NULL', 'no value'],
) {
    my ($value, $tree, $expected, $name) = @$case;
    gives(call('pick', $value, $tree), $expected, "pick: $name");
}

# --- instant

sub instant
{
    my ($text) = @_;
    return "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, DMY'; "
        . call('instant', $text);
}

for my $case (
    ['2026-03-01', '2026-03-01 00:00:00+00', 'a date'],
    ['2026-03-01T10:20:30Z', '2026-03-01 10:20:30+00', 'UTC'],
    ['2026-03-01t10:20:30z', '2026-03-01 10:20:30+00', 'small letters'],
    ['2026-03-01 10:20:30Z', '2026-03-01 10:20:30+00', 'a blank for T'],
    ['2026-03-01T10:20Z', '2026-03-01 10:20:00+00', 'no seconds'],
    ['2026-03-01T10:20:30', '2026-03-01 10:20:30+00', 'no zone is UTC'],
    ['2026-03-01T10:20', '2026-03-01 10:20:00+00', 'no seconds, no zone'],
    ['2026-03-01T10:20:30.5Z', '2026-03-01 10:20:30.5+00', 'one digit'],
    ['2026-03-01T10:20:30.123456789Z', '2026-03-01 10:20:30.123457+00',
     'nanoseconds are rounded'],
    ['2026-03-01T10:20:30.' . '1' x 40 . 'Z', '2026-03-01 10:20:30.111111+00',
     'many digits'],
    ['2026-03-01T10:20:30+02:00', '2026-03-01 08:20:30+00', 'east'],
    ['2026-03-01T10:20:30+0530', '2026-03-01 04:50:30+00', 'no colon'],
    ['2026-03-01T10:20-03:30', '2026-03-01 13:50:00+00', 'west'],
    ['2024-02-29', '2024-02-29 00:00:00+00', 'a leap day'],
    ['2000-02-29', '2000-02-29 00:00:00+00', 'a leap day of a century'],
    ['2016-12-31T23:59:60Z', '2017-01-01 00:00:00+00', 'a leap second'],
    ['2016-12-31T23:59:60.5Z', '2017-01-01 00:00:00.5+00',
     'a leap second and a half'],
    ['2017-01-01T01:59:60+02:00', '2017-01-01 00:00:00+00',
     'a leap second elsewhere'],
    ['0001-01-01T00:00:00Z', '0001-01-01 00:00:00+00', 'the first year'],
    ['9999-12-31T23:59:60Z', '10000-01-01 00:00:00+00', 'the last second'],
) {
    my ($text, $expected, $name) = @$case;
    gives(instant($text), $expected, "instant: $name: $text");
}
for my $text (
    '', 'no', '2026', '2026-03', '2026-3-1', '20260301', '26-03-01',
    '2026-00-01', '2026-13-01', '2026-01-00', '2026-01-32', '2026-04-31',
    '2026-02-29', '1900-02-29', '2026-02-30', '0000-01-01', '0000-02-29',
    '2026-03-01T', '2026-03-01Z', '2026-03-01T10', '2026-03-01T10Z',
    '2026-03-01T24:00:00Z', '2026-03-01T10:60:00Z', '2026-03-01T10:20:61Z',
    '2026-03-01T10:20:30.Z', '2026-03-01T10:20:30,5Z',
    '2026-03-01T10:20:30+16:00', '2026-03-01T10:20:30+02:60',
    '2026-03-01T10:20:30+02', '2026-03-01T10:20:30 CET',
    '2026-03-01T10:20:30ZZ', ' 2026-03-01', '2026-03-01 ', "2026-03-01\n",
    'now', 'infinity', 'today', '2026-W09-1', '2026-060', '01/03/2026',
    '-2026-03-01', '12026-03-01', "\x{d9}\x{a2}026-03-01",
    '2026-03-01T10:20:30.' . '1' x 400 . 'Z', 'x' x 100000,
) {
    my $name = length $text > 50 ? substr($text, 0, 30) . '...' : $text;
    gives(instant($text), 'NULL', "instant: none in '$name'");
}
gives(call('instant', undef), 'NULL', 'instant: NULL of NULL');
gives(q{SET TimeZone = 'Asia/Kathmandu'; SET timezone_abbreviations = 'India';
        SELECT tmf.instant('2026-03-01T10:20') =
            timestamptz '2026-03-01 10:20+00'
            AND tmf.instant('2026-03-01') = timestamptz '2026-03-01 00:00+00'
            AND tmf.instant('2026-03-01T10:20:30Z') =
            timestamptz '2026-03-01 10:20:30+00'},
      't', 'instant: hangs on no setting of the session');
gives(q{SELECT string_agg(format('%s %s %s', proname, provolatile, proparallel),
                          ', ' ORDER BY proname COLLATE "C")
        FROM pg_proc WHERE pronamespace = 'tmf'::regnamespace
        AND prorettype <> 'trigger'::regtype AND provolatile <> 'v'
        AND (provolatile <> 'i' OR proparallel <> 's')
        OR proname = 'new_id'},
      'envelope s s, first_pending s u, new_id v s',
      'volatile only where needed, all but one parallel safe');
# A temporary type or view of the caller's must not come before PostgreSQL's.
gives(q{SELECT count(*) FROM pg_proc
        WHERE pronamespace = 'tmf'::regnamespace AND prosecdef
        AND NOT 'search_path=pg_catalog, pg_temp' = ANY (proconfig)},
      '0', 'who lends rights looks for nothing among temporary objects first');
gives(q{SELECT count(*) > 5 FROM pg_proc
        WHERE pronamespace = 'tmf'::regnamespace AND prosecdef},
      't', 'and there are such functions');

done_testing();
