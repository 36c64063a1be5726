# Billing engines, as sql/README has them: two at once bill nothing twice.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use TmfSql;

make_data_set('TMF678', 't_engine_678');

my $requests = 't_engine_678.customer_bill_on_demand';
my $bills = 't_engine_678.customer_bill';

# The engine's transaction: what it takes, and what it does with it.
sub engine
{
    open my $fh, '<', top() . '/sql/README' or die "sql/README: $!\n";
    my $text = do { local $/ = undef; <$fh> };
    my ($take, $bill) = $text =~ /^[ ]{2}(BEGIN;.*?;)\n\n
                                   [ ]{2}(INSERT.*?COMMIT;)$/msx
        or die "no engine in sql/README\n";
    s/\btmf678\b/t_engine_678/g for $take, $bill;
    $take =~ s/LIMIT 100/LIMIT 1/ or die "no limit: $take\n";
    return ($take =~ s/^BEGIN;//r, $bill);
}

my ($take, $bill) = engine();
my $billed = "SELECT doc ->> 'state', doc #>> '{customerBill,id}'
              FROM $requests ORDER BY seq";

# While one engine is at work, another psql runs one from begin to end.
sub run_two
{
    my ($second) = @_;
    my $file = File::Temp->new;
    print {$file} as('tmf_billing', "BEGIN;$second\nCOMMIT;");
    close $file;
    return sql(as('tmf_billing', "BEGIN;$take\n\\! psql -X -q -A -t"
        . " -v ON_ERROR_STOP=1 -f @{[$file->filename]} '@{[connection()]}'\n"
        . "$bill\n"));
}

sql("INSERT INTO $requests (id, doc)
     VALUES ('D-1', '{\"billingAccount\":{\"id\":\"A-77\"}}')");
is(run_two($take), 'D-1|A-77', 'a second engine takes nothing of the first');
gives($billed, 'done|B-1004', 'the request is completed');
gives("SELECT string_agg(id, ' ') FROM $bills", 'B-1004', 'there is one bill');
gives(as('tmf_billing', "BEGIN;$take\nCOMMIT;"), '',
      'afterwards there is nothing to take');

sql("DELETE FROM $requests; DELETE FROM $bills;
     INSERT INTO $requests (id, doc) VALUES
         ('D-1', '{\"billingAccount\":{\"id\":\"A-77\"}}'),
         ('D-2', '{\"billingAccount\":{\"id\":\"A-78\"}}')");
is(run_two($take . ($bill =~ s/COMMIT;//r =~ s/B-1004/B-1005/gr
                          =~ s/D-1/D-2/r)), "D-1|A-77\nD-2|A-78",
   'of two requests each engine takes one');
gives($billed, "done|B-1004\ndone|B-1005", 'both are completed');
gives("SELECT string_agg(id, ' ' ORDER BY id) FROM $bills", 'B-1004 B-1005',
      'each has its bill');

done_testing();
