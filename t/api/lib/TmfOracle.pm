# What a query should find, worked out from the rules alone: no SQL, nothing
# of the module's. Documents are read by TmfValue, filters by TmfJsonPath.
package TmfOracle;
use strict;
use warnings;

use Encode ();
use TmfJsonPath;
use TmfPattern;
use TmfTypes;
use TmfValue qw(compare_values instant is_number is_text number order_values
                period read_json);

my $NAMES = 16;             # in a path
my $NAME_BYTES = 255;
my $CRITERIA = 64;
my $PATTERNS = 16;
my $FILTERS = 8;
my $KEYS = 8;

my %is_reserved = map { $_ => 1 }
    qw(fields offset limit cursor sort filter depth expand);
my %suffixes = map { $_ => $_ } qw(eq ne gt gte lt lte regex);
my %symbols = ('=' => 'eq', '==' => 'eq', '!=' => 'ne', '>' => 'gt',
               '>=' => 'gte', '<' => 'lt', '<=' => 'lte', '*=' => 'regex',
               '=~' => 'regex');

# An operator, its characters plain or encoded. After a plain "=" an encoded
# character belongs to the value.
my $equal = qr/=|%3D/i;
my $operator = qr/(?:>|%3E)$equal?|(?:<|%3C)$equal?|(?:[*!]|%2A|%21)$equal
                 |%3D(?:[=~]|%3D|%7E)|=[=~]|$equal/xi;

# Of a definition's text, a type in it and its resource's name. Documents are
# JSON texts in order of creation, each with its id.
sub new
{
    my ($class, $definition, $type, $resource) = @_;
    return bless { types => TmfTypes->new($definition, $type),
                   type => $type, resource => $resource, rows => [] },
        $class;
}

sub add
{
    my ($self, @texts) = @_;
    for my $text (@texts) {
        my $row = read_json($text);
        $row->{'@type'} //= $self->{type};
        push @{ $self->{rows} }, $row;
    }
    return;
}

# { ids => [...] }, or { status => 400 or 501 }.
sub answer
{
    my ($self, $raw) = @_;
    my $answer = eval { $self->_find($self->_parse($raw)) };
    return $answer if $answer;
    my ($status) = $@ =~ /^refused (\d+):/ or die $@;
    return { status => $status, why => $@ };
}

sub refuse
{
    my ($why, $status) = @_;
    $status //= 400;
    die "refused $status: $why\n";
}

# ---------------------------------------------------------------- parsing

sub decode
{
    my ($text, $plus) = @_;
    $text =~ tr/+/ / if $plus;
    refuse('bad escape') if $text =~ /%(?![0-9A-Fa-f]{2})/;
    $text =~ s/%(..)/chr hex $1/ge;
    refuse('NUL') if $text =~ /\0/;
    my $decoded = eval { Encode::decode('UTF-8', $text, Encode::FB_CROAK) };
    refuse('not UTF-8') if !defined $decoded;
    return $decoded;
}

sub path_of
{
    my ($text) = @_;
    my @names = split /\./, $text, -1;
    refuse('empty name') if !@names || grep { $_ eq '' } @names;
    refuse('path too long') if @names > $NAMES;
    refuse('name too long')
        if grep { length Encode::encode('UTF-8', $_) > $NAME_BYTES } @names;
    return @names;
}

sub _parse
{
    my ($self, $raw) = @_;
    my $query = { terms => [], filters => [], sorts => [], limit => undef,
                  offset => 0 };
    my %seen;
    refuse('too long') if length $raw > 8192;
    for my $part (grep { length } split /&/, $raw) {
        my ($name, $value) = split /=/, $part, 2;
        $name = eval { decode($name) } // '';
        if (!$is_reserved{$name}) {
            push @{ $query->{terms} }, $self->_term($part);
            next;
        }
        refuse("$name is not there yet", 501)
            if $name =~ /^(?:depth|expand)\z/;
        refuse("$name without a value") if !defined $value;
        refuse("$name twice") if $seen{$name}++ && $name ne 'filter';
        $self->_reserved($query, $name, $value);
    }
    _count($query);
    _merge($query);
    return $query;
}

sub _reserved
{
    my ($self, $query, $name, $value) = @_;
    my $text = decode($value, 1);
    if ($name eq 'filter') {
        push @{ $query->{filters} }, TmfJsonPath->parse($text);
    }
    elsif ($name eq 'sort') {
        $query->{sorts} = $self->_sorts($text);
    }
    elsif ($name eq 'cursor') {
        refuse('no cursor that this could know');
    }
    elsif ($name eq 'limit' || $name eq 'offset') {
        refuse("no count: $text") if $text !~ /^[0-9]+\z/;
        $query->{$name} = $text;
    }
    return;
}

sub _sorts
{
    my ($self, $text) = @_;
    my (@keys, %seen);
    for my $key (grep { length } split /,/, $text) {
        my $descends = $key =~ /^-/;
        my @names = path_of($key =~ s/^[-+ ]//r);
        @names = ('id') if "@names" eq 'href';
        next if $seen{ join "\0", @names }++;
        push @keys, { names => \@names, descends => $descends,
                      type => $self->{types}->of(@names) };
    }
    refuse('too many keys') if @keys > $KEYS;
    return \@keys;
}

# Alternatives: expressions between semicolons, values between commas.
sub _term
{
    my ($self, $part) = @_;
    my (@term, $last);
    for my $expression (split /;/, $part, -1) {
        my $values = $expression;
        if ($expression =~ /^(.*?)($operator)(.*)\z/s) {
            $last = $self->_comparison($1, $2);
            $values = $3;
        }
        refuse('no value') if !$last;
        push @term, map { $self->_criterion($last, decode($_, 1)) }
            length $values ? split(/,/, $values, -1) : ('');
    }
    return \@term;
}

sub _comparison
{
    my ($self, $left, $symbol) = @_;
    my $name = decode($left);
    $symbol = decode($symbol);
    refuse('no name') if $name eq '';
    refuse('no operator') if $symbol eq '=' && $name =~ /~\z/;
    my @names = path_of($name);
    my $comparator = $symbols{$symbol};
    if (@names > 1 && $suffixes{ $names[-1] }
        && !$self->{types}->declared(@names)) {
        refuse('two operators') if $symbol ne '=';
        $comparator = pop @names;
    }
    refuse('a reserved name') if @names == 1 && $is_reserved{ $names[0] };
    my $type = $self->{types}->of(@names);
    refuse('a boolean has no order')
        if $type eq 'boolean' && $comparator =~ /^[gl]t/;
    refuse('no text') if $comparator eq 'regex'
        && $type !~ /^(?:text|any|id)\z/;
    refuse('an href has no order')
        if $type eq 'href' && $comparator !~ /^(?:eq|ne)\z/;
    return { names => \@names, type => $type, comparator => $comparator };
}

sub _criterion
{
    my ($self, $comparison, $value) = @_;
    my $criterion = { %{$comparison}, value => $value };
    my $type = $comparison->{type};
    if ($comparison->{comparator} eq 'regex') {
        $criterion->{pattern} = TmfPattern::compile($value);
        return $criterion;
    }
    if ($type eq 'number') {
        refuse('no number') if !is_number($value);
        $criterion->{value} = read_json($value);
    }
    elsif ($type eq 'boolean') {
        refuse('no boolean') if $value !~ /^(?:true|false)\z/;
        $criterion->{value} = read_json($value);
    }
    elsif ($type eq 'time') {
        my ($from, $to) = period($value);
        refuse('no time') if !defined $from;
        @{$criterion}{qw(from to)} = ($from, $to);
    }
    elsif ($type eq 'any'
           && ($value =~ /^(?:true|false)\z/ || is_number($value))) {
        $criterion->{scalar} = read_json($value);
    }
    elsif ($type eq 'href') {
        my $id = $value =~ m{^(?:[a-z]+://[^/]*)?/?(?:[^?#]*/)?
                             \Q$self->{resource}\E/([^/?#]+)\z}x ? $1 : undef;
        $criterion->{value} = defined $id ? decode($id) : undef;
    }
    return $criterion;
}

sub _count
{
    my ($query) = @_;
    my $criteria = 0;
    my $patterns = 0;
    for my $term (@{ $query->{terms} }) {
        $criteria += @{$term};
        $patterns += grep { $_->{pattern} } @{$term};
    }
    $patterns += $_->patterns for @{ $query->{filters} };
    refuse('too many criteria') if $criteria > $CRITERIA;
    refuse('too many patterns') if $patterns > $PATTERNS;
    refuse('too many filters') if @{ $query->{filters} } > $FILTERS;
    return;
}

# Repeating a name with its operator adds alternatives.
sub _merge
{
    my ($query) = @_;
    my (%same, @terms);
    for my $term (@{ $query->{terms} }) {
        my %keys = map { join("\0", $_->{comparator}, @{ $_->{names} }) => 1 }
            @{$term};
        my ($key) = keys %keys;
        if (keys %keys == 1 && $same{$key}) {
            push @{ $same{$key} }, @{$term};
            next;
        }
        $same{$key} = $term if keys %keys == 1;
        push @terms, $term;
    }
    $query->{terms} = \@terms;
    return;
}

# --------------------------------------------------------------- matching

# All values at the end of a path; arrays stand for their elements.
sub values_at
{
    my ($value, @names) = @_;
    return map { values_at($_, @names) } @{$value} if ref $value eq 'ARRAY';
    return $value if !@names;
    return if ref $value ne 'HASH';
    my $name = shift @names;
    return exists $value->{$name} ? values_at($value->{$name}, @names) : ();
}

sub holds
{
    my ($comparator, $order) = @_;
    return !defined $order ? 0
        : $comparator eq 'eq' ? $order == 0
        : $comparator eq 'gt' ? $order > 0
        : $comparator eq 'gte' ? $order >= 0
        : $comparator eq 'lt' ? $order < 0
        : $order <= 0;
}

sub time_matches
{
    my ($criterion, $value) = @_;
    my $at = is_text($value) ? instant($value) : undef;
    my ($from, $to) = @{$criterion}{qw(from to)};
    return 0 if !defined $at;
    $to //= $from + 1;
    my %holds = (eq => $at >= $from && $at < $to,
                 ne => $at < $from || $at >= $to,
                 gt => $at >= $to, gte => $at >= $from,
                 lt => $at < $from, lte => $at < $to);
    return $holds{ $criterion->{comparator} };
}

sub value_matches
{
    my ($criterion, $value) = @_;
    my $comparator = $criterion->{comparator};
    return is_text($value) && $value =~ $criterion->{pattern}
        if $criterion->{pattern};
    return 0 if $criterion->{type} eq 'object';
    return time_matches($criterion, $value) if $criterion->{type} eq 'time';
    my @orders = map { scalar compare_values($value, $_) }
        grep { defined } $criterion->{value}, $criterion->{scalar};
    return !grep { defined && $_ == 0 } @orders if $comparator eq 'ne';
    return scalar grep { holds($comparator, $_) } @orders;
}

sub matches
{
    my ($criterion, $row) = @_;
    my @names = $criterion->{type} eq 'href' ? ('id')
        : @{ $criterion->{names} };
    return scalar grep { value_matches($criterion, $_) }
        values_at($row, @names);
}

# ------------------------------------------------------------------ order

# The first value there is; of a time its instant, of a text as much as an
# index has.
sub _key
{
    my ($key, $row) = @_;
    my @values = values_at($row, @{ $key->{names} });
    return substr $values[0], 0, 512
        if @values && $key->{type} eq 'text' && is_text($values[0]);
    return $values[0] if $key->{type} ne 'time';
    my ($at) = grep { defined } map { is_text($_) ? instant($_) : undef }
        @values ? $values[0] : ();
    return defined $at ? number($at) : undef;
}

sub _sorted
{
    my ($sorts, @rows) = @_;
    my @sortable = map { { row => $rows[$_], place => $_ } } 0 .. $#rows;
    for my $entry (@sortable) {
        $entry->{keys} = [ map { _key($_, $entry->{row}) // undef }
                           @{$sorts} ];
    }
    my $backward = $sorts->[-1]{descends} ? -1 : 1;
    return map { $_->{row} } sort {
        my $order = 0;
        for my $i (0 .. $#{$sorts}) {
            my ($x, $y) = ($a->{keys}[$i], $b->{keys}[$i]);
            next if !defined $x && !defined $y;
            $order = !defined $x ? 1 : !defined $y ? -1
                : order_values($x, $y)
                    * ($sorts->[$i]{descends} ? -1 : 1);
            last if $order;
        }
        $order || $backward * ($a->{place} <=> $b->{place});
    } @sortable;
}

sub _find
{
    my ($self, $query) = @_;
    my @rows = grep {
        my $row = $_;
        my $filters = $query->{filters};
        !(grep { my $term = $_; !grep { matches($_, $row) } @{$term} }
              @{ $query->{terms} })
            && (!@{$filters} || grep { $_->matches($row) } @{$filters});
    } @{ $self->{rows} };
    my $total = @rows;
    @rows = _sorted($query->{sorts}, @rows) if @{ $query->{sorts} };
    splice @rows, 0, $query->{offset} > @rows ? @rows : $query->{offset};
    splice @rows, $query->{limit}
        if defined $query->{limit} && $query->{limit} < @rows;
    return { ids => [ map { $_->{id} } @rows ], total => $total };
}

1;
