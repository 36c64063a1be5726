#!/usr/bin/perl
# Medians, spreads, ratios and goals of the bench, as tables and as JSON.
#
#   report.pl MEASURED JSON sizes=1k,1m rss_kb=N [NAME=VALUE ...]
#
# MEASURED has lines of: figure, round, requests a second and, for HTTP, us
# of httpd's CPU time per request (or -) and the 99th percentile of latency
# in us. sizes are the tables' sizes, smallest first; rss_kb is the resident
# set of httpd's largest child. All facts of the run go into the JSON file.
use strict;
use warnings;

use JSON::PP;

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
my @sizes = split /,/, $run{sizes};
my $last = $sizes[-1];
my %figures = map { $_ => figure($rounds{$_}) } @names;
my @compared = (
    (map { ratio(@$_) } grep { known($_) } ratios()),
    cpu_over('b', 'b_get', 30), cpu_over('C handler', 'c_get'),
    resident_set());
print_figures();
print_goals();
print_warning();
write_json();

# What is compared: label, figure, over which, and the goal, if there is
# one. Two figures below stand for H = 1 / (1 / first + 1 / second).
sub ratios {
    my ($get, $list) = ("x_get_$last", "x_list_$last");
    return (
        ['GET by id / H', $get, ['b_get', 'e_get'], 0.95],
        ['GET by id / b', $get, ['b_get']],
        ['GET by id / e', $get, ['e_get']],
        ['GET by id / C handler', $get, ['c_get']],
        ['GET by id / fastify', $get, ['n_get'], 3],
        ['GET by id / fastify, text', $get, ['t_get']],
        ['list of 100 / fastify', $list, ['n_list'], 7],
        ['list of 100 / fastify, text', $list, ['t_list']],
        ['POST / fastify', 'x_post', ['n_post'], 1.5],
        ['POST / e', 'x_post', ['e_post'], 0.6],
        ['POST / e, no wait for disk', 'x_post_async', ['e_post_async'], 0.5],
        ['list of 100 / jsonb::text', $list, ['j_list'], 2.4],
        ['list of 100 / C handler', $list, ['c_list'], 0.8],
        ['list of 100 / H', $list, ['b_list', 'e_list']],
        ['list of 100, 3 fields / whole', 'x_fields', [$list], 0.8],
        ["page at 9/10 / page 1, $last", "x_deep_$last", [$list]],
        growth('filter on name', 'x_name', 0.9),
        growth('page 1', 'x_list', 0.9),
        growth('page at 9/10', 'x_deep', 0.9),
        growth('GET by id', 'x_get', 0.95),
    );
}

# The larger tables over the smallest: the goal is for the largest.
sub growth {
    my ($label, $name, $goal) = @_;
    my ($first, @more) = @sizes;
    return map { ["$label, $_ / $first", "${name}_$_", ["${name}_$first"],
        $_ eq $last ? $goal : ()] } @more;
}

sub known {
    my (undef, $name, $over) = @{ $_[0] };
    return !grep { !$rounds{$_} } $name, @$over;
}

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
        $figure{httpd_cpu_us} = median(map { $_->[1] } @values)
            if $values[0][1] ne '-';
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
    return compared($label, 'least', $goal, @values);
}

# bound tells which side of the goal is good: "least" or "most".
sub compared {
    my ($label, $bound, $goal, @values) = @_;
    my %row = (label => $label, spread(@values));
    return \%row if !defined $goal;
    my $met = $bound eq 'least' ? $row{median} >= $goal
                                : $row{median} <= $goal;
    return { %row, goal => $goal, bound => $bound,
        met => $met ? JSON::PP::true : JSON::PP::false };
}

# What the module takes of httpd's time on top of a reference.
sub cpu_over {
    my ($label, $reference, $goal) = @_;
    my ($of, $over) = @rounds{"x_get_$last", $reference};
    my @values = map { $of->{$_}[1] - $over->{$_}[1] } keys %$of;
    return compared("httpd us a GET over $label", 'most', $goal, @values);
}

sub resident_set {
    return compared('RSS of a child, MB', 'most', 32, $run{rss_kb} / 1024);
}

sub print_figures {
    printf "\n%-12s %10s %10s %10s %7s %13s %9s\n", 'figure', 'median/s',
        'min', 'max', 'spread', 'httpd us/req', 'p99 ms';
    for my $name (@names) {
        my $figure = $figures{$name};
        my ($cpu, $p99) = @$figure{qw(httpd_cpu_us p99_us)};
        printf "%-12s %10.0f %10.0f %10.0f %6.1f%% %13s %9s\n", $name,
            @$figure{qw(median min max)},
            100 * ($figure->{max} - $figure->{min}) / $figure->{median},
            defined $cpu ? sprintf('%.1f', $cpu) : '',
            defined $p99 ? sprintf('%.2f', $p99 / 1000) : '';
    }
    return;
}

sub print_goals {
    my $goals = grep { defined $_->{goal} } @compared;
    my $met = grep { $_->{met} } @compared;

    printf "\n%-31s %8s %8s %8s  %-8s\n", 'compared', 'median', 'min',
        'max', 'goal';
    for my $row (@compared) {
        printf "%-31s %8.3f %8.3f %8.3f  %s\n",
            @$row{qw(label median min max)}, goal_text($row);
    }
    print "\n$met of $goals goals met\n";
    return;
}

sub goal_text {
    my ($row) = @_;
    return '' if !defined $row->{goal};
    return sprintf '%s %-5s %s', $row->{bound} eq 'least' ? '>=' : '<=',
        $row->{goal}, $row->{met} ? 'met' : 'NOT met';
}

sub print_warning {
    my @wide = grep {
        $figures{$_}{max} - $figures{$_}{min}
            > $widest * $figures{$_}{median}
    } @names;
    print "the machine was busy, measure again: @wide vary by more than ",
        100 * $widest, " %\n" if @wide;
    return;
}

sub write_json {
    my %report = (run => \%run, figures => \%figures,
        compared => \@compared);

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
