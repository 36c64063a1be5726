# Hostile requests, data-driven over raw sockets: each row of t/cases/hostile
# gets exactly its status, tells nothing, changes nothing, and leaves the
# connection either closed or as if it had never been.
#
# Besides what lib/TmfRow.pm knows, a row has answers: the statuses of all
# answers on its connection; writes: how many resources it makes, which are
# removed again. Status 0: no answer. A row with a line is followed at once by
# a request for {canary}, which must be answered, unless the status is one
# after which httpd always ends the connection.
use strict;
use warnings;

use Test::More;
use TmfApi;
use TmfRow;
use TmfSession;

my $row_goal = 300;           # with those of errors.json
my %paths = (
    customers => '/hostile/customer/v4/customer',
    client => '/hostile/client/v4/customer',
    payments => '/hostile/payment/v4/payment',
    bills => '/hostile/bill/v4/customerBill',
);
$paths{canary} = "GET $paths{customers}/canary HTTP/1.1\r\nHost: x\r\n"
    . "Connection: close\r\n\r\n";

# Nothing of a request stands in an answer that is an error, and what the
# secret's document says in none at all.
my $evil = qr/Ev1L/;
my $secret = qr/S3cret/;
my %closing = map { $_ => 1 } qw(400 408 413 414 417 500 501 503);
my %known = map { $_ => 1 } qw(
    accept-patch allow cache-control connection content-length content-type
    date etag idempotency-replayed keep-alive last-modified link location
    retry-after server www-authenticate x-result-count x-total-count);

# ------------------------------------------------------------ the tables

my $session = TmfSession->new;

sub everything
{
    my @tables = split /\n/, $session->ask(
        q(SELECT schemaname || '.' || tablename FROM pg_tables
          WHERE schemaname LIKE 'api\_hostile\_%' ORDER BY 1));
    die "no tables\n" unless @tables;
    return 'SELECT count(*), md5(string_agg(row, $$ $$ ORDER BY row)) FROM ('
        . join(' UNION ALL ', map { "SELECT '$_' || t::text AS row FROM $_ t" }
               @tables) . ') AS every';
}

sub clean
{
    $session->ask(q(DELETE FROM api_hostile_customer.customer
                    WHERE doc ->> 'name' = 'n'));
    return;
}

# ------------------------------------------------------------- the checks

sub expected
{
    my ($row) = @_;
    return $row->{answers} if defined $row->{answers};
    return '' if !$row->{status};
    return defined $row->{bytes} || $closing{ $row->{status} }
        ? $row->{status} : "$row->{status} 200";
}

sub canary_faults
{
    my (@answers) = @_;
    my @faults;
    for my $answer (@answers[1 .. $#answers]) {
        push @faults, "an answer to nothing: $answer->{text}"
            if $answer->{status} eq '200'
                && $answer->{content} !~ /"id":"canary"/;
    }
    return @faults;
}

sub telling_faults
{
    my ($row, $text, @answers) = @_;
    my @faults = map { "a header $_" }
        grep { !$known{$_} } map { keys %{ $_->{headers} } } @answers;
    push @faults, "echoes: $1"
        if !$row->{fine} && $text =~ /(.{0,20}$evil.{0,20})/s;
    push @faults, "tells: $1" if $text =~ /(.{0,20}$secret.{0,20})/s;
    return @faults;
}

# The first answer is the row's. One of HEAD has no body.
sub faults_of
{
    my ($row, $r) = @_;
    my ($method) = ($row->{line} // $row->{bytes}) =~ /^(\w+) /;
    my @answers = answers_of($r->{text}, $method);
    my $statuses = join ' ', map { $_->{status} } @answers;
    my @faults = $statuses eq expected($row) ? ()
        : "answers '$statuses', not '" . expected($row) . "'";
    return @faults if !@answers;
    my %first = %{$row};
    $first{fine} = 1 if ($method // '') eq 'HEAD';
    push @faults, row_faults(\%first, $answers[0]);
    return (@faults, canary_faults(@answers),
            telling_faults($row, $r->{text}, @answers));
}

sub try
{
    my ($row, $name) = @_;
    my $behind = !defined $row->{bytes} && !$row->{half_close}
        ? $paths{canary} : undef;
    my $r = raw(bytes_of($row, paths => \%paths, behind => $behind),
                server => $row->{server}, half_close => $row->{half_close});
    my @faults = faults_of($row, $r);
    ok(!@faults, $name) || diag(join "\n", @faults, substr $r->{text}, 0, 900);
    return;
}

# ---------------------------------------------------------------- the rows

clean();
for my $id (qw(canary victim secret)) {
    my $name = $id eq 'secret' ? 'S3cret' : $id;
    $session->ask(qq(INSERT INTO api_hostile_customer.customer (id, doc)
        VALUES ('$id', '{"name":"$name","engagedParty":{}}')
        ON CONFLICT DO NOTHING));
}
my $question = everything();
my $state = $session->ask($question);
my $count = @{ cases('errors') };
for my $file (sort glob "$ENV{srcdir}/t/cases/hostile/*.json") {
    my ($group) = $file =~ m{([^/]+)\.json$};
    for my $row (@{ cases("hostile/$group") }) {
        my $name = "$group: $row->{name}: $row->{status}";
        $count++;
        try($row, $name);
        if ($row->{writes}) {
            is((split /\|/, $session->ask($question))[0]
               - (split /\|/, $state)[0], $row->{writes}, "$name: is made");
            clean();
        }
        my $now = $session->ask($question);
        is($now, $state, "$name: changes nothing") if $now ne $state;
        $state = $now;
    }
    pass("$group: no row was changed");
}
cmp_ok($count, '>=', $row_goal, "$row_goal hostile requests");

done_testing;
