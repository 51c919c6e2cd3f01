"""One request of S3: who asks, which bucket and key it is about, and what is there, once the caller may."""

import re
from ipaddress import IPv4Address
from xml.etree.ElementTree import Element

from msgspec import Struct

from stacklab.core.errors import TooLarge
from stacklab.http import access_rules
from stacklab.http.context import Context
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.objects import TYPE
from stacklab.objects.access import Place
from stacklab.objects.api import places
from stacklab.objects.model import Container
from stacklab.objects.s3 import PREFIX, body, signatures, xml
from stacklab.objects.s3.errors import MEDIA, S3Error
from stacklab.objects.s3.keys import Keys, Opened
from stacklab.objects.s3.signatures import Signed
from stacklab.objects.s3.xml import Node
from stacklab.objects.service import RESELLER_PREFIX, Objects

_BUCKET = re.compile(r"(?=.{3,63}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*", re.ASCII)
_MOST_XML = 2 << 20
_LONGEST_KEY = 1024


def is_bucket(name: str) -> bool:
    """Whether a container can be a bucket: its name is one that DNS would take."""
    if not _BUCKET.fullmatch(name):
        return False
    try:
        IPv4Address(name)
    except ValueError:
        return True
    return False


class Call(Struct, frozen=True):
    """`bucket` and `key` are "" where the path has none."""

    service: Objects
    request: Request
    signed: Signed
    opened: Opened
    bucket: str
    key: str

    @property
    def account(self) -> str:
        return f"{RESELLER_PREFIX}{self.opened.caller.project_id}"

    def place(self, method: str, bucket: str = "", key: str | None = None) -> Place:
        """What is at a bucket and key (this call's own), where the caller may do `method`, Swift's, there."""
        name, wanted = bucket or self.bucket, self.key if key is None else key
        return places.place(self.service, self.request, self.account, name or None, wanted, method)

    def within(self, method: str, bucket: str = "", key: str | None = None) -> tuple[Place, Container]:
        """The same, and the bucket. Raises S3Error where there is no such bucket."""
        there = self.place(method, bucket, key)
        if there.container is None:
            raise S3Error("NoSuchBucket", BucketName=bucket or self.bucket)
        return there, there.container

    def holder(self, method: str, bucket: str = "", key: str | None = None) -> Container:
        """The bucket alone."""
        return self.within(method, bucket, key)[1]

    async def xml(self, root: str, *, own: bool = True) -> Element:
        """The body. `own`: the checksum in the headers is its. Raises S3Error for one that is not this document."""
        try:
            return xml.parse(await self.bytes(own=own), root)
        except xml.Malformed:
            raise S3Error("MalformedXML") from None

    async def bytes(self, *, own: bool = True) -> bytes:
        """A small body, its digests checked."""
        self.request.limit = _MOST_XML
        try:
            incoming = body.opened(self.request, self.signed, self.opened.key, own=own)
            chunks = [chunk async for chunk in incoming.chunks]
        except TooLarge:
            raise S3Error("MalformedXML") from None
        whole = b"".join(chunks)
        wanted = body.content_md5(self.request)
        if wanted and body.md5(whole) != wanted:
            raise S3Error("BadDigest")
        return whole


async def opened(service: Objects, keys: Keys, request: Request, domain: str) -> Call:
    """Raises S3Error, Unauthorized, Unavailable."""
    in_host = _bucket_of_host(request.headers.get("host", ""), domain)
    signed = signatures.read(request, in_host)
    opened = await keys.check(request, signed)
    caller = opened.caller
    if not caller.project_id:
        raise S3Error("AccessDenied")
    request.ctx = Context(opened.caller, request.ctx.request_id)
    path = request.target.removeprefix("/")
    if not in_host and (request.target == PREFIX or request.target.startswith(f"{PREFIX}/")):
        path = request.target[len(PREFIX) :].removeprefix("/")
    bucket, _, key = (in_host, "", path) if in_host else path.partition("/")
    if bucket and not is_bucket(bucket):
        raise S3Error("InvalidBucketName", BucketName=bucket)
    if len(key.encode()) > _LONGEST_KEY:
        raise S3Error("KeyTooLongError")
    if caller.access_rules is not None:
        swift = "/".join(filter(None, ("/v1", f"{RESELLER_PREFIX}{caller.project_id}", bucket, key)))
        if not access_rules.permits(caller.access_rules, TYPE, request.method, swift):
            raise S3Error("AccessDenied")
    return Call(service, request, signed, opened, bucket, key)


def _bucket_of_host(host: str, domain: str) -> str:
    """Virtual-host style: the bucket before our domain, "" where the host is another."""
    name = host.partition(":")[0].lower()
    return name.removesuffix(f".{domain}") if domain and name.endswith(f".{domain}") else ""


def answer(root: str, nodes: list[Node], headers: dict[str, str] | None = None) -> Reply:
    return Reply(200, xml.document(root, nodes), headers or {}, MEDIA)


def missing(call: Call, version_id: str = "") -> S3Error:
    if version_id:
        return S3Error("NoSuchVersion", Key=call.key, VersionId=version_id)
    return S3Error("NoSuchKey", Key=call.key)


def owner(call: Call) -> Node:
    """The caller, by whom everything in the account is shown to be owned."""
    caller = call.opened.caller
    return ("Owner", [("ID", caller.project_id or ""), ("DisplayName", caller.project_name or "")])
