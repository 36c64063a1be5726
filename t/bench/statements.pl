#!/usr/bin/perl
# Turns what "tmfctl plan" prints into a script for pgbench -M prepared,
# which makes parameters of its variables again.
#
#   tmfctl plan ... | statements.pl VALUES [ID FIRST LAST]
#
# The plan's value ID stands for a random number from FIRST to LAST. Other
# values go into the file VALUES, as lines for pgbench's option -D: only so
# can they be any text.
use strict;
use warnings;

my ($file, $id, $first, $last) = @ARGV;
my (@statements, @values, %set);

defined $file or die "usage: statements.pl VALUES [ID FIRST LAST]\n";
while (my $line = <STDIN>) {
    chomp $line;
    if ($line =~ /^-- \$(\d+) = (.*)/) {
        @statements or die "a value before its statement\n";
        $values[$#statements][$1] = $2;
    }
    elsif ($line ne '' && $line !~ /^--/) {
        push @statements, $line;
    }
}
@statements or die "no statement in the plan\n";
for my $i (0 .. $#statements) {
    $statements[$i] =~ s/\$(\d+)/variable($i, $1)/ge;
}
print map { "$_\n" } sort(values %set), @statements;
write_values();

# A variable of pgbench can't be null.
sub variable {
    my ($i, $number) = @_;
    my $value = $values[$i][$number];
    my $name = "value_${i}_$number";
    defined $value or die "statement $i has no value for \$$number\n";
    return 'NULL' if $value eq 'NULL';
    $set{$name} = "\\set $name random($first, $last)"
        if defined $id && $value eq $id;
    return ":$name";
}

sub write_values {
    open my $out, '>', $file or die "$file: $!\n";
    for my $i (0 .. $#statements) {
        for my $number (1 .. $#{ $values[$i] // [] }) {
            my $name = "value_${i}_$number";
            print {$out} "$name=$values[$i][$number]\n" if !$set{$name};
        }
    }
    close $out or die "$file: $!\n";
    return;
}
