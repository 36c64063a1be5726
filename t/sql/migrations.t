# The migrations and the DDL of data sets: repeatable, commented, indexed.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use TmfSql;

my @files = sort glob(top() . '/sql/*.sql');

sub apply_all
{
    for my $file (@files) {
        open my $fh, '<', $file or die "$file: $!\n";
        local $/ = undef;
        sql(<$fh>);
    }
    return;
}

# Everything in our schemas, and what the tables of the base say.
sub state_of
{
    my ($schemas) = @_;
    my $connection = connection();
    my $dump = qx(pg_dump --schema-only -n '$schemas' '$connection');
    die "pg_dump failed\n" if $?;
    $dump =~ s/^\\(?:un)?restrict .*$//mg;
    return $dump . sql('SELECT * FROM tmf.migration ORDER BY number;
                        SELECT * FROM tmf.secret ORDER BY name;
                        SELECT * FROM tmf.data_set
                        WHERE name !~ \'^t_\' OR name = \'t_made\'
                        ORDER BY name;
                        SELECT rolname, rolconfig FROM pg_roles
                        WHERE starts_with(rolname, \'tmf_\') ORDER BY 1');
}

# The order of grants in a dump is the order in which they were made.
sub lines
{
    my ($text) = @_;
    return join "\n", sort split /\n/, $text;
}

ok(@files > 0, 'there are migrations');
apply_all();
my $once = state_of('tmf*');
apply_all();
is(state_of('tmf*'), $once, 'sql/*.sql twice: the same state');
gives('SELECT number, name FROM tmf.migration WHERE number = 1', '1|base',
      'the base is registered');

make_data_set('TMF678', 't_made');
sql(q{INSERT INTO t_made.customer_bill (id, doc)
      SELECT 'b' || n, jsonb_build_object(
          'billNo', 'N' || n, 'billDate', '2026-01-01T00:00:00Z',
          'billingAccount', jsonb_build_object('id', 'a' || n % 500))
      FROM generate_series(1, 2000) AS g(n)});
sql(q{INSERT INTO t_made.applied_customer_billing_rate (id, doc)
      SELECT 'r' || n, jsonb_build_object('isBilled', n % 500 = 0,
          'date', timestamptz '2026-01-01 00:00Z' + n * interval '1 minute')
      FROM generate_series(1, 2000) AS g(n)});
sql('ANALYZE t_made.customer_bill, t_made.applied_customer_billing_rate');
my $made = state_of('t_made');
my $rows = sql('SELECT max(seq), sum(version), count(*)
                FROM t_made.customer_bill');
sql(ddl('TMF678', 't_made'));
is(state_of('t_made'), $made, 'DDL of a data set twice: the same state');
gives('SELECT max(seq), sum(version), count(*) FROM t_made.customer_bill',
      $rows, 'and the same rows');
gives(q{SELECT version ~ '^4' AND title <> '' FROM tmf.data_set
        WHERE name = 't_made'}, 't', 'the data set is registered');

# --- converges

sql('GRANT INSERT (id), UPDATE ON t_made.bill_cycle TO tmf_readonly;
     GRANT SELECT ON t_made.bill_cycle TO PUBLIC;
     DROP TRIGGER tmf_refuse_truncate ON t_made.bill_cycle;
     REVOKE SELECT ON t_made.bill_cycle FROM tmf_app;
     COMMENT ON TABLE t_made.bill_cycle IS NULL');
sql(q{DO $$ BEGIN EXECUTE (SELECT 'DROP INDEX ' || indexrelid::regclass
      FROM pg_index WHERE indrelid = 't_made.bill_cycle'::regclass
      AND indexprs IS NOT NULL LIMIT 1); END $$});
isnt(state_of('t_made'), $made, 'a data set that has been tampered with');
sql(ddl('TMF678', 't_made'));
is(lines(state_of('t_made')), lines($made), 'is put right by its DDL');

# --- comments

my $ours = q{SELECT c.oid, c.relnamespace::regnamespace || '.' || c.relname
    AS name FROM pg_class AS c WHERE c.relkind IN ('r', 'v')
    AND (c.relnamespace::regnamespace::text IN ('tmf', 't_made')
         OR c.relnamespace::regnamespace::text IN
            (SELECT name FROM tmf.data_set))};
gives("SELECT count(*) >= 7 FROM ($ours) AS o", 't', 'tables to look at');
gives("SELECT name FROM ($ours) AS o
       WHERE coalesce(obj_description(oid, 'pg_class'), '') = ''", '',
      'every table has a comment');
gives("SELECT name, attname FROM ($ours) AS o
       JOIN pg_attribute ON attrelid = oid AND attnum > 0 AND NOT attisdropped
       WHERE coalesce(col_description(attrelid, attnum), '') = ''", '',
      'every column has a comment');
gives("SELECT proname FROM pg_proc WHERE pronamespace = 'tmf'::regnamespace
       AND coalesce(obj_description(oid, 'pg_proc'), '') = ''", '',
      'every function has a comment');
gives("SELECT nspname FROM pg_namespace WHERE nspname IN ('tmf', 't_made')
       AND coalesce(obj_description(oid, 'pg_namespace'), '') = ''", '',
      'every schema has a comment');
gives("SELECT name FROM ($ours) AS o JOIN pg_class AS c USING (oid)
       WHERE c.relowner <> 'tmf_owner'::regrole", '',
      'every table is the owner\'s');

# --- indexes

sub plan_uses
{
    my ($where, $index) = @_;
    my ($table) = $where =~ /isBilled|'date'/
        ? 'applied_customer_billing_rate' : 'customer_bill';
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    like(sql("EXPLAIN (COSTS off) SELECT id, version, body
              FROM t_made.$table WHERE $where ORDER BY seq LIMIT 10"),
         qr/Index Scan (?:using|on) ${table}_${index}_[0-9a-f]{8}/,
         "uses its index: $where");
    return;
}

plan_uses(q{left(doc ->> 'billNo', 512) COLLATE "C" = 'N77'}, 'bill_no');
plan_uses(q{left(doc #>> '{billingAccount,id}', 512) COLLATE "C" = 'a7'},
          'billing_account_id');
plan_uses(q{(doc -> 'isBilled') = 'true'::jsonb}, 'is_billed');
plan_uses(q{tmf.instant(doc ->> 'date') =
            tmf.instant('2026-01-01T01:00:00+01:00')}, 'date');
gives(q{SELECT count(*) FROM t_made.customer_bill
        WHERE tmf.instant(doc ->> 'billDate') =
              tmf.instant('2026-01-01T02:00:00+02:00')}, '2000',
      'an instant is the same in every zone');
unlike(sql(q{EXPLAIN (COSTS off) SELECT id FROM t_made.customer_bill
             WHERE (doc ->> 'category') COLLATE "C" = 'x'}),
       qr/category_[0-9a-f]{8}/, 'an attribute that is not declared: none');
gives(q{SELECT count(*) FROM pg_class WHERE relkind = 'i'
        AND relnamespace = 't_made'::regnamespace AND length(relname) > 63},
      '0', 'no name of an index is cut off');

done_testing();
