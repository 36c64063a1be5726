# Mounts: paths, data sets, virtual hosts, settings.
use strict;
use warnings;

use Test::More;
use TmfApi;

my $payment = '{"account":{},"paymentMethod":{},"totalAmount":{}}';

sub customer
{
    my ($more) = @_;
    return '{"name":"M","engagedParty":{}' . ($more // '') . '}';
}

sub ids
{
    my ($where) = @_;
    return join ' ', sort map { $_->{id} } @{ body(get($where)) };
}

# --- the longest path wins, whatever the order in the configuration

my $short = post('/payment/v4/payment', $payment);
my $long = post('/payment/v4/payment/v4/payment', $payment);
is("$short->{status} $long->{status}", '201 201',
   'longest: both mounts take a payment');
is(row_count('api_mount_short.payment') . row_count('api_mount_long.payment'),
   '11', 'longest: each in its own data set');
is(body($long)->{href},
   base() . '/payment/v4/payment/v4/payment/' . id_of($long),
   'longest: href is on the longer path');
is(body($short)->{href}, base() . '/payment/v4/payment/' . id_of($short),
   'longest: href is on the shorter path');
is(ids('/payment/v4/payment'), id_of($short), 'longest: list of the shorter');
is(ids('/payment/v4/payment/v4/payment'), id_of($long),
   'longest: list of the longer');
error_is(get('/payment/v4/payment/' . id_of($long)), 404, 'notFound',
         'longest: the shorter does not know the other\'s');
is(ids('/deep/payment/v4/payment'), id_of($long),
   'longest: also where it stands first');
is(ids('/deep/payment'), id_of($short), 'longest: the shorter beside it');
error_is(get('/deep/payment/v4'), 404, 'notFound',
         'longest: the mount itself is no payment of the shorter');
error_is(get('/payment/v4x/payment'), 404, 'notFound',
         'longest: paths match whole segments');

# --- data sets

my $one = post('/alias/one/customer', customer());
my $id = id_of($one);
is(body($one)->{href}, base() . "/alias/one/customer/$id",
   'alias: href is on the path of the request');
my $two = body(get("/alias/two/customer/$id"));
is($two->{href}, base() . "/alias/two/customer/$id",
   'alias: the other path shares the data set');
is(body(patch("/alias/two/customer/$id", '{"status":"s"}'))->{status}, 's',
   'alias: and changes the same resource');
is(body(get("/alias/one/customer/$id"))->{status}, 's',
   'alias: which both show');
is(ids("/alias/one/customer?href=$two->{href}"), $id,
   'alias: an href of one path is found on the other');
is(get('/alias/other/customer')->{content}, '[]',
   'data set: another one does not have it');
error_is(get("/alias/other/customer/$id"), 404, 'notFound',
         'data set: nor by id');
error_is(del("/alias/other/customer/$id"), 404, 'notFound',
         'data set: nor can it be deleted there');
my $other = id_of(post('/alias/other/customer', customer()));
error_is(patch("/alias/one/customer/$other", '{}'), 404, 'notFound',
         'data set: nor the other way round');
is(row_count('api_mount_other.customer'), 1, 'data set: a schema of its own');

# --- virtual hosts and public bases

my $path = '/tmf-api/customerManagement/v4/customer';
my $r = get(base('public') . $path);
is(join(' ', map { $_->{id} } @{ body($r) }), $other,
   'virtual host: the same path, another data set');
my $base = "https://api.example/public.example$path";
is(body($r)->[0]{href}, "$base/$other",
   'public base: an expression, with the mount');
like($r->{headers}{link}, qr{^<\Q$base\E\?}, 'public base: in Link');
$r = post(base('public') . $path, customer());
is($r->{headers}{location}, "$base/" . id_of($r), 'public base: in Location');
is($r->{headers}{location}, body($r)->{href},
   'public base: Location equals href');
is(ids(base('public') . "$path?href=$base/$other"), $other,
   'public base: such an href is found');
$r = get(base('public') . "/fixed/v4/customer/$other");
is(body($r)->{href}, "https://fixed.example/customers/customer/$other",
   'public base: of a location, without the mount and its final slash');
is(body(get(base('public') . '/list/v4/customer?fields=none&limit=0'))
       && get(base('public') . '/list/v4/customer?limit=0')->{status}, 200,
   'virtual host: locations of the main server are inherited');
$r = get(base('public') . "/alias/one/customer/$id");
is(body($r)->{href}, "https://api.example/public.example/alias/one/customer/$id",
   'virtual host: with the settings of the virtual host');
$r = raw("GET $path/$other HTTP/1.1\r\nHost: evil.example\r\n"
         . "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\n"
         . "Connection: close\r\n\r\n", server => 'public');
is(body($r)->{href}, "$base/$other",
   'public base: headers of the request do not matter');

# --- limits

post('/limits/v4/customer', customer(",\"status\":\"$_\"")) for 1 .. 6;
my $total = row_count('api_mount_customer.customer');
my %limits = ('/limits/v4/customer' => [200, 3],
              '/limits/v4/customer?offset=0' => [206, 3],
              '/limits/v4/customer?limit=4' => [206, 4],
              '/limits/v4/customer?limit=5' => [206, 5],
              '/limits/v4/customer?limit=6' => [206, 5],
              '/limits/v4/customer?limit=1000' => [206, 5],
              '/outer/inner/v4/customer' => [200, 2],
              '/outer/inner/v4/customer?limit=3' => [206, 2],
              '/alias/one/customer' => [200, $total]);
for my $where (sort keys %limits) {
    $r = get($where);
    is(join(' ', $r->{status}, scalar @{ body($r) },
            $r->{headers}{'x-total-count'}),
       join(' ', @{ $limits{$where} }, $total), "limits: $where");
}
like(get('/limits/v4/customer')->{headers}{link},
     qr/cursor=[^>]*limit=3>; *rel="?next/, 'limits: what the default cuts off is linked');
like(get('/limits/v4/customer?limit=9')->{headers}{link},
     qr/cursor=[^>]*limit=5>; *rel="?next/, 'limits: and what the maximum cuts off');
is(body(get('/outer/inner/v4/customer?limit=1'))->[0]{href},
   base() . "/outer/inner/v4/customer/$id",
   'inheritance: the data set of the outer location');

my $empty = length customer(',"x":""');
for my $case ([300, 201], [301, 413]) {
    my ($size, $status) = @{$case};
    $r = post('/limits/v4/customer',
              customer(',"x":"' . 'y' x ($size - $empty) . '"'));
    is($r->{status}, $status, "TMFBodyLimit: $size bytes of 300: $status");
}
error_is($r, 413, 'payloadTooLarge', 'TMFBodyLimit: with an Error body');
is(post('/alias/one/customer', customer(',"x":"' . 'y' x 5000 . '"'))
       ->{status}, 201, 'TMFBodyLimit: not of other mounts');
$empty = length customer(',"x":""');
is(post('/alias/one/customer',
        customer(',"x":"' . 'y' x (1_048_576 - $empty) . '"'))->{status},
   201, 'TMFBodyLimit: 1 MiB by default');
is(post('/alias/one/customer',
        customer(',"x":"' . 'y' x (1_048_577 - $empty) . '"'))->{status},
   413, 'TMFBodyLimit: and not a byte more');

# --- ids of the client

my $clients = '/client/v4/customer';
$r = post($clients, customer(',"id":"my/id 1","href":"/elsewhere"'));
is($r->{status}, 201, 'TMFIdPolicy client: 201');
is(id_of($r), 'my/id 1', 'TMFIdPolicy client: the id is taken over');
is($r->{headers}{location}, base() . "$clients/my%2Fid%201",
   'TMFIdPolicy client: Location');
is(get($r->{headers}{location})->{content}, $r->{content},
   'TMFIdPolicy client: which leads to it');
error_is(post($clients, customer(',"id":"my/id 1"')), 409, 'conflict',
         'TMFIdPolicy client: 409 on a duplicate');
is(row_count('api_mount_client.customer'), 1,
   'TMFIdPolicy client: which writes nothing');
like(id_of(post($clients, customer())), qr/^[0-9a-f]{8}-[0-9a-f]{4}-7/,
     'TMFIdPolicy client: the server makes one where there is none');
like(id_of(post($clients, customer(',"id":null'))), qr/^[0-9a-f]{8}-/,
     'TMFIdPolicy client: null is none');
for my $wrong ('7', '""', '{}', '[]', 'true', '"' . 'x' x 256 . '"') {
    my $r = post($clients, customer(",\"id\":$wrong"));
    is(join(' ', $r->{status}, map { s/ .*//r } violation_list($r)),
       '400 /id', 'TMFIdPolicy client: no id: ' . substr $wrong, 0, 10);
}
is(id_of(post($clients, customer(',"id":"' . "\xc3\xa9" x 255 . '"'))),
   "\x{e9}" x 255, 'TMFIdPolicy client: 255 characters');
is(post('/alias/one/customer', customer(',"id":"mine"'))->{status}
       . sql("SELECT count(*) FROM api_mount_customer.customer
              WHERE id = 'mine'"), '2010',
   'TMFIdPolicy server: the default ignores it');

done_testing;
