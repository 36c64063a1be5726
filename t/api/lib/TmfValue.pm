# JSON values for TmfOracle: numbers exact, texts as characters, times to
# the microsecond.
package TmfValue;
use strict;
use warnings;

use Encode ();
use Exporter qw(import);
use JSON::PP ();
use Math::BigFloat;
use Time::Local qw(timegm_modern);

our @EXPORT_OK = qw(compare_values instant is_number is_text number
                    order_values period read_json);

# ---------------------------------------------------------------- reading

# UTF-8 JSON text as hashes, arrays, texts, booleans (JSON::PP's) and numbers
# (of number()). JSON::PP would make native numbers of the short ones, which
# nothing tells from texts.
sub read_json
{
    my ($text) = @_;
    $text = Encode::decode('UTF-8', $text) if !utf8::is_utf8($text);
    my $value = _read(\$text);
    die "not JSON: $text\n" if $text !~ /\G\s*\z/gc;
    return $value;
}

sub _read
{
    my ($text) = @_;
    ${$text} =~ /\G\s*/gc;
    return _object($text) if ${$text} =~ /\G\{/gc;
    return _array($text) if ${$text} =~ /\G\[/gc;
    return _string($1) if ${$text} =~ /\G("(?:[^"\\]|\\.)*")/gc;
    return JSON::PP::true() if ${$text} =~ /\Gtrue/gc;
    return JSON::PP::false() if ${$text} =~ /\Gfalse/gc;
    return number($1)
        if ${$text} =~ /\G(-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)/gc;
    die 'not JSON at ' . (pos(${$text}) // 0) . ": ${$text}\n";
}

# A number: exact, and about so much, for those that are far apart.
sub number
{
    my ($text) = @_;
    return bless { exact => Math::BigFloat->new($text), about => 0 + $text },
        'TmfValue::Number';
}

sub _string
{
    my ($quoted) = @_;
    return JSON::PP->new->allow_nonref->decode($quoted);
}

sub _object
{
    my ($text) = @_;
    my %object;
    return \%object if ${$text} =~ /\G\s*\}/gc;
    do {
        my $name = _read($text);
        ${$text} =~ /\G\s*:/gc or die "no colon: ${$text}\n";
        $object{$name} = _read($text);
    } while (${$text} =~ /\G\s*,/gc);
    ${$text} =~ /\G\s*\}/gc or die "no end of an object: ${$text}\n";
    return \%object;
}

sub _array
{
    my ($text) = @_;
    my @array;
    return \@array if ${$text} =~ /\G\s*\]/gc;
    do {
        push @array, _read($text);
    } while (${$text} =~ /\G\s*,/gc);
    ${$text} =~ /\G\s*\]/gc or die "no end of an array: ${$text}\n";
    return \@array;
}

# True if a text reads as a JSON number of at most 64 digits and an exponent
# of at most 38.
sub is_number
{
    my ($text) = @_;
    my ($digits, $exponent) = $text =~
        /^-?((?:0|[1-9][0-9]*)(?:\.[0-9]+)?)(?:[eE][-+]?([0-9]+))?\z/
        or return 0;
    return ($digits =~ tr/0-9//) <= 64 && ($exponent // 0) <= 38;
}

# -------------------------------------------------------------- comparing

sub is_text
{
    my ($value) = @_;
    return defined $value && !ref $value;
}

# From the first of the types to the last: texts, numbers, booleans, arrays,
# objects.
sub rank
{
    my ($value) = @_;
    return !ref $value ? 1
        : ref $value eq 'TmfValue::Number' ? 2
        : JSON::PP::is_bool($value) ? 3
        : ref $value eq 'ARRAY' ? 4 : 5;
}

sub _compare_numbers
{
    my ($x, $y) = @_;
    my ($left, $right) = ($x->{about}, $y->{about});
    my $near = 1e-9 * (abs($left) + abs($right));
    return abs($left - $right) > $near ? $left <=> $right
        : $x->{exact}->bcmp($y->{exact});
}

# -1, 0 or 1; undef for values of different types, and for objects.
sub compare_values
{
    my ($x, $y) = @_;
    my $rank = rank($x);
    return if $rank != rank($y) || $rank > 3;
    return $x cmp $y if $rank == 1;
    return _compare_numbers($x, $y) if $rank == 2;
    return ($x ? 1 : 0) <=> ($y ? 1 : 0);
}

# As compare_values, with an order between types.
sub order_values
{
    my ($x, $y) = @_;
    return compare_values($x, $y) // rank($x) <=> rank($y);
}

# ------------------------------------------------------------------ times

my $date = qr/([0-9]{4})-([0-9]{2})-([0-9]{2})/;
my $zone = qr/[Zz]|[-+][0-9]{2}:?[0-9]{2}/;

sub _days
{
    my ($year, $month) = @_;
    return 29 if $month == 2
        && ($year % 4 == 0 && $year % 100 != 0 || $year % 400 == 0);
    return (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[$month - 1];
}

# Microseconds since 1970 of parts of a time, or undef.
sub _micros
{
    my ($year, $month, $day, $hour, $minute, $second, $fraction, $offset)
        = @_;
    return if $year < 1 || $month < 1 || $month > 12 || $day < 1
        || $day > _days($year, $month) || $hour > 23 || $minute > 59
        || $second > 60;
    my $at = timegm_modern(0, $minute, $hour, $day, $month - 1, $year)
        + $second;
    if (($offset // '') =~ /^([-+])([0-9]{2}):?([0-9]{2})\z/) {
        return if $2 > 15 || $3 > 59;
        $at -= ($2 * 3600 + $3 * 60) * ($1 eq '-' ? -1 : 1);
    }
    my $nanos = substr(($fraction // '') . '000000000', 0, 9);
    return $at * 1_000_000 + int(($nanos + 500) / 1000);
}

# A date or a date-time, UTC if it names no zone; undef for other texts.
sub instant
{
    my ($text) = @_;
    return _micros($1, $2, $3, 0, 0, 0) if $text =~ /^$date\z/;
    return _micros($1, $2, $3, $4, $5, $6 // 0, $7, $8)
        if $text =~ /^$date[Tt ]([0-9]{2}):([0-9]{2})
                     (?::([0-9]{2})(?:\.([0-9]+))?)?($zone)?\z/x;
    return;
}

# What a value means: an instant, or a period and the instant after it.
sub period
{
    my ($text) = @_;
    return if $text =~ /\.[0-9]{10}/;
    return instant($text)
        if $text =~ /:[0-9]{2}(?:\.[0-9]+|(?:\.[0-9]+)?$zone)\z/;
    my @parts = $text =~ /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})
        (?:[Tt\ ]([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}))?)?)?)?)?\z/x
        or return;
    my $given = grep { defined } @parts;
    my $from = _micros($parts[0], $parts[1] // 1, $parts[2] // 1,
                       $parts[3] // 0, $parts[4] // 0, $parts[5] // 0);
    return if !defined $from;
    my @lengths = (undef, undef, undef, 86400, 3600, 60, 1);
    return ($from, $from + $lengths[$given] * 1_000_000)
        if $given > 2;
    my ($year, $month) = $given == 1 ? ($parts[0] + 1, 1)
        : $parts[1] == 12 ? ($parts[0] + 1, 1)
        : ($parts[0], $parts[1] + 1);
    return ($from, timegm_modern(0, 0, 0, 1, $month - 1, $year) * 1_000_000);
}

1;
