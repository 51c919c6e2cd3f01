"""What a client of S3 signed: read from the Authorization header or from the query of a presigned URL, versions 2 and
4, as Amazon publishes them ("Authenticating Requests"); and the text that its signature must fit.
"""

import hashlib
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from msgspec import Struct

from stacklab.core import clock
from stacklab.http.request import Request
from stacklab.objects.s3.errors import S3Error

V4 = "AWS4-HMAC-SHA256"
SKEW = 15 * 60 * clock.SECOND
_LONGEST = 7 * 86400  # seconds a presigned URL of version 4 is good for, at most
UNSIGNED = "UNSIGNED-PAYLOAD"
_MUST_BE_SIGNED = ("x-amz-copy", "x-amz-acl", "x-amz-grant", "x-amz-meta")
SUBRESOURCES = frozenset(
    {
        "acl", "cors", "delete", "lifecycle", "location", "logging", "notification", "object-lock", "partNumber",
        "policy", "publicAccessBlock", "requestPayment", "response-cache-control", "response-content-disposition",
        "response-content-encoding", "response-content-language", "response-content-type", "response-expires",
        "restore", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
    }
)  # fmt: skip
"""Queries that version 2 signs."""


class Signed(Struct, frozen=True):
    """`text` is what was signed. `scope`: (day, region, service) of version 4, empty for version 2."""

    access: str
    signature: str
    text: bytes
    scope: tuple[str, str, str] | tuple[()] = ()
    moment: str = ""
    other: bytes = b""  # what boto3 signs in place of the text with version 2: a bucket's path with a slash behind it
    presigned: bool = False

    @property
    def texts(self) -> tuple[bytes, ...]:
        """What may have been signed."""
        return (self.text, self.other) if self.other else (self.text,)


def claims(authorization: str, query: str) -> bool:
    """Whether a request is signed as S3's are, wherever its path leads."""
    if authorization.startswith(("AWS ", V4)):
        return True
    return "X-Amz-Algorithm=" in query or ("AWSAccessKeyId=" in query and "Signature=" in query)


def read(request: Request, bucket_in_host: str = "") -> Signed:
    """Raises S3Error for what is not signed, badly, or not now. `bucket_in_host` is signed by version 2 as a path."""
    stated = request.headers.get("authorization", "")
    if stated.startswith(V4):
        return _v4_header(request, stated)
    if request.query.get("X-Amz-Algorithm") is not None:
        return _v4_query(request)
    if stated.startswith("AWS "):
        access, colon, signature = stated.removeprefix("AWS ").strip().rpartition(":")
        if not colon:
            raise S3Error("AccessDenied")
        _check_date(request)
        return _v2(request, access, signature, bucket_in_host, None)
    expires = request.query.get("Expires")
    access, signature = request.query.get("AWSAccessKeyId") or "", request.query.get("Signature") or ""
    if not access or not signature or not (expires or "").isdecimal():
        raise S3Error("AccessDenied")
    if clock.now() > int((expires or "0")[:12]) * clock.SECOND:
        raise S3Error("AccessDenied", "Request has expired")
    return _v2(request, access, signature, bucket_in_host, expires)


def _v2(request: Request, access: str, signature: str, bucket: str, expires: str | None) -> Signed:
    path = (f"/{bucket}" if bucket else "") + quote(request.target, safe="/~")
    text, other = (_v2_text(request, one, expires) for one in (path, f"{path}/"))
    return Signed(access, signature, text, presigned=expires is not None, other=other)


def _check_date(request: Request) -> None:
    said = request.headers.get("x-amz-date") or request.headers.get("date") or ""
    try:
        at = int(parsedate_to_datetime(said).timestamp()) * clock.SECOND
    except (ValueError, OverflowError):
        at = _moment(said) or 0
    if not at:
        raise S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    _check_skew(at)


def _check_skew(at: int) -> None:
    if abs(clock.now() - at) > SKEW:
        raise S3Error("RequestTimeTooSkewed")


def _moment(text: str) -> int | None:
    """µs of YYYYMMDDTHHMMSSZ."""
    if len(text) != 16 or text[8] != "T" or text[15] != "Z" or not (text[:8] + text[9:15]).isdecimal():
        return None
    iso = f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[9:11]}:{text[11:13]}:{text[13:15]}Z"
    try:
        return clock.parse(iso)
    except ValueError:
        return None


def _v2_text(request: Request, path: str, expires: str | None) -> bytes:
    headers = request.headers
    amz = sorted((name, value.strip()) for name, value in headers.items() if name.startswith("x-amz-"))
    date = expires if expires is not None else "" if "x-amz-date" in headers else headers.get("date", "")
    lines = [request.method, headers.get("content-md5", ""), headers.get("content-type", ""), date]
    lines += [f"{name}:{value}" for name, value in amz]
    pairs = sorted((name, value) for name, value in request.query.pairs if name in SUBRESOURCES)
    query = "&".join(f"{name}={value}" if value else name for name, value in pairs)
    return b"\n".join([*map(_raw, lines), (f"{path}?{query}" if query else path).encode()])


def _raw(line: str) -> bytes:
    """Headers came as latin-1."""
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode()


def _v4_header(request: Request, stated: str) -> Signed:
    parts = (part.strip().partition("=") for part in stated.removeprefix(V4).split(","))
    fields = {name: value for name, _, value in parts}
    if not {"Credential", "SignedHeaders", "Signature"} <= fields.keys():
        raise S3Error("AuthorizationHeaderMalformed")
    moment = request.headers.get("x-amz-date", "")
    at = _moment(moment)
    if at is None:
        raise S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    _check_skew(at)
    payload = request.headers.get("x-amz-content-sha256")
    if payload is None:
        raise S3Error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    return _v4(request, fields, moment, payload, presigned=False)


def _v4_query(request: Request) -> Signed:
    query = request.query
    named = ("Credential", "SignedHeaders", "Signature")
    fields = {name: query.get(f"X-Amz-{name}") or "" for name in named}
    moment, expires = query.get("X-Amz-Date") or "", query.get("X-Amz-Expires") or ""
    at = _moment(moment)
    if query.get("X-Amz-Algorithm") != V4 or not all(fields.values()) or at is None or not expires.isdecimal():
        raise S3Error("AuthorizationQueryParametersError")
    if int(expires[:9]) > _LONGEST:
        raise S3Error("AuthorizationQueryParametersError", "X-Amz-Expires must be less than a week")
    if at > clock.now() + SKEW:
        raise S3Error("AccessDenied", "Request is not yet valid")
    if clock.now() > at + int(expires[:9]) * clock.SECOND:
        raise S3Error("AccessDenied", "Request has expired")
    payload = request.headers.get("x-amz-content-sha256", UNSIGNED)
    return _v4(request, fields, moment, payload, presigned=True)


def _v4(request: Request, fields: dict[str, str], moment: str, payload: str, *, presigned: bool) -> Signed:
    access, *scope = fields["Credential"].rsplit("/", 4)
    wrong = "AuthorizationQueryParametersError" if presigned else "AuthorizationHeaderMalformed"
    if len(scope) != 4 or scope[2] != "s3" or scope[3] != "aws4_request" or scope[0] != moment[:8]:
        raise S3Error(wrong)
    names = fields["SignedHeaders"].split(";")
    if "host" not in names or any(n.startswith(_MUST_BE_SIGNED) and n not in names for n in request.headers):
        raise S3Error("AccessDenied", "There were headers present in the request which were not signed")
    canonical = _canonical(request, names, payload)
    digest = hashlib.sha256(canonical).hexdigest()
    text = "\n".join((V4, moment, "/".join(scope), digest)).encode()
    return Signed(access, fields["Signature"], text, (scope[0], scope[1], scope[2]), moment, presigned=presigned)


def _canonical(request: Request, names: list[str], payload: str) -> bytes:
    def part(text: str) -> str:
        return quote(text, safe="-_.~")

    pairs = sorted((part(name), part(value)) for name, value in request.query.pairs if name != "X-Amz-Signature")
    query = "&".join(f"{name}={value}" for name, value in pairs)
    lines = [f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names]
    whole = [request.method, quote(request.target, safe="/-_.~"), query, *lines, "", ";".join(names), payload]
    return b"\n".join(_raw(line) for line in whole)
