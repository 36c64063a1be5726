# The answers to requests with a key: who may do what with them, and how they
# are forgotten.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use TmfSql;

my $set = 't_idempotency';
my $columns = 'data_set, key, fingerprint, base, id, body';

sub insert
{
    my ($key, $fingerprint) = @_;
    return "INSERT INTO tmf.idempotency ($columns) VALUES ('$set', $key, "
        . ($fingerprint // "sha256('')") . ", 'b', 'i', '{}')";
}

sub forget_all
{
    return sql("DELETE FROM tmf.idempotency WHERE data_set = '$set'");
}

# Keys that are so many hours old.
sub make_old
{
    my (@hours) = @_;
    forget_all();
    for my $hours (@hours) {
        sql(insert("'$hours'"));
        sql("UPDATE tmf.idempotency SET made = now() - interval '$hours hours'
             WHERE data_set = '$set' AND key = '$hours'");
    }
    return;
}

sub keys_left
{
    return sql("SELECT string_agg(key, ' ' ORDER BY key::integer)
                FROM tmf.idempotency WHERE data_set = '$set'");
}

sub purge
{
    my ($hours, $most) = @_;
    return as('tmf_app', "SELECT tmf.purge_idempotency('$hours hours',
                                                       $most)");
}

# --- the table

forget_all();
sql(insert(q('a')));
refused(insert(q('a')), '23505:', 'a key is kept once');
sql(insert(q('A')));
sub insert_of
{
    my ($user, $key) = @_;
    return insert($key) =~ s/\((?=data_set)/(client, /r
        =~ s/VALUES \(/VALUES ($user, /r;
}

sql(insert_of(q(sha256('=ann')), q('a')));
sql(insert_of(q(sha256('=ben')), q('a')));
refused(insert_of(q(sha256('=ben')), q('a')), '23505:',
        'a key is kept once for each user');
refused(insert_of(q(''), q('a')), '23514:', 'a user is a digest');
sql(insert(q(repeat('x', 255))));
refused(insert(q(repeat('x', 256))), '23514:', 'no key of 256 characters');
refused(insert(q('')), '23514:', 'nor of none');
refused(insert(q('b'), q('\x00')), '23514:', 'no fingerprint of one byte');
gives("SELECT collation_name FROM information_schema.columns
       WHERE table_schema = 'tmf' AND table_name = 'idempotency'
       AND column_name = 'key'", 'C', 'keys are compared by their bytes');
like(sql("SET enable_seqscan = off; EXPLAIN SELECT FROM tmf.idempotency
          WHERE made < now()"), qr/idempotency_made/,
     'the old ones have an index');

# --- rights

sql(as('tmf_app', insert(q('app'))));
gives(as('tmf_app', "SELECT body FROM tmf.idempotency
                     WHERE data_set = '$set' AND key = 'app'"), '{}',
      'tmf_app keeps and reads');
for my $role (qw(tmf_app tmf_billing tmf_readonly)) {
    refused(as($role, "UPDATE tmf.idempotency SET body = ''"), '42501:',
            "$role changes nothing");
    refused(as($role, 'DELETE FROM tmf.idempotency'), '42501:',
            "$role deletes nothing");
    refused(as($role, 'TRUNCATE tmf.idempotency'), '42501:',
            "$role empties nothing");
    next if $role eq 'tmf_app';
    refused(as($role, 'SELECT FROM tmf.idempotency'), '42501:',
            "$role reads nothing");
    refused(as($role, insert(q('x'))), '42501:', "$role keeps nothing");
    refused(as($role, q(SELECT tmf.purge_idempotency('1 day', 1))), '42501:',
            "$role forgets nothing");
}
refused(as('tmf_app', insert(q('x')) =~ s/body\)/body, made)/r
           =~ s/\)$/, now())/r), '42501:', 'the time is the table\'s');
gives("SELECT prosecdef, proconfig::text FROM pg_proc
       WHERE oid = 'tmf.purge_idempotency(interval, integer)'::regprocedure",
      't|{"search_path=pg_catalog, pg_temp"}',
      'the function runs as its owner, with a path of its own');

# --- from before keys were each user's own

my $lines = do {
    open my $in, '<', top() . '/sql/0001_base.sql' or die "0001_base: $!\n";
    local $/ = undef;
    <$in>;
};
my $shape = "SELECT pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = 'tmf.idempotency'::regclass AND contype = 'p';
    SELECT has_column_privilege('tmf_app', 'tmf.idempotency', 'client',
                                'INSERT')";
my $now = sql($shape);
sql("SET ROLE tmf_owner; DELETE FROM tmf.idempotency WHERE client <> sha256('');
     ALTER TABLE tmf.idempotency DROP COLUMN client CASCADE;
     ALTER TABLE tmf.idempotency ADD PRIMARY KEY (data_set, key)");
isnt(sql($shape =~ s/;.*//sr), (split /\n/, $now)[0], 'an older table');
my $n = sql('SELECT count(*) FROM tmf.idempotency');
for my $time ('first', 'second') {
    sql($lines);
    is(sql($shape), $now, "sql/0001_base.sql: put right the $time time");
    gives('SELECT count(*) FROM tmf.idempotency', $n, '... with its rows');
}
gives("SELECT DISTINCT client = sha256('') FROM tmf.idempotency", 't',
      'which are nobody\'s');

# --- forgetting

make_old(1, 23, 25, 26, 27);
gives(purge(24, 0), '0', 'none');
gives(purge(24, -1), '0', 'less than none');
gives(purge(24, 2), '2', 'so many at most');
is(keys_left(), '1 23 25', '... the oldest first');
gives(purge(24, 100), '1', 'all that are old');
is(keys_left(), '1 23', '... and no others');
gives(purge(24, 100), '0', 'and again');
gives(as('tmf_app', "SELECT tmf.purge_idempotency(NULL, 10) IS NULL"), 't',
      'without an age');
is(keys_left(), '1 23', '... none is');
forget_all();

done_testing();
