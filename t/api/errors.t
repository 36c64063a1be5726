# Errors, data-driven over sockets: each request of t/cases/errors.json gets
# its status and a TM Forum Error, also where httpd itself refuses it.
# lib/TmfRow.pm tells what a row has, besides server.
use strict;
use warnings;

use Test::More;
use TmfApi;
use TmfRow;

my %paths = (
    customers => '/tmf-api/customerManagement/v4/customer',
    payments => '/tmf-api/paymentManagement/v4/payment',
    bills => '/tmf-api/customerBillManagement/v4/customerBill',
);

# Two resources for the rows that page.
sql(q(INSERT INTO api_customer.customer (id, doc)
    SELECT 'E-' || n, '{"name":"E","engagedParty":{}}'
    FROM generate_series(1, 2) AS n));
my $customers = row_count('api_customer.customer');
my $others = row_count('api_mount_customer.customer');
for my $row (@{ cases('errors') }) {
    my $r = raw(bytes_of($row, paths => \%paths), server => $row->{server},
                half_close => $row->{half_close});
    my @faults = row_faults($row, $r);
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

# After which errors the connection goes.
for my $case ([ '?limit=1', 206, 0 ], [ '/nobody', 404, 0 ],
              [ '?limit=x', 400, 1 ], [ '?depth=1', 501, 1 ]) {
    my ($target, $status, $closes) = @{$case};
    my $answer = get("$paths{customers}$target");
    like($answer->{status}, $status == 206 ? qr/^20[06]$/ : qr/^$status$/,
         "connection: $status");
    is(($answer->{headers}{connection} // '') =~ /close/ ? 1 : 0, $closes,
       "connection: closed after $status or not");
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

delete_ids('api_customer.customer', 'E-1', 'E-2');
done_testing;
