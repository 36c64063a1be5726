# What the SQL tests share: psql as the owner, data sets of their own.
#
# Environment: TMF_SERVICE, the service of PGSERVICEFILE to use ("tmf");
# srcdir, the top of the project; TMFCTL, the program.
package TmfSql;
use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp;
use Test::More;

our @EXPORT = qw(as connection ddl gives make_data_set refused sql top);

my @made;

sub top
{
    return abs_path($ENV{srcdir} // dirname(__FILE__) . '/../..');
}

sub connection
{
    return 'service=' . ($ENV{TMF_SERVICE} // 'tmf');
}

# Run a command with the given input; returns status, output and messages.
sub run
{
    my ($input, @command) = @_;
    my $in = File::Temp->new;
    my $out = File::Temp->new;
    my $err = File::Temp->new;
    print {$in} $input;
    close $in;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDIN, '<', $in->filename or die $!;
        open STDOUT, '>', $out->filename or die $!;
        open STDERR, '>', $err->filename or die $!;
        exec @command or die "$command[0]: $!\n";
    }
    waitpid $pid, 0;
    my $status = $?;
    my @text = map { local $/ = undef; my $file = $_;
                     open my $fh, '<', $file->filename or die $!;
                     <$fh> // '' } $out, $err;
    chomp @text;
    return ($status, @text);
}

sub psql
{
    my ($text) = @_;
    return run($text, qw(psql -X -q -A -t -v ON_ERROR_STOP=1
                         -v VERBOSITY=verbose -f -), connection());
}

# The output of SQL that must succeed.
sub sql
{
    my ($text) = @_;
    my ($status, $out, $err) = psql($text);
    die "psql failed: $err\n$text\n" if $status;
    return $out;
}

# The same SQL as another role.
sub as
{
    my ($role, $text) = @_;
    return "SET ROLE $role;\n$text";
}

sub gives
{
    my ($text, $expected, $name) = @_;
    my ($status, $out, $err) = psql($text);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is($status ? $err : $out, $expected, $name);
}

# SQL that must fail; $why matches "SQLSTATE: message".
sub refused
{
    my ($text, $why, $name) = @_;
    my ($status, $out, $err) = psql($text);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return $status ? like($err, qr/ERROR:  $why/, $name)
                   : ok(0, "$name: was accepted");
}

# The DDL of a data set for one of the shipped definitions.
sub ddl
{
    my ($api, $name) = @_;
    my $tmfctl = $ENV{TMFCTL} // top() . '/tmfctl';
    my ($status, $out, $err) = run(
        '', $tmfctl, 'ddl', '--data-set', $name,
        top() . "/conf/openapi/$api.json", top() . "/conf/overlay/$api.json");
    die "tmfctl failed: $err\n" if $status;
    return "$out\n";
}

sub make_data_set
{
    my ($api, $name) = @_;
    drop($name);
    push @made, $name;
    sql(ddl($api, $name));
    return;
}

sub drop
{
    my ($name) = @_;
    die "$name is not a test's data set" unless $name =~ /^t_[a-z0-9_]+$/;
    sql("SET client_min_messages = warning; SET ROLE tmf_owner;
         DROP SCHEMA IF EXISTS $name CASCADE;
         DELETE FROM tmf.data_set WHERE name = '$name';");
    return;
}

END {
    my $status = $?;
    drop($_) for @made;
    $? = $status;
}

1;
