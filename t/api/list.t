# Lists: paging, counts, links, order.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $path = '/list/v4/customer';
my $table = 'api_list.customer';

# Ids in no order, so that only the order of creation sorts them.
sql("INSERT INTO $table (id, doc)
     SELECT md5(n::text), jsonb_build_object('name', 'N' || n,
         'status', CASE n % 2 WHEN 0 THEN 'even' ELSE 'odd' END,
         'engagedParty', '{}'::jsonb)
     FROM generate_series(1, 25) AS n ORDER BY n");

sub names
{
    my ($response) = @_;
    my $rows = body($response);
    return ref $rows eq 'ARRAY' ? join ' ', map { $_->{name} } @{$rows}
                                : $response->{content};
}

sub links
{
    my ($response) = @_;
    my $header = $response->{headers}{link} // '';
    $header = join ', ', @{$header} if ref $header;
    my %links;
    while ($header =~ /<([^>]*)>\s*;\s*rel="?([a-z]+)"?/g) {
        $links{$2} = $1;
    }
    return \%links;
}

# The parameters of a URL, in order of name; a cursor may be any.
sub parameters
{
    my ($url) = @_;
    my $query = ($url // '') =~ /\?(.*)/ ? $1 : '';
    $query =~ s/\bcursor=[^&]+/cursor=*/;
    return join '&', sort split /&/, $query;
}

# --- what pages look like

for my $row (@{ cases('paging') }) {
    my $name = "paging: '$row->{query}' $row->{why}";
    my $r = get("$path?$row->{query}");
    my ($first, $last) = @{ $row->{rows} };
    my $wanted = defined $first
        ? join ' ', map { "N$_" } $first .. $last : '';
    is($r->{status}, $row->{status}, "$name: status");
    is(names($r), $wanted, "$name: rows");
    is($r->{headers}{'x-total-count'}, $row->{total} // 25,
       "$name: X-Total-Count");
    is($r->{headers}{'x-result-count'},
       defined $first ? $last - $first + 1 : 0, "$name: X-Result-Count");
    next unless $row->{links};
    my $links = links($r);
    is_json({ map { $_ => parameters($links->{$_}) } keys %{$links} },
            $row->{links}, "$name: Link");
}

# --- links lead through everything

for my $query ('limit=1', 'limit=7', 'limit=10', 'limit=24',
               'offset=3&limit=4', 'offset=0&limit=25') {
    my $start = $query =~ /offset=(\d+)/ ? $1 : 0;
    my $url = base() . "$path?$query";
    my (@seen, @back);
    for (1 .. 40) {
        my $r = get($url);
        push @seen, names($r);
        push @back, $url;
        $url = links($r)->{next} or last;
    }
    is(join(' ', @seen), join(' ', map { "N$_" } $start + 1 .. 25),
       "link: next leads to every row once ($query)");
    next if @back < 2;
    my $r = get($back[-1]);
    is(names(get(links($r)->{self})), names($r), "link: self ($query)");
    like(names(get(links($r)->{first})), qr/^N1\b/, "link: first ($query)");
    like(names(get(links($r)->{last})), qr/N25$/, "link: last ($query)");
    is(names(get(links($r)->{prev})), names(get($back[-2])),
       "link: prev ($query)");
}
my $r = get("$path?status=odd&fields=name,status&limit=5&offset=5",
            { 'x-forwarded-host' => 'evil.example' });
for my $rel (qw(self first prev next last)) {
    my $url = links($r)->{$rel} // '';
    like($url, qr{^\Q@{[base()]}$path?\E}, "link: $rel is on the public base");
    like($url, qr/status=odd/, "link: $rel keeps the filter");
    like($url, qr/fields=name(,|%2C)status/, "link: $rel keeps fields");
}
is($r->{headers}{'x-total-count'}, 13, 'total: of what the filter matches');
is($r->{headers}{'x-result-count'}, 5, 'result: of this page');
$r = get("$path?name=N%201%26x%3D%22%3E&limit=5");
is($r->{status}, 200, 'link: a filter of strange characters');
unlike(ref $r->{headers}{link} ? join ' ', @{ $r->{headers}{link} }
           : $r->{headers}{link} // '', qr/[" ]>|&x=|">.*">/,
       'link: strange characters stay encoded');

# --- order, slash, emptiness

is(names(get($path)), names(get($path)), 'order: stable');
is(names(get($path)), join(' ', map { "N$_" } 1 .. 25),
   'order: of creation');
patch("$path/" . id_of(get("$path/" . sql("SELECT md5('3')"))),
      '{"statusReason":"touched"}');
is(names(get($path)), join(' ', map { "N$_" } 1 .. 25),
   'order: a change does not move a row');
post($path, '{"name":"N26","engagedParty":{}}');
is(names(get($path)), join(' ', map { "N$_" } 1 .. 26),
   'order: a new row is the last');
is(get("$path/")->{content}, get($path)->{content},
   'slash: a collection path may end with one');
is(names(get("$path/?limit=2")), 'N1 N2', 'slash: before a query too');

for my $query ('name=nobody', 'name=nobody&limit=5', 'name=nobody&fields=name') {
    $r = get("$path?$query");
    is("$r->{status} $r->{content}", '200 []', "empty: 200 [] ($query)");
    is($r->{headers}{'x-total-count'} . $r->{headers}{'x-result-count'},
       '00', "empty: both counts are 0 ($query)");
}
$r = get('/tmf-api/customerBillManagement/v4/billCycle');
is("$r->{status} $r->{content}", '200 []', 'empty: a table without rows');

done_testing;
