# JSONPath filters (TMF630 part 6) for TmfOracle: parsed and evaluated by the
# rules alone. In a predicate values of different types differ and have no
# order; where an array stands in a step's or a comparison's place, its
# elements do.
package TmfJsonPath;
use strict;
use warnings;

use Encode ();
use TmfPattern;
use TmfValue qw(compare_values is_number is_text read_json);

my $name = qr/[A-Za-z_\@\x80-\x{10FFFF}][A-Za-z0-9_\@\x80-\x{10FFFF}]*/;
my $bad = "refused 400: no filter:";

# The filters of a text, of which one must match; it is decoded. Dies with
# "refused STATUS".
sub parse
{
    my ($class, $text) = @_;
    my @filters;
    die "$bad too long\n" if length Encode::encode('UTF-8', $text) > 2048;
    my $rest = { text => $text };
    pos($rest->{text}) = 0;
    do {
        my $self = bless { text => $rest->{text}, patterns => 0, depth => 0,
                           nodes => 0 }, $class;
        pos($self->{text}) = pos $rest->{text};
        $self->{steps} = $self->_root;
        push @filters, $self;
        $rest = $self;
    } while ($rest->_eat(qr/[,;]/));
    $rest->_fail if !$rest->_see(qr/\z/);
    return @filters;
}

# A path whose "$" may be left out.
sub _root
{
    my ($self) = @_;
    return $self->_steps(1) if $self->_eat(qr/\$/) || $self->_see(qr/[.\[]/);
    my $first = $self->_need($name);
    return [ [ 'member', $first ], @{ $self->_steps } ];
}

sub patterns
{
    my ($self) = @_;
    return $self->{patterns};
}

# ---------------------------------------------------------------- parsing

sub _eat
{
    my ($self, $what) = @_;
    return $self->{text} =~ /\G\s*($what)/gc ? $1 : undef;
}

sub _see
{
    my ($self, $what) = @_;
    my $at = pos $self->{text};
    my $seen = $self->{text} =~ /\G\s*$what/gc;
    pos($self->{text}) = $at;
    return $seen;
}

sub _fail
{
    my ($self) = @_;
    die "$bad at " . pos($self->{text}) . " of $self->{text}\n";
}

sub _need
{
    my ($self, $what) = @_;
    return $self->_eat($what) // $self->_fail;
}

sub _later
{
    my ($what) = @_;
    die "refused 501: $what is not there\n";
}

# Of the top is a path that has not left the resource itself.
sub _steps
{
    my ($self, $is_top) = @_;
    my @steps;
    while (1) {
        $self->_fail if ++$self->{nodes} > 64;
        _later('..') if $self->_see(qr/\.\./);
        if ($self->_eat(qr/\.(?!\s)/)) {
            push @steps, $self->_eat(qr/\*/) ? [ 'members' ]
                : [ 'member', $self->_need($name) ];
            _later('a function') if $self->_see(qr/\(/);
        }
        elsif ($self->_eat(qr/\[/)) {
            push @steps, $self->_bracket($is_top);
            $self->_need(qr/\]/);
        }
        else {
            return \@steps;
        }
        _later('href') if $is_top && "@{ $steps[-1] }" eq 'member href';
        $is_top &&= $steps[-1][0] =~ /^(?:where|elements)\z/;
    }
}

sub _bracket
{
    my ($self, $is_top) = @_;
    return [ 'elements' ] if $self->_eat(qr/\*/);
    if ($self->_eat(qr/\?/)) {
        $self->_need(qr/\(/);
        local $self->{is_top} = $is_top;
        return [ 'where', $self->_inside ];
    }
    _later('a script') if $self->_see(qr/\(/);
    my $string = $self->_string;
    if (defined $string) {
        _later('several names') if $self->_see(qr/,/);
        return [ 'member', $string ];
    }
    _later('a slice') if $self->_see(qr/-?[0-9]*\s*:|-[0-9]/);
    _later('an index of the collection')
        if $is_top && $self->_see(qr/[0-9]/);
    my @places;
    do {
        push @places, $self->_need(qr/[0-9]{1,6}(?![0-9])/);
    } while ($self->_eat(qr/,/));
    return [ 'places', @places ];
}

sub _string
{
    my ($self) = @_;
    my $quoted = $self->_eat(qr/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/s)
        // return;
    my $inside = substr $quoted, 1, -1;
    my %escapes = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t",
                   map { $_ => $_ } qw(" ' \\ /));
    my $high = qr/\\u([Dd][89ABab][0-9A-Fa-f]{2})/;
    my $low = qr/\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})/;
    $inside =~ s{$high$low|\\u([0-9A-Fa-f]{4})|\\(.)}{
        defined $1 ? chr((hex($1) - 0xD800) * 0x400 + hex($2) - 0xDC00
                         + 0x10000)
        : defined $3 ? chr hex $3
        : $escapes{$4} // $self->_fail}gesx;
    $self->_fail if $inside =~ /[\x{D800}-\x{DFFF}\0]/;
    return $inside;
}

# What is between parentheses, and the second of them.
sub _inside
{
    my ($self) = @_;
    $self->_fail if ++$self->{depth} > 8;
    my $inside = $self->_or;
    $self->_need(qr/\)/);
    $self->{depth}--;
    return $inside;
}

sub _or
{
    my ($self) = @_;
    my @any = $self->_and;
    push @any, $self->_and while $self->_eat(qr/\|\|/);
    return @any == 1 ? $any[0] : [ 'or', @any ];
}

sub _and
{
    my ($self) = @_;
    my @all = $self->_unary;
    push @all, $self->_unary while $self->_eat(qr/&&/);
    return @all == 1 ? $all[0] : [ 'and', @all ];
}

sub _unary
{
    my ($self) = @_;
    return [ 'not', $self->_unary ] if $self->_eat(qr/!/);
    return $self->_inside if $self->_eat(qr/\(/);
    my $left = $self->_operand;
    _later('arithmetic') if $self->_see(qr{[-+*/%]});
    my $symbol = $self->_eat(qr/=~|[=!<>]=|[<>]/);
    if (!defined $symbol) {
        $self->_fail if $left->[0] eq 'value';
        return [ 'exists', $left ];
    }
    return [ 'match', $left, $self->_pattern ] if $symbol eq '=~';
    my $right = $self->_operand;
    _later('a comparison of two attributes')
        if $left->[0] eq 'path' && $right->[0] eq 'path';
    $self->_fail if $left->[0] eq $right->[0];
    _later('arithmetic') if $self->_see(qr{[-+*/%]});
    return [ 'compare', $symbol, $left, $right ];
}

sub _operand
{
    my ($self) = @_;
    _later('the root in a predicate') if $self->_see(qr/\$/);
    return [ 'path', $self->_steps($self->{is_top}) ] if $self->_eat(qr/\@/);
    my $string = $self->_string;
    return [ 'value', $string ] if defined $string;
    my $number = $self->_eat(qr/-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/);
    if (defined $number) {
        $self->_fail if !is_number($number) || $self->_see(qr/[\w.]/);
        return [ 'value', read_json($number) ];
    }
    my $word = $self->_eat(qr/(?:true|false|null)\b/) // $self->_fail;
    return [ 'value', $word eq 'null' ? undef : read_json($word) ];
}

sub _pattern
{
    my ($self) = @_;
    my $quoted = $self->_need(qr{/(?:[^/\\]|\\.)*/i?}s);
    my ($inside, $flag) = $quoted =~ m{\A/(.*)/(i?)\z}s;
    $self->{patterns}++;
    return TmfPattern::compile($inside =~ s{\\/}{/}gr, $flag);
}

# ------------------------------------------------------------- evaluating

sub matches
{
    my ($self, $row) = @_;
    return scalar(my @there = _walk($self->{steps}, $row));
}

# An array stands for its elements.
sub _unwrapped
{
    return map { ref $_ eq 'ARRAY' ? @{$_} : $_ } @_;
}

# And those for theirs.
sub _innermost
{
    return map { ref $_ eq 'ARRAY' ? _innermost(@{$_}) : $_ } @_;
}

sub _step
{
    my ($step, @values) = @_;
    my ($kind, @rest) = @{$step};
    return _unwrapped(@values) if $kind eq 'elements';
    return grep { _holds($rest[0], $_) } _unwrapped(@values)
        if $kind eq 'where';
    if ($kind eq 'places') {
        my @lists = map { ref $_ eq 'ARRAY' ? $_ : [ $_ ] } @values;
        return map { my $list = $_; map { $list->[$_] }
                         grep { $_ < @{$list} } @rest } @lists;
    }
    my @objects = grep { ref $_ eq 'HASH' } _innermost(@values);
    return map { values %{$_} } @objects if $kind eq 'members';
    return map { $_->{ $rest[0] } } grep { exists $_->{ $rest[0] } }
        @objects;
}

sub _walk
{
    my ($steps, @values) = @_;
    @values = _step($_, @values) for @{$steps};
    return @values;
}

sub _values
{
    my ($operand, $current) = @_;
    my ($kind, $what) = @{$operand};
    return $kind eq 'value' ? $what : _walk($what, $current);
}

sub _compares
{
    my ($symbol, $left, $right) = @_;
    my $order = defined $left && defined $right
        ? compare_values($left, $right) : undef;
    return $symbol eq '!=' if !defined $order;
    return $symbol eq '==' ? $order == 0
        : $symbol eq '!=' ? $order != 0
        : $symbol eq '<' ? $order < 0
        : $symbol eq '<=' ? $order <= 0
        : $symbol eq '>' ? $order > 0
        : $order >= 0;
}

sub _holds
{
    my ($predicate, $current) = @_;
    my ($kind, @rest) = @{$predicate};
    return !_holds($rest[0], $current) if $kind eq 'not';
    return scalar grep { _holds($_, $current) } @rest
        if $kind eq 'or';
    return !grep { !_holds($_, $current) } @rest if $kind eq 'and';
    return scalar(my @there = _values($rest[0], $current))
        if $kind eq 'exists';
    if ($kind eq 'match') {
        return scalar grep { is_text($_) && $_ =~ $rest[1] }
            _innermost(_values($rest[0], $current));
    }
    my ($symbol, $left, $right) = @rest;
    for my $x (_innermost(_values($left, $current))) {
        return 1 if grep { _compares($symbol, $x, $_) }
            _innermost(_values($right, $current));
    }
    return 0;
}

1;
