# Numbers keep their decimal value and scale, and have bounds.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $payments = '/tmf-api/paymentManagement/v4/payment';
my $customers = '/tmf-api/customerManagement/v4/customer';
my $start = '{"account":{"id":"A"},"paymentMethod":{}';
my $digits38 = '12345678901234567890123456789012345.678';
my $digits64 = '1' . '2' x 62 . '3';

# What is sent, and what comes back where PostgreSQL writes it otherwise.
my @kept = (
    ['0'], ['0.1'], ['12.30'], ['12.3'], ['0.00'], ['-0.50'], ['100'],
    ['0.1000000000000000055511151231257827'], ['9007199254740993'],
    ['-9007199254740993'], ['9223372036854775807'], ['9223372036854775808'],
    ['99999999999999999999'], ['99999999999999999999.99'], [$digits38],
    ["-$digits38"], [$digits64], ["0.$digits64" =~ s/3$//r],
    ['0.30000000000000004'], ['1E2', '100'], ['1.50e3', '1500'],
    ['1.5e-3', '0.0015'], ['12.30e0', '12.30'], ['1e38', '1' . '0' x 38],
    ['-0', '0'], ['-0.0', '0.0'], ['1e+2', '100'],
    ['1.23456789012345678901234567e-37',
     '0.' . '0' x 36 . '123456789012345678901234567'],
    ['12345678901234567890123456e38',
     '12345678901234567890123456' . '0' x 38],
    ['0.' . '0' x 63 . '7e10', '0.' . '0' x 53 . '7'],
);
for my $row (@kept) {
    my ($sent, $back) = ($row->[0], $row->[-1]);
    my $r = post($payments, qq($start,"totalAmount":{"unit":"EUR",)
        . qq("value":$sent},"own":{"list":[{"number":$sent}]}}));
    is(number_text($r->{content}, 'value'), $back,
       "kept: $sent of a declared number");
    is(number_text($r->{content}, 'number'), $back,
       "kept: $sent of an undeclared number");
    my $path = "$payments/" . (eval { id_of($r) } // 'none');
    is(number_text(get($path)->{content}, 'value'), $back,
       "kept: $sent in a GET");
    is(number_text(get("$path?fields=totalAmount.value")->{content}, 'value'),
       $back, "kept: $sent in a selection");
    is(sql('SELECT doc #>> $${totalAmount,value}$$ FROM api_payment.payment
            ORDER BY seq DESC LIMIT 1'), $back, "kept: $sent in the table");
    is(scalar(() = get("$payments?totalAmount.value=" . $sent =~ s/\+/%2B/r)
                  ->{content} =~ /"id":/g) > 0, 1, "kept: $sent is found");
}
my $r = post($customers, '{"name":"N","engagedParty":{},"creditProfile":'
    . '[{"creditScore":99999999999999999999,"creditRiskRating":-1}]}');
is(number_text($r->{content}, 'creditScore'), '99999999999999999999',
   'kept: an integer beyond 64 bits is an integer');
my $one = "$customers/" . (eval { id_of($r) } // 'none');
for my $row (@kept) {
    my ($sent, $back) = ($row->[0], $row->[-1]);
    is(number_text(patch($one, qq({"number":$sent}))->{content}, 'number'),
       $back, "kept: $sent of a patch");
    is(patch($one, qq({"number":$back}))->{status}, 200,
       "kept: what became of $sent is taken again");
}

my $before = row_count('api_payment.payment');
my $version = sql('SELECT sum(version) FROM api_customer.customer');
my @refused = (
    '1e39', '1e400', '1e131000', '1e-39', '1e-400', '1E+999999999999999999999',
    '9' x 65, '-' . '9' x 65, '0.' . '9' x 65, '1' x 100, '0' . '.' . '0' x 64,
    '1.23456789012345678901234567e-38', '1' x 27 . 'e38', '0.' . '0' x 28
    . 'e-37', '1' x 5000, '01', '+1', '.5', '1.', '-', '1e', '1e+', '0x10', '1_000',
    'NaN', 'Infinity', '-Infinity', '--1', '1.2.3',
);
for my $text (@refused) {
    my $short = length $text > 30 ? length($text) . ' characters' : $text;
    error_is(post($payments, qq($start,"totalAmount":{"value":$text}})), 400,
             'invalidBody', "refused: $short");
    error_is(post($payments, qq($start,"totalAmount":{},"x":[[$text]]})), 400,
             'invalidBody', "refused: $short, undeclared");
    error_is(patch($one, qq({"number":$text})), 400, 'invalidBody',
             "refused: $short, in a patch");
}
is(row_count('api_payment.payment'), $before, 'refused: nothing is written');
is(sql('SELECT sum(version) FROM api_customer.customer'), $version,
   'refused: nothing is changed');

my $long = '1e400 ' . '9' x 100;
is(body(post($customers, qq({"name":"$long","engagedParty":{}})))->{name},
   $long, 'strings: digits in them are not numbers');
is(body(post($customers, '{"name":"\"1e400","engagedParty":{}}'))->{name},
   '"1e400', 'strings: nor after an escaped quote');
is(post($customers, '{"name":"K","engagedParty":{},"1e400":1}')->{status},
   201, 'strings: nor in names');

done_testing;
