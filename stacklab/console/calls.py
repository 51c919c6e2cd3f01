"""The calls the console really made, and the same thing as curl and as Python; `commands` has the `openstack` command.

A `Call` is recorded by the client after the answer; secrets never enter it.
"""

import re
import shlex
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

MASK = "…"
VARIABLE = "SECRET"  # the variable that a masked header is read from
FILE = "FILE"  # stands for what was sent as a stream
_HIDDEN = {
    "password", "original_password", "passcode", "code", "adminPass", "private_key", "secret", "user_data", "nonce",
}  # fmt: skip
_SECRET_HEADER = re.compile(r"temp-url-key|token", re.IGNORECASE)


class Call(Struct, frozen=True):
    """One request as it was sent: `path` has its query, `body` is JSON with the secrets masked, `ms` the time taken.

    `url` is the whole address where another region answered, "" for the services of home. `headers` are those that say
    what is wanted, secrets masked; a body that was no JSON is text, and FILE where it was a stream.
    """

    method: str
    path: str
    status: int
    ms: int
    request_id: str
    body: Any = None
    url: str = ""
    headers: dict[str, str] = {}

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 400


Builder = str | Callable[..., str]  # a command without its `openstack`: a pattern, or made of the call and path's parts


def masked(body: Any) -> Any:
    """A copy of a JSON body whose secrets are an ellipsis."""
    if isinstance(body, dict):
        return {k: _token(v) if k == "token" else MASK if _secret(k, v) else masked(v) for k, v in body.items()}
    return [masked(item) for item in body] if isinstance(body, list) else body


def _secret(name: str, value: Any) -> bool:
    """Keystone's `password` is also the way to log in, with the secret further in."""
    return name in _HIDDEN and bool(value) and not isinstance(value, dict)


def _token(value: Any) -> Any:
    """A token by itself, as sign-up's links have it, or Keystone's `{"id": …}`."""
    return dict.fromkeys(value, MASK) if isinstance(value, dict) else MASK


def shown(headers: dict[str, str]) -> dict[str, str]:
    """Headers as they may be shown: the secret ones as an ellipsis, without the length, which curl knows."""
    kept = {name: value for name, value in headers.items() if name != "Content-Length"}
    return {name: MASK if _SECRET_HEADER.search(name) else value for name, value in kept.items()}


def as_curl(call: Call, base: str) -> str:
    """A command line for a shell where `$TOKEN` holds the output of `openstack token issue -f value -c id`."""
    parts = {"GET": "curl -sS", "HEAD": "curl -sSI"}.get(call.method, f"curl -sS -X {call.method}")
    headers = dict(call.headers)
    if call.path.startswith("/compute/"):
        headers["OpenStack-API-Version"] = f"compute {COMPUTE_VERSION}"
    if call.body is not None and not isinstance(call.body, str):
        headers.setdefault("Content-Type", "application/json")
    lines = [parts + ' -H "X-Auth-Token: $TOKEN"']
    lines += [_curl_header(name, value) for name, value in headers.items()]
    lines += [_curl_body(call.body)] if call.body is not None else []
    return " \\\n ".join([*lines, shlex.quote(call.url or base + call.path)])


def _curl_header(name: str, value: str) -> str:
    """A secret is the shell's to fill in: without it curl sends no such header, and changes nothing."""
    return f'-H "{name}: ${VARIABLE}"' if value == MASK else f"-H {shlex.quote(f'{name}: {value}')}"


def _curl_body(body: Any) -> str:
    if body == FILE:
        return f"-T {FILE}"
    if isinstance(body, str):
        return f"--data-binary {shlex.quote(body)}"
    return f"-d {shlex.quote(msgspec.json.encode(body).decode())}"


COMPUTE_VERSION = "2.79"

# Service → the SDK's adapter, and what of a path its endpoint has already.
_SDK = {
    "compute": ("compute", r"^v[\d.]+"),
    "network": ("network", r"^v[\d.]+"),
    "image": ("image", r"^v[\d.]+"),
    "identity": ("identity", r"^(?:[^/]+/)?v3"),
    "object-store": ("object_store", r"^v1/[^/?]+"),
}


def as_python(call: Call) -> str:
    """openstacksdk's own REST adapter: the same path, the same body, the same version."""
    service, _, rest = call.path.lstrip("/").partition("/")
    if service not in _SDK:
        return ""
    adapter, known = _SDK[service]
    path = re.sub(known, "", rest)
    arguments = [repr(path if path.startswith("/") else f"/{path}")]
    if call.body == FILE:
        arguments.append(f'data=open("{FILE}", "rb")')
    elif call.body is not None:
        arguments.append(f"{'data' if isinstance(call.body, str) else 'json'}={call.body!r}")
    if call.headers:
        arguments.append(f"headers={call.headers!r}".replace(repr(MASK), f'os.environ["{VARIABLE}"]'))
    if service == "compute":
        arguments.append(f"microversion={COMPUTE_VERSION!r}")
    return f"conn.{adapter}.{call.method.lower()}(\n    " + ",\n    ".join(arguments) + ")"


PYTHON_HEAD = 'import openstack\n\nconn = openstack.connect(cloud="stacklab")\n'
