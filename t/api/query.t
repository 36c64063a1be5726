# The query language: every row of t/cases/query, over HTTP. What a query
# finds must also be what an evaluation that knows no SQL finds.
use strict;
use warnings;

use Test::More;
use TmfApi;
use TmfOracle;

my $folder = "$ENV{srcdir}/t/cases/query";
my $path = '/items/v4/item';
my $oracle = TmfOracle->new(TmfApi::slurp("$folder/definition.json"),
                            'Item', 'item');
my @documents = grep { s/^\s*(\{.*\}),?$/$1/ }
    split /\n/, TmfApi::slurp("$folder/documents.json");
my $is_short = qr/^.{0,90}\z/s;

# One statement for each: the order of creation is that of the file.
sql(join "\n", map {
    my $id = json_of($_)->{id};
    "INSERT INTO api_query.item (id, doc) VALUES ('$id', \$doc\$$_\$doc\$);"
} @documents);
$oracle->add(@documents);

# How the answer differs from the row's ids, total and items.
sub list_faults
{
    my ($row, $r) = @_;
    my @ids = split / /, $row->{ids};
    my $total = $row->{total} // @ids;
    my $status = @ids == $total || $row->{query} =~ /\blimit=0/ ? 200 : 206;
    my $list = eval { body($r) };
    return "$r->{status}: $r->{content}"
        if $r->{status} != $status || ref $list ne 'ARRAY';
    my @faults;
    my $got = join ' ', map { $_->{id} } @{$list};
    push @faults, "got $got" if $got ne $row->{ids};
    push @faults, 'X-Total-Count ' . $r->{headers}{'x-total-count'}
        if $r->{headers}{'x-total-count'} ne $total;
    for my $item (@{$list}) {
        my $href = delete $item->{href} // 'none';
        push @faults, "href $href" if $href ne base() . "$path/$item->{id}";
    }
    push @faults, 'got ' . canonical($list)
        if $row->{items} && canonical($list) ne canonical($row->{items});
    push @faults, "no $row->{has}"
        if defined $row->{has} && index($r->{content}, $row->{has}) < 0;
    return @faults;
}

sub refusal_faults
{
    my ($row, $r) = @_;
    my @faults = error_faults($r, $row->{status}, $row->{code});
    my $message = @faults ? '' : body($r)->{message} // '';
    push @faults, "not at character $row->{at}: $message"
        if $row->{at} && $message !~ /\bcharacter $row->{at}\b/;
    return @faults;
}

# How the other evaluation differs from the row.
sub oracle_faults
{
    my ($row, $query) = @_;
    my $answer = $oracle->answer($query);
    my $got = $answer->{status} // join ' ', @{ $answer->{ids} };
    my $wanted = $row->{status} // $row->{ids};
    return $got eq $wanted ? () : "the oracle has $got";
}

my %seen;
for my $file (sort glob "$folder/*.json") {
    my ($group) = $file =~ m{([a-z_]+)\.json\z};
    next if $group =~ /^(?:definition|documents|overlay)\z/;
    for my $row (@{ cases("query/$group") }) {
        my $query = $row->{query};
        my $name = "$group: $row->{rule}: "
            . ($query =~ $is_short ? $query : substr($query, 0, 90) . '...');
        my @faults = oracle_faults($row, $query);
        push @faults, 'twice' if $seen{$query}++;
        if (($row->{only} // 'http') eq 'http') {
            my $r = get("$path?$query");
            push @faults, $row->{status} ? refusal_faults($row, $r)
                : list_faults($row, $r);
        }
        ok(!@faults, $name) || diag(join "\n", @faults);
    }
}
cmp_ok(scalar keys %seen, '>=', 250, 'there are as many rows as promised');

done_testing;
