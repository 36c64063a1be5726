# Who may do what, and how the roles are set up.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use TmfSql;

my %api = (TMF629 => 't_roles_629', TMF676 => 't_roles_676',
           TMF678 => 't_roles_678');
make_data_set($_, $api{$_}) for sort keys %api;

# table => rights of tmf_app, rights of tmf_billing
my %rights = (
    't_roles_629.customer' => ['siud', ''],
    't_roles_676.payment' => ['si', ''],
    't_roles_676.refund' => ['si', ''],
    't_roles_678.customer_bill' => ['su', 'siud'],
    't_roles_678.customer_bill_on_demand' => ['si', 'siud'],
    't_roles_678.applied_customer_billing_rate' => ['s', 'siud'],
    't_roles_678.bill_cycle' => ['s', 'siud'],
    't_roles_678.bill_cycle_specification' => ['s', 'siud'],
);
my %statement = (
    s => 'SELECT count(*) FROM %s',
    i => q{INSERT INTO %s (id, doc) VALUES ('new', '{"a":1}')},
    u => q{UPDATE %s SET doc = doc || '{"a":2}' WHERE id = 'one'},
    d => q{DELETE FROM %s WHERE id = 'one'},
);
my %never = (
    'insert a version' => 'INSERT INTO %s (id, doc, version)'
        . " VALUES ('v', '{}', 3)",
    'update an id' => q{UPDATE %s SET id = 'two'},
    'update a version' => 'UPDATE %s SET version = 3',
    'truncate' => 'TRUNCATE %s',
    'alter' => 'ALTER TABLE %s ADD COLUMN own text',
    'drop' => 'DROP TABLE %s',
    'switch triggers off' => 'ALTER TABLE %s DISABLE TRIGGER ALL',
);

# The SQLSTATE of each statement, all in one session of the role.
sub states
{
    my ($role, @statements) = @_;
    my $text = join '', "\\set ON_ERROR_STOP off\n",
        map { "BEGIN;\nSET LOCAL ROLE $role;\n$_;\n\\echo state :SQLSTATE\n"
              . "ROLLBACK;\n" } @statements;
    return sql($text) =~ /^state (\S+)$/mg;
}

for my $table (sort keys %rights) {
    sql("INSERT INTO $table (id, doc) VALUES ('one', '{}')");
    my %of = (tmf_app => $rights{$table}[0], tmf_billing => $rights{$table}[1],
              tmf_readonly => 's');
    my @right = sort keys %statement;
    my @never = sort keys %never;
    for my $role (sort keys %of) {
        my @state = states($role, map { sprintf $_, $table }
                           @statement{@right}, @never{@never});
        for my $right (@right) {
            my $may = $of{$role} =~ /$right/;
            is(shift @state, $may ? '00000' : '42501',
               "$role " . ($may ? 'may' : 'may not') . " $right: $table");
        }
        is(shift @state, '42501', "$role may not $_: $table") for @never;
    }
}

for my $role (qw(tmf_app tmf_billing tmf_readonly)) {
    gives(as($role, 'SELECT count(*) > 0 FROM tmf.migration'), 't',
          "$role reads tmf.migration");
    gives(as($role, 'SELECT count(*) > 0 FROM tmf.data_set'), 't',
          "$role reads tmf.data_set");
    refused(as($role, 'DELETE FROM tmf.migration'), '42501:',
            "$role may not write tmf.migration");
    refused(as($role, 'DELETE FROM tmf.data_set'), '42501:',
            "$role may not write tmf.data_set");
    if ($role eq 'tmf_app') {
        gives(as($role, 'SELECT length(key) FROM tmf.secret'), '16',
              "$role reads tmf.secret");
    }
    else {
        refused(as($role, 'SELECT FROM tmf.secret'), '42501:',
                "$role may not read tmf.secret");
    }
    refused(as($role, "UPDATE tmf.secret SET name = 'x'"), '42501:',
            "$role may not write tmf.secret");
    refused(as($role, 'CREATE TABLE tmf.own (a text)'), '42501:',
            "$role may not create in tmf");
    refused(as($role, 'CREATE TABLE t_roles_678.own (a text)'), '42501:',
            "$role may not create in a data set");
    refused(as($role, 'CREATE SCHEMA own'), '42501:',
            "$role may not create a schema");
    refused(as($role, 'CREATE TEMPORARY TABLE own (a text)'), '42501:',
            "$role may not make temporary objects");
    gives("SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb,
                  rolreplication, rolbypassrls,
                  pg_has_role('$role', 'tmf_owner', 'MEMBER')
           FROM pg_roles WHERE rolname = '$role'", 't|f|f|f|f|f|f',
          "$role logs in and is nothing more");
}
gives("SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls
       FROM pg_roles WHERE rolname = 'tmf_owner'", 't|f|f|f|f',
      'tmf_owner is no superuser');
gives('SELECT count(*) FROM pg_database AS d, aclexplode(d.datacl) AS a
       WHERE d.datname = current_database() AND a.grantee = 0
       AND a.privilege_type IN (\'CREATE\', \'TEMPORARY\')', '0',
      'nobody makes objects by default');
gives('CREATE TEMPORARY TABLE own (a text);
       SELECT count(*) FROM own', '0', 'tmf_owner may, for a while');
gives("SELECT count(*) FROM pg_proc AS p, aclexplode(p.proacl) AS a
       WHERE p.pronamespace = 'tmf'::regnamespace AND a.grantee = 0", '0',
      'no function is open to everybody');
gives("SELECT count(*) FROM pg_proc WHERE proacl IS NULL
       AND pronamespace = 'tmf'::regnamespace", '0',
      'nor by default');
for my $setting (qw(statement_timeout lock_timeout log_error_verbosity
                    idle_in_transaction_session_timeout)) {
    gives("SELECT count(*) FROM pg_roles, unnest(rolconfig) AS c
           WHERE rolname = 'tmf_app' AND starts_with(c, '$setting=')", '1',
          "tmf_app has a $setting");
}
for my $setting (qw(log_error_verbosity=terse log_min_error_statement=panic
                    log_parameter_max_length=0)) {
    gives("SELECT '$setting' = ANY (rolconfig) FROM pg_roles
           WHERE rolname = 'tmf_billing'", 't',
          "tmf_billing leaves no document in the log: $setting");
}

done_testing();
