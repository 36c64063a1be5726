# GET of a resource, and attribute selection there and in lists.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $customers = '/sample/customer/v4/customer';
my $table = 'api_sample_customer.customer';
my $one = "$customers/C-2001";

my $r = get($one);
my $full = body($r);
is($r->{status}, 200, 'get: 200');
like($r->{headers}{'content-type'}, qr{^application/json(;|$)},
     'get: application/json');
is($full->{id}, 'C-2001', 'get: with its id');
is($full->{href}, base() . $one, 'get: with its href');
is(canonical_sql($r->{content}, 'id', 'href'),
   sql("SELECT body FROM $table WHERE id = 'C-2001'"),
   'get: the whole document, numbers with their scale');
is($r->{headers}{'content-length'}, length $r->{content},
   'get: with Content-Length');
is(get($one, { 'content-type' => 'text/plain' })->{status}, 200,
   'get: a Content-Type without a body does not matter');
for my $accept ('*/*', 'application/json', 'application/*',
                'application/json;charset=utf-8', 'text/html, */*;q=0.1',
                'application/JSON', 'text/html;q=0.9,application/json;q=0.1') {
    is(get($one, { accept => $accept })->{status}, 200, "accept: $accept");
}

is(get($one, { range => 'bytes=0-5' })->{content}, $r->{content},
   'get: a range of bytes is not cut out');
is(get($one, { range => 'items=1-2' })->{status}, 200,
   'get: nor of anything else');
is(get($one =~ s/-/%2D/gr)->{content}, $r->{content},
   'get: letters that need no escape may have one');
is(get($one =~ s{/v4/}{/./v4/x/../}r)->{content}, $r->{content},
   'get: dot segments are resolved');

# --- not there

error_is(get("$customers/nobody"), 404, 'notFound', 'get: an unknown id');
error_is(get("$customers/c-2001"), 404, 'notFound',
         'get: ids differ by case');
error_is(get("$customers/C-2001%20"), 404, 'notFound',
         'get: a blank belongs to the id');
error_is(get("$customers/C-2001/name"), 404, 'notFound',
         'get: there is nothing below a resource');
error_is(get("$customers/" . 'x' x 256), 404, 'notFound',
         'get: an id of 256 characters is nobody\'s');

# --- ids of any kind

my @odd = ('a/b', 'a b', '100%', '1637272567.4083', 'Łódź', "o'clock",
           'q?x=1', 'h#1', '..x', 'a+b', 'a%2Fb', 'k"k', 'b\\s', 'a:b@c;d,e');
for my $id (@odd) {
    (my $quoted = $id) =~ s/'/''/g;
    sql("INSERT INTO $table (id, doc) VALUES ('$quoted',
         '{\"name\":\"odd\",\"engagedParty\":{}}')");
    utf8::encode(my $bytes = $id) if utf8::is_utf8($id);
    my $raw = $bytes // $id;
    (my $encoded = $raw) =~ s/([^A-Za-z0-9.~_-])/sprintf '%%%02X', ord $1/ge;
    my $answer = get("$customers/$encoded");
    my $found = eval { body($answer) } // {};
    utf8::encode($found->{id}) if defined $found->{id};
    is($found->{id}, $raw, "id: $raw is found");
    is(get($found->{href} // base())->{content}, $answer->{content},
       "id: the href of $raw leads to it");
    unlike($found->{href} // ' ', qr/[^!-~]|["\\<>]/,
           "id: the href of $raw is a URI");
}
delete_ids($table, @odd);

# --- attribute selection

my @selections = (
    ['fields=name', { name => $full->{name} }, 'one attribute'],
    ['fields=name,status', { name => $full->{name}, status => 'active' },
     'two attributes'],
    ['fields=name%2Cstatus', { name => $full->{name}, status => 'active' },
     'an encoded comma separates too'],
    ['fields=none', {}, 'none'],
    ['fields=id', {}, 'id'],
    ['fields=href', {}, 'href'],
    ['fields=id,href,status', { status => 'active' }, 'id, href and another'],
    ['fields=nosuch', {}, 'unknown names are ignored'],
    ['fields=nosuch,status,nosuch.deeper', { status => 'active' },
     'unknown names beside known ones'],
    ['fields=@type', { '@type' => 'Customer' }, '@type'],
    ['fields=%40type', { '@type' => 'Customer' }, '@type, encoded'],
    ['fields=Name', {}, 'names differ by case'],
    ['fields=engagedParty.id', { engagedParty => { id => 'ORG-2001' } },
     'a nested attribute'],
    ['fields=engagedParty.id,engagedParty.role',
     { engagedParty => { id => 'ORG-2001', role => 'customer' } },
     'two nested attributes of one object'],
    ['fields=engagedParty,engagedParty.id',
     { engagedParty => $full->{engagedParty} },
     'a whole object swallows its parts'],
    ['fields=engagedParty.id,engagedParty',
     { engagedParty => $full->{engagedParty} }, 'in either order'],
    ['fields=account.id', { account => [{ id => 'BA-2001' },
                                        { id => 'FA-2001' }] },
     'through an array'],
    ['fields=contactMedium.characteristic.emailAddress',
     { contactMedium => [
         { characteristic =>
             { emailAddress => 'buchhaltung@gruenwald.example' } },
         { characteristic => {} }, { characteristic => {} }] },
     'through an array and an object'],
    ['fields=name.first', {}, 'below a string there is nothing'],
    ['fields=', undef, 'an empty selection is the whole resource'],
);
for my $row (@selections) {
    my ($query, $wanted, $name) = @{$row};
    my $got = body(get("$one?$query"));
    is_json($got, $wanted ? { id => $full->{id}, href => $full->{href},
                              %{$wanted} } : $full, "fields: $name");
}
error_is(get("$one?fields=%zz"), 400, 'invalidQuery', 'fields: a bad escape');
error_is(get("$one?fields=na%00me"), 400, 'invalidQuery', 'fields: a NUL');
error_is(get("$one?fields=%ff"), 400, 'invalidQuery', 'fields: not UTF-8');
error_is(get("$one?fields=" . join(',', map { "a$_" } 1 .. 200)), 400,
         'invalidQuery', 'fields: too many names');
error_is(get("$customers/nobody?fields=none"), 404, 'notFound',
         'fields: an unknown id stays unknown');

$r = get('/sample/payment/v4/payment/P-9001?fields=totalAmount.value');
is(number_text($r->{content}, 'value'), '58.56', 'fields: numbers as stored');
$r = get('/sample/payment/v4/payment/P-9001?fields=amount.value');
is(number_text($r->{content}, 'value'), '48.80',
   'fields: numbers keep their scale');

# --- attribute selection in lists

my @all = @{ body(get($customers)) };
is_json([map { { id => $_->{id}, href => $_->{href} } } @all],
        body(get("$customers?fields=none")), 'fields: none, in a list');
is_json([map { { id => $_->{id}, href => $_->{href},
                 name => $_->{name} } } @all],
        body(get("$customers?fields=name")), 'fields: name, in a list');
is_json(body(get("$customers?fields=status&status=suspended")),
        [{ id => 'C-2003', href => base() . "$customers/C-2003",
           status => 'suspended' }],
        'fields: together with a filter');
is_json(body(get("$customers?fields=none&engagedParty.id=ORG-2001")),
        [{ id => 'C-2001', href => base() . $one }],
        'fields: a filter on an attribute that is not selected');

done_testing;
