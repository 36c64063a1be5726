# What the fault suites share: clients that write down each answer, the
# servers they are faulted with, and the checks.
#
# Environment, set by t/fault/run: FAULT_DIR, the folder of the servers;
# FAULT_PORT, of httpd (the next one is the second server's); FAULT_SOCKET,
# FAULT_BIN, of PostgreSQL; FAULT_DEADLINE, TMFDeadline; FAULT_RUN, the script.
package TmfFault;
use strict;
use warnings;

use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(
    $customers ask act backends clients_start clients_stop deadline
    error_log_lines fresh get httpd_pids kill_all log_mark out_of_time patch pids_of post
    postmaster rows_named signal_all sql summary until_ok wait_for psql_open
    psql_close postgres_accepts);

our $customers = '/tmf-api/customerManagement/v4/customer';
my $party = '"engagedParty":{"id":"P1"}';
my $n_named = 0;

sub deadline
{
    return $ENV{FAULT_DEADLINE};
}

# --------------------------------------------------------------- requests

# One request on a connection of its own. Options: body, type, port, key (of
# Idempotency-Key), give_up (seconds, then the client hangs up). Answers what
# came and when; status 0 is no answer, with code refused if nobody listened.
sub ask
{
    my ($method, $path, %option) = @_;
    my %answer = (method => $method, began => time, status => 0,
                  content => '', code => 'refused', id => '');
    my $socket = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', Proto => 'tcp', Timeout => 10,
        PeerPort => $option{port} // $ENV{FAULT_PORT});
    if ($socket) {
        my $body = $option{body} // '';
        my $type = $option{type} // 'application/json';
        local $SIG{PIPE} = 'IGNORE';
        syswrite $socket, "$method $path HTTP/1.1\r\nHost: localhost\r\n"
            . "Connection: close\r\n"
            . (defined $option{key} ? "Idempotency-Key: $option{key}\r\n" : '')
            . (length $body ? "Content-Type: $type\r\nContent-Length: "
                . length($body) . "\r\n" : '') . "\r\n$body";
        %answer = (%answer, read_answer($socket, $option{give_up} // 30));
        close $socket;
    }
    $answer{took} = time - $answer{began};
    return \%answer;
}

sub read_answer
{
    my ($socket, $seconds) = @_;
    my $end = time + $seconds;
    my $select = IO::Select->new($socket);
    my $text = '';
    while (time < $end && $select->can_read($end - time)) {
        last unless sysread $socket, $text, 65536, length $text;
    }
    my ($head, $content) = split /\r\n\r\n/, $text, 2;
    my ($status) = ($head // '') =~ m{^HTTP/1\.1 (\d+)};
    my ($length) = ($head // '') =~ /^content-length: (\d+)/mi;
    my ($code) = ($content // '') =~ /^\{"code":"(\w+)"/;
    my ($id) = ($content // '') =~ /^\{"id":"([^"]+)"/;
    my $is_whole = ($status // 0) == 204
        || defined $length && length($content // '') == $length;
    return (status => $is_whole ? $status : 0, content => $content // '',
            head => $head // '', code => $code // '', id => $id // '');
}

sub get
{
    my ($path, %option) = @_;
    return ask('GET', $path // "$customers?limit=1", %option);
}

# A name that no other row has.
sub fresh
{
    return sprintf 'n-%d-%d-%s', $$, ++$n_named, time;
}

sub post
{
    my ($name, %option) = @_;
    my $answer = ask('POST', $customers,
                     body => qq({"name":"$name",$party}), %option);
    $answer->{name} = $name;
    return $answer;
}

sub patch
{
    my ($id, $body, %option) = @_;
    return ask('PATCH', "$customers/$id", body => $body, %option);
}

# ---------------------------------------------------------------- clients

# Clients that ask until they are stopped, each in a process of its own, or
# until the suite is gone.
# Options: n; pause, seconds between requests; one, a function that makes a
# request and answers what ask() does, or nothing.
sub clients_start
{
    my (%option) = @_;
    my %clients = (stop => "$ENV{FAULT_DIR}/stop-$$-" . ++$n_named);
    for my $i (1 .. $option{n}) {
        my $file = "$clients{stop}-$i";
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            client($file, $clients{stop}, %option);
            POSIX::_exit(0);
        }
        push @{ $clients{all} }, [ $pid, $file ];
    }
    return \%clients;
}

sub client
{
    my ($file, $stop, %option) = @_;
    my $suite = getppid;
    open my $out, '>', $file or die "$file: $!\n";
    while (!-e $stop && getppid == $suite) {
        my $answer = $option{one}->();
        print {$out} join("\t", map { $answer->{$_} // '' }
            qw(began took status code method name id)), "\n" if $answer;
        sleep($option{pause} // 0.01);
    }
    close $out;
    return;
}

# Their answers, in the order of their beginning.
sub clients_stop
{
    my ($clients) = @_;
    my @answers;
    open my $stop, '>', $clients->{stop} or die "$clients->{stop}: $!\n";
    close $stop;
    for my $client (@{ $clients->{all} }) {
        my ($pid, $file) = @{$client};
        waitpid $pid, 0;
        open my $in, '<', $file or die "$file: $!\n";
        while (<$in>) {
            chomp;
            my %answer;
            @answer{qw(began took status code method name id)}
                = split /\t/, $_, -1;
            push @answers, \%answer;
        }
        unlink $file;
    }
    unlink $clients->{stop};
    return sort { $a->{began} <=> $b->{began} } @answers;
}

# How often each status and code came, as text.
sub summary
{
    my (@answers) = @_;
    my %n;
    $n{"$_->{method} $_->{status}" . ($_->{code} ? " $_->{code}" : '')}++
        for @answers;
    return join ', ', map { "$_: $n{$_}" } sort keys %n;
}

# Those that took longer than a request may, with a little for the machine.
sub out_of_time
{
    my (@answers) = @_;
    return grep { $_->{took} > deadline() + 0.5 } @answers;
}

# ---------------------------------------------------------------- servers

sub act
{
    my ($name) = @_;
    my $output = qx{'$ENV{FAULT_RUN}' --dir '$ENV{FAULT_DIR}' $name 2>&1};
    die "$name: $output\n" if $?;
    return;
}

sub sql
{
    my ($text, $port) = @_;
    $port //= 5432;
    my $out = qx{'$ENV{FAULT_BIN}/psql' -X -q -A -t -v ON_ERROR_STOP=1 -c "$text" \\
        'host=$ENV{FAULT_SOCKET} port=$port dbname=tmf user=postgres' \\
        2>&1};
    die "psql: $out\n$text\n" if $?;
    chomp $out;
    return $out;
}

# A session that stays open, as a pipe for commands. Clients that are forked
# meanwhile have the pipe, too: so psql is told when to go.
sub psql_open
{
    my ($text) = @_;
    my $pid = open my $in, '|-', "$ENV{FAULT_BIN}/psql", qw(-X -q -o),
        '/dev/null', "host=$ENV{FAULT_SOCKET} dbname=tmf user=postgres"
        or die "psql: $!\n";
    syswrite $in, "$text\n";
    return $in;
}

sub psql_close
{
    my ($in) = @_;
    local $SIG{PIPE} = 'IGNORE';
    syswrite $in, "\\q\n";
    return close $in;
}

sub rows_named
{
    my ($name) = @_;
    return sql("SELECT count(*) FROM tmf629.customer
                WHERE doc ->> 'name' = '$name'");
}

sub postmaster
{
    open my $in, '<', "$ENV{FAULT_DIR}/pgdata/postmaster.pid" or return 0;
    my $pid = <$in>;
    return $pid + 0;
}

# httpd's process, then its children.
sub httpd_pids
{
    return pids_of(slurp("$ENV{FAULT_DIR}/httpd.pid") + 0);
}

# PostgreSQL with all of its processes.
sub pids_of
{
    my ($parent) = @_;
    my @children = map { my ($pid) = m{^/proc/(\d+)/};
                         my $stat = slurp($_);
                         $stat =~ /\) \S (\d+)/ && $1 == $parent ? $pid : () }
        glob '/proc/[0-9]*/stat';
    return ($parent, @children);
}

sub slurp
{
    my ($file) = @_;
    open my $in, '<', $file or return '';
    local $/ = undef;
    return scalar(<$in>) // '';
}

sub signal_all
{
    my ($signal) = @_;
    return kill $signal, pids_of(postmaster());
}

# Process ids of httpd's server processes, one a line as sql() gives them.
sub backends
{
    my ($condition) = @_;
    return split /\n/, sql("SELECT pid FROM pg_stat_activity
        WHERE usename = 'tmf_app'" . ($condition ? " AND $condition" : ''));
}

# PostgreSQL's own connections are accepted.
sub postgres_accepts
{
    return system("'$ENV{FAULT_BIN}/pg_isready' -q -h '$ENV{FAULT_SOCKET}'")
        == 0;
}

# Wait until something is so. @return seconds it took; fails after 20.
sub wait_for
{
    my ($what, $test) = @_;
    my $began = time;
    while (!$test->()) {
        if (time - $began > 20) {
            fail("waited for: $what");
            last;
        }
        sleep 0.02;
    }
    return time - $began;
}

# Ask until the answer is 2xx. @return seconds it took.
sub until_ok
{
    return wait_for('a 2xx', sub { get()->{status} =~ /^2/ });
}

# -------------------------------------------------------------------- log

sub log_mark
{
    return -s "$ENV{FAULT_DIR}/log/httpd-error.log" // 0;
}

# The module's lines of httpd's log since a mark.
sub error_log_lines
{
    my ($mark) = @_;
    open my $in, '<', "$ENV{FAULT_DIR}/log/httpd-error.log" or return;
    seek $in, $mark, 0;
    return grep { /TMF\d+/ } <$in>;
}

1;
