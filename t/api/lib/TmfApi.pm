# What the API suites share: HTTP as raw as it is needed, psql as the owner,
# and the checks that every answer must stand.
#
# Environment, set by t/api/run: TMF_PORT and TMF_PORT_<NAME>, the ports of
# the servers in conf/mounts.conf; TMF_SERVICE, the service of PGSERVICEFILE;
# srcdir, the top of the project.
package TmfApi;
use strict;
use warnings;

use Exporter qw(import);
use File::Temp;
use HTTP::Tiny;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Test::More;

our @EXPORT = qw(
    as base body canonical canonical_sql cases del delete_ids error_faults
    error_is get id_of is_json json_of options_of head_of number_text patch
    port post raw request row_count send_json sql sql_result spew
    violation_list violations_are);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $client = HTTP::Tiny->new(max_redirect => 0, timeout => 60,
                             agent => 'mod_tmf-test');

# Text that tells of the inside, none of which may reach a client.
my $inside = qr{ERROR:|SQLSTATE|\bpg_|libpq|jansson|apr_|
    relation\ "|SELECT\ |/usr/|/tmp/|/etc/|\bapi_[a-z]|tmf\.[a-z]|\.[ch]:\d|
    <html|<!DOCTYPE}xi;

sub port
{
    my ($server) = @_;
    my $name = $server ? "TMF_PORT_\U$server" : 'TMF_PORT';
    return $ENV{$name} // die "$name is not set: run t/api/run\n";
}

sub base
{
    my ($server) = @_;
    return 'http://127.0.0.1:' . port($server);
}

# --------------------------------------------------------------- requests

# A request to a path of the main server or to a whole URL.
sub request
{
    my ($method, $where, $options) = @_;
    my $url = $where =~ m{^/} ? base() . $where : $where;
    return $client->request($method, $url, $options // {});
}

sub get
{
    my ($where, $headers) = @_;
    return request('GET', $where, { headers => $headers // {} });
}

sub head_of
{
    my ($where) = @_;
    return request('HEAD', $where);
}

sub options_of
{
    my ($where) = @_;
    return request('OPTIONS', $where);
}

sub del
{
    my ($where) = @_;
    return request('DELETE', $where);
}

# Content is JSON text as it is, or a value to encode.
sub send_json
{
    my ($method, $where, $content, $type) = @_;
    return request($method, $where, {
        headers => { 'content-type' => $type // 'application/json' },
        content => ref $content ? $json->encode($content) : $content });
}

sub post
{
    return send_json('POST', @_);
}

sub patch
{
    return send_json('PATCH', @_);
}

# The decoded body; dies if it isn't JSON.
sub body
{
    my ($response) = @_;
    return $json->decode($response->{content});
}

sub id_of
{
    my ($response) = @_;
    return body($response)->{id};
}

# Bytes over a socket of their own. Options: server; half_close, no more is
# sent after the bytes; more, an array of further bytes sent once the server
# has answered. Returns a response like request(), with all that came.
sub raw
{
    my ($bytes, %option) = @_;
    my $socket = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => port($option{server}),
        Proto => 'tcp') or die "connect: $!\n";
    my $text = '';
    local $SIG{PIPE} = 'IGNORE';
    print {$socket} $bytes;
    $socket->flush;
    $socket->shutdown(1) if $option{half_close};
    my $select = IO::Select->new($socket);
    while ($select->can_read(60)) {
        last unless sysread $socket, $text, 65536, length $text;
        next unless $option{once} && complete($text);
        last;
    }
    close $socket;
    return parse($text, $option{method});
}

sub complete
{
    my ($text) = @_;
    return $text =~ /\r\n\r\n/
        && ($text !~ /^content-length: *(\d+)/mi
            || length($text) - index($text, "\r\n\r\n") - 4 >= $1);
}

sub parse
{
    my ($text) = @_;
    my ($head, $content) = split /\r?\n\r?\n/, $text, 2;
    my ($first, @lines) = split /\r?\n/, $head // '';
    my %headers;
    for my $line (@lines) {
        my ($name, $value) = $line =~ /^([^:]+): *(.*)$/ or next;
        $headers{lc $name} = exists $headers{lc $name}
            ? "$headers{lc $name}, $value" : $value;
    }
    $content = unchunked($content // '')
        if ($headers{'transfer-encoding'} // '') =~ /chunked/i;
    return { status => ($first // '') =~ m{^HTTP/1\.\d (\d+)} ? $1 : 0,
             headers => \%headers, content => $content // '',
             text => $text };
}

sub unchunked
{
    my ($text) = @_;
    my $content = '';
    while ($text =~ s/^([0-9a-fA-F]+)[^\r\n]*\r\n//) {
        my $size = hex $1;
        last if !$size;
        $content .= substr $text, 0, $size, '';
        $text =~ s/^\r\n//;
    }
    return $content;
}

# ----------------------------------------------------------------- checks

sub canonical
{
    my ($value) = @_;
    return $json->encode($value);
}

sub is_json
{
    my ($got, $wanted, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is(canonical($got), canonical($wanted), $name);
}

sub json_of
{
    my ($text) = @_;
    return $json->decode($text);
}

# The text of a number that stands after a name.
sub number_text
{
    my ($text, $name) = @_;
    return $text =~ /"\Q$name\E"\s*:\s*(-?[0-9][-+.eE0-9]*)/ ? $1 : undef;
}

# What is wrong with an answer that should be a TM Forum Error.
sub error_faults
{
    my ($response, $status, $code) = @_;
    my @faults;
    my $error = eval { body($response) };
    push @faults, "status $response->{status}, not $status"
        if $response->{status} ne $status;
    push @faults, 'content type '
        . ($response->{headers}{'content-type'} // 'missing')
        if ($response->{headers}{'content-type'} // '')
            !~ m{^application/json\s*(;|$)};
    if (ref $error ne 'HASH') {
        return (@faults, "not a JSON object: $response->{content}");
    }
    for my $name (qw(code reason status)) {
        push @faults, "$name is not a string"
            unless defined $error->{$name} && !ref $error->{$name}
                && $response->{content} =~ /"$name"\s*:\s*"[^"]/;
    }
    push @faults, 'code ' . ($error->{code} // '') . ", not $code"
        if defined $code && ($error->{code} // '') ne $code;
    push @faults, "status attribute " . ($error->{status} // '')
        if ($error->{status} // '') ne $status;
    push @faults, '@type is not Error' if ($error->{'@type'} // '') ne 'Error';
    push @faults, "tells of the inside: $1"
        if $response->{content} =~ /($inside.{0,60})/;
    return @faults;
}

sub error_is
{
    my ($response, $status, $code, $name) = @_;
    my @faults = error_faults($response, $status, $code);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(!@faults, $name)
        || diag(join("\n", @faults, $response->{content}));
}

sub violation_list
{
    my ($response) = @_;
    my $error = eval { body($response) } // {};
    return map { ($_->{pointer} // '?') . ' ' . ($_->{rule} // '?') }
        @{ $error->{violations} // [] };
}

# An Error that lists exactly these violations, each "pointer rule".
sub violations_are
{
    my ($response, $wanted, $name) = @_;
    my @faults = error_faults($response, 400, 'invalidBody');
    my $got = join "\n", sort(violation_list($response));
    my $all = join "\n", sort @{$wanted};
    push @faults, "violations:\n$got\nnot\n$all" if $got ne $all;
    push @faults, 'a violation without a message'
        if grep { !length($_->{message} // '') }
            @{ (eval { body($response) } // {})->{violations} // [] };
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(!@faults, $name) || diag(join "\n", @faults);
}

# --------------------------------------------------------------- database

sub psql
{
    my ($text) = @_;
    my $in = File::Temp->new;
    my $err = File::Temp->new;
    binmode $in, ':raw';
    utf8::encode($text) if utf8::is_utf8($text);
    print {$in} $text;
    close $in;
    my $service = $ENV{TMF_SERVICE} // 'tmf';
    local $ENV{PGCLIENTENCODING} = 'UTF8';
    my $out = qx{psql -X -q -A -t -v ON_ERROR_STOP=1 -v VERBOSITY=verbose \\
                 -f '$in' 'service=$service' 2>'$err'};
    my $status = $?;
    chomp $out;
    open my $messages, '<', "$err" or die "$err: $!\n";
    return ($status, $out, join '', <$messages>);
}

sub sql_result
{
    my ($text) = @_;
    my ($status, $out, $err) = psql($text);
    return $status ? $err : $out;
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

sub row_count
{
    my ($table) = @_;
    return sql("SELECT count(*) FROM $table");
}

# JSON text as PostgreSQL writes it: names in one order, numbers with their
# scale. The second argument names members that are left out.
sub canonical_sql
{
    my ($text, @without) = @_;
    my $names = join ',', @without;
    return sql("SELECT \$json\$$text\$json\$::jsonb - '{$names}'::text[]");
}

sub delete_ids
{
    my ($table, @ids) = @_;
    my $list = join ', ', map { my $id = $_; $id =~ s/'/''/g; "'$id'" } @ids;
    return sql("DELETE FROM $table WHERE id IN ($list)");
}

# ------------------------------------------------------------------ files

sub slurp
{
    my ($file) = @_;
    open my $in, '<:raw', $file or die "$file: $!\n";
    local $/ = undef;
    return scalar <$in>;
}

sub spew
{
    my ($file, $text) = @_;
    open my $out, '>:raw', $file or die "$file: $!\n";
    print {$out} $text;
    close $out or die "$file: $!\n";
    return $file;
}

# The rows of t/cases/NAME.json.
sub cases
{
    my ($name) = @_;
    return json_of(slurp("$ENV{srcdir}/t/cases/$name.json"));
}

1;
