"""The tables around the catalogue: endpoint groups, limits. What only links two rows has no model, but constant SQL."""

from peewee import BigIntegerField, TextField

from stacklab.core.db.model import JSONField, Table


class EndpointGroup(Table):
    id = TextField(primary_key=True)
    name = TextField()
    description = TextField(null=True)
    filters = JSONField()

    class Meta:
        table_name = "identity_endpoint_groups"


class RegisteredLimit(Table):
    id = TextField(primary_key=True)
    service_id = TextField()
    region_id = TextField(null=True)
    resource_name = TextField()
    default_limit = BigIntegerField()
    description = TextField(null=True)

    class Meta:
        table_name = "identity_registered_limits"


class Limit(Table):
    """One of `project_id` and `domain_id` is set. Service, region and resource are those of the registered limit: a
    view joins them, so that a list filters on them; writing goes to `identity_limits`."""

    id = TextField(primary_key=True)
    registered_limit_id = TextField()
    project_id = TextField(null=True)
    domain_id = TextField(null=True)
    resource_limit = BigIntegerField()
    description = TextField(null=True)
    service_id = TextField()
    region_id = TextField(null=True)
    resource_name = TextField()

    class Meta:
        table_name = "identity_limits_named"
