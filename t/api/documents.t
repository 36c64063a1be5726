# TM Forum's published v4 documents, mounted unmodified and without overlay.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $party = '"engagedParty":{"id":"P","@referredType":"Organization"}';
my $payment = '{"account":{"id":"A"},"paymentMethod":{},'
    . '"totalAmount":{"unit":"EUR","value":12.30}}';

# Each resource: its table, a body for POST or, without one, a document for
# SQL, and patches of which the first is taken and the second refused.
my %documents = (
    629 => [
        { resource => 'customer', type => 'Customer', table => 'customer',
          post => qq({"name":"One",$party,"own":{}}),
          refused => ['{}', '/engagedParty required', '/name required'],
          patch => '{"name":"Two"}', not => ['{"engagedParty":null}',
                                             '/engagedParty required'] },
    ],
    676 => [
        { resource => 'payment', type => 'Payment', table => 'payment',
          post => $payment,
          refused => ['{"account":[]}', '/account type',
                      '/paymentMethod required', '/totalAmount required'] },
        { resource => 'refund', type => 'Refund', table => 'refund',
          post => $payment, refused => ['{"refundDate":"soon"}',
              '/refundDate format', '/account required',
              '/paymentMethod required', '/totalAmount required'] },
    ],
    678 => [
        { resource => 'customerBill', type => 'CustomerBill',
          table => 'customer_bill',
          sql => '{"billNo":"1","state":"new","amountDue":{"value":5.50}}',
          patch => '{"state":"onHold"}',
          not => ['{"state":"new","billNo":"2"}', '/billNo readOnly'] },
        { resource => 'customerBillOnDemand', table =>
              'customer_bill_on_demand', type => 'CustomerBillOnDemand',
          post => '{"name":"N","state":"inProgress"}',
          refused => ['{"state":"started"}', '/state enum'] },
        { resource => 'appliedCustomerBillingRate',
          type => 'AppliedCustomerBillingRate',
          table => 'applied_customer_billing_rate',
          sql => '{"name":"R","isBilled":false}' },
    ],
);

sub file_of
{
    my ($api) = @_;
    my ($file) = glob "$ENV{TMF_SPECS}/v4/TMF$api-*.json";
    return $file // die "no document of TMF$api\n";
}

# One resource made, by POST or by SQL; its id.
sub make
{
    my ($row, $path, $table) = @_;
    if (!$row->{post}) {
        sql("INSERT INTO $table (id, doc) VALUES ('loaded', '$row->{sql}')");
        error_is(post($path, '{}'), 405, 'methodNotAllowed',
                 "$row->{resource}: no POST in the document");
        return 'loaded';
    }
    my ($body, @violations) = @{ $row->{refused} };
    violations_are(post($path, $body), \@violations,
                   "$row->{resource}: its schema is held");
    is(row_count($table), 0, "$row->{resource}: a refused one is not stored");
    my $r = post($path, $row->{post});
    is($r->{status}, 201, "$row->{resource}: create: 201")
        || diag($r->{content});
    my $id = id_of($r);
    is($r->{headers}{location}, base() . "$path/$id",
       "$row->{resource}: create: Location");
    return $id;
}

sub check_patch
{
    my ($row, $one) = @_;
    if (!$row->{patch}) {
        error_is(patch($one, '{}'), 405, 'methodNotAllowed',
                 "$row->{resource}: no PATCH in the document");
        return;
    }
    my $wanted = { %{ body(get($one)) }, %{ json_of($row->{patch}) } };
    my $r = patch($one, $row->{patch});
    is($r->{status}, 200, "$row->{resource}: patch: 200");
    is_json(body($r), $wanted, "$row->{resource}: patch: the result");
    my ($body, @violations) = @{ $row->{not} };
    violations_are(patch($one, $body), \@violations,
                   "$row->{resource}: patch: what may not be changed");
    return;
}

for my $api (sort keys %documents) {
    my $file = file_of($api);
    is(system(qq("$ENV{TMFCTL}" check "$file" >/dev/null)), 0,
       "TMF$api: tmfctl finds no fault");
    is(sql("SELECT count(*) FROM information_schema.tables
            WHERE table_schema = 'api_document_$api'"),
       scalar @{ $documents{$api} }, "TMF$api: a table for each resource");
    for my $row (@{ $documents{$api} }) {
        my $path = "/documents/$api/v4/$row->{resource}";
        my $name = $row->{resource};
        my $table = "api_document_$api.$row->{table}";
        my $r = get($path);
        is("$r->{status} $r->{content}", '200 []', "$name: an empty list");
        my $id = make($row, $path, $table);
        my $one = get("$path/$id");
        my $text = $row->{post} // $row->{sql};
        is($one->{status}, 200, "$name: get: 200");
        is(canonical_sql($one->{content}, qw(id href @type)),
           canonical_sql($text), "$name: get: what was written");
        is(body($one)->{'@type'}, $row->{type}, "$name: get: \@type");
        is(body($one)->{href}, base() . "$path/$id", "$name: get: href");
        is_json(body(get($path)), [body($one)], "$name: list: it alone");
        is_json(body(get("$path?id=$id&fields=none")),
                [{ id => $id, href => base() . "$path/$id" }],
                "$name: list: by id, fields=none");
        check_patch($row, "$path/$id");
    }
    my $hub = "/documents/$api/v4/hub";
    violations_are(post($hub, '{"callback":"http://x/"}'),
                   ['/callback scheme'], "TMF$api: a subscription, refused");
    my $subscribed = post($hub, '{"callback":"https://x/"}');
    is($subscribed->{status}, 201, "TMF$api: a subscription");
    is(del("$hub/" . id_of($subscribed))->{status}, 204,
       "TMF$api: and its end");
}
is(get('/documents/629/v4/customer/'
       . id_of(post('/documents/629/v4/customer', qq({"name":"D",$party}))))
       ->{status}, 200, 'customer: one more');
my $last = body(get('/documents/629/v4/customer'))->[-1]{id};
is(del("/documents/629/v4/customer/$last")->{status}, 204, 'customer: delete');
is(number_text(get('/documents/676/v4/payment')->{content}, 'value'),
   '12.30', 'payment: numbers keep their scale');
is(scalar @{ body(get('/documents/678/v4/appliedCustomerBillingRate'
                      . '?isBilled=false')) }, 1,
   'appliedCustomerBillingRate: typed filters');

done_testing;
