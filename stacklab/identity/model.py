"""The tables of identity. Domains are rows of Project."""

from typing import Any

from peewee import SQL, BigIntegerField, BooleanField, CompositeKey, IntegerField, TextField

from stacklab.core import clock
from stacklab.core.db.model import JSONField, Table


class Project(Table):
    id = TextField(primary_key=True)
    domain_id = TextField()  # "" for a domain
    parent_id = TextField(null=True)  # the domain where there is no parent project
    name = TextField()
    description = TextField(default="")
    enabled = BooleanField(default=True)
    is_domain = BooleanField(default=False)
    options = JSONField(default=dict)
    extra = JSONField(default=dict)

    class Meta:
        table_name = "identity_projects"


class ProjectTag(Table):
    project_id = TextField()
    tag = TextField()

    class Meta:
        table_name = "identity_project_tags"
        primary_key = CompositeKey("project_id", "tag")


class User(Table):
    id = TextField(primary_key=True)
    domain_id = TextField()
    name = TextField()
    password = TextField(null=True)
    enabled = BooleanField(default=True)
    default_project_id = TextField(null=True)
    options = JSONField(default=dict)
    extra = JSONField(default=dict)
    created_at = BigIntegerField(default=clock.now)
    active_at = BigIntegerField(null=True)  # the last log-in by password, kept where inactivity disables
    password_created_at = BigIntegerField(null=True, default=clock.now)
    password_expires_at = BigIntegerField(null=True)
    password_by_self = BooleanField(default=False)
    failed_count = IntegerField(default=0)
    failed_at = BigIntegerField(null=True)

    class Meta:
        table_name = "identity_users"


class Group(Table):
    id = TextField(primary_key=True)
    domain_id = TextField()
    name = TextField()
    description = TextField(default="")
    extra = JSONField(default=dict)

    class Meta:
        table_name = "identity_groups"


class GroupMember(Table):
    group_id = TextField()
    user_id = TextField()

    class Meta:
        table_name = "identity_group_members"
        primary_key = CompositeKey("group_id", "user_id")


class Role(Table):
    id = TextField(primary_key=True)
    domain_id = TextField(default="")
    name = TextField()
    description = TextField(null=True)
    options = JSONField(default=dict)
    extra = JSONField(default=dict)

    class Meta:
        table_name = "identity_roles"


class ImpliedRole(Table):
    prior_id = TextField()
    implied_id = TextField()

    class Meta:
        table_name = "identity_implied_roles"
        primary_key = CompositeKey("prior_id", "implied_id")


class Region(Table):
    id = TextField(primary_key=True)
    parent_id = TextField(null=True)
    description = TextField(default="")
    extra = JSONField(default=dict)

    class Meta:
        table_name = "identity_regions"


class Service(Table):
    id = TextField(primary_key=True)
    type = TextField()
    name = TextField(default="")
    description = TextField(null=True)
    enabled = BooleanField(default=True)
    extra = JSONField(default=dict)

    class Meta:
        table_name = "identity_services"


class Endpoint(Table):
    id = TextField(primary_key=True)
    service_id = TextField()
    region_id = TextField(null=True)
    interface = TextField()
    url = TextField()
    enabled = BooleanField(default=True)
    extra = JSONField(default=dict)

    class Meta:
        table_name = "identity_endpoints"


class ApplicationCredential(Table):
    id = TextField(primary_key=True)
    user_id = TextField()
    project_id = TextField()
    name = TextField()
    secret = TextField()
    description = TextField(null=True)
    role_ids = JSONField()
    expires_at = BigIntegerField(null=True)
    unrestricted = BooleanField(default=False)

    class Meta:
        table_name = "identity_application_credentials"


class Credential(Table):
    id = TextField(primary_key=True)
    user_id = TextField()
    project_id = TextField(null=True)
    type = TextField()
    blob = TextField()
    extra = JSONField(default=dict)

    class Meta:
        table_name = "identity_credentials"


class Policy(Table):
    id = TextField(primary_key=True)
    type = TextField()
    blob = TextField()
    extra = JSONField(default=dict)

    class Meta:
        table_name = "identity_policies"


def matching(table: type[Table], condition: str, params: list[Any]) -> list[Any]:
    """The rows of a table under a condition with its order and limit, as `api/collections.conditions` writes it."""
    return list(table.select().where(SQL(condition, params)))
