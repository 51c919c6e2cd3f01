"""CORS: which pages elsewhere a container lets a browser use it from (`X-Container-Meta-Access-Control-*`).

The rules are Swift's in strict mode: an origin that the container does not name gets no header at all.
"""

from collections.abc import Collection, Mapping

_ORIGIN = "access-control-allow-origin"  # as container metadata: origins with spaces between
_AGE = "access-control-max-age"
_EXPOSE = "access-control-expose-headers"
_EXPOSED = (
    "cache-control", "content-language", "content-type", "etag", "expires", "last-modified", "pragma",
    "x-openstack-request-id", "x-timestamp", "x-trans-id",
)  # fmt: skip
ACCOUNT_METHODS = ("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "POST")
OBJECT_METHODS = (*ACCOUNT_METHODS, "COPY")


def allows(metadata: Mapping[str, str], origin: str) -> bool:
    """`metadata` is the container's, without `x-container-meta-`, in small letters."""
    named = metadata.get(_ORIGIN, "").split()
    return origin in named or "*" in named


def preflight(
    metadata: Mapping[str, str] | None, asked: Mapping[str, str], methods: Collection[str]
) -> tuple[int, dict[str, str]]:
    """Status and headers of the answer to OPTIONS. `metadata`: None for an account, which has no rules; `asked` are
    the headers of the request."""
    answer = {"allow": ", ".join(methods)}
    origin = asked.get("origin", "")
    if metadata is None or not origin:
        return 200, answer
    if not allows(metadata, origin) or asked.get("access-control-request-method") not in methods:
        return 401, answer
    answer |= _who(metadata, origin)
    if _AGE in metadata:
        answer[_AGE] = metadata[_AGE]
    answer["access-control-allow-methods"] = answer["allow"]
    wanted = [name.strip() for name in asked.get("access-control-request-headers", "").split(",")]
    if any(wanted):
        answer["access-control-allow-headers"] = ", ".join(dict.fromkeys(name for name in wanted if name))
        answer["vary"] = ", ".join(filter(None, (answer.get("vary", ""), "Access-Control-Request-Headers")))
    return 200, answer


def exposing(metadata: Mapping[str, str], origin: str, answered: Mapping[str, str]) -> dict[str, str]:
    """The headers to add to an answer for a page of `origin`; `answered` are those it has."""
    if not origin or not allows(metadata, origin):
        return {}
    own = [name for name in answered if name.startswith(("x-container-meta", "x-object-meta", "x-amz-"))]
    more = metadata.get(_EXPOSE, "").lower().split()
    added = {_EXPOSE: ", ".join(sorted({*_EXPOSED, *own, *more}))} | _who(metadata, origin)
    if "vary" in added and "vary" in answered:
        added["vary"] = f"{answered['vary']}, Origin"
    return added


def _who(metadata: Mapping[str, str], origin: str) -> dict[str, str]:
    if metadata.get(_ORIGIN, "").strip() == "*":
        return {_ORIGIN: "*"}
    return {_ORIGIN: origin, "vary": "Origin"}
