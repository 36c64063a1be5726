# TM Forum's sample payloads: created through the API where it has POST,
# else loaded by SQL, read back and compared. t/cases/samples.json says which
# attributes differ and why, and which samples break the definition and how.
use strict;
use warnings;

use File::Basename qw(basename);
use Test::More;
use TmfApi;

my @rows = @{ cases('samples') };

sub text_of
{
    my ($file) = @_;
    open my $in, '<:raw', "$ENV{TMF_SPECS}/samples/$file"
        or die "$file: $!\n";
    local $/ = undef;
    return scalar <$in>;
}

# Names of top-level attributes whose values differ, as PostgreSQL sees them.
sub differences
{
    my ($sent, $got) = @_;
    return sql(qq(SELECT string_agg(name, ' ' ORDER BY name COLLATE "C")
        FROM (SELECT coalesce(a.key, b.key) AS name
              FROM jsonb_each(\$json\$$sent\$json\$) AS a
              FULL JOIN jsonb_each(\$json\$$got\$json\$) AS b USING (key)
              WHERE a.value::text IS DISTINCT FROM b.value::text) AS d));
}

# A POST where the API has none goes to a mount of the same definition that
# has one for every resource: it tells whether the sample is valid.
for my $row (@rows) {
    my $name = $row->{file};
    my $text = text_of($name);
    my $path = "/payloads/$row->{api}/v4/$row->{resource}";
    my $target = $row->{post} ? $path
                              : "/payloads/writable/v4/$row->{resource}";
    my $r = post($target, $text);
    my @violations = map { "$_->[0] $_->[1]" } @{ $row->{violations} // [] };
    if (@violations) {
        violations_are($r, \@violations, "$name: 400: $row->{reason}");
    }
    else {
        is($r->{status}, 201, "$name: is valid: 201") || diag($r->{content});
    }
    if (!$row->{post} || @violations) {
        my $id = json_of($text)->{id};
        sql("INSERT INTO api_payload_$row->{api}.$row->{table} (id, doc)
             VALUES ('$id', \$json\$$text\$json\$)");
        $r = get("$path/$id");
        is($r->{status}, 200, "$name: loaded by SQL, it is served");
        is(eval { id_of($r) }, $id, "$name: under its own id");
    }
    my $one = get("$path/" . (eval { id_of($r) } // 'none'));
    my $why = join '; ', map { "$_: $row->{differences}{$_}" }
        sort keys %{ $row->{differences} };
    is(differences($text, $one->{content}),
       join(' ', sort keys %{ $row->{differences} }),
       "$name: read back, all is as sent but $why");
}

is(join(' ', sort map { $_->{file} } @rows),
   join(' ', sort map { basename($_) } glob "$ENV{TMF_SPECS}/samples/*.json"),
   'samples: every one is tried');

done_testing;
