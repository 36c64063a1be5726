# Pages by cursor, forward and backward, over every kind of order; totals;
# large pages.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $path = '/pages/auto/customerBill';
my $table = 'api_pages.customer_bill';

# 60 bills. Each third has no category, each fifth no date; values come more
# than once; dates are written in different zones, and some are none; some
# numbers are equal though written differently.
sql(q{INSERT INTO api_pages.customer_bill (id, doc)
    SELECT md5(n::text), jsonb_strip_nulls(jsonb_build_object(
        'billNo', 'N' || lpad((n * 37 % 61)::text, 3, '0'),
        'state', CASE n % 2 WHEN 0 THEN 'new' ELSE 'sent' END,
        'category', CASE WHEN n % 3 > 0
            THEN (ARRAY['a', 'B', 'ä', '', 'Z,;"\_ %'])[1 + n % 5] END,
        'billDate', CASE WHEN n % 5 > 0 THEN
            (ARRAY['2026-03-01T00:00:00Z', '2026-03-01T01:00:00+01:00',
                   '2026-02-28T23:59:59.999999Z', '0001-01-01T00:00:00+01:00',
                   '9999-12-31T23:59:59.5-02:00', '2026-03-01',
                   'soon'])[1 + n % 7]
            END,
        'amountDue', CASE WHEN n % 4 > 0 THEN jsonb_build_object(
            'value', (ARRAY['12.30', '12.3', '-1', '1e3', '0'])[1 + n % 5]
            ::jsonb) END,
        'relatedParty', CASE WHEN n % 7 > 1 THEN jsonb_build_array(
            jsonb_build_object('id', 'P' || n % 6),
            jsonb_build_object('id', 'Q')) END,
        'ours', (ARRAY['"x"', '7', 'true', '[1]', '{"a": 1}', 'null',
                       '"7"'])[1 + n % 7]::jsonb))
    FROM generate_series(1, 60) AS n ORDER BY n});

# What a sort key means, in SQL of the test's own.
my %order = (
    '' => 'seq',
    id => 'id',
    billNo => q{doc ->> 'billNo' COLLATE "C"},
    category => q{doc ->> 'category' COLLATE "C"},
    billDate => q{CASE WHEN doc ->> 'billDate' = 'soon' THEN NULL
        WHEN length(doc ->> 'billDate') = 10
        THEN (doc ->> 'billDate' || 'T00:00:00Z')::timestamptz
        ELSE (doc ->> 'billDate')::timestamptz END},
    'amountDue.value' => q{(doc #>> '{amountDue,value}')::numeric},
    'relatedParty.id' => q{doc #> '{relatedParty,0,id}'},
    ours => q{CASE jsonb_typeof(doc -> 'ours') WHEN 'array'
        THEN doc #> '{ours,0}' ELSE doc -> 'ours' END},
    state => q{doc ->> 'state' COLLATE "C"},
);

# The ids in the order of a sort parameter.
sub expected
{
    my ($sort, $condition) = @_;
    my @keys = map { /^([-+]?)(.*)/ ? [ $2, $1 eq '-' ? ' DESC' : '' ] : () }
        split /,/, $sort;
    my $last = @keys ? $keys[-1][1] : '';
    my $by = join ', ', (map { "$order{$_->[0]}$_->[1] NULLS LAST" } @keys),
        "seq$last";
    $condition //= 'true';
    return join ' ', split /\n/,
        sql("SELECT id FROM $table WHERE $condition ORDER BY $by");
}

sub ids
{
    my ($response) = @_;
    my $rows = body($response);
    return ref $rows eq 'ARRAY' ? map { $_->{id} } @{$rows}
                                : ($response->{content});
}

sub links
{
    my ($response) = @_;
    my $header = $response->{headers}{link} // '';
    my %links;
    while ($header =~ /<([^>]*)>\s*;\s*rel="?([a-z]+)"?/g) {
        $links{$2} = $1;
    }
    return \%links;
}

sub total
{
    my ($response) = @_;
    my $precision = $response->{headers}{'x-total-count-precision'};
    return $response->{headers}{'x-total-count'}
        . ($precision ? " $precision" : '');
}

# All pages from one on, and the last of them.
sub walk
{
    my ($url, $rel) = @_;
    my @pages;
    my $response;
    for (1 .. 200) {
        $response = get($url);
        push @pages, [ ids($response) ];
        $url = links($response)->{$rel} or last;
    }
    return ($response, @pages);
}

# --- every order, forward and backward

my @sorts = ('', (map { ($_, "-$_") } grep { $_ } sort keys %order),
             'state,-category', '-state,category', 'category,billDate',
             '-category,-amountDue.value,billNo', 'relatedParty.id,-billDate',
             '-ours,state', 'billDate,ours,-category', '-amountDue.value,id');
for my $sort (@sorts) {
    my $wanted = expected($sort);
    for my $limit (1, 7, 59, 60) {
        my $url = base() . "$path?limit=$limit&fields=none"
            . ($sort ? "&sort=$sort" : '');
        my ($end, @pages) = walk($url, 'next');
        is(join(' ', map { @{$_} } @pages), $wanted,
           "next: each row once, sort=$sort by $limit");
        is_json([ map { scalar @{$_} } @pages ],
                [ ($limit) x int(60 / $limit),
                  60 % $limit ? 60 % $limit : () ],
                "next: full pages, sort=$sort by $limit");
        my (undef, @back) = walk(links($end)->{self}, 'prev');
        is(join(' ', map { @{$_} } reverse @back), $wanted,
           "prev: each row once, sort=$sort by $limit");
    }
}

# --- with filters, with offsets, beside other parameters

for my $sort ('', 'category', '-category', '-billDate,category') {
    my $filter = 'state=new&billNo.gt=N010';
    my $wanted = expected($sort, q{doc ->> 'state' = 'new'
        AND doc ->> 'billNo' COLLATE "C" > 'N010'});
    my $more = $sort ? "&sort=$sort" : '';
    my ($end, @pages) = walk(base() . "$path?$filter$more&limit=4", 'next');
    is(join(' ', map { @{$_} } @pages), $wanted, "filter: next, sort=$sort");
    my (undef, @back) = walk(links($end)->{self}, 'prev');
    is(join(' ', map { @{$_} } reverse @back), $wanted,
       "filter: prev, sort=$sort");
    my @wanted = split / /, $wanted;
    for my $offset (1, 5, scalar @wanted - 1) {
        my $url = base() . "$path?$filter$more&limit=4&offset=$offset";
        (undef, @pages) = walk($url, 'next');
        is(join(' ', map { @{$_} } @pages),
           join(' ', @wanted[$offset .. $#wanted]),
           "offset: next from $offset, sort=$sort");
        (undef, @pages) = walk($url, 'prev');
        my $last = $offset + 3 < $#wanted ? $offset + 3 : $#wanted;
        is(join(' ', map { @{$_} } reverse @pages),
           join(' ', @wanted[0 .. $last]),
           "offset: prev from $offset, sort=$sort");
    }
}
my $r = get("$path?fields=state&limit=3&sort=%2Bcategory,-id&state=new");
for my $rel (qw(next last first self)) {
    like(links($r)->{$rel}, qr{^\Q@{[base()]}$path?\E.*\bstate=new\b},
         "link: $rel keeps the filter");
    like(links($r)->{$rel}, qr{sort=%2Bcategory,-id&},
         "link: $rel keeps the sort as it was written");
    unlike(links($r)->{$rel}, qr{(limit|offset|cursor)=.*\1=},
           "link: $rel pages once");
}
my $next = links($r)->{next};
like($next, qr/[?&]cursor=[-_A-Za-z0-9]+&limit=3$/, 'link: next by cursor');
unlike($next, qr/offset/, 'link: next without offset');
is(links(get($next))->{self}, $next, 'link: self is what was asked for');
like(links(get($next))->{last}, qr/offset=\d+&limit=3$/,
     'link: last by offset');
unlike(get("$path?lim%69t=3")->{headers}{link}, qr/lim%69t/,
       'link: a name may be written in another way');

# --- queries that are too long to be repeated in each link

for my $length (1000, 3000, 7000) {
    my $filter = join '&', 'state=new', map { 'billNo.ne=' . 'x' x 120 . $_ }
        1 .. $length / 133;
    my $wanted = expected('', q{doc ->> 'state' = 'new'});
    my $first = get("$path?$filter&limit=7&fields=none");
    my (undef, @pages) = walk(base() . "$path?$filter&limit=7&fields=none",
                              'next');
    is(join(' ', map { @{$_} } @pages), $wanted,
       "long query: next to the end, $length bytes");
    my @left = grep { links(get(links($first)->{next}))->{$_} }
        qw(next prev last first self);
    is($left[0], 'next', "long query: next is there, $length bytes");
    is_json(\@left, [ (qw(next prev last first self))[0 .. $#left] ],
            "long query: the rest in order, $length bytes");
}

# --- rows that come and go in between

for my $sort ('', 'category', '-category') {
    my $more = $sort ? "&sort=$sort" : '';
    my $wanted = expected($sort);
    my $first = get("$path?limit=10$more");
    my @seen = ids($first);
    sql(q{INSERT INTO api_pages.customer_bill (id, doc)
        SELECT 'new-' || n, jsonb_strip_nulls(jsonb_build_object('category',
            (ARRAY['', 'C', 'zz', NULL])[n]))
        FROM generate_series(1, 4) AS n});
    my $gone = (split / /, $wanted)[9];
    sql("UPDATE $table SET doc = doc || '{\"ours\": 1}' WHERE id = '$gone'");
    my (undef, @pages) = walk(links($first)->{next}, 'next');
    push @seen, map { @{$_} } @pages;
    is(join(' ', grep { !/^new/ } @seen), $wanted,
       "inserts: all others once, sort=$sort");
    delete_ids($table, map { "new-$_" } 1 .. 4);
}
my $page = get("$path?limit=10");
my @tenth = ids($page);
sql("CREATE TABLE api_pages.kept AS SELECT * FROM $table
     WHERE id = '$tenth[-1]'");
delete_ids($table, $tenth[-1]);
is((ids(get(links($page)->{next})))[0], (ids(get("$path?offset=9")))[0],
   'delete: the row at the cursor may be gone');
sql("INSERT INTO $table (id, seq, version, created, updated, doc)
     OVERRIDING SYSTEM VALUE SELECT id, seq, version, created, updated, doc
     FROM api_pages.kept; DROP TABLE api_pages.kept");

# --- cursors that were not given out for the list

my ($cursor) = links(get("$path?limit=5&sort=category&state=new"))->{next}
    =~ /cursor=([^&]*)/;
my $query = 'limit=5&sort=category&state=new';
is(get("$path?$query&cursor=$cursor")->{status}, 206, 'cursor: as it is');
is(get("$path?sort=category&fields=id&limit=2&state=new&cursor=$cursor")
       ->{status}, 206, 'cursor: fields, limit and the order of parameters '
       . 'do not matter');
is(get("/pages/exact/customerBill?$query&cursor=$cursor")->{status}, 206,
   'cursor: taken by every mount of the data set');
my @refused;
for my $i (0 .. length($cursor) - 1) {
    my $other = $cursor;
    substr($other, $i, 1) = substr($other, $i, 1) eq 'A' ? 'B' : 'A';
    my $response = get("$path?$query&cursor=$other");
    push @refused, $other
        if !error_faults($response, 400, 'invalidQuery');
}
is(scalar @refused, length $cursor, 'cursor: no character may change');
my %wrong = (
    'another order' => "limit=5&sort=-category&state=new&cursor=$cursor",
    'no order' => "limit=5&state=new&cursor=$cursor",
    'another filter' => "limit=5&sort=category&state=sent&cursor=$cursor",
    'no filter' => "limit=5&sort=category&cursor=$cursor",
    'one more filter' => "$query&category.gt=a&cursor=$cursor",
    'nothing' => "$query&cursor=",
    'half of it' => "$query&cursor=" . substr($cursor, 0, 12),
    'more behind it' => "$query&cursor=${cursor}AAAA",
    'padding' => "$query&cursor=$cursor%3D",
    'other characters' => "$query&cursor=%00",
    'text' => "$query&cursor=hello",
    'much' => "$query&cursor=" . 'A' x 3000,
    'two of them' => "$query&cursor=$cursor&cursor=$cursor",
    'an offset too' => "$query&cursor=$cursor&offset=5",
);
for my $what (sort keys %wrong) {
    error_is(get("$path?$wrong{$what}"), 400, 'invalidQuery',
             "cursor: $what is refused");
}
error_is(get("/pages/other/customerBill?$query&cursor=$cursor"), 400,
         'invalidQuery', 'cursor: of another data set is refused');
my ($plain) = links(get("$path?limit=5"))->{next} =~ /cursor=([^&]*)/;
error_is(get("/pages/auto/billCycle?limit=5&cursor=$plain"), 400,
         'invalidQuery', 'cursor: of another resource is refused');
error_is(get("$path/" . ($tenth[0]) . "?cursor=$plain"), 400, 'invalidQuery',
         'cursor: of a list, not of one resource');
is_json(body(get("$path?limit=0&cursor=$plain")), [],
        'cursor: with limit=0 there are no rows');

# --- values too long for a cursor: offsets lead on

sql(q{INSERT INTO api_pages_other.customer_bill (id, doc)
    SELECT 'L' || n, jsonb_build_object('category',
        repeat('ä', 600) || n % 3, 'billNo', repeat('x', n))
    FROM generate_series(1, 12) AS n});
my ($end, @pages) = walk(base() . '/pages/other/customerBill?sort=-category'
                         . '&limit=5&fields=none', 'next');
is(join(' ', map { @{$_} } @pages), join(' ', map { "L$_" } reverse 1 .. 12),
   'long: only the first 512 characters order, then the sequence');
(undef, @pages) = walk(links($end)->{self}, 'prev');
is(join(' ', map { @{$_} } reverse @pages),
   join(' ', map { "L$_" } reverse 1 .. 12), 'long: backward');

# --- totals

sql(q{INSERT INTO api_pages.bill_cycle (id, doc)
    SELECT 'C' || n, jsonb_build_object('name', 'N' || n,
        'description', repeat('d', 120), 'shortName', 'S' || n % 100)
    FROM generate_series(1, 10100) AS n ORDER BY n});
sql('ANALYZE api_pages.bill_cycle');
my $cycles = 'billCycle?fields=name';
my @totals = (
    # mount, query, total, status, whether last is there
    [ 'auto', '&limit=10', '10100 estimated', 206, 0 ],
    [ 'exact', '&limit=10', '10100', 206, 1 ],
    [ 'auto', '&limit=10100', '10100', 200, 1 ],
    [ 'auto', '&limit=10&offset=10095', '10100', 206, 1 ],
    [ 'auto', '&limit=10&offset=20000', '10100 estimated', 206, 0 ],
    [ 'exact', '&limit=10&offset=20000', '10100', 206, 1 ],
    [ 'auto', '&limit=10&name.ne=N1', '10000 estimated', 206, 0 ],
    [ 'exact', '&limit=10&name.ne=N1', '10099', 206, 1 ],
    [ 'auto', '&limit=10&shortName=S1', '101 estimated', 206, 0 ],
    [ 'exact', '&limit=10&shortName=S1', '101', 206, 1 ],
    [ 'auto', '&limit=10&id.gt=C9', '1110', 206, 1 ],
    [ 'auto', '&limit=10&id.gt=C', '10001 estimated', 206, 0 ],
    [ 'auto', '&limit=10&id.gt=C9&shortName=S1', '11', 206, 1 ],
    [ 'auto', '&limit=10&id.gt=C9&filter=$[?(@.shortName==%22S1%22)]', '11',
      206, 1 ],
    [ 'auto', '&limit=5&id.gt=C9&name.gt=N999', '10', 206, 1 ],
    [ 'auto', '&limit=10&id.gt=C&shortName=S1', '101 estimated', 206, 0 ],
    [ 'auto', '&limit=200&shortName=S1', '101', 200, 1 ],
    [ 'auto', '&limit=0&id.gt=C9', '1110', 200, 0 ],
    [ 'auto', '&limit=0', '10100 estimated', 200, 0 ],
    [ 'exact', '&limit=0', '10100', 200, 0 ],
    [ 'auto', '&limit=10&name.ne=N1&offset=10080', '10091 estimated', 206,
      0 ],
    [ 'auto', '&limit=10&name.ne=N1&offset=10095', '10099', 206, 1 ],
    [ 'estimated', '&limit=10&id.gt=C0', '11 estimated', 206, 0 ],
    [ 'estimated', '&limit=10', '10100 estimated', 206, 0 ],
    [ 'estimated', '&limit=10&id=C5', '1', 200, 1 ],
);
for my $row (@totals) {
    my ($mount, $more, $total, $status, $last) = @{$row};
    $r = get("/pages/$mount/$cycles$more");
    is("$r->{status} " . total($r), "$status $total",
       "total: $mount, $more");
    is(defined links($r)->{last} ? 1 : 0, $last,
       "total: last only of an exact one, $mount, $more");
}
$r = get("/pages/auto/$cycles&limit=10&id.gt=C9");
for my $n (11, 21) {
    $r = get(links($r)->{next});
    is("$r->{status} " . total($r), '206 1110', "total: by cursor, from $n");
}
$r = get("/pages/exact/$cycles&limit=5000&name.ne=N1");
$r = get(links($r)->{next}) for 1 .. 2;
is("$r->{status} " . total($r) . " $r->{headers}{'x-result-count'}",
   '206 10099 99', 'total: exact on the last page by cursor');
sql(q{DELETE FROM api_pages.bill_cycle WHERE id = 'C10100'});
is(total(get("/pages/auto/$cycles&limit=10")), '10100 estimated',
   'total: statistics are as old as they are');
sql(q{INSERT INTO api_pages.bill_cycle (id, doc)
    VALUES ('C10100', '{"name": "N10100"}')});

# --- large pages

for my $sort ('', '-name') {
    my $more = $sort ? "&sort=$sort" : '';
    $r = get("/pages/auto/billCycle?limit=100000$more");
    my $rows = body($r);
    is("$r->{status} " . scalar(@{$rows}) . ' ' . total($r), '200 10100 10100',
       "large: all rows, sort=$sort");
    cmp_ok(length $r->{content}, '>', 2_000_000, 'large: more than memory has');
    is($r->{headers}{'content-length'}, length $r->{content},
       "large: Content-Length, sort=$sort");
    my @small;
    my $url = base() . "/pages/auto/billCycle?limit=1000$more";
    while ($url) {
        my $part = get($url);
        push @small, @{ body($part) };
        $url = links($part)->{next};
    }
    is(canonical($rows), canonical(\@small),
       "large: the same as in small pages, sort=$sort");
    my @large;
    $url = base() . "/pages/auto/billCycle?limit=4000&fields=none$more";
    ($end, @pages) = walk($url, 'next');
    is_json([ map { scalar @{$_} } @pages ], [ 4000, 4000, 2100 ],
            "large: pages, sort=$sort");
    is(join(' ', map { @{$_} } @pages), join(' ', map { $_->{id} } @small),
       "large: next, sort=$sort");
    (undef, @pages) = walk(links($end)->{self}, 'prev');
    is(join(' ', map { @{$_} } reverse @pages),
       join(' ', map { $_->{id} } @small), "large: prev, sort=$sort");
}
$r = head_of('/pages/auto/billCycle?limit=100000');
is($r->{status} . ($r->{content} // ''), '200', 'large: HEAD has no body');
cmp_ok($r->{headers}{'content-length'}, '>', 2_000_000,
       'large: HEAD has the length');

# --- only what an index serves

my $indexed = '/pages/estimated/customerBill';
for my $allowed ('', 'state=new', 'id=7', 'id.gt=7', 'billNo.lte=N', 'href=x',
                 'state=new&description=x', 'state=new,sent', 'sort=billNo',
                 'sort=-id', 'sort=billDate,description', 'limit=3') {
    is(get("$indexed?$allowed")->{status} =~ /^20[06]$/ ? 1 : 0, 1,
       "indexed: '$allowed' is served");
}
for my $refused ('description=x', 'state.ne=new', 'billNo.regex=N',
                 'relatedParty.id=7', 'ours=7', 'sort=description',
                 'state=new&sort=-amountDue.value',
                 'state=new;description=x',
                 'filter=$[?(@.state==%22new%22)]') {
    my $name = $refused =~ /sort=-?([a-zA-Z.]+)/ ? $1
        : $refused =~ /^(?:state=new;)?(\w+(?:\.id)?)/ ? $1 : '?';
    $name = 'state' if $refused =~ /^state=new;/;
    $r = get("$indexed?$refused");
    error_is($r, 400, 'invalidQuery', "indexed: '$refused' is refused");
    like(body($r)->{message}, qr/"\Q$name\E"/, "indexed: names $name");
}
is(get("$path?description=x")->{status}, 200, 'indexed: elsewhere it is not');

done_testing;
