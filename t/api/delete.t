# DELETE.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $customers = '/tmf-api/customerManagement/v4/customer';
my $table = 'api_customer.customer';
my $text = '{"name":"Deleted","engagedParty":{}}';

my ($one, $other) = map { id_of(post($customers, $text)) } 1 .. 2;
my $before = row_count($table);
my $r = del("$customers/$one");
is($r->{status}, 204, 'delete: 204');
is($r->{content} // '', '', 'delete: without a body');
is(row_count($table), $before - 1, 'delete: one row is gone');
is(sql("SELECT count(*) FROM $table WHERE id = '$one'"), 0,
   'delete: it is the right one');
error_is(get("$customers/$one"), 404, 'notFound', 'delete: GET finds nothing');
error_is(del("$customers/$one"), 404, 'notFound', 'delete: again, 404');
error_is(patch("$customers/$one", '{"name":"x"}'), 404, 'notFound',
         'delete: nor can it be patched');
is(get("$customers/$other")->{status}, 200, 'delete: others stay');
is(get("$customers?id=$one")->{content}, '[]', 'delete: gone from the list');
error_is(del("$customers/nobody"), 404, 'notFound', 'delete: an unknown id');
error_is(del("$customers/" . 'x' x 300), 404, 'notFound',
         'delete: a long id');

sql("INSERT INTO $table (id, doc) VALUES ('a/b %', '$text')");
is(del("$customers/a%2Fb%20%25")->{status}, 204, 'delete: an encoded id');
is(sql("SELECT count(*) FROM $table WHERE id = 'a/b %'"), 0,
   'delete: which is gone');

# A conditional or selective DELETE would delete too much.
error_is(del("$customers/$other?name=x"), 400, 'invalidQuery',
         'delete: a filter is refused');
is(get("$customers/$other")->{status}, 200, 'delete: and nothing is deleted');

my $payment = id_of(post('/tmf-api/paymentManagement/v4/payment',
    '{"account":{},"paymentMethod":{},"totalAmount":{}}'));
for my $path ($customers, "$customers/",
              "/tmf-api/paymentManagement/v4/payment/$payment",
              '/tmf-api/customerBillManagement/v4/customerBill/x') {
    $r = del($path);
    error_is($r, 405, 'methodNotAllowed', "delete: not on $path");
    unlike($r->{headers}{allow} // 'DELETE', qr/DELETE/,
           'delete: Allow leaves it out');
}
is(row_count('api_payment.payment') > 0, 1, 'delete: the payment is there');

done_testing;
