# The regular expressions that queries may have, checked and as Perl's.
package TmfPattern;
use strict;
use warnings;

use Encode ();

sub refuse
{
    my ($why) = @_;
    die "refused 400: a pattern $why\n";
}

# One member of a class, an escape resolved.
sub _member
{
    my ($member) = @_;
    refuse("escapes $member")
        if $member =~ /^\\[A-Za-z0-9]/ && $member !~ /^\\[tnrf]/;
    return $member =~ /^\\[tnrf]\z/
        ? { t => "\t", n => "\n", r => "\r", f => "\f" }->{ substr $member, 1 }
        : $member =~ s/^\\//r;
}

sub _check_class
{
    my ($inside) = @_;
    my $member = qr/\\.|[^\\]/s;
    while (length $inside) {
        refuse('has a named class') if $inside =~ /^\[[:.=]/;
        if ($inside =~ s/^\\[dws]//) {
            refuse('has a range from a class') if $inside =~ /^-./;
            next;
        }
        if ($inside =~ s/^($member)-($member)//) {
            my ($from, $to) = ($1, $2);
            refuse('has a range backwards')
                if _member($from) gt _member($to);
            next;
        }
        $inside =~ s/^($member)// or refuse('has half an escape');
        _member($1);
    }
    return;
}

# How often a quantifier makes the engine repeat.
sub _times
{
    my ($quantifier) = @_;
    return 1 if $quantifier !~ /^\{/;
    my ($low, $comma, $high) = $quantifier =~ /^\{([0-9]+)(,?)([0-9]*)\}\z/
        or refuse('has bad braces');
    refuse('repeats too often') if grep { length && $_ > 50 } $low, $high;
    refuse('has a range backwards') if length $high && $high < $low;
    my $times = length $high ? $high : $low + ($comma ? 1 : 0);
    return $times || 1;
}

# The groups that are open are a stack of what was in them so far: atoms,
# whether a quantifier is there, whether the alternative is empty.
sub _close
{
    my ($stack) = @_;
    refuse('has an empty alternative') if $stack->[-1]{empty};
    refuse('has a ) without its group') if @{$stack} == 1;
    return pop @{$stack};
}

sub _quantify
{
    my ($quantifier, $part, $seen) = @_;
    refuse('repeats an anchor') if $part->{anchored};
    refuse('repeats a group with a quantifier') if $part->{quantified};
    refuse('has too many quantifiers') if ++${$seen} > 16;
    $part->{atoms} *= _times($quantifier);
    $part->{quantified} = 1;
    return;
}

# An atom at the place of matching, and what it is in Perl; undef if the
# place has none.
sub _atom
{
    my ($text) = @_;
    return ('\A', { atoms => 1, anchored => 1 }) if ${$text} =~ /\G\^/gc;
    return ('\z', { atoms => 1, anchored => 1 }) if ${$text} =~ /\G\$/gc;
    if (${$text} =~ /\G(\[\^?)((?:\\.|[^\]\\])*)\]/gcs) {
        my ($open, $inside) = ($1, $2);
        refuse('has an empty class') if $inside eq '';
        _check_class($inside);
        $inside =~ s/(?<!\\)\[/\\[/g;
        return ("$open$inside]", { atoms => 1 });
    }
    if (${$text} =~ /\G\\(.?)/gcs) {
        my $c = $1;
        refuse("escapes '$c'") if $c !~ /^[dDwWsStnrf]\z/
            && $c !~ /^[^A-Za-z0-9]\z/s;
        return ($c =~ /\w/a ? "\\$c" : quotemeta $c, { atoms => 1 });
    }
    return ('.', { atoms => 1 }) if ${$text} =~ /\G\./gc;
    return if ${$text} !~ /\G([^*+?{\[(|)])/gcs;
    return (quotemeta $1, { atoms => 1 });
}

# The flag "i": letters compare without their case.
sub compile
{
    my ($pattern, $flag) = @_;
    my $perl = '';
    my $quantifiers = 0;
    my $anchors = 0;
    my @stack = ({ atoms => 0, empty => 1 });
    refuse('is empty') if $pattern eq '';
    refuse('is too long') if length Encode::encode('UTF-8', $pattern) > 256;
    pos($pattern) = 0;
    while (pos $pattern < length $pattern) {
        if ($pattern =~ /\G\((\?:|(?!\?))/gc) {
            $perl .= '(?:';
            push @stack, { atoms => 0, empty => 1 };
            refuse('nests too deep') if @stack > 9;
            next;
        }
        if ($pattern =~ /\G\|/gc) {
            refuse('has an empty alternative') if $stack[-1]{empty};
            $stack[-1]{empty} = 1;
            $perl .= '|';
            next;
        }
        refuse('has too many anchors')
            if $pattern =~ /\G[\^\$]/ && ++$anchors > 4;
        my ($text, $part) = $pattern =~ /\G\)/gc ? (')', _close(\@stack))
            : _atom(\$pattern);
        refuse('has syntax where there should be an atom') if !defined $text;
        $perl .= $text;
        if ($pattern =~ /\G([*+?]|\{[^{}]*\})/gc) {
            $perl .= $1;
            _quantify($1, $part, \$quantifiers);
            refuse('has two quantifiers') if $pattern =~ /\G[*+?{]/;
        }
        $stack[-1]{atoms} += $part->{atoms};
        $stack[-1]{empty} = 0;
        $stack[-1]{$_} ||= $part->{$_} for qw(quantified anchored);
        refuse('is too large') if $stack[-1]{atoms} > 200;
    }
    refuse('has a group without its )') if @stack > 1;
    refuse('has an empty alternative') if $stack[0]{empty};
    return $flag ? qr/$perl/asi : qr/$perl/as;
}

1;
