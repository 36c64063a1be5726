#!/usr/bin/env perl
# Prints C sources as "path:line:text", blanking what isn't asked for:
#
#   lex.pl code FILE...     no comments, nothing between quotes
#   lex.pl texts FILE...    only what is between double quotes
#   lex.pl sources FILE...  no comments
#
# Columns stay as they are. Names in #include lines are code, not texts.
use strict;
use warnings;

my ($mode, @files) = @ARGV;
die "usage: lex.pl code|texts|sources FILE...\n"
    unless ($mode // '') =~ /^(?:code|texts|sources)$/;

my $comment = qr{/\*.*?\*/|//[^\n]*}s;
my $text = qr{"(?:[^"\\\n]|\\.)*"}s;
my $character = qr{'(?:[^'\\\n]|\\.)+'}s;
my $include = qr{^[ \t]*\#[ \t]*include[^\n]*}m;
my $code = qr{[^"'/\n]+|.}s;

# One token of a source, as the mode wants it.
sub shown
{
    my ($kind, $what) = @_;
    my $wanted = $mode eq 'texts' ? $kind eq 'text'
        : $mode eq 'code' ? $kind eq 'code' : $kind ne 'comment';
    return $wanted ? $what : $what =~ tr/\n/ /cr;
}

for my $file (@files) {
    open my $handle, '<', $file or die "$file: $!\n";
    my $source = do { local $/ = undef; <$handle> } // '';
    $source =~ s{($include)|($comment)|($text)|($character)|$code}
        { shown(defined $2 ? 'comment' : defined $3 ? 'text'
                : defined $4 ? 'character' : 'code', $&) }gesx;
    my $n = 0;
    print map { $n++; "$file:$n:$_\n" } split /\n/, $source;
}
