# Connections that break, rows that are locked, transactions that end.
use strict;
use warnings;

use IPC::Open2 qw(open2);
use Test::More;
use TmfApi;

my $customers = '/tmf-api/customerManagement/v4/customer';
my $table = 'api_customer.customer';
my $ours = "datname = current_database() AND usename = 'tmf_app'
            AND application_name = 't_api'";

sub customer
{
    my ($name) = @_;
    return qq({"name":"$name","engagedParty":{}});
}

# As after a restart of the server: every connection of httpd is gone.
sub end_connections
{
    return sql("SELECT count(*) FROM (SELECT pg_terminate_backend(pid)
                FROM pg_stat_activity WHERE $ours) AS ended");
}

sub open_transactions
{
    return sql("SELECT count(*) FROM pg_stat_activity
                WHERE $ours AND state LIKE 'idle in transaction%'");
}

sub statuses
{
    return join ' ', map { $_->{status} } @_;
}

my $id = id_of(post($customers, customer('Database')));
my $one = "$customers/$id";

# Every connection of both children has statements prepared by now, or will
# have on the way; what is asked twice is asked of a broken one.
for my $round (1 .. 3) {
    get($_) for ($one, "$customers?name=Database&limit=5") x 8;
    ok(end_connections() > 0, "reconnect: $round: there were connections");
    my @item = map { get($one) } 1 .. 8;
    is(statuses(@item), join(' ', (200) x 8),
       "reconnect: $round: GET is answered");
    is(scalar(grep { id_of($_) eq $id } @item), 8,
       "reconnect: $round: with the right resource");
    is(statuses(map { get("$customers?name=Database&limit=5") } 1 .. 8),
       join(' ', (200) x 8), "reconnect: $round: lists are answered");
}

end_connections();
my $before = row_count($table);
my @made = map { post($customers, customer("After $_")) } 1 .. 8;
is(statuses(@made), join(' ', (201) x 8),
   'reconnect: POST on a connection that was idle');
is(row_count($table), $before + 8, 'reconnect: each writes one row');
end_connections();
is(statuses(map { patch($one, qq({"statusReason":"$_"})) } 1 .. 8),
   join(' ', (200) x 8), 'reconnect: PATCH');
is(sql("SELECT version FROM $table WHERE id = '$id'"), 9,
   'reconnect: each is one change');
end_connections();
is(statuses(map { del("$customers/" . id_of($_)) } @made),
   join(' ', (204) x 8), 'reconnect: DELETE');

# --- a row that somebody else holds

my $service = $ENV{TMF_SERVICE} // 'tmf';
my $pid = open2(my $out, my $in, qw(psql -X -q -A -t), "service=$service");
print {$in} "BEGIN;\nSELECT 'held' FROM $table WHERE id = '$id'"
    . " FOR UPDATE;\n";
$in->flush;
is(scalar <$out>, "held\n", 'lock: the row is held');
is(get($one)->{status}, 200, 'lock: it can be read');
error_is(patch($one, '{"statusReason":"locked"}'), 503, 'unavailable',
         'lock: PATCH is refused after a while');
error_is(del($one), 503, 'unavailable', 'lock: so is DELETE');
is(post($customers, customer('Beside'))->{status}, 201,
   'lock: others are not held up');
is(open_transactions(), 0, 'lock: no transaction stays open');
print {$in} "ROLLBACK;\n\\q\n";
close $in;
waitpid $pid, 0;
is(patch($one, '{"statusReason":"free"}')->{status}, 200,
   'lock: afterwards PATCH is taken');
is(body(get($one))->{statusReason}, 'free', 'lock: and nothing came late');

# --- errors of the database leave no transaction behind

post('/client/v4/customer', '{"id":"twice","name":"x","engagedParty":{}}')
    for 1 .. 4;
get('/unmade/v4/customer') for 1 .. 4;
patch($one, '{"engagedParty":null}') for 1 .. 4;
delete_ids('api_mount_client.customer', 'twice');
is(open_transactions(), 0, 'transactions: none is left open');
is(statuses(map { get($one) } 1 .. 8), join(' ', (200) x 8),
   'transactions: connections go on');
is(sql("SELECT count(*) FROM pg_stat_activity WHERE $ours") <= 16, 1,
   'connections: no more than DBDMax for each child');

done_testing;
