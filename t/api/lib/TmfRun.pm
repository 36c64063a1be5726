# Starts and stops httpd as Apache::Test does, also for root, and counts
# what ran: a file that tests nothing or skips is a failure.
package TmfRun;
use strict;
use warnings;

use parent qw(Apache::TestRun);

use TAP::Harness;

sub check_runtime_user
{
    return 1;
}

sub run_tests
{
    my ($self) = @_;
    my @files = @{ $self->{tmf_files} };
    my $harness = TAP::Harness->new({ verbosity => $ENV{TMF_VERBOSE} // 0,
                                      merge => 0, color => 0 });
    my $all = $harness->runtests(@files);
    my @idle = grep { my ($parser) = $all->parsers($_);
                      $parser->skip_all || !$parser->tests_run } @files;

    print "t/api: nothing was tested by $_\n" for @idle;
    my $skipped = $all->skipped;
    my $failed = $all->failed + $all->parse_errors + $all->exit;
    printf "t/api: %d tests in %d files, %d failed, %d skipped\n",
        $all->total, scalar @files, scalar $all->failed, scalar $skipped;
    $self->{tmf_passed} = $all->total && !@idle && !$skipped && !$failed
        && $all->all_passed;
    return;
}

1;
