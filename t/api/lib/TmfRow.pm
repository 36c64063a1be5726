# A row of t/cases/errors.json or t/cases/hostile: the bytes it sends, and
# what its answers are held against. A character of a row is a byte.
#
# What is sent: bytes, or line (method and path), headers and body;
# half_close: then the client ends its side. {repeat:TEXT:N} stands for N
# times TEXT, {customers} and the like for the paths that the suite names.
#
# What comes back: status and code; fine: no error; html: a body that is
# httpd's own; allow, the methods of Allow; accept_patch; present and absent
# headers; never and holds, patterns of the whole answer and of its body.
package TmfRow;
use strict;
use warnings;

use Exporter qw(import);
use TmfApi;

our @EXPORT = qw(answers_of bytes_of expand row_faults);

sub expand
{
    my ($text, $paths) = @_;
    $text =~ s/\{repeat:(.*?):(\d+)\}/$1 x $2/gse;
    $text =~ s/\{(\w+)\}/$paths->{$1} \/\/ "{$1}"/ge;
    return $text;
}

# Options: paths, what {name} stands for; behind, the bytes of a request that
# follows on the same connection, for rows with a line.
sub bytes_of
{
    my ($row, %option) = @_;
    my $paths = $option{paths};
    return expand($row->{bytes}, $paths) if defined $row->{bytes};
    my %headers = (Host => '127.0.0.1', %{ $row->{headers} // {} });
    my $body = expand($row->{body} // '', $paths);
    $headers{Connection} //= 'close' unless defined $option{behind};
    $headers{'Content-Length'} //= length $body
        if defined $row->{body} && !$headers{'Transfer-Encoding'};
    return expand($row->{line}, $paths) . " HTTP/1.1\r\n"
        . join('', map { "$_: " . expand($headers{$_}, $paths) . "\r\n" }
                   sort keys %headers)
        . "\r\n$body" . ($option{behind} // '');
}

# All answers of a connection, in order: each has as many bytes as it says.
# What is left over at the end is an answer of status 0.
sub answers_of
{
    my ($text, $method) = @_;
    my @answers;
    while (length $text) {
        my ($head, $rest) = $text =~ /\A(HTTP\/1\.\d .*?\r\n\r\n)(.*)\z/s
            or return (@answers, { status => 0, headers => {}, text => $text,
                                   content => $text });
        my $answer = TmfApi::parse($head);
        my $size = $answer->{headers}{'content-length'};
        $size = 0 if $answer->{status} =~ /^(1..|204|304)$/
            || (!@answers && ($method // '') eq 'HEAD');
        if (($answer->{headers}{'transfer-encoding'} // '') =~ /chunked/i) {
            ($size) = $rest =~ /\A(.*?\r\n0\r\n\r\n|0\r\n\r\n)/s;
            $size = length($size // $rest);
        }
        $size = length $rest if !defined $size || $size > length $rest;
        $answer = TmfApi::parse($head . substr $rest, 0, $size);
        push @answers, $answer if $answer->{status} !~ /^1/;
        $text = substr $rest, $size;
    }
    return @answers;
}

sub methods
{
    my ($list) = @_;
    return join ' ', sort grep { length } split /[,\s]+/, $list // '';
}

sub header_faults
{
    my ($row, $headers) = @_;
    my @faults;
    push @faults, "Allow: " . ($headers->{allow} // 'missing')
        if defined $row->{allow}
            && methods($headers->{allow}) ne methods($row->{allow});
    push @faults, 'Accept-Patch: ' . ($headers->{'accept-patch'} // 'missing')
        if $row->{accept_patch}
            && ($headers->{'accept-patch'} // '') !~ /merge-patch\+json/;
    push @faults, map { "$_ is missing" }
        grep { !defined $headers->{$_} } @{ $row->{present} // [] };
    push @faults, map { "$_ is there" }
        grep { defined $headers->{$_} } @{ $row->{absent} // [] };
    return @faults;
}

sub body_faults
{
    my ($row, $r) = @_;
    return () if $r->{status} eq $row->{status} && $row->{fine};
    return "status $r->{status}, not $row->{status}" if $row->{fine};
    if ($row->{html}) {
        return $r->{status} eq $row->{status} && $r->{content} =~ /<html/i
            ? () : "not httpd's own: $r->{text}";
    }
    return TmfApi::error_faults($r, $row->{status}, $row->{code});
}

sub row_faults
{
    my ($row, $r) = @_;
    my @faults = (body_faults($row, $r), header_faults($row, $r->{headers}));
    push @faults, "the answer has $row->{never}"
        if defined $row->{never} && $r->{text} =~ /$row->{never}/;
    push @faults, "the body does not have $row->{holds}"
        if defined $row->{holds} && $r->{content} !~ /$row->{holds}/;
    return @faults;
}

1;
