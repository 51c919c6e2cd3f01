"""The tables of delegation: trusts, and the consumers and tokens of OAuth 1.0a. `role_ids` are lists of ids."""

from peewee import BigIntegerField, BooleanField, IntegerField, TextField

from stacklab.core.db.model import JSONField, Table


class Trust(Table):
    id = TextField(primary_key=True)
    trustor_user_id = TextField()
    trustee_user_id = TextField()
    project_id = TextField(null=True)
    impersonation = BooleanField()
    role_ids = JSONField()
    expires_at = BigIntegerField(null=True)
    remaining_uses = IntegerField(null=True)
    redelegated_trust_id = TextField(null=True)
    redelegation_count = IntegerField()
    extra = JSONField(default=dict)

    class Meta:
        table_name = "identity_trusts"


class Consumer(Table):
    id = TextField(primary_key=True)
    description = TextField(null=True)
    secret = TextField()  # encrypted
    extra = JSONField(default=dict)

    class Meta:
        table_name = "identity_consumers"


class RequestToken(Table):
    id = TextField(primary_key=True)
    consumer_id = TextField()
    secret = TextField()  # encrypted
    project_id = TextField()
    verifier = TextField(null=True)  # this and the next two: once a user has authorized it
    user_id = TextField(null=True)
    role_ids = JSONField(null=True)
    expires_at = BigIntegerField()

    class Meta:
        table_name = "identity_request_tokens"


class AccessToken(Table):
    id = TextField(primary_key=True)
    consumer_id = TextField()
    secret = TextField()  # encrypted
    user_id = TextField()
    project_id = TextField()
    role_ids = JSONField()
    expires_at = BigIntegerField()

    class Meta:
        table_name = "identity_access_tokens"
