"""Buckets: listed, made, looked at, deleted; their location, versioning and ACL."""

from functools import partial

from stacklab.core.db.database import transaction
from stacklab.core.db.synced import synced
from stacklab.core.db.together import together
from stacklab.core.errors import Conflict
from stacklab.http.reply import Reply
from stacklab.objects import accounts, acl, containers, model, rights, versioning, versions
from stacklab.objects.model import Container
from stacklab.objects.s3 import uploads, xml
from stacklab.objects.s3.call import Call, answer, is_bucket
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.listings import iso
from stacklab.objects.s3.xml import XSI, Node

_MOST = 10_000
_EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
_READ, _WRITE = "x-container-read", "x-container-write"
_CANNED = {
    "private": {_WRITE: ".", _READ: "."},
    "bucket-owner-read": {_WRITE: ".", _READ: "."},
    "bucket-owner-full-control": {_WRITE: ".", _READ: "."},
    "public-read": {_READ: ".r:*,.rlistings"},
    "public-read-write": {_WRITE: ".r:*", _READ: ".r:*,.rlistings"},
}
"""Canned ACLs in Swift's terms, as s3api has them."""


async def index(call: Call) -> Reply:
    call.place("GET")
    found = model.containers("WHERE account = ? ORDER BY name LIMIT ?", (call.account, _MOST))
    shown: list[Node] = [
        ("Bucket", [("Name", one.name), ("CreationDate", iso(one.created_at))]) for one in found if is_bucket(one.name)
    ]
    return answer("ListAllMyBucketsResult", [owner(call), ("Buckets", shown)])


def owner(call: Call) -> Node:
    """The caller, by whom everything in the account is shown to be owned."""
    caller = call.opened.caller
    return ("Owner", [("ID", caller.project_id or ""), ("DisplayName", caller.project_name or "")])


async def create(call: Call) -> Reply:
    headers = _canned(call)
    await _check_location(call)
    there = call.place("PUT")
    if there.container:
        raise S3Error("BucketAlreadyOwnedByYou", BucketName=call.bucket)
    reseller = rights.is_reseller(call.opened.caller)
    containers.put(call.account, call.bucket, headers, there.owner, call.service.room, reseller)
    await synced()
    return Reply(200, None, {"location": f"/{call.bucket}"})


def _canned(call: Call) -> dict[str, str]:
    said = call.request.headers.get("x-amz-acl", "")
    if said in ("authenticated-read", "log-delivery-write"):
        raise S3Error("NotImplemented")
    if said and said not in _CANNED:
        raise S3Error("InvalidArgument", ArgumentName="x-amz-acl", ArgumentValue=said)
    return dict(_CANNED[said]) if said else {}


async def _check_location(call: Call) -> None:
    raw = await call.bytes()
    if not raw.strip():
        return
    try:
        found = xml.parse(raw, "CreateBucketConfiguration")
    except xml.Malformed:
        raise S3Error("MalformedXML") from None
    said = found.findtext("LocationConstraint") or ""
    if said not in ("", "us-east-1", call.service.settings.node.region):
        raise S3Error("InvalidLocationConstraint", LocationConstraint=said)


async def head(call: Call) -> Reply:
    call.holder("HEAD")
    return Reply(200)


async def delete(call: Call) -> Reply:
    """The parts of uploads that are under way go too, as with s3api."""
    await together(partial(_delete, call.holder("DELETE")))
    return Reply(204)


def _delete(holder: Container) -> None:
    try:
        with transaction():
            containers.delete(holder)
            if aside := uploads.companion(holder):
                accounts.discard(aside)
    except Conflict:
        raise S3Error("BucketNotEmpty") from None


async def location(call: Call) -> Reply:
    call.holder("HEAD")
    region = call.service.settings.node.region
    return Reply(200, xml.document("LocationConstraint", []).replace(b"></", f">{region}</".encode()), {},
                 "application/xml")  # fmt: skip


async def versioned(call: Call) -> Reply:
    holder = call.holder("HEAD")
    said = holder.said(versioning.ENABLED)
    status: list[Node] = [("Status", "Enabled" if said == "True" else "Suspended")] if said else []
    return answer("VersioningConfiguration", status)


async def set_versioned(call: Call) -> Reply:
    found = await call.xml("VersioningConfiguration")
    status = found.findtext("Status")
    if status not in ("Enabled", "Suspended"):
        raise S3Error("MalformedXML")
    there, holder = call.place("POST"), call.holder("POST")
    containers.update(holder, {versioning.ENABLED: str(status == "Enabled")}, there.owner)
    await synced()
    return Reply(200)


async def show_acl(call: Call) -> Reply:
    if call.key and model.entry(call.holder("HEAD").id, call.key) is None:
        raise S3Error("NoSuchKey", Key=call.key)
    holder = call.holder("HEAD", key="")
    grants: list[Node] = [_grant("CanonicalUser", owner(call)[1], "FULL_CONTROL")]
    if acl.referred(acl.parse(holder.said(_READ)), ""):
        grants.append(_grant("Group", [("URI", _EVERYBODY)], "READ"))
    return answer("AccessControlPolicy", [owner(call), ("AccessControlList", grants)])


def _grant(kind: str, who: object, permission: str) -> Node:
    assert isinstance(who, list)
    grantee = f'Grantee xmlns:xsi="{XSI}" xsi:type="{kind}"'
    return ("Grant", [(grantee, who), ("Permission", permission)])


async def set_acl(call: Call) -> Reply:
    if call.key:
        raise S3Error("NotImplemented")
    headers, raw = _canned(call), await call.bytes()
    if bool(headers) == bool(raw.strip()):
        raise S3Error("InvalidRequest", "Give an ACL either as x-amz-acl or as a body")
    headers = headers or _by_grants(raw)
    there, holder = call.place("POST"), call.holder("POST")
    containers.update(holder, headers, there.owner)
    await synced()
    return Reply(200, None, {"location": call.bucket})


def _by_grants(raw: bytes) -> dict[str, str]:
    try:
        found = xml.parse(raw, "AccessControlPolicy")
    except xml.Malformed:
        raise S3Error("MalformedXML") from None
    name = "private"
    for grant in found.findall("./AccessControlList/Grant"):
        everybody = grant.findtext("./Grantee/URI") == _EVERYBODY
        permission = grant.findtext("./Permission")
        if everybody and permission == "WRITE":
            name = "public-read-write"
        elif everybody and permission == "READ":
            name = name if name == "public-read-write" else "public-read"
        elif permission != "FULL_CONTROL" or grant.find("./Grantee/URI") is not None:
            raise S3Error("NotImplemented", "Grants are the owner's full control and reading by everybody.")
    return dict(_CANNED[name])


def version_header(holder: Container, entry: model.Entry) -> dict[str, str]:
    if versioning.ENABLED not in holder.metadata:
        return {}
    if versioning.enabled(holder) and not versions.has_id(entry):
        entry = versions.marked(entry) if entry.file else entry
    return {"x-amz-version-id": versions.id_of(entry)}
