# Random decimals go in by POST, PATCH and filter and come out as the same
# text, but for what PostgreSQL's numeric does to it: an exponent is written
# out, and zero has no sign. TMF_SOAK: how many numbers (10000); TMF_SEED.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $payments = '/soak/v4/payment';
my $per_document = 1000;
my $total = $ENV{TMF_SOAK} // 10_000;
my $seed = $ENV{TMF_SEED} // 20260101;
my $digits_bound = 38;
my $exponent_bound = 38;
my $written_out_bound = 64;

# ------------------------------------------------------------ the numbers

sub digits
{
    my ($n) = @_;
    my $text = '';
    $text .= sprintf '%09d', int rand 1e9 while length $text < $n;
    return substr $text, 0, $n;
}

# A JSON number of 1 to 38 digits: whole, or with a scale, which may end in
# zeros; one in four has an exponent, one in sixteen is a zero.
sub any_number
{
    my $digits = digits(1 + int rand $digits_bound);
    $digits =~ tr/0-9/0/ if rand() < 1 / 16;
    substr($digits, -1 - int rand 3) =~ tr/0-9/0/ if rand() < 1 / 4;
    my $whole = int rand(1 + length $digits);
    my $left = substr $digits, 0, $whole;
    my $right = substr $digits, $whole;
    $left =~ s/^0+(?=\d)//;
    my $text = (rand() < 1 / 2 ? '-' : '') . (length $left ? $left : '0')
        . (length $right ? ".$right" : '');
    return $text if rand() >= 1 / 4;
    my $exponent = int(rand(2 * $exponent_bound + 1)) - $exponent_bound;
    return $text . (rand() < 1 / 2 ? 'e' : 'E')
        . ($exponent >= 0 && rand() < 1 / 2 ? '+' : '')
        . sprintf rand() < 1 / 8 ? '%03d' : '%d', $exponent;
}

# One that is not too long when it is written out.
sub number
{
    my $text = any_number();
    $text = any_number()
        while normalised($text) =~ tr/0-9// > $written_out_bound;
    return $text;
}

# N zeros, none if it is negative.
sub zeros
{
    my ($n) = @_;
    return $n > 0 ? '0' x $n : '';
}

# How numeric writes it, by moving the point in the text.
sub normalised
{
    my ($sign, $left, $right, $exponent)
        = $_[0] =~ /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/
        or die "no number: $_[0]\n";
    $right //= '';
    $exponent //= 0;
    if ($exponent > 0) {
        $right .= zeros($exponent - length $right);
        $left .= substr $right, 0, $exponent, '';
    }
    elsif ($exponent < 0) {
        $left = zeros(-$exponent - length $left) . $left;
        $right = substr($left, $exponent, -$exponent, '') . $right;
    }
    $left =~ s/^0*(?=\d)//;
    $left = '0' if !length $left;
    my $text = length $right ? "$left.$right" : $left;
    return $text =~ /[1-9]/ ? "$sign$text" : $text;
}

# ------------------------------------------------------------- the trips

my ($trips, $differences) = (0, 0);

sub compare
{
    my ($content, $sent, $why) = @_;
    my ($list) = $content =~ /"n": ?\[([^\]]*)\]/;
    my @got = split /, ?/, $list // '';
    my @wanted = map { normalised($_) } @{$sent};
    $trips += @wanted;
    return if "@got" eq "@wanted";
    for my $i (0 .. $#wanted) {
        next if ($got[$i] // '') eq $wanted[$i];
        diag("$why: $sent->[$i] became " . ($got[$i] // 'nothing')
             . ", not $wanted[$i]") if $differences++ < 20;
    }
    return;
}

sub is_found
{
    my ($id, $text) = @_;
    my $value = $text =~ s/\+/%2B/r;
    my $r = get("$payments?id=$id&totalAmount.value=$value&fields=none");
    return if $r->{content} =~ /^\[\{"id":"\Q$id\E"/;
    diag("a filter does not find $text: $r->{content}") if $differences++ < 20;
    return;
}

sub document
{
    my @numbers = map { number() } 1 .. $per_document;
    my $list = join ',', @numbers;
    my $start = '{"account":{"id":"A"},"paymentMethod":{},"totalAmount":'
        . qq({"unit":"EUR","value":$numbers[0]});
    my $made = post($payments, qq($start,"n":[$list]}));
    my ($id) = $made->{content} =~ /^\{"id":"([^"]+)"/;
    if ($made->{status} ne '201' || !defined $id) {
        $differences++;
        diag("not made: $made->{status} " . substr $made->{content}, 0, 300);
        return;
    }
    compare($made->{content}, \@numbers, 'POST');
    my $one = get("$payments/$id");
    compare($one->{content}, \@numbers, 'GET');
    my $value = number_text($one->{content}, 'value') // 'nothing';
    $differences++ if $value ne normalised($numbers[0]);
    is_found($id, $_) for $numbers[0], $value;
    return;
}

# The attributes of a payment can't be patched, those of a customer can.
sub patched
{
    my ($path) = @_;
    my @numbers = map { number() } 1 .. $per_document;
    my $r = patch($path, '{"n":[' . join(',', @numbers) . ']}');
    compare($r->{content}, \@numbers, 'PATCH');
    compare(get($path)->{content}, \@numbers, 'GET of a patch');
    return;
}

is(normalised($_->[0]), $_->[1], "normal: $_->[0]")
    for ['1E2', '100'], ['-0', '0'], ['-0.0', '0.0'], ['12.30', '12.30'],
        ['1.5e-3', '0.0015'], ['1.50e1', '15.0'], ['0.00e1', '0.0'],
        ['-0.5E+0', '-0.5'], ['123e-2', '1.23'], ['5e-038', '0.' . '0' x 37
        . '5'], ['10e-1', '1.0'];
srand $seed;
diag("seed $seed, $total numbers") if $total > 10_000;
my $customer = '/tmf-api/customerManagement/v4/customer';
my $path = "$customer/" . id_of(post($customer,
                                     '{"name":"S","engagedParty":{}}'));
for my $i (1 .. int(($total + $per_document - 1) / $per_document)) {
    document();
    patched($path) if $i % 10 == 1;
}
is($differences, 0, "$total decimals: not one digit is lost");
cmp_ok($trips, '>=', 2 * $total, 'they were all compared, twice');
diag("$trips comparisons, $differences differences") if $total > 10_000;
del($path);

done_testing;
