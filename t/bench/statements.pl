#!/usr/bin/perl
# Turns what "tmfctl plan" prints into a script for pgbench -M prepared,
# which makes parameters of its variables again.
#
#   tmfctl plan ... | statements.pl [ID FIRST LAST]
#
# The plan's value ID stands for a random number from FIRST to LAST.
use strict;
use warnings;

my ($id, $first, $last) = @ARGV;
my (@statements, @values);

while (my $line = <STDIN>) {
    chomp $line;
    if ($line =~ /^-- \$(\d+) = (.*)/) {
        @statements or die "a value before its statement\n";
        push @values, value($#statements, $1, $2);
    }
    elsif ($line ne '' && $line !~ /^--/) {
        push @statements, $line;
    }
}
@statements or die "no statement in the plan\n";
for my $i (0 .. $#statements) {
    $statements[$i] =~ s/\$(\d+)/':' . name($i, $1)/ge;
}
print map { "$_\n" } @values, @statements;

sub name {
    my ($statement, $number) = @_;
    return "value_${statement}_$number";
}

sub value {
    my ($statement, $number, $value) = @_;
    if (defined $id && $value eq $id) {
        $value = "random($first, $last)";
    }
    elsif ($value !~ /^-?\d+$/) {
        die "pgbench cannot set \$$number to $value\n";
    }
    return '\set ' . name($statement, $number) . " $value";
}
