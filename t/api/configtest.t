# Mistakes in the configuration, as httpd -t reports them.
use strict;
use warnings;

use Cwd qw(getcwd);
use File::Basename qw(basename);
use File::Temp qw(tempdir);
use Test::More;
use TmfApi;

my $folder = tempdir(CLEANUP => 1);
my $top = $ENV{srcdir};
my $openapi = "$top/conf/openapi";
my $overlay = "$top/conf/overlay";
my $site = "$folder/site.conf";

spew("$folder/httpd.conf", join "\n", qq(ServerRoot "$folder"),
     qq(Include "$ENV{TMF_MODULES}"), 'ServerName 127.0.0.1',
     'Listen 127.0.0.1:' . port(), "PidFile $folder/pid",
     "DefaultRuntimeDir $folder", 'Mutex pthread', "ErrorLog $folder/log",
     $> ? () : ('User nobody'),
     'DBDriver pgsql', 'DBDParams "host=/nowhere"', qq(Include "$site"), '');

# The exit status and the output of httpd -t with these lines as site.conf.
sub configtest
{
    my (@lines) = @_;
    spew($site, join '', map { "$_\n" } @lines);
    my $out = qx{"$ENV{TMF_HTTPD}" -f "$folder/httpd.conf" -t 2>&1};
    my $status = $?;
    # httpd writes bytes beyond ASCII as escapes
    $out =~ s/\\x([0-9a-f]{2})/chr hex $1/ge;
    utf8::decode($out);
    return ($status, $out);
}

# $why: pattern of the message; a number first: the line it must name.
sub refused
{
    my ($name, $line, $why, @lines) = @_;
    my ($status, $out) = configtest(@lines);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @faults;
    push @faults, 'was accepted' if !$status;
    push @faults, "does not say $why" if $out !~ $why;
    push @faults, "does not name line $line of site.conf"
        if $out !~ /line $line of \Q$site\E|\Q$site\E:$line\b/;
    return ok(!@faults, "refused: $name") || diag(join "\n", @faults, $out);
}

sub accepted
{
    my ($name, @lines) = @_;
    my ($status, $out) = configtest(@lines);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(!$status && $out =~ /Syntax OK/, "accepted: $name")
        || diag($out);
}

sub mount
{
    my ($path, @more) = @_;
    return (qq(<Location "$path">), @more,
            qq(TMFDefinition "$openapi/TMF629.json" "$overlay/TMF629.json"),
            '</Location>');
}

# Some CA certificates; the system's are as good as others.
my ($authorities) = grep { -s } '/etc/ssl/certs/ca-certificates.crt',
    '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem';

# --- right

accepted('a mount', mount('/a/v4'));
accepted('a mount without an overlay', '<Location /a>',
         qq(TMFDefinition "$openapi/TMF678.json"), '</Location>');
accepted('every directive', 'TMFErrors on', 'TMFDefaultLimit 1',
         'TMFMaxLimit 100000', 'TMFBodyLimit 1', 'TMFIdPolicy client',
         'TMFRequireIfMatch on', 'TMFRequireIdempotencyKey on',
         'TMFHubList on', 'TMFHubSchemes https',
         'TMFHubHosts a.example *.b.example 2001:db8::*', 'TMFHubLimit 256',
         'TMFHubNetworks 10.0.0.0/8 fd00::/8 192.0.2.1', 'TMFEvents off',
         'TMFEventTimeout 300', 'TMFEventLease 301', 'TMFEventInFlight 256',
         'TMFEventRetry "0.5 1 2"', 'TMFEventRetention 0',
         "TMFEventCAFile $authorities",
         'TMFPublicBase "https://x.example{mount}"',
         mount('/a', 'TMFDataSet a_1', 'TMFDefaultLimit 5', 'TMFMaxLimit 5',
               'TMFBodyLimit 1048576', 'TMFIdPolicy server',
               'TMFRequireIfMatch off', 'TMFRequireIdempotencyKey off',
               'TMFHubList off',
               'TMFHubSchemes "https http"', 'TMFHubHosts *', 'TMFHubLimit 1',
               'TMFPublicBase "http://%{SERVER_NAME}/x"'));
accepted('a virtual host', '<VirtualHost 127.0.0.1:1>', 'TMFMaxLimit 7',
         'TMFErrors off', mount('/a'), '</VirtualHost>', mount('/a'));
accepted('the same definition at two paths', mount('/a'), mount('/b'));
accepted('settings without a mount', '<Location /a>', 'TMFMaxLimit 5',
         '</Location>');
symlink "$openapi/TMF629.json", "$folder/relative.json" or die "symlink: $!";
accepted('a file relative to ServerRoot', '<Location /a>',
         'TMFDefinition relative.json', '</Location>');

# --- values

for my $directive (qw(TMFDefaultLimit TMFMaxLimit TMFBodyLimit)) {
    for my $value ('0', '-1', 'many', '1.5', '""', '10k', '0x10',
                   '99999999999999999999') {
        refused("$directive $value", 2, qr/\Q$directive\E.*(number|argument)/,
                '# a comment', "$directive $value");
    }
}
refused('TMFIdPolicy maybe', 1, qr/TMFIdPolicy.*server.*client/,
        'TMFIdPolicy maybe');
refused('TMFRequireIfMatch maybe', 1, qr/TMFRequireIfMatch.*off.*on/,
        'TMFRequireIfMatch maybe');
refused('TMFRequireIdempotencyKey maybe', 1,
        qr/TMFRequireIdempotencyKey.*off.*on/,
        'TMFRequireIdempotencyKey maybe');
refused('TMFHubList maybe', 1, qr/TMFHubList.*off.*on/, 'TMFHubList maybe');
refused('TMFHubSchemes ftp', 1, qr/TMFHubSchemes.*https/, 'TMFHubSchemes ftp');
for my $value ('0', '257', 'many') {
    refused("TMFHubLimit $value", 1, qr/TMFHubLimit.*number/,
            "TMFHubLimit $value");
}
for my $value ('a/b', 'https://a', '[::1]', '""', 'a.example b?c') {
    refused("TMFHubHosts $value", 1, qr/TMFHubHosts/, "TMFHubHosts $value");
}
refused('TMFHubHosts without a host', 1, qr/TMFHubHosts/, 'TMFHubHosts');
for my $value ('10.0.0.1/8', '10.0.0.0/33', 'localhost', 'fd00::/8/') {
    refused("TMFHubNetworks $value", 1, qr/TMFHubNetworks.*not a network/,
            "TMFHubNetworks $value");
}
refused('TMFHubNetworks without a network', 1, qr/TMFHubNetworks/,
        'TMFHubNetworks');
for my $value ('x', '1,2', '1.', '"5 -1"', '""', q{"} . '1 ' x 51 . q{"}) {
    refused("TMFEventRetry $value", 1, qr/TMFEventRetry/,
            "TMFEventRetry $value");
}
for my $setting ('TMFEventTimeout 0', 'TMFEventTimeout 301',
                 'TMFEventLease 1', 'TMFEventInFlight 0',
                 'TMFEventInFlight 257', 'TMFEventRetention -1') {
    refused($setting, 1, qr/TMFEvent\w+ must be a number/, $setting);
}
refused('TMFEvents maybe', 1, qr/TMFEvents.*on.*off/, 'TMFEvents maybe');
refused('a lease that is not longer than an attempt', 2, qr/TMFEventLease/,
        '#', 'TMFEventLease 10');
refused('an attempt as long as the lease', 1, qr/TMFEventLease, 60/,
        'TMFEventTimeout 60');
refused('TMFErrors maybe', 3, qr/TMFErrors.*(on|off)/, '#', '',
        'TMFErrors maybe');
for my $name ('tmf', 'public', 'information_schema', 'pg_catalog', 'pg_x',
              'Upper', '1st', 'a-b', 'a.b', '"a b"', '""', 'x' x 64,
              'a"b', 'pg"; DROP') {
    (my $text = $name) =~ s/(?<=.)"(?=.)/\\"/g;
    refused("TMFDataSet $name", 2, qr/TMFDataSet/, '<Location /a>',
            'TMFDataSet ' . ($text =~ / / && $text !~ /^"/ ? qq("$text")
                                                        : $text),
            '</Location>');
}
refused('TMFPublicBase that is no expression', 1, qr/TMFPublicBase/,
        'TMFPublicBase "https://%{nosuch:x}/"');
refused('TMFPublicBase that is no URL', 1, qr/TMFPublicBase/,
        'TMFPublicBase "not a url"');
refused('TMFDefaultLimit above TMFMaxLimit', 2, qr/TMFDefaultLimit/,
        'TMFMaxLimit 5', 'TMFDefaultLimit 6', mount('/a'));
refused('a directive without an argument', 1, qr/TMFMaxLimit/, 'TMFMaxLimit');
refused('a definition with three arguments', 2, qr/TMFDefinition/,
        '<Location /a>', 'TMFDefinition a b c', '</Location>');

# --- places

my $definition = qq(TMFDefinition "$openapi/TMF629.json");
for my $section ('LocationMatch "^/a"', 'Location ~ "^/a"', 'Directory "/a"',
                 'Files "a"', 'Location "/a*"', 'Location "/a?"') {
    my ($close) = $section =~ /^(\w+)/;
    refused("TMFDefinition in <$section>", 2, qr/TMFDefinition/,
            "<$section>", $definition, "</$close>");
}
refused('TMFDefinition outside of <Location>', 1, qr/TMFDefinition/,
        $definition);
refused('TMFDataSet outside of <Location>', 1, qr/TMFDataSet/,
        'TMFDataSet a');
refused('TMFErrors in <Location>', 2, qr/TMFErrors/, '<Location /a>',
        'TMFErrors on', '</Location>');
refused('two definitions of one path', 5, qr/TMFDefinition/, mount('/a'),
        '<Location /a>', $definition, '</Location>');
refused('a path that can never match', 2, qr/path/, '<Location "/a/../b">',
        $definition, '</Location>');

# --- files

refused('a missing file', 2, qr/nosuch\.json/, '<Location /a>',
        "TMFDefinition $folder/nosuch.json", '</Location>');
refused('a missing overlay', 2, qr/nosuch\.json/, '<Location /a>',
        "$definition $folder/nosuch.json", '</Location>');
refused('a folder', 2, qr/\Q$folder\E/, '<Location /a>',
        "TMFDefinition $folder", '</Location>');

# --- secrets: no word of what is in the file

{
    my $secret = 'whsec_' . 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    my $file = "$folder/secret";
    my $try = sub {
        my ($text, $mode) = @_;
        spew($file, $text);
        chmod $mode // oct(600), $file or die "chmod: $!";
        return mount('/a', "TMFEventSecretFile $file");
    };
    accepted('a secret', $try->("$secret\n"));
    accepted('two secrets', $try->("# old\n$secret\n\n# new\n$secret"));
    my %faults = (
        'no secret' => ["# none\n", qr/no secret/],
        'an empty file' => ['', qr/no secret/],
        'three secrets' => ["$secret\n" x 3, qr/more than two/],
        'another line' => ["$secret\nsecrecy\n", qr/whsec_ and 24/],
        'a short one' => ["whsec_c2VjcmVjeQ==\n", qr/whsec_ and 24/],
        'a long line' => ['whsec_' . 'A' x 400 . "\n", qr/whsec_ and 24/],
    );
    for my $name (sort keys %faults) {
        my ($text, $why) = @{ $faults{$name} };
        my @lines = $try->($text);
        refused("secrets: $name", 2, $why, @lines);
        my (undef, $out) = configtest(@lines);
        unlike($out, qr/secrecy|c2Vj|MfKQ|AAAA/, "secrets: $name: not told");
    }
    refused('a secret that all can read', 2, qr/chmod/,
            $try->("$secret\n", oct 644));
    refused('a secret that is not there', 2, qr/nosuch/,
            mount('/a', 'TMFEventSecretFile nosuch'));
    refused('a folder of secrets', 2, qr/TMFEventSecretFile/,
            mount('/a', "TMFEventSecretFile $folder"));

    # a subscription is known by mount and data set alone
    spew("$folder/other", "whsec_" . 'B' x 32 . "\n");
    chmod oct(600), "$folder/other" or die "chmod: $!";
    my $host = sub {
        my ($n, @lines) = @_;
        return ("<VirtualHost 127.0.0.$n:1>", "ServerName h$n", @lines,
                '</VirtualHost>');
    };
    my @one = $host->(1, $try->("$secret\n"));
    my $two = 'TMFEventSecretFile ' . $folder;
    my $differ = qr{TMFEventSecretFile: "/a" has other secrets};
    refused('other secrets in another virtual host', 11, $differ, @one,
            $host->(2, mount('/a', "$two/other")));
    refused('no secrets in another virtual host', 4, $differ, @one,
            $host->(2, mount('/a')));
    refused('other secrets for all of another', 10, $differ, @one,
            $host->(2, "$two/other", mount('/a')));
    refused('other secrets in a virtual host', 8, $differ,
            $try->("$secret\n"), $host->(2, mount('/a', "$two/other")));
    accepted('the same secrets in another virtual host', @one,
             $host->(2, mount('/a', "$two/secret")));
    accepted('other secrets at another mount', @one,
             $host->(2, mount('/b', "$two/other")));
    accepted('other secrets for another data set', @one,
             $host->(2, mount('/a', "$two/other", 'TMFDataSet other')));
    accepted('other secrets in another database', @one,
             $host->(2, 'DBDParams "host=/elsewhere"',
                     mount('/a', "$two/other")));
}

# --- certificates

accepted('CA certificates', "TMFEventCAFile $authorities");
spew("$folder/none.pem", "none\n");
for my $file ('none.pem', 'nosuch.pem', $folder) {
    refused("no CA certificates: $file", 2,
            qr{TMFEventCAFile: \Q$folder\E.*certificates},
            '# one', "TMFEventCAFile $file");
}

# --- definitions: every fault of the loader's cases, all in one go

my @folders = grep { -f "$_/definition.json" }
    glob "$top/t/unit/spec/faults/*";
ok(@folders > 30, 'faults: there are cases');
for my $case (@folders) {
    my $over = -f "$case/overlay.json" ? " $case/overlay.json" : '';
    my ($status, $out) = configtest('<Location /a>', '# two',
        "TMFDefinition $case/definition.json$over", '</Location>');
    open my $in, '<', "$case/expected.json" or die "$case: $!";
    my @expected = @{ json_of(join '', <$in>) };
    my @missing = grep {
        my ($file, $pointer, $text) = @{$_};
        $out !~ /\Q$case\/$file.json#$pointer\E: .*\Q$text\E/
            && $out !~ /\Q$case\/$file.json#$pointer\E: /
    } @expected;
    ok($status && !@missing, 'faults: ' . basename($case)
       . ': all ' . @expected . ' with file and pointer')
        || diag(join "\n", (map { "$_->[0]#$_->[1] $_->[2]" } @missing), $out);
    like($out, qr/line 3 of \Q$site\E|\Q$site\E:3\b/,
         'faults: ' . basename($case) . ': with the line');
}
my ($status, $out) = configtest(
    '<Location /a>', "TMFDefinition $folder/one.json", '</Location>',
    '<Location /b>', "TMFDefinition $folder/two.json", '</Location>');
like($out, qr/one\.json.*two\.json/s, 'faults: of every mount in one go');

done_testing;
