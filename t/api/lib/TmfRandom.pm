# Documents and queries made by chance, for the resource of t/cases/query.
# The same seed makes the same ones.
package TmfRandom;
use strict;
use warnings;

use Encode ();
use Exporter qw(import);

our @EXPORT_OK = qw(document encoded filter order query seed_with);

# Few values each, so that documents share them and queries find them.
my @texts = ('Alpha', 'alpha', 'Alpha Beta', 'ALPHA', 'beta, gamma', 'a;b',
             'a&b=c', '5+5', '100%', '', ' ', '007', '7', '12.30', 'true',
             "\x{d6}l", "\x{e4}\x{301}", "\x{1F600}", "\x{FF5A}", 'x.y*z',
             "it's", '"q"', '\\', '/', 'zeta', '2024-03-01', '$.a', '<b>');
# Longer than an index has of a text, and alike as far as that.
my @long_texts = map { 'x' x 512 . $_ } '', 'a', 'b';
my @numbers = qw(0 -0 0.00 1 1.0 -1 7 12.3 12.30 -12.3 1e3 1000 1.5e-3 100
                 0.1 0.1000000000000000055 9007199254740992
                 9007199254740993 -9007199254740993 1e20 2 3 4 5);
my @times = qw(2024-03-01 2024-03-01T00:00:00Z 2024-03-01T00:00:00.000001Z
               2024-02-29T23:59:59.999999Z 2024-02-29T22:30:00-02:00
               2024-03-01T02:15:30.5+0200 2024-03-01T12:34 2024-12-31T23:59:60Z
               2025-01-01 2023-11-05T04:05:06Z 2024-03-31T23:59:59+01:00
               2024-03-01t12:34:56z 1999-12-31T23:59:59.999Z
               2024-03-01T12:34:56.123456);
my @periods = qw(2024 2023 2025 2024-03 2024-02 2024-03-01 2024-02-29
                 2024-03-01T12 2024-03-01T12:34 2024-03-01T12:34:56 1999-12);
my @patterns = ('a', '^a', 'a$', '^$', '[0-9]', '\d+', '^\w+$', 'l.h', '.',
                '^.{2,4}$', '(lp|et)', '[^a-z]', '\s', 'A|b', '^(?:al|AL)',
                '\+', '\.', "\x{d6}", '[+%&]', '^[A-Z]{5}$', '^x\.y', 'a*a',
                '[\d;]', '\S\S', '\\\\');

# Attributes by what they hold.
my %paths = (
    text => [qw(label kind note day owner.label owner.address.city
                amount.unit tags parts.code parts.tags parts.maker.country
                parts.bolts.code marks cells.code cells.tags)],
    number => [qw(serial rate owner.grade amount.value scores parts.size
                  parts.bolts.length span.lt span.gt grid cells.size
                  cells.bolts.length)],
    boolean => [qw(active owner.active flags parts.spare)],
    time => [qw(made seen owner.since times parts.fitted rounds
                cells.fitted)],
    any => [qw(trait.value x.level x.list x.rows.n extra nothing)],
);
my @sortable = (qw(id href label kind serial rate active made seen owner.label
                   owner.grade amount.value tags scores parts.size
                   parts.code times x.level nothing marks cells.size
                   rounds));

sub seed_with
{
    my ($seed) = @_;
    srand $seed;
    return;
}

sub one_of
{
    return $_[rand @_];
}

sub chance
{
    my ($share) = @_;
    return rand() < $share;
}

# -------------------------------------------------------------- documents

sub _json_text
{
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    return "\"$text\"";
}

sub _text { return _json_text(one_of(@texts)); }
sub _long { return chance(0.06) ? _json_text(one_of(@long_texts)) : _text(); }
sub _number { return one_of(@numbers); }
sub _integer { return one_of(grep { /^-?[0-9]+\z/ } @numbers); }
sub _boolean { return one_of('true', 'false'); }
sub _time { return _json_text(chance(0.03) ? 'soon' : one_of(@times)); }

sub _scalar { return one_of(\&_text, \&_number, \&_boolean)->(); }

sub _any
{
    return chance(0.85) ? _scalar() : chance(0.5) ? _list(\&_scalar, 3)
        : _object(a => \&_text);
}

sub _list
{
    my ($make, $most) = @_;
    return '[' . join(', ', map { $make->() } 1 .. int rand $most + 1) . ']';
}

# Each member with some chance.
sub _object
{
    my (@members) = @_;
    my @there;
    while (my ($name, $make) = splice @members, 0, 2) {
        push @there, _json_text($name) . ': ' . $make->() if chance(0.65);
    }
    return '{' . join(', ', @there) . '}';
}

sub _owner
{
    return _object(label => \&_text, grade => \&_integer,
                   since => \&_time, active => \&_boolean,
                   address => sub { _object(city => \&_text) });
}

sub _part
{
    return _object(
        code => \&_text, size => \&_number, spare => \&_boolean,
        fitted => \&_time, tags => sub { _list(\&_text, 2) },
        maker => sub { _object(country => \&_text) },
        bolts => sub { _list(sub { _object(code => \&_text,
                                           length => \&_number) }, 2) });
}

sub _extras
{
    return _object(level => \&_scalar, list => sub { _list(\&_scalar, 3) },
                   rows => sub { _list(sub { _object(n => \&_scalar) }, 3) });
}

# The JSON text of a document, in bytes.
sub document
{
    my ($id) = @_;
    my $text = _object(
        label => \&_long, kind => \&_text, note => \&_long,
        serial => \&_integer, rate => \&_number, active => \&_boolean,
        made => \&_time, seen => \&_time, day => \&_text,
        owner => \&_owner, extra => \&_any, x => \&_extras,
        amount => sub { _object(unit => \&_text, value => \&_number) },
        tags => sub { _list(\&_text, 3) },
        scores => sub { _list(\&_number, 3) },
        flags => sub { _list(\&_boolean, 2) },
        times => sub { _list(\&_time, 2) },
        grid => sub { _list(sub { _list(\&_number, 2) }, 2) },
        marks => sub { _list(sub { _list(sub { _list(\&_text, 2) }, 2) }, 2) },
        rounds => sub { _list(sub { _list(\&_time, 2) }, 2) },
        cells => sub { _list(sub { _list(\&_part, 2) }, 2) },
        parts => sub { _list(\&_part, 3) },
        trait => sub { _list(sub { _object(name => \&_text,
                                           value => \&_any) }, 2) },
        span => sub { _object(lt => \&_number, gt => \&_number) });
    $text =~ s/^\{/{"id": "$id", /;
    $text =~ s/, \}$/}/;
    return Encode::encode('UTF-8', $text);
}

# ---------------------------------------------------------------- queries

# Percent-encoded; unreserved characters now and then, too.
sub encoded
{
    my ($text) = @_;
    return join '', map {
        /[A-Za-z0-9_.~-]/ && !chance(0.02) ? $_
            : $_ eq ' ' && chance(0.5) ? '+' : sprintf '%%%02X', ord
    } split //, Encode::encode('UTF-8', $text);
}

my %spellings = (
    eq => [qw(= == .eq= %3D%3D)], ne => [qw(.ne= != %21%3D)],
    gt => [qw(.gt= > %3E)], gte => [qw(.gte= >= %3E%3D)],
    lt => [qw(.lt= < %3C)], lte => [qw(.lte= <= %3C%3D)],
    regex => [qw(.regex= *= =~ %3D~)],
);

sub _value
{
    my ($type) = @_;
    return $type eq 'text' ? one_of(chance(0.05) ? @long_texts : @texts)
        : $type eq 'number' ? one_of(@numbers)
        : $type eq 'boolean' ? one_of('true', 'false')
        : $type eq 'time' ? (chance(0.5) ? one_of(@periods) : one_of(@times))
        : _value(one_of(qw(text number boolean)));
}

# An attribute, an operator that it can have, and its type.
sub _comparator
{
    my $type = one_of(qw(text text number number boolean time time any));
    my $operator = one_of(qw(eq eq ne gt gte lt lte regex));
    $operator = 'eq' if $operator eq 'regex' && $type !~ /^(?:text|any)\z/
        || $operator =~ /^[gl]t/ && $type eq 'boolean';
    return (one_of(@{ $paths{$type} }), $operator, $type);
}

sub _expression
{
    my ($path, $operator, $type) = @_;
    my @values = map { $operator eq 'regex' ? one_of(@patterns)
                           : _value($type) } 0 .. (chance(0.25) ? rand 4 : 0);
    return $path . one_of(@{ $spellings{$operator} })
        . join one_of(',', ';'), map { encoded($_) } @values;
}

# Parameters: alternatives of several attributes, or of one that is repeated.
sub _conditions
{
    return join ';', map { _expression(_comparator()) } 0 .. rand 3
        if chance(0.2);
    my @comparator = _comparator();
    return map { _expression(@comparator) } 0 .. (chance(0.15) ? 1 : 0);
}

sub order
{
    return 'sort=' . join one_of(',', '%2C'), map {
        one_of('', '-', '-', '+', '%2B') . one_of(@sortable)
    } 0 .. rand 3;
}

# ---------------------------------------------------------------- filters

sub _literal
{
    my ($type) = @_;
    my $value = _value($type);
    return $value if $type =~ /^(?:number|boolean)\z/
        || $type eq 'any' && $value =~ /^(?:-?[0-9]+|true|false)\z/;
    my $quote = one_of("'", '"');
    $value =~ s/([\\$quote])/\\$1/g;
    return "$quote$value$quote";
}

sub _comparison
{
    my ($members) = @_;
    my ($path, $type) = @{ one_of(@{$members}) };
    return $path if chance(0.1);
    return "$path =~ /" . (one_of(@patterns) =~ s{/}{\\/}gr) . '/'
        if $type =~ /^(?:text|any)\z/ && chance(0.25);
    my $operator = one_of(qw(== == != < <= > >=));
    return chance(0.15) ? _literal($type) . " $operator $path"
        : $path . one_of('', ' ') . $operator . _literal($type);
}

sub _predicate
{
    my ($members, $depth) = @_;
    my $first = chance(0.15) && $depth < 3
        ? '(' . _predicate($members, $depth + 1) . ')'
        : _comparison($members);
    $first = $first =~ /^\(/ ? "!$first" : "!($first)" if chance(0.15);
    return $first if $depth > 2 || chance(0.6);
    return $first . one_of(' && ', '||', ' || ')
        . _predicate($members, $depth + 1);
}

my @of_items = (
    (map { my $type = $_; map { [ "\@.$_", $type ] } @{ $paths{$type} } }
         qw(text number boolean any)),
    [ '@.id', 'text' ], [ '@.made', 'text' ], [ '@.tags[*]', 'text' ],
    [ '@.tags[0]', 'text' ], [ '@.scores[1]', 'number' ],
    [ "\@['label']", 'text' ], [ '@.parts[0].size', 'number' ],
);
my @of_parts = ([ '@.code', 'text' ], [ '@.size', 'number' ],
                [ '@.spare', 'boolean' ], [ '@.tags', 'text' ],
                [ '@.maker.country', 'text' ], [ '@.bolts.length', 'number' ],
                [ '@.bolts[0].code', 'text' ]);
my @of_bolts = ([ '@.code', 'text' ], [ '@.length', 'number' ]);
my @of_owners = ([ '@.label', 'text' ], [ '@.grade', 'number' ]);
my @of_traits = ([ '@.name', 'text' ], [ '@.value', 'any' ]);
my @roots = (
    [ '$', \@of_items ], [ '$', \@of_items ], [ '', \@of_items ],
    [ '$.parts', \@of_parts ], [ '$.parts[*]', \@of_parts ],
    [ 'parts', \@of_parts ], [ '$.parts[0]', \@of_parts ],
    [ '$.parts[*].bolts', \@of_bolts ], [ '$.parts.bolts', \@of_bolts ],
    [ '$.trait', \@of_traits ], [ '$.tags', [ [ '@', 'text' ] ] ],
    [ '$.scores', [ [ '@', 'number' ] ] ], [ '$.x.list', [ [ '@', 'any' ] ] ],
    [ '$.x.rows', [ [ '@.n', 'any' ] ] ], [ '$.owner', \@of_owners ],
    [ '$.grid[*]', [ [ '@', 'number' ] ] ], [ '$.cells', \@of_parts ],
    [ '$.cells[*][0]', \@of_parts ], [ 'cells.bolts', \@of_bolts ],
    [ 'marks[0]', [ [ '@', 'text' ] ] ],
    [ '$.span.*', [ [ '@', 'number' ] ] ],
);

sub filter
{
    my ($root, $members) = @{ one_of(@roots) };
    my $text = "$root\[?(" . _predicate($members, 0) . ')]';
    $text .= '.bolts[?(' . _predicate(\@of_bolts, 1) . ')]'
        if $members == \@of_parts && chance(0.2);
    return 'filter=' . encoded($text);
}

# Conditions, filters and an order.
sub query
{
    my @parts = map { _conditions() } 0 .. (chance(0.4) ? rand 3 : 0);
    @parts = () if chance(0.25);
    push @parts, map { filter() } 0 .. (chance(0.2) ? 1 : 0)
        if !@parts || chance(0.2);
    push @parts, order() if chance(0.5);
    return join '&', map { $_->[1] } sort { $a->[0] <=> $b->[0] }
        map { [ rand, $_ ] } @parts;
}

1;
