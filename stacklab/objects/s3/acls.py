"""ACLs of buckets: Amazon's grants in terms of the ACLs that a container has, and back.

    AllUsers READ                    .r:*,.rlistings   whoever asks, without a name too
    AuthenticatedUsers READ, WRITE   *:*               whoever has a name in this cloud
    a CanonicalUser READ, WRITE      project:*         the ID is a project's, or project:user

The owner, everybody with a role on the bucket's project, has full control and cannot lose it. Nobody writes without a
name: AllUsers WRITE is given to those who have one, and shown so. Objects have no ACLs of their own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from stacklab.core.db.synced import synced
from stacklab.http.reply import Reply
from stacklab.objects import acl, containers, model
from stacklab.objects.s3 import xml
from stacklab.objects.s3.call import Call, answer, owner
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.xml import XSI, Node

READ_ACL, WRITE_ACL = "x-container-read", "x-container-write"
READ, WRITE, FULL = "READ", "WRITE", "FULL_CONTROL"
_GROUPS = "http://acs.amazonaws.com/groups/global/"
EVERYBODY, NAMED = f"{_GROUPS}AllUsers", f"{_GROUPS}AuthenticatedUsers"
_PUBLIC, _ANYBODY = f".r:*,{acl.LISTINGS}", "*:*"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9_-]{1,64})?")
_MARK = "x-amz-grant-"
_HEADERS = {
    f"{_MARK}read": READ, f"{_MARK}write": WRITE, f"{_MARK}full-control": FULL,
    f"{_MARK}read-acp": "READ_ACP", f"{_MARK}write-acp": "WRITE_ACP",
}  # fmt: skip
_GRANTEE = re.compile(r'\s*(uri|id|emailAddress)\s*=\s*"([^"]*)"\s*')


class Grant(NamedTuple):
    """`who` is an ID, or the URI of a group."""

    who: str
    permission: str


CANNED: dict[str, tuple[Grant, ...]] = {
    "private": (),
    "bucket-owner-read": (),
    "bucket-owner-full-control": (),
    "public-read": (Grant(EVERYBODY, READ),),
    "public-read-write": (Grant(EVERYBODY, READ), Grant(EVERYBODY, WRITE)),
    "authenticated-read": (Grant(NAMED, READ),),
}


def canned(headers: Mapping[str, str]) -> tuple[Grant, ...] | None:
    """The grants that x-amz-acl stands for, None without it. Raises S3Error."""
    said = headers.get("x-amz-acl", "")
    if said == "log-delivery-write":
        raise S3Error("NotImplemented")
    if said and said not in CANNED:
        raise S3Error("InvalidArgument", ArgumentName="x-amz-acl", ArgumentValue=said)
    return CANNED[said] if said else None


def asked(call: Call) -> dict[str, str] | None:
    """What the headers of a request make of a container's ACLs, None where they say nothing. Raises S3Error."""
    headers = call.request.headers
    grants, named = canned(headers), [name for name in headers if name.startswith(_MARK)]
    if grants is not None and named:
        raise S3Error("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")
    if named:
        grants = tuple(grant for name in named for grant in _by_header(name, headers[name]))
    return None if grants is None else _written(grants, call.opened.caller.project_id or "")


def _by_header(name: str, value: str) -> Iterable[Grant]:
    permission = _HEADERS.get(name, "")
    for part in value.split(","):
        found = _GRANTEE.fullmatch(part)
        if not found or not permission:
            raise S3Error("InvalidArgument", ArgumentName=name, ArgumentValue=value)
        if found[1] == "emailAddress":
            raise S3Error("NotImplemented", "Grantees are known by their ID.")
        yield Grant(found[2], permission)


def _by_document(found: Element) -> Iterable[Grant]:
    grants = found.findall("./AccessControlList/Grant")
    if not grants:
        raise S3Error("MalformedACLError")
    for grant in grants:
        who = grant.findtext("./Grantee/URI") or grant.findtext("./Grantee/ID") or ""
        permission = grant.findtext("./Permission") or ""
        if not who or permission not in _HEADERS.values():
            raise S3Error("MalformedACLError")
        yield Grant(who, permission)


def _written(grants: Iterable[Grant], project: str) -> dict[str, str]:
    """Both ACLs of a container; what is not granted is taken away. Raises S3Error."""
    lists: dict[str, list[str]] = {READ: [], WRITE: []}
    for who, permission in grants:
        if who == project:
            continue
        if permission not in lists:
            raise S3Error("NotImplemented", "Whoever is not the owner can be granted READ and WRITE.")
        if who in (EVERYBODY, NAMED):
            lists[permission].append(_PUBLIC if (who, permission) == (EVERYBODY, READ) else _ANYBODY)
        elif _ID.fullmatch(who):
            lists[permission].append(who if ":" in who else f"{who}:*")
        else:
            raise S3Error("InvalidArgument", "Invalid group uri" if "/" in who else "Invalid id", ArgumentValue=who)
    return {READ_ACL: ",".join(dict.fromkeys(lists[READ])), WRITE_ACL: ",".join(dict.fromkeys(lists[WRITE]))}


def _granted(call: Call, kept: Mapping[str, str]) -> Iterable[Grant]:
    """The grants beside the owner's. What has no name here (roles, pages on other hosts) is not shown."""
    read = acl.parse(kept.get(READ_ACL, ""))
    if acl.referred(read, "") and (call.key or acl.LISTINGS in read.members):
        yield Grant(EVERYBODY, READ)
    for permission, rules in ((READ, read), (WRITE, acl.parse(kept.get(WRITE_ACL, "")))):
        for member in sorted(rules.members):
            if member == _ANYBODY:
                yield Grant(NAMED, permission)
            elif ":" in member:
                yield Grant(member.removesuffix(":*"), permission)


async def show(call: Call) -> Reply:
    """Of a bucket, or of an object, which is its bucket's."""
    if call.key and model.entry(call.holder("HEAD").id, call.key) is None:
        raise S3Error("NoSuchKey", Key=call.key)
    holder, own = call.holder("HEAD", key=""), owner(call)
    grants = [_shown("CanonicalUser", own[1], FULL)]
    for who, permission in _granted(call, holder.metadata):
        if who.startswith(_GROUPS):
            grants.append(_shown("Group", [("URI", who)], permission))
        else:
            grants.append(_shown("CanonicalUser", [("ID", who), ("DisplayName", who)], permission))
    return answer("AccessControlPolicy", [own, ("AccessControlList", grants)])


def _shown(kind: str, who: str | Sequence[Node], permission: str) -> Node:
    return ("Grant", [(f'Grantee xmlns:xsi="{XSI}" xsi:type="{kind}"', who), ("Permission", permission)])


async def put(call: Call) -> Reply:
    if call.key:
        raise S3Error("NotImplemented")
    headers, raw = asked(call), await call.bytes()
    if headers is not None and raw.strip():
        raise S3Error("UnexpectedContent")
    if headers is None:
        headers = _written(_by_document(_document(raw)), call.opened.caller.project_id or "")
    there, holder = call.within("POST")
    containers.update(holder, headers, there.owner)
    await synced()
    return Reply(200, None, {"location": call.bucket})


def _document(raw: bytes) -> Element:
    if not raw.strip():
        raise S3Error("MissingSecurityHeader", MissingHeaderName="x-amz-acl")
    try:
        return xml.parse(raw, "AccessControlPolicy")
    except xml.Malformed:
        raise S3Error("MalformedACLError") from None
