#!/usr/bin/env perl
# Measures C sources: prints what is above a limit as "path:line: what", and
# what was measured to descriptor 3.
use strict;
use warnings;

use FindBin qw($Bin);

my %limit = (lines => 60, parameters => 5, levels => 3, file => 800,
             columns => 80);
my (@functions, %length_of);

sub say_if
{
    my ($where, $n, $what, $limit) = @_;
    print "$where: $what: $n, at most $limit\n" if $n > $limit;
    return;
}

# Line lengths and the length of a file.
sub measure_file
{
    my ($file) = @_;
    open my $handle, '<:encoding(UTF-8)', $file or die "$file: $!\n";
    while (my $line = <$handle>) {
        chomp $line;
        say_if("$file:$.", length $line, 'columns', $limit{columns});
        print "$file:$.: a tab\n" if $line =~ /\t/;
    }
    $length_of{$file} = $.;
    say_if("$file:$.", $., 'lines of a file', $limit{file});
    return;
}

# The number of parameters in the head of a function.
sub count_parameters
{
    my ($head) = @_;
    my ($list) = $head =~ /\w\s*(\((?:[^()]++|(?1))*\))\s*$/ or return 0;
    $list = substr $list, 1, -1;
    1 while $list =~ s/\([^()]*\)//;
    return 0 if $list =~ /^\s*(?:void)?\s*$/;
    return 1 + ($list =~ tr/,//);
}

# The first line of the head whose body starts at $lines->[$at]. A line that
# ends a declaration, a directive or nothing at all stands before it.
sub head_of
{
    my ($lines, $at) = @_;
    my $first = $at;
    $first-- while $first > 0 && $lines->[$first - 1] !~ /^\s*$|[;}]\s*$|^\s*#/;
    return $first;
}

# Levels of braces inside a body; those of initialisers do not count.
sub measure_levels
{
    my ($file, $lines, $from, $to) = @_;
    my $text = join "\n", @{$lines}[$from .. $to];
    1 while $text =~ s/(=\s*)(\{(?:[^{}]++|(?2))*\})/$1 . $2 =~ tr{{}}{  }r/e;
    my ($depth, $n) = (0, $from);
    while ($text =~ /([{}\n])/g) {
        $n++ if $1 eq "\n";
        $depth-- if $1 eq '}';
        next unless $1 eq '{';
        $depth++;
        if ($depth - 1 > $limit{levels}) {
            say_if("$file:" . ($n + 1), $depth - 1, 'levels', $limit{levels});
            return;
        }
    }
    return;
}

sub measure_functions
{
    my ($file, $lines) = @_;
    for (my $i = 0; $i < @$lines; $i++) {
        if ($lines->[$i] =~ /^\w.*\)\s*\{/ && $lines->[$i] !~ /=/) {
            print "$file:", $i + 1, ": the brace of a function stands on a"
                . " line of its own\n";
        }
        next unless $lines->[$i] =~ /^\{\s*$/;
        my $first = head_of($lines, $i);
        my $head = join ' ', @{$lines}[$first .. $i - 1];
        my $last = $i;
        $last++ while $last < $#$lines && $lines->[$last] !~ /^\}/;
        my ($name) = $head =~ /(\w+)\s*\(/;
        my $where = "$file:" . ($first + 1);
        my $length = $last - $first + 1;
        push @functions, { name => $name // '?', where => $where,
                           lines => $length };
        say_if($where, $length, 'lines of a function', $limit{lines});
        say_if($where, count_parameters($head), 'parameters',
               $limit{parameters});
        measure_levels($file, $lines, $i, $last);
        $i = $last;
    }
    return;
}

measure_file($_) for @ARGV;
open my $lexed, '-|', $^X, "$Bin/lex.pl", 'code', @ARGV or die "lex.pl: $!\n";
my %lines;
while (<$lexed>) {
    chomp;
    /^(.+?):\d+:(.*)/ and push @{ $lines{$1} }, $2;
}
close $lexed or die "lex.pl failed\n";
measure_functions($_, $lines{$_}) for sort keys %lines;

open my $told, '>&=', 3 or die "descriptor 3: $!\n";
my @by_length = sort { $b->{lines} <=> $a->{lines}
                       || $a->{where} cmp $b->{where} } @functions;
if (@by_length) {
    printf {$told} "%d functions, median %d lines\n", scalar @by_length,
        $by_length[@by_length / 2]{lines};
    printf {$told} "the longest function has %d lines: %s, %s\n",
        @{ $by_length[0] }{qw(lines name where)};
}
my ($largest) = sort { $length_of{$b} <=> $length_of{$a} || $a cmp $b }
    keys %length_of;
print {$told} "the largest file has $length_of{$largest} lines: $largest\n";
close $told or die "descriptor 3: $!\n";
