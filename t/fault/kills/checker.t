# The check of the final rows finds what it is there to find.
use strict;
use warnings;

use Test::More;
use TmfKills;

my $right = { status => 201, code => '', id => 'a' };
my $gone = { status => 503, code => 'unavailable', id => '' };
my $unknown = { status => 503, code => 'outcomeUnknown', id => '' };
my $silence = { status => 0, code => '', id => '' };
my $refused = { status => 0, code => 'refused', id => '' };

sub judged
{
    my ($rows, @tries) = @_;
    my %count = judge({ one => \@tries }, { one => $rows }, { one => 'a' });
    return join ' ', grep { $count{$_} } sort keys %count;
}

my @cases = (
    [0, [$right], 'acknowledged lost'],
    [1, [$right], 'acknowledged'],
    [2, [$right], 'acknowledged duplicated'],
    [1, [{ %{$right}, id => 'b' }], 'acknowledged misnamed'],
    [0, [$gone], ''],
    [1, [$gone], 'false'],
    [1, [$refused], 'false'],
    [0, [$unknown], 'unknown'],
    [1, [$unknown], 'unknown'],
    [2, [$unknown], 'duplicated unknown'],
    [1, [$silence], 'unknown'],
    [1, [$gone, $silence, $gone], 'unknown'],
    [0, [$unknown, $right], 'acknowledged lost'],
    [2, [$silence, $right], 'acknowledged duplicated'],
);
for my $case (@cases) {
    my ($rows, $tries, $expected) = @{$case};
    is(judged($rows, @{$tries}), $expected,
       join(', ', map { "$_->{status} $_->{code}" } @{$tries})
       . ": $rows rows");
}

done_testing();
