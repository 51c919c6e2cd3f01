"""aws-chunked uploads as the SDKs of Amazon write them: a signed head, and a body in chunks, signed or not."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
_EMPTY = hashlib.sha256(b"").hexdigest()


class _Auth(S3SigV4Auth):  # type: ignore[misc]
    """`stated`: what is said of the payload."""

    stated = ""

    def payload(self, request: AWSRequest) -> str:
        return self.stated

    def _should_sha256_sign_payload(self, request: AWSRequest) -> bool:
        return True


class Upload:
    """Of one object to a Site: `head` is what goes before the body, of `length` bytes (None: in HTTP's own chunks)."""

    def __init__(self, site: Any, path: str, stated: str, size: int, **headers: str) -> None:
        self._site, self._path, self._stated = site, path, stated
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        said = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(size), **named}
        self._asked = AWSRequest("PUT", f"{site.node.url}/s3/{path}", said, b"")
        auth = _Auth(Credentials(site.access, site.secret), "s3", "us-east-1")
        auth.stated = stated
        auth.add_auth(self._asked)
        stated_auth = str(self._asked.headers["Authorization"])
        self._before = stated_auth.rpartition("Signature=")[2]
        day, region, service = stated_auth.partition("Credential=")[2].split(",")[0].split("/")[1:4]
        self._scope = f"{self._asked.headers['X-Amz-Date']}\n{day}/{region}/{service}/aws4_request"
        self._key = f"AWS4{site.secret}".encode()
        for part in (day, region, service, "aws4_request"):
            self._key = hmac.digest(self._key, part.encode(), "sha256")

    def head(self, length: int | None) -> bytes:
        how = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
        lines = [f"PUT /s3/{self._path} HTTP/1.1", f"host: {self._site.node.host}:{self._site.node.port}", how]
        lines += [f"{name}: {value}" for name, value in self._asked.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()

    def body(self, chunks: Iterable[bytes], trailer: str = "") -> Iterator[bytes]:
        """The chunks, which are not empty, the last one, which is, and a trailer ("name:value")."""
        for chunk in [*chunks, b""]:
            signature = ""
            if self._stated != UNSIGNED:
                digest = hashlib.sha256(chunk).hexdigest()
                signature = f";chunk-signature={self._sign('PAYLOAD', f'{_EMPTY}{chr(10)}{digest}')}"
            end = b"" if not chunk and trailer else b"\r\n"
            yield b"%x%b\r\n%b%b" % (len(chunk), signature.encode(), chunk, end)
        if trailer:
            yield f"{trailer}\r\n".encode()
        if trailer and self._stated == SIGNED_TRAILER:
            digest = hashlib.sha256(f"{trailer}\n".encode()).hexdigest()
            yield f"x-amz-trailer-signature:{self._sign('TRAILER', digest)}\r\n".encode()
        if trailer:
            yield b"\r\n"

    def _sign(self, kind: str, rest: str) -> str:
        text = f"AWS4-HMAC-SHA256-{kind}\n{self._scope}\n{self._before}\n{rest}"
        self._before = hmac.digest(self._key, text.encode(), "sha256").hex()
        return self._before
