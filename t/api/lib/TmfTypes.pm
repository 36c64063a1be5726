# How the attributes of a resource are typed by its definition.
package TmfTypes;
use strict;
use warnings;

use JSON::PP ();

# The definition's text, and the name of the resource's schema.
sub new
{
    my ($class, $definition, $type) = @_;
    my $document = JSON::PP->new->utf8->decode($definition);
    return bless { schemas => $document->{components}{schemas},
                   type => $type }, $class;
}

sub _resolve
{
    my ($self, $schema) = @_;
    while ($schema && $schema->{'$ref'}) {
        $schema = $self->{schemas}{ $schema->{'$ref'} =~ s{.*/}{}r };
    }
    return $schema;
}

sub _element
{
    my ($self, $schema) = @_;
    $schema = $self->_resolve($schema);
    while ($schema && ($schema->{type} // '') eq 'array') {
        $schema = $self->_resolve($schema->{items});
    }
    return $schema;
}

# The declared schema at the end of a path, or undef.
sub declared
{
    my ($self, @names) = @_;
    my $schema = $self->{schemas}{ $self->{type} };
    for my $name (@names) {
        $schema = $self->_element($schema) or return;
        $schema = ($schema->{properties} // {})->{$name} or return;
    }
    return $self->_element($schema);
}

# id, href, text, number, boolean, time, object; any for what is not declared.
sub of
{
    my ($self, @names) = @_;
    return 'id' if "@names" eq 'id';
    return 'href' if "@names" eq 'href';
    my $schema = $self->declared(@names);
    my $type = $schema ? $schema->{type} // 'any' : 'any';
    return 'number' if $type eq 'integer';
    return 'object' if $type eq 'any' && $schema && $schema->{properties};
    return $type if $type ne 'string';
    return ($schema->{format} // '') eq 'date-time' ? 'time' : 'text';
}

1;
