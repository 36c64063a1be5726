# Filters, data-driven: what each query of t/cases/filter.json finds in the
# sample data, or how it is refused.
use strict;
use warnings;

use Test::More;
use TmfApi;

my %mounts = (
    customer => '/sample/customer/v4',
    payment => '/sample/payment/v4',
    refund => '/sample/payment/v4',
);
my $table = 'api_sample_customer.customer';

# One document with attributes that no definition declares.
sql(qq(INSERT INTO $table (id, doc) VALUES ('X-1', '{"name": "Extra",
    "engagedParty": {"id": "E-1"}, "extra": {"level": 7, "text": "7",
    "flag": true, "word": "true", "list": ["a", "b"], "price": 12.30,
    "rows": [{"n": 1}, {"n": 2}], "\\"quo\\\\ted\\"": 1}}')));

for my $row (@{ cases('filter') }) {
    my $path = ($mounts{ $row->{on} } // '/sample/bill/v4') . "/$row->{on}";
    my $base = base();
    (my $query = $row->{query}) =~ s/\{base\}/$base/g;
    my $r = get("$path?$query");
    my $name = "$row->{on}: $row->{why} ("
        . (length $query > 80 ? substr($query, 0, 80) . '...' : $query) . ')';
    if ($row->{status}) {
        error_is($r, $row->{status}, $row->{code}, $name);
        next;
    }
    my $ids = eval { join ' ', map { $_->{id} } @{ body($r) } }
        // $r->{content};
    is("$r->{status} $ids", join(' ', 200, @{ $row->{ids} })
           . (@{ $row->{ids} } ? '' : ' '), $name);
    is($r->{headers}{'x-total-count'}, scalar @{ $row->{ids} },
       "$name: X-Total-Count");
}

delete_ids($table, 'X-1');
done_testing;
