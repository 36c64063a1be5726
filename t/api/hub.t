# The hub: subscriptions of a mount, and what writes leave for them.
use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Test::More;
use TmfApi;

my $closed = '/hubs/closed/v4';     # as it is by default
my $open = '/hubs/open/v4';         # shown, http too, at most three
my $strict = '/hubs/strict/v4';     # some hosts alone
my $new = '/hubs/v5';               # a definition of version 5
my $ids = qr/\A[0-9a-f-]{36}\z/;

sub subscriptions
{
    return sql("SELECT count(*) FROM tmf.subscription
                WHERE data_set LIKE 'api\\_hub%'");
}

sub subscribe
{
    my ($mount, $callback, $query) = @_;
    return post("$mount/hub", { callback => $callback,
                                defined $query ? (query => $query) : () });
}

# --- POST and DELETE

my $r = subscribe($closed, 'https://hooks.example/in');
my $id = id_of($r);
is($r->{status}, 201, 'subscribe: 201');
like($id, $ids, 'subscribe: an id');
is($r->{headers}{location}, base() . "$closed/hub/$id",
   'subscribe: Location');
is_json(body($r), { id => $id, callback => 'https://hooks.example/in' },
        'subscribe: id and callback');
is(sql("SELECT concat_ws(' ', data_set, mount, base, callback, state,
                         query IS NULL)
        FROM tmf.subscription WHERE id = '$id'"),
   "api_hub $closed " . base() . "$closed https://hooks.example/in active t",
   'subscribe: what is kept');
my $query = 'eventType=CustomerCreateEvent&event.customer.name=caf%C3%A9 x'
    . '&fields=event.customer.name';
$r = subscribe($closed, 'https://hooks.example/in', $query);
is_json(body($r), { id => id_of($r), callback => 'https://hooks.example/in',
                    query => $query }, 'subscribe: the query as it was sent');
isnt(id_of($r), $id, 'subscribe: the same callback again is another one');
is(del("$closed/hub/" . id_of($r))->{status}, 204, 'unsubscribe: 204');
error_is(del("$closed/hub/" . id_of($r)), 404, 'notFound',
         'unsubscribe: again, 404');
error_is(del("$closed/hub/nobody"), 404, 'notFound',
         'unsubscribe: an unknown id');
error_is(del("$open/hub/$id"), 404, 'notFound',
         'unsubscribe: one of another mount');
is(subscriptions(), 1, 'unsubscribe: which is still there');
$r = send_json('POST', "$closed/hub", '{"callback":"https://a.example/",'
               . '"query":null,"@type":"EventSubscriptionInput"}',
               'application/json;charset=utf-8');
is($r->{status}, 201, 'subscribe: null counts as absent');
is_json(body($r), { id => id_of($r), callback => 'https://a.example/',
                    '@type' => 'EventSubscriptionInput' },
        'subscribe: @type comes back');
is(del("$closed/hub/" . id_of($r))->{status}, 204, 'unsubscribe: it');

# --- refused, and nothing kept

my @refused = (
    ['{}', '/callback required'],
    ['{"callback":"http://hooks.example/"}', '/callback scheme'],
    ['{"callback":"ftp://hooks.example/"}', '/callback scheme'],
    ['{"callback":"/in"}', '/callback scheme'],
    ['{"callback":"https://u:p@hooks.example/"}', '/callback format'],
    ['{"callback":"https://hooks.example/#x"}', '/callback format'],
    ['{"callback":"https://hooks.example:0/"}', '/callback format'],
    ['{"callback":"https://0x7f.1/"}', '/callback format'],
    ['{"callback":"https://a.example/\r\nX-Evil: 1"}', '/callback format'],
    ['{"callback":"https://a.example/' . 'x' x 2048 . '"}',
     '/callback size'],
    ['{"callback":["https://a.example/"]}', '/callback type'],
    ['{"callback":"https://a.example/","query":7}', '/query type'],
    ['{"callback":"https://a.example/","query":"name=x"}', '/query query'],
    ['{"callback":"https://a.example/","query":"sort=eventTime"}',
     '/query query'],
    ['{"callback":"https://a.example/","query":"limit=1"}', '/query query'],
    ['{"callback":"https://a.example/","query":"eventTime=soon"}',
     '/query query'],
    ['{"callback":"https://a.example/","query":"filter=$[?(@.a=="}',
     '/query query'],
    ['{"callback":"x","query":"x","secret":"whsec_x"}',
     '/callback scheme', '/query query', '/secret unknown'],
);
my $before = subscriptions();
for my $row (@refused) {
    my ($text, @violations) = @{$row};
    (my $name = substr $text, 0, 60) =~ s/[\r\n]/ /g;
    $text =~ s/\r\n/\\r\\n/;
    violations_are(post("$closed/hub", $text), \@violations,
                   "refused: $name");
}
error_is(post("$closed/hub?query=x", '{"callback":"https://a.example/"}'),
         400, 'invalidQuery', 'refused: parameters');
error_is(send_json('POST', "$closed/hub", '{"callback":"https://a/"}',
                   'text/plain'), 415, 'unsupportedMediaType',
         'refused: another type of body');
is(subscriptions(), $before, 'refused: nothing is kept');

my @hosts = (['hooks.example', 1], ['HOOKS.example:8443', 1],
             ['a.partner.example', 1], ['partner.example', 0],
             ['hooks.example.evil.example', 0], ['127.0.0.1', 0]);
for my $row (@hosts) {
    my ($host, $is_allowed) = @{$row};
    $r = subscribe($strict, "https://$host/");
    if ($is_allowed) {
        is($r->{status}, 201, "hosts: $host is allowed");
        del("$strict/hub/" . id_of($r));
    }
    else {
        violations_are($r, ['/callback host'], "hosts: $host is not");
    }
}

# --- what may be reached from here is not told

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5)
    or die "no listener: $!\n";
my @callbacks = ('http://127.0.0.1:' . $listener->sockport . '/',
                 'http://127.0.0.1:1/', 'http://169.254.169.254/latest/',
                 'https://no-such-host.invalid/');
my @answers;
for my $callback (@callbacks) {
    $r = subscribe($open, $callback);
    my $text = $r->{content};
    my $own = id_of($r);
    $text =~ s/\Q$own\E/ID/g;
    $text =~ s/\Q$callback\E/CALLBACK/g;
    push @answers, "$r->{status} $text";
    del("$open/hub/$own");
}
is_deeply(\@answers, [('201 {"id":"ID","callback":"CALLBACK"}') x 4],
          'reachability: all answers are the same');
ok(!IO::Select->new($listener)->can_read(0.3),
   'reachability: nobody has connected');

# --- GET

for my $path ("$closed/hub", "$closed/hub/$id") {
    error_is(get($path), 405, 'methodNotAllowed', 'list: not by default');
}
is_json(body(get("$open/hub")), [], 'list: empty');
my @all = map { body(subscribe($open, "https://hooks.example/$_", 'id=1')) }
    1 .. 3;
$r = get("$open/hub");
is($r->{status}, 200, 'list: 200');
is_json(body($r), \@all, 'list: in the order in which they were made');
is($r->{headers}{'x-total-count'}, 3, 'list: X-Total-Count');
is_json(body(get("$open/hub/$all[1]{id}")), $all[1], 'list: one of them');
error_is(get("$open/hub/$id"), 404, 'notFound',
         'list: not one of another mount');
is(head_of("$open/hub")->{status}, 200, 'list: HEAD');
error_is(subscribe($open, 'https://hooks.example/4'), 409, 'conflict',
         'limit: one more is refused');
is(del("$open/hub/$all[0]{id}")->{status}, 204, 'limit: one less');
is(subscribe($open, 'https://hooks.example/4')->{status}, 201,
   'limit: and there is room again');

# --- version 5

$r = post("$new/hub", '{"@type":"Hub","callback":"https://a.example/"}');
$id = id_of($r);
my $wanted = { '@type' => 'Hub', id => $id, href => base() . "$new/hub/$id",
               callback => 'https://a.example/' };
is_json(body($r), $wanted, 'version 5: @type and href');
is_json(body(get("$new/hub/$id")), $wanted,
        'version 5: GET of one, which the definition has');
error_is(get("$new/hub"), 405, 'methodNotAllowed',
         'version 5: but no list');
is(del("$new/hub/$id")->{status}, 204, 'version 5: unsubscribe');

# --- correlation: from the request into the outbox

my $party = '"engagedParty":{"id":"P","@referredType":"Organization"}';

sub with
{
    my ($method, $path, $headers, $content) = @_;
    return request($method, "$closed$path", {
        headers => { 'content-type' => 'application/json', %{$headers} },
        defined $content ? (content => $content) : () });
}

sub correlations
{
    my ($resource) = @_;
    return sql("SELECT string_agg(event_type || ' '
                    || coalesce(correlation, '-'), ', ' ORDER BY seq)
                FROM tmf.outbox WHERE data_set = 'api_hub'
                AND resource_id = '$resource'");
}

my $one = id_of(with('POST', '/customer', { 'X-Correlation-ID' => 'corr-1',
                                            'X-Request-ID' => 'other' },
                     qq({"name":"One",$party})));
with('PATCH', "/customer/$one", { 'X-Request-ID' => 'req-2' },
     '{"name":"Two"}');
with('PATCH', "/customer/$one", {}, '{"name":"Three"}');
with('PATCH', "/customer/$one", { 'X-Correlation-ID' => 'a b',
                                  'X-Request-ID' => 'x' x 256 },
     '{"name":"Four"}');
with('PATCH', "/customer/$one", { 'X-Correlation-ID' => 'x' x 256,
                                  'X-Request-ID' => 'x' x 255 },
     '{"name":"Five"}');
with('DELETE', "/customer/$one", { 'X-Correlation-ID' => q(';--") });
my $change = 'CustomerAttributeValueChangeEvent';
is(correlations($one), join(', ', 'CustomerCreateEvent corr-1',
                            "$change req-2", "$change -", "$change -",
                            "$change " . 'x' x 255,
                            q(CustomerDeleteEvent ';--")),
   'correlation: of the request that wrote, where it has a good one');

# --- a mount that has no events of its own doesn't keep others from theirs

sub waiting
{
    return sql("SELECT count(*) FROM tmf.outbox WHERE NOT relayed
                AND data_set = 'api_hub'");
}

is(subscribe('/hubs/silent/v4', 'https://no-such-host.invalid/')->{status},
   201, 'without events: subscribe');
post("$closed/customer", qq({"name":"Heard",$party}));
for (1 .. 100) {
    last if waiting() eq '0';
    select undef, undef, undef, 0.05;
}
is(waiting(), 0, 'without events: those of others are relayed');

# --- no subscriptions: nothing is written for them

sql("DELETE FROM tmf.subscription WHERE data_set LIKE 'api\\_hub%'");
$one = id_of(post("$closed/customer", qq({"name":"Quiet",$party})));
is(sql("SELECT count(*) FROM tmf.outbox WHERE resource_id = '$one'"), 0,
   'nobody subscribes: no event');

done_testing;

END {
    local $?;
    sql("DELETE FROM tmf.subscription WHERE data_set LIKE 'api\\_hub%'");
}
