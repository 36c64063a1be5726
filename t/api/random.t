# Queries made by chance on documents made by chance: what the module finds
# must be what an evaluation that knows no SQL finds.
#
# Environment: TMF_SEED, to repeat a run; TMF_RANDOM_DOCUMENTS and
# TMF_RANDOM_QUERIES, how many are made.
use strict;
use warnings;

use Test::More;
use TmfApi;
use TmfOracle;
use TmfRandom qw(document order query seed_with);

# Ids are all that is looked at.
my $path = '/random/v4/item?fields=none&';
my $seed = $ENV{TMF_SEED} // (time ^ $$ << 8) & 0x7fffffff;
my $documents = $ENV{TMF_RANDOM_DOCUMENTS} // 300;
my $queries = $ENV{TMF_RANDOM_QUERIES} // 400;
my $walks = $queries / 10;
my $linked = 500;           # bytes of a query that surely has all links
my $oracle = TmfOracle->new(
    TmfApi::slurp("$ENV{srcdir}/t/cases/query/definition.json"),
    'Item', 'item');

seed_with($seed);
diag("TMF_SEED=$seed repeats this run");

# Ids whose order is not that of creation.
my @texts = map { document(sprintf 'd%03d', $_ * 7 % 1009) } 1 .. $documents;
sql(join "\n", map {
    my ($id) = /"id": "(\w+)"/;
    "INSERT INTO api_random.item (id, doc) VALUES ('$id', \$doc\$$_\$doc\$);"
} @texts);
$oracle->add(@texts);

sub ids_of
{
    my ($r) = @_;
    my $list = eval { body($r) };
    return "$r->{status} $r->{content}" if ref $list ne 'ARRAY';
    return join ' ', map { $_->{id} } @{$list};
}

sub link_of
{
    my ($r, $rel) = @_;
    my $header = $r->{headers}{link} // '';
    $header = join ', ', @{$header} if ref $header;
    return $header =~ /<([^>]*)>\s*;\s*rel="?$rel\b/ ? $1 : undef;
}

# What a whole answer should be: a status alone, or all ids.
sub same
{
    my ($query, $wanted) = @_;
    my $r = get("$path$query");
    my $status = $wanted->{status} // 200;
    my $ids = join ' ', @{ $wanted->{ids} // [] };
    return ok(0, $query) && 0
        || diag("got $r->{status} $r->{content}\nwanted $status $ids\n",
                $wanted->{why} // '')
        if $r->{status} != $status;
    return pass($query) if $status != 200;
    my $got = ids_of($r);
    my $total = $r->{headers}{'x-total-count'};
    return ok($got eq $ids && $total == @{ $wanted->{ids} }, $query)
        || diag("got    $total: $got\nwanted " . @{ $wanted->{ids} }
                . ": $ids");
}

# ---------------------------------------------------------------- queries

my $found = 0;
my $rows = 0;
for (1 .. $queries) {
    my $query = query();
    my $wanted = $oracle->answer($query);
    $found++ if @{ $wanted->{ids} // [] } % $documents;
    $rows += @{ $wanted->{ids} // [] };
    same($query, $wanted);
}
diag("$queries queries found $rows rows; $found neither none nor all");
cmp_ok($found, '>', $queries / 3, 'queries tell documents apart');

# ----------------------------------------------------------------- paging

# The pages that one relation leads to, first to last.
sub walk
{
    my ($r, $rel, $most) = @_;
    my @pages = ids_of($r);
    while (my $url = link_of($r, $rel)) {
        return ($r, 'no end') if @pages > $most;
        $r = get($url);
        push @pages, ids_of($r);
    }
    return ($r, @pages);
}

for my $i (1 .. $walks) {
    my $query = join '&', grep { length } chance_of_query($i), order();
    my $wanted = $oracle->answer($query);
    next if length $query > $linked || $wanted->{status}
        || !@{ $wanted->{ids} };
    my $ids = join ' ', @{ $wanted->{ids} };
    my $limit = 1 + int @{ $wanted->{ids} } / (2 + $i % 5);
    my ($last, @pages) = walk(get("$path$query&limit=$limit"), 'next', 12);
    is(join(' ', @pages), $ids, "next, $limit a page: $query");
    my ($first, @back) = walk($last, 'prev', 12);
    is(join(' ', reverse @back), $ids, "prev, $limit a page: $query");
}

# Every other walk leads through a selection.
sub chance_of_query
{
    my ($i) = @_;
    return $i % 2 ? '' : query() =~ s/(?:^|&)sort=[^&]*//gr =~ s/^&//r;
}

done_testing;
