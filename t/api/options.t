# OPTIONS and HEAD.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $customers = '/sample/customer/v4/customer';
my $bills = '/sample/bill/v4/customerBill';
my @paths = (
    [$customers, 'GET HEAD OPTIONS POST'],
    ["$customers/", 'GET HEAD OPTIONS POST'],
    ["$customers/C-1001", 'DELETE GET HEAD OPTIONS PATCH', 1],
    ["$customers/nobody", 'DELETE GET HEAD OPTIONS PATCH', 1],
    [$bills, 'GET HEAD OPTIONS'],
    ["$bills/B-7001", 'GET HEAD OPTIONS PATCH', 1],
    ['/sample/bill/v4/customerBillOnDemand', 'GET HEAD OPTIONS POST'],
    ['/sample/bill/v4/billCycle/BC-2026-10', 'GET HEAD OPTIONS'],
    ['/sample/payment/v4/payment/P-9001', 'GET HEAD OPTIONS'],
    ['/sample/payment/v4/hub', 'OPTIONS POST'],
    ['/sample/payment/v4/hub/1', 'DELETE OPTIONS'],
);
for my $row (@paths) {
    my ($path, $allow, $patches) = @{$row};
    my $r = options_of($path);
    is($r->{status}, 204, "OPTIONS $path: 204");
    is(join(' ', sort split /[,\s]+/, $r->{headers}{allow} // ''), $allow,
       "OPTIONS $path: Allow");
    is($r->{content} // '', '', "OPTIONS $path: no body");
    is(defined $r->{headers}{'accept-patch'} ? 1 : 0, $patches // 0,
       "OPTIONS $path: Accept-Patch where there is PATCH");
}
error_is(options_of('/sample/customer/v4/nosuch'), 404, 'notFound',
         'OPTIONS: an unknown path');
error_is(options_of('/sample/customer/v4'), 404, 'notFound',
         'OPTIONS: the mount itself');

# --- HEAD

for my $path ($customers, "$customers/", "$customers?limit=2&offset=1",
              "$customers?status=suspended&fields=name", "$customers/C-1001",
              "$customers/C-1001?fields=none", "$customers/nobody",
              "$bills/B-7001", '/sample/bill/v4/billCycle') {
    my $head = head_of($path);
    my $get = get($path);
    my @names = qw(content-type content-length x-total-count x-result-count
                   link location allow etag last-modified);
    is($head->{status}, $get->{status}, "HEAD $path: the status of GET");
    is($head->{content} // '', '', "HEAD $path: no body");
    is_json({ map { $_ => $head->{headers}{$_} } @names },
            { map { $_ => $get->{headers}{$_} } @names },
            "HEAD $path: the headers of GET");
}
is(head_of("$customers?limit=2")->{headers}{'x-total-count'}, 6,
   'HEAD: X-Total-Count');

done_testing;
