# Errors, data-driven over sockets: each request of t/cases/errors.json gets
# its status and a TM Forum Error, also where httpd itself refuses it.
#
# A row has bytes, or line (method and path), headers and body; server;
# half_close: the client ends its side. It wants status and code, allow (the
# methods of Allow), accept_patch, present and absent headers, never (a
# pattern that the whole answer must not have); fine: no error; html: a body
# that is httpd's own.
use strict;
use warnings;

use Test::More;
use TmfApi;

my %paths = (
    customers => '/tmf-api/customerManagement/v4/customer',
    payments => '/tmf-api/paymentManagement/v4/payment',
    bills => '/tmf-api/customerBillManagement/v4/customerBill',
);

sub expand
{
    my ($text) = @_;
    $text =~ s/\{repeat:(.*?):(\d+)\}/$1 x $2/gse;
    $text =~ s/\{(customers|payments|bills)\}/$paths{$1}/g;
    return $text;
}

sub bytes_of
{
    my ($row) = @_;
    return expand($row->{bytes}) if defined $row->{bytes};
    my %headers = (Host => '127.0.0.1', Connection => 'close',
                   %{ $row->{headers} // {} });
    my $body = expand($row->{body} // '');
    $headers{'Content-Length'} //= length $body
        if defined $row->{body} && !$headers{'Transfer-Encoding'};
    return expand($row->{line}) . " HTTP/1.1\r\n"
        . join('', map { "$_: $headers{$_}\r\n" } sort keys %headers)
        . "\r\n$body";
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
    if ($row->{html}) {
        return $r->{status} eq $row->{status} && $r->{content} =~ /<html/i
            ? () : "not httpd's own: $r->{text}";
    }
    if ($row->{fine}) {
        return $r->{status} eq $row->{status} ? () : "status $r->{status}";
    }
    return error_faults($r, $row->{status}, $row->{code});
}

my $customers = row_count('api_customer.customer');
my $others = row_count('api_mount_customer.customer');
for my $row (@{ cases('errors') }) {
    my $r = raw(bytes_of($row), server => $row->{server},
                half_close => $row->{half_close});
    my @faults = (body_faults($row, $r), header_faults($row, $r->{headers}));
    push @faults, "the answer has $row->{never}"
        if defined $row->{never} && $r->{text} =~ /$row->{never}/;
    ok(!@faults, "error: $row->{name}: $row->{status}")
        || diag(join "\n", @faults, substr($r->{text}, 0, 600));
}
is(row_count('api_customer.customer'), $customers,
   'error: no refused request writes a row');
is(row_count('api_mount_customer.customer'), $others,
   'error: nor does one beyond the limit');

# HEAD: the header of the same error, without its body.
for my $path ("$paths{customers}/nobody", '/nowhere',
              '/tmf-api/customerManagement/v4/nosuch',
              "$paths{customers}?limit=x") {
    my $get = get($path);
    my $head = raw("HEAD $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                   . "\r\n");
    is($head->{status}, $get->{status}, "HEAD: the status of $path");
    is($head->{content}, '', "HEAD: no body for $path");
}

# Two requests on one connection: what is refused leaves nothing behind.
my $first = '{"name":';
my $r = raw("POST $paths{customers} HTTP/1.1\r\nHost: x\r\n"
    . "Content-Type: text/plain\r\nContent-Length: 60\r\n\r\n"
    . substr("GET /evil HTTP/1.1\r\n" . 'x' x 60, 0, 60)
    . "GET $paths{customers}?limit=0 HTTP/1.1\r\nHost: x\r\n"
    . "Connection: close\r\n\r\n");
is(join(' ', $r->{text} =~ m{HTTP/1\.1 (\d+)}g), '415 200',
   'connection: a refused body is not read as the next request');

done_testing;
