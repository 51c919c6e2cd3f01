"""The signatures of EC2 and S3 clients: AWS versions 0, 1, 2 and 4, computed anew from what the client says it signed.

Version 4 is AWS' published algorithm ("Signature Version 4 signing process"); the older ones are what Keystone's own
clients sign. Each raises KeyError, IndexError, ValueError or TypeError where something that is signed is missing.
"""

import hashlib
import hmac
import re
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from msgspec.structs import replace

from stacklab.identity.schemas.delegation import Signed

OLDER = ("0", "1", "2")
"""What a request's `SignatureVersion` says of those before 4."""
_V4 = "AWS4-HMAC-SHA256"
_S3_SERVICES = ("s3", "iam", "sts")
_STRIPS_PORT = re.compile(r"Boto/2\.[0-9]\.[0-2]")  # these sign the host without its port


def matches(secret: str, asked: Signed) -> bool:
    """Whether an EC2 request was signed with the secret; some clients leave the port out of the host they sign."""
    try:
        if _same(asked.signature, _ec2(secret, asked)):
            return True
        bare = urlsplit(f"//{asked.host}").hostname
        return ":" in asked.host and _same(asked.signature, _ec2(secret, replace(asked, host=bare or "")))
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        return False


def matches_s3(secret: str, asked: Signed) -> bool:
    """Whether an S3 request was: the text that was signed comes along as URL-safe Base64."""
    try:
        text = urlsafe_b64decode(asked.token)
        expected = _s3_v4(secret, text) if text.startswith(b"AWS4") else _b64(_hmac(secret.encode(), text, "sha1"))
        return _same(asked.signature, expected)
    except (IndexError, ValueError, TypeError):
        return False


def _same(given: str, expected: str) -> bool:
    return bool(given) and hmac.compare_digest(given.encode(), expected.encode())


def _hmac(key: bytes, text: bytes | str, digest: str) -> bytes:
    return hmac.new(key, text.encode() if isinstance(text, str) else text, digest).digest()


def _b64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _ec2(secret: str, asked: Signed) -> str:
    version = asked.params.get("SignatureVersion")
    key = secret.encode()
    if version == "0":
        return _b64(_hmac(key, asked.params["Action"] + asked.params["Timestamp"], "sha1"))
    if version == "1":
        pairs = sorted(asked.params.items(), key=lambda pair: pair[0].lower())
        return _b64(_hmac(key, "".join(f"{name}{value}" for name, value in pairs), "sha1"))
    if version == "2":
        params = {**asked.params, "SignatureMethod": "HmacSHA256"}
        return _b64(_hmac(key, f"{asked.verb}\n{asked.host}\n{asked.path}\n{_query(params)}", "sha256"))
    return _v4(secret, asked)


def _query(params: Mapping[str, Any]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(str(params[name]), safe='-_~')}" for name in sorted(params))


def _v4(secret: str, asked: Signed) -> str:
    headers = {name.lower().strip(): str(value).strip() for name, value in asked.headers.items()}
    given = _v4_fields(headers, asked.params)
    date, region, service = given["Credential"].split("/")[1:4]
    moment = headers.get("x-amz-date") or asked.params["X-Amz-Date"]
    if not moment.startswith(date):
        raise ValueError("the day of the key is not the day of the request")
    params = {name: value for name, value in asked.params.items() if name != "X-Amz-Signature"}
    query = "" if asked.verb.upper() == "POST" else _query(params)
    signed = _signed_headers(headers, given["SignedHeaders"])
    canonical = "\n".join((asked.verb.upper(), asked.path, query, signed, given["SignedHeaders"], asked.body_hash))
    scope = given["Credential"].partition("/")[2]
    text = "\n".join((_V4, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    return _hmac(_v4_key(secret, date, region, service), text, "sha256").hex()


def _v4_fields(headers: Mapping[str, str], params: Mapping[str, Any]) -> dict[str, str]:
    """`Credential` and `SignedHeaders`, from the Authorization header or, of a presigned URL, from the query."""
    stated = headers.get("authorization", "")
    if stated.startswith(_V4):
        pairs = (part.strip().partition("=") for part in stated.removeprefix(_V4).split(","))
        return {name: value for name, _, value in pairs}
    if params.get("X-Amz-Algorithm") != _V4:
        raise ValueError("no signature of a version we know")
    return {name: params[f"X-Amz-{name}"] for name in ("Credential", "SignedHeaders")}


def _signed_headers(headers: Mapping[str, str], names: str) -> str:
    bare = _STRIPS_PORT.match(headers.get("user-agent", "")) is not None
    lines = []
    for name in names.split(";"):
        if name in headers:
            value = headers[name].partition(":")[0] if name == "host" and bare else headers[name]
            lines.append(f"{name}:{value}")
    return "\n".join(lines) + "\n"


def _v4_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = _hmac(key, part, "sha256")
    return key


def _s3_v4(secret: str, text: bytes) -> str:
    """The text names what it was signed for. Raises ValueError where that is not S3 or its like."""
    lines = text.decode().split("\n")
    scope = lines[2].split("/")
    if len(lines) != 4 or lines[0] != _V4 or len(scope) != 4 or scope[3] != "aws4_request":
        raise ValueError("not a text that version 4 signs")
    if scope[2] not in _S3_SERVICES:
        raise ValueError(f"signed for {scope[2]}")
    return _hmac(_v4_key(secret, *scope[:3]), text, "sha256").hex()
