# One psql that stays, for a question after each of many requests.
package TmfSession;
use strict;
use warnings;

use IPC::Open2 qw(open2);

my $end = "\x04";

sub new
{
    my ($class) = @_;
    my $service = $ENV{TMF_SERVICE} // 'tmf';
    local $ENV{PGCLIENTENCODING} = 'UTF8';
    my $process = open2(my $out, my $in, qw(psql -X -q -A -t),
                        '-v', 'ON_ERROR_STOP=1', "service=$service");
    return bless { in => $in, out => $out, process => $process }, $class;
}

# The output of SQL that must succeed.
sub ask
{
    my ($self, $text) = @_;
    my @lines;
    print { $self->{in} } "$text;\n\\echo $end\n";
    $self->{in}->flush;
    while (defined(my $line = readline $self->{out})) {
        chomp $line;
        return join "\n", @lines if $line eq $end;
        push @lines, $line;
    }
    die "psql ended: $text\n";
}

sub DESTROY
{
    my ($self) = @_;
    close $self->{in};
    close $self->{out};
    waitpid $self->{process}, 0;
    return;
}

1;
