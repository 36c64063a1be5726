#!/usr/bin/perl
# Medians, spreads and ratios of the bench, as a table and as JSON.
#
#   report.pl MEASURED JSON [NAME=VALUE ...]
#
# MEASURED has lines of: figure, round, requests a second and, for HTTP, us
# of httpd's CPU time per request and the 99th percentile of latency in us.
# NAME=VALUE are facts of the run that go into the JSON file.
use strict;
use warnings;

use JSON::PP;

# What is compared: figure, over which; two of them stand for
# H = 1 / (1 / first + 1 / second). Last the goal, if there is one.
my @ratios = (
    ['get x/b',  'x_get',  ['b_get']],
    ['get x/e',  'x_get',  ['e_get']],
    ['get x/H',  'x_get',  ['b_get', 'e_get'], 0.95],
    ['list x/b', 'x_list', ['b_list']],
    ['list x/e', 'x_list', ['e_list']],
    ['list x/H', 'x_list', ['b_list', 'e_list']],
    ['all x/b',  'x_all',  ['b_list']],
    ['all x/e',  'x_all',  ['e_all']],
    ['all x/H',  'x_all',  ['b_list', 'e_all']],
);

# A figure whose rounds differ by more than this share is not worth quoting.
my $widest = 0.25;

my ($measured, $json, @facts) = @ARGV;
defined $json or die "usage: report.pl MEASURED JSON [NAME=VALUE ...]\n";

my (@names, %rounds);
open my $in, '<', $measured or die "$measured: $!\n";
while (my $line = <$in>) {
    my ($name, $round, @values) = split ' ', $line;
    push @names, $name if !$rounds{$name};
    $rounds{$name}{$round} = \@values;
}
close $in;

my %run = map { fact($_) } @facts;
my %figures = map { $_ => figure($rounds{$_}) } @names;
my @compared = map { ratio(@$_) } @ratios;
print_tables();
write_json();

sub median {
    my @sorted = sort { $a <=> $b } @_;
    return ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2;
}

sub spread {
    my @sorted = sort { $a <=> $b } @_;
    return (median => median(@_), min => $sorted[0], max => $sorted[-1]);
}

sub figure {
    my ($of) = @_;
    my @values = map { $of->{$_} } sort { $a <=> $b } keys %$of;
    my %figure = (spread(map { $_->[0] } @values),
        rounds => [map { 0 + $_->[0] } @values]);
    if (defined $values[0][1]) {
        $figure{httpd_cpu_us} = median(map { $_->[1] } @values);
        $figure{p99_us} = median(map { $_->[2] } @values);
    }
    return \%figure;
}

# Round by round, so that a machine that drifts matters less.
sub ratio {
    my ($label, $name, $over, $goal) = @_;
    my @values;
    for my $round (keys %{ $rounds{$name} }) {
        my $time = 0;
        $time += 1 / $rounds{$_}{$round}[0] for @$over;
        push @values, $rounds{$name}{$round}[0] * $time;
    }
    return { label => $label, spread(@values),
        defined $goal ? (goal => $goal) : () };
}

sub print_tables {
    printf "\n%-10s %10s %10s %10s %7s %13s %9s\n", 'figure', 'median/s',
        'min', 'max', 'spread', 'httpd us/req', 'p99 ms';
    for my $name (@names) {
        my $figure = $figures{$name};
        printf "%-10s %10.0f %10.0f %10.0f %6.1f%%", $name,
            @$figure{qw(median min max)},
            100 * ($figure->{max} - $figure->{min}) / $figure->{median};
        printf " %13.1f %9.2f", $figure->{httpd_cpu_us},
            $figure->{p99_us} / 1000 if defined $figure->{p99_us};
        print "\n";
    }
    printf "\n%-10s %10s %10s %10s %7s\n", 'ratio', 'median', 'min', 'max',
        'goal';
    for my $row (@compared) {
        printf "%-10s %10.3f %10.3f %10.3f %7s\n",
            @$row{qw(label median min max)}, $row->{goal} // '';
    }
    print "\n";
    print "largest child of httpd: $run{rss_kb} KB resident\n";
    my @wide = grep {
        $figures{$_}{max} - $figures{$_}{min}
            > $widest * $figures{$_}{median}
    } @names;
    print "the machine was busy, measure again: @wide vary by more than ",
        100 * $widest, " %\n" if @wide;
    return;
}

sub write_json {
    my %report = (run => \%run, figures => \%figures, ratios => \@compared);

    open my $out, '>', "$json.new" or die "$json.new: $!\n";
    print {$out} JSON::PP->new->canonical->pretty->encode(\%report);
    close $out or die "$json.new: $!\n";
    rename "$json.new", $json or die "$json: $!\n";
    print "written: $json\n";
    return;
}

sub fact {
    my ($fact) = @_;
    my ($name, $value) = $fact =~ /^(\w+)=(.*)$/s
        or die "not NAME=VALUE: $fact\n";
    return ($name => $value =~ /^\d+$/ ? 0 + $value : $value);
}
