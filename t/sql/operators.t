# tmfctl events: what operators see and do without SQL.
use strict;
use warnings;

use File::Temp;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use TmfSql;

my $id = 't-op-1';

sub clear
{
    sql("DELETE FROM tmf.delivery WHERE subscription = '$id';
         DELETE FROM tmf.lane WHERE subscription = '$id';
         DELETE FROM tmf.subscription WHERE id = '$id'");
    return;
}

END {
    my $status = $?;
    clear();
    $? = $status;
}

# Status, output and messages of tmfctl.
sub tmfctl
{
    my ($input, @arguments) = @_;
    local $ENV{PGSERVICE} = $ENV{TMF_SERVICE} // 'tmf';
    my ($status, $out, $err) = TmfSql::run(
        $input, $ENV{TMFCTL} // top() . '/tmfctl', 'events', @arguments);
    return ($status >> 8, $out, $err);
}

sub says
{
    my ($arguments, $expected, $name) = @_;
    my ($status, $out, $err) = tmfctl('', @$arguments);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is("$status: $out$err", $expected, $name);
}

clear();
sql("INSERT INTO tmf.subscription (id, data_set, mount, base, callback)
     VALUES ('$id', 't_operators', '/m', 'https://a.example/m',
             'https://b.example/x');
     INSERT INTO tmf.delivery (subscription, seq, event_id, event_type, lane,
                               body)
     SELECT '$id', n, 'e' || n, 'OneEvent', 'r/1', '{}'
     FROM generate_series(1, 5) AS n;
     INSERT INTO tmf.lane (subscription, lane, parked, attempts, failure)
     VALUES ('$id', 'r/1', true, 9, E'no\\tanswer')");

my ($status, $out, $err) = tmfctl('', 'list');
like($out, qr/^id\tdata_set\tmount\tcallback.*^\Q$id\E\tt_operators\t\/m\t/ms,
     'list: who subscribes');
($status, $out) = tmfctl('', 'status');
like($out, qr/^\Q$id\E\tt_operators\t.*\tactive\t\t0\t5\t1\t1\t1\t/m,
     'status: how it goes');
($status, $out) = tmfctl('', 'parked', $id);
like($out, qr/\n\Q$id\E\t[^\t]+\tr\/1\t1\te1\tOneEvent\t0\t\tno answer\t/,
     'parked: what holds a lane, without control characters');
is(scalar(split /\n/, $out), 2, 'parked: a head and a line');
($status, $out) = tmfctl('', 'parked', 'nobody');
is(scalar(split /\n/, $out), 1, 'parked: of one subscription');
says(['skip', $id, 1], '0: skipped: yes', 'skip');
says(['skip', $id, 1], '1: skipped: no', 'skip: not pending');
says(['resume', $id], '0: lanes: 0', 'resume: none waits any more');
sql("UPDATE tmf.lane SET parked = true WHERE subscription = '$id'");
says(['resume', $id, 'r/2'], '0: lanes: 0', 'resume: another lane');
says(['resume', $id, 'r/1'], '0: lanes: 1', 'resume: a lane');
says(['replay', $id, 1], '0: deliveries: 1', 'replay: one');
sql("UPDATE tmf.delivery SET state = 'delivered', delivered = now()
     WHERE subscription = '$id'");
says(['replay', $id, 2, 4], '0: deliveries: 3', 'replay: a range');
says(['disable', $id, 'too slow'], '0: disabled: yes', 'disable');
gives("SELECT why FROM tmf.subscription WHERE id = '$id'", 'too slow',
      'disable: why');
says(['disable', $id], '1: disabled: no', 'disable: twice');
says(['enable', $id], '0: enabled: yes', 'enable');
says(['enable', $id], '1: enabled: no', 'enable: twice');

my $file = File::Temp->new;
my $secret = 'whsec_' . 'B' x 40;
print {$file} "$secret\n";
close $file;
says(['secret', $id, $file->filename], '0: secret: attached',
     'secret: of a file, not shown');
gives("SELECT secret FROM tmf.subscription_secret
       WHERE subscription = '$id'", $secret, 'secret: is there');
($status, $out) = tmfctl('', 'secret', $id);
like($out, qr{^secret: whsec_[A-Za-z0-9+/]{43}=$}, 'secret: a new one');
says(['secret', $id], "1: tmfctl: subscription $id has two secrets"
     . ' (tmf.detach_secret() takes the older one away.)',
     'secret: not a third');
says(['retire', $id], '0: secrets_left: 1', 'retire: the older one');
($status, $out, $err) = tmfctl('whsec_short', 'secret', $id, '-');
is("$status: $err", '1: tmfctl: a secret is whsec_ and 24 to 64 bytes in'
   . ' base64', 'secret: of the standard input; a bad one is not quoted');
like((tmfctl('', 'secret', $id, '/nowhere/at/all'))[2],
     qr{^tmfctl: cannot read /nowhere/at/all$}, 'secret: no file');
like((tmfctl('', 'secret', $id, '-'))[2], qr/^tmfctl: nothing in -$/,
     'secret: an empty file');

($status, $out) = tmfctl('', 'purge', 10000);
is("$status: $out", '0: rows: 0', 'purge: nothing is so old');
says(['purge', 'x'], '1: rows: 0tmfctl: invalid input syntax for type'
     . ' numeric: "x"', 'purge: no number');
says(['resume', 'nobody'], '0: lanes: 0', 'of nobody');
for ([], ['nothing'], ['skip', $id], ['status', 'x'], ['skip', $id, 1, 2]) {
    ($status, $out, $err) = tmfctl('', @$_);
    ok($status == 2 && $out eq '' && $err =~ /^usage: /,
       "arguments: '@$_'");
}
{
    local $ENV{PGSERVICEFILE} = '/nowhere/at/all';
    local $ENV{PGHOST} = '/nowhere/at/all';
    ($status, $out, $err) = tmfctl('', 'status');
    ok($status == 1 && $out eq '' && $err =~ /^tmfctl: /,
       'without a database');
}

done_testing();
