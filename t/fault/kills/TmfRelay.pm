# A relay in front of PostgreSQL's socket that counts what goes through, and
# cuts at a byte: a process of its own, told what to do over a pipe.
package TmfRelay;
use strict;
use warnings;

use Errno qw(EINTR);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(AF_UNIX PF_UNSPEC SOCK_STREAM SOL_SOCKET SO_LINGER);

my $chunk = 65536;

# Starts one. @return it, with the port it listens on.
sub start
{
    my ($class, $target) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        Listen => 64, Proto => 'tcp') or die "listen: $!\n";
    socketpair my $ours, my $its, AF_UNIX, SOCK_STREAM, PF_UNSPEC
        or die "socketpair: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        close $ours;
        local $SIG{PIPE} = 'IGNORE';
        serve({ target => $target, listener => $listener, control => $its,
                pairs => {}, select => IO::Select->new($listener, $its) });
        POSIX::_exit(0);
    }
    close $its;
    return bless { pid => $pid, control => $ours,
                   port => $listener->sockport }, $class;
}

# One command, one line as an answer.
sub tell
{
    my ($self, $command) = @_;
    my $control = $self->{control};
    syswrite $control, "$command\n";
    my $answer = '';
    while ($answer !~ /\n/) {
        sysread $control, $answer, 256, length $answer
            or die "the relay is gone\n";
    }
    chomp $answer;
    return $answer;
}

# Count anew. Cut when so many bytes have gone "to" or "from" PostgreSQL,
# -1: never; by a reset, if so; and let nobody in afterwards, if so.
sub arm
{
    my ($self, $direction, $n, %option) = @_;
    $self->tell(join ' ', 'arm', $direction, $n, $option{reset} ? 1 : 0,
                $option{away} ? 1 : 0);
    return;
}

# All connections end; new ones are let in.
sub drop
{
    my ($self) = @_;
    $self->tell('drop');
    return;
}

# Bytes to and from PostgreSQL, and how often it has cut, since arm.
sub counted
{
    my ($self) = @_;
    return split / /, $self->tell('counted');
}

sub stop
{
    my ($self) = @_;
    close $self->{control};
    waitpid $self->{pid}, 0;
    return;
}

# ------------------------------------------------------------ the process

sub serve
{
    my ($relay) = @_;
    $relay->{plan} = { direction => 'to', n => -1, reset => 0, away => 0 };
    $relay->{n} = { to => 0, from => 0 };
    $relay->{cuts} = 0;
    while (1) {
        for my $handle ($relay->{select}->can_read) {
            if ($handle == $relay->{control}) {
                return if !obey($relay);
            }
            elsif ($handle == $relay->{listener}) {
                let_in($relay);
            }
            elsif ($relay->{pairs}{$handle}) {
                pass($relay, $handle);
            }
        }
    }
    return;
}

sub obey
{
    my ($relay) = @_;
    my $control = $relay->{control};
    sysread($control, my $line, 256) or return 0;
    my ($verb, @words) = split ' ', $line;
    my $answer = 'done';
    if ($verb eq 'arm') {
        @{ $relay->{plan} }{qw(direction n reset away)} = @words;
        $relay->{n} = { to => 0, from => 0 };
        $relay->{cuts} = 0;
        $relay->{is_away} = 0;
    }
    elsif ($verb eq 'drop') {
        end_all($relay);
        $relay->{is_away} = 0;
    }
    else {
        $answer = join ' ', @{ $relay->{n} }{qw(to from)}, $relay->{cuts};
    }
    syswrite $control, "$answer\n";
    return 1;
}

sub let_in
{
    my ($relay) = @_;
    my $client = $relay->{listener}->accept or return;
    my $server = $relay->{is_away} ? undef
        : IO::Socket::UNIX->new(Peer => $relay->{target});
    if (!$server) {
        close $client;
        return;
    }
    my %pair = (client => $client, server => $server);
    $relay->{pairs}{$client} = { %pair, from => $client, to => $server,
                                 direction => 'to' };
    $relay->{pairs}{$server} = { %pair, from => $server, to => $client,
                                 direction => 'from' };
    $relay->{select}->add($client, $server);
    return;
}

# What is read goes on, up to the byte at which the plan is to cut.
sub pass
{
    my ($relay, $handle) = @_;
    my $way = $relay->{pairs}{$handle};
    my $plan = $relay->{plan};
    my $read = sysread($handle, my $text, $chunk);
    return if !defined $read && $! == EINTR;
    return end_pair($relay, $way, 0) if !$read;
    my $is_cut = 0;
    if ($plan->{n} >= 0 && $plan->{direction} eq $way->{direction}) {
        my $left = $plan->{n} - $relay->{n}{ $way->{direction} };
        $is_cut = $read > $left;
        $text = substr $text, 0, $left if $is_cut;
    }
    $relay->{n}{ $way->{direction} } += length $text;
    syswrite $way->{to}, $text if length $text;
    return if !$is_cut;
    $relay->{cuts}++;
    $plan->{n} = -1;
    $relay->{is_away} = $plan->{away};
    end_pair($relay, $way, $plan->{reset});
    end_all($relay) if $plan->{away};
    return;
}

sub end_pair
{
    my ($relay, $way, $is_reset) = @_;
    for my $handle (@{$way}{qw(client server)}) {
        $relay->{select}->remove($handle);
        delete $relay->{pairs}{$handle};
    }
    setsockopt $way->{client}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0
        if $is_reset;
    close $way->{client};
    close $way->{server};
    return;
}

sub end_all
{
    my ($relay) = @_;
    while (my ($way) = values %{ $relay->{pairs} }) {
        end_pair($relay, $way, 0);
    }
    return;
}

1;
