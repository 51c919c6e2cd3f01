"""EC2 keys: an access key and a secret that stand for a user in a project, and the tokens signed requests are good for.

A key is a stored credential of type `ec2`. It may be held to less than its user has: the trust, the application
credential or the OAuth1 access token that its blob names.
"""

from typing import Any

import msgspec
from msgspec import Struct

from stacklab.core import clock, ids
from stacklab.core.errors import NotFound
from stacklab.identity import credentials, oauth1, projects, signatures, trusts, users
from stacklab.identity.authentication import Proof, refused
from stacklab.identity.delegation import EC2, active
from stacklab.identity.model import ApplicationCredential, Credential
from stacklab.identity.parts import Parts
from stacklab.identity.schemas import auth as body
from stacklab.identity.schemas.delegation import Signed

GOOD_FOR = 15 * 60 * clock.SECOND  # after the moment a request says it was signed: Keystone's auth_ttl


class Key(Struct, frozen=True):
    """A credential with what is in its blob."""

    credential: Credential
    blob: dict[str, Any]


def find(parts: Parts, access: str) -> Key | None:
    """The key by its access key. A credential of another type is none."""
    credential = credentials.find(credentials.ec2_id(access))
    if credential is None or credential.type.lower() != credentials.EC2:
        return None
    return opened(parts, credential)


def opened(parts: Parts, credential: Credential) -> Key:
    return Key(credential, credentials.ec2_blob(credentials.blob(parts, credential)))


def of(parts: Parts, user_id: str) -> list[Key]:
    """A user's keys, in the order of their ids."""
    table = Credential
    mine = table.select().where((table.user_id == user_id) & (table.type == credentials.EC2)).order_by(table.id)
    return [opened(parts, credential) for credential in mine]


def create(parts: Parts, user_id: str, project_id: str | None) -> Key:
    """A new key; its secret can be read again (Keystone's API shows it). Raises NotFound, OverQuota."""
    if users.find(user_id) is None:
        raise NotFound(f"Could not find user: {user_id}.")
    if not project_id or projects.find(project_id) is None:
        raise NotFound(f"Could not find project: {project_id}.")
    blob = {"access": ids.new_hex(), "secret": ids.new_hex(), "trust_id": None}
    fields = {
        "user_id": user_id,
        "project_id": project_id,
        "type": credentials.EC2,
        "blob": msgspec.json.encode(blob).decode(),
    }
    return Key(credentials.create(parts, fields, {}), blob)


def require_fresh(asked: Signed) -> None:
    """Raises Unauthorized when a signed moment is unreadable or too long ago; a request without one has no age."""
    headers = {name.lower(): value for name, value in asked.headers.items()}
    # Version 4 signs the latter two alone, whatever else the query of a POST says.
    stated = asked.params.get("Timestamp") if asked.params.get("SignatureVersion") in signatures.OLDER else None
    moment = stated or headers.get("x-amz-date") or asked.params.get("X-Amz-Date")
    if not moment:
        return
    try:
        signed_at = clock.parse(str(moment))
    except ValueError:
        raise refused() from None
    if clock.now() > signed_at + GOOD_FOR:
        raise refused()


def proof(parts: Parts, key: Key, started: int) -> tuple[Proof, body.Scope]:
    """Who a key speaks for and where, once the signature is known to be right. Raises Unauthorized, NotFound."""
    credential, limit = key.credential, started + parts.lifetime
    user = active(parts, credential.user_id)
    if user is None:
        raise refused()
    scope = body.Scope(project=body.ProjectRef(id=credential.project_id or ""))
    if key.blob.get("trust_id"):
        return _by_trust(parts, credential, str(key.blob["trust_id"]), limit)
    if key.blob.get("app_cred_id"):
        lent = _application_credential(credential, str(key.blob["app_cred_id"]), started)
        return Proof(user, (EC2,), min(limit, lent.expires_at or limit), credential=lent), scope
    if key.blob.get("access_token_id"):
        access = oauth1.access_token(str(key.blob["access_token_id"]))
        if (access.user_id, access.project_id) != (credential.user_id, credential.project_id):
            raise refused()
        return Proof(user, (EC2,), min(limit, access.expires_at), access=access), scope
    return Proof(user, (EC2,), limit), scope


def _by_trust(parts: Parts, credential: Credential, trust_id: str, limit: int) -> tuple[Proof, body.Scope]:
    """The key acts for the trustee. Its trustor may have made it too where both appear as the trustor: else a key of
    one's own would be good for tokens of whomever one gave a trust."""
    trust = trusts.get(trust_id)
    makers = (trust.trustee_user_id, trust.trustor_user_id) if trust.impersonation else (trust.trustee_user_id,)
    if credential.user_id not in makers:
        raise refused()
    trustee = active(parts, trust.trustee_user_id)
    if trust.project_id != credential.project_id or trustee is None:
        raise refused()
    return Proof(trustee, (EC2,), limit), body.Scope(trust=body.TrustRef(id=trust.id))


def _application_credential(credential: Credential, lent_id: str, started: int) -> ApplicationCredential:
    lent: ApplicationCredential | None = ApplicationCredential.get_or_none(ApplicationCredential.id == lent_id)
    if lent is None:
        raise NotFound(f"Could not find Application Credential: {lent_id}.")
    same = (lent.user_id, lent.project_id) == (credential.user_id, credential.project_id)
    if not same or (lent.expires_at is not None and lent.expires_at <= started):
        raise refused()
    return lent


def secret(key: Key) -> str:
    """Raises Unauthorized for a key without one: nothing can be signed with it."""
    found = key.blob.get("secret")
    if not isinstance(found, str) or not found:
        raise refused()
    return found
