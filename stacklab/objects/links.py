"""What a symlink's and a dynamic large object's headers may say: pure reading of them, with Swift's refusals."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote

from stacklab.core.errors import BadRequest, Failure
from stacklab.objects.faults import TEXT

TARGET = "x-symlink-target"
TARGET_ACCOUNT = "x-symlink-target-account"
TARGET_ETAG = "x-symlink-target-etag"
TARGET_BYTES = "x-symlink-target-bytes"
MANIFEST = "x-object-manifest"
MOST_LINKS = 2  # that lead from one to the next
MEDIA = "application/symlink"
_FORM = "X-Symlink-Target header must be of the form <container name>/<object name>"


class Precondition(Failure):
    status = 412
    title = "Precondition Failed"


class Link(NamedTuple):
    """Where a symlink leads: names as they are, not quoted. `etag`: the one the target must have, "" for any."""

    account: str
    container: str
    name: str
    etag: str = ""

    @property
    def target(self) -> str:
        """As X-Symlink-Target shows it."""
        return quote(f"{self.container}/{self.name}")

    @property
    def path(self) -> str:
        """As Content-Location shows it."""
        return f"/v1/{quote(self.account)}/{self.target}"


def read(headers: Mapping[str, str], account: str, container: str, name: str) -> Link:
    """The link that a PUT of `account/container/name` makes.

    Raises Precondition for a target that is no object's path, BadRequest for one that is the link itself.
    """
    target = unquote(headers[TARGET])
    holder, slash, inner = target.partition("/")
    if not (holder and slash and inner):
        raise Precondition(_FORM)
    owner = unquote(headers.get(TARGET_ACCOUNT, ""))
    if "/" in owner:
        raise Precondition("Account name cannot contain slashes")
    etag = headers.get(TARGET_ETAG, "").strip()
    etag = etag[1:-1] if len(etag) > 1 and etag[0] == etag[-1] == '"' else etag
    if (owner or account, holder, inner) == (account, container, name):
        raise BadRequest("Symlink cannot target itself", headers=TEXT)
    if any(sign in etag for sign in ';"\\'):
        raise BadRequest("Bad X-Symlink-Target-Etag format", headers=TEXT)
    return Link(owner or account, holder, inner, etag)


def check_manifest(manifest: str | None) -> None:
    """Raises BadRequest for an X-Object-Manifest that a PUT may not say, though one that is there may."""
    container, _, prefix = (manifest or "").partition("/")
    if manifest is not None and (not container or not prefix or prefix.startswith("/")):
        parts_of("")


def parts_of(manifest: str) -> tuple[str, str]:
    """The container and the prefix of an X-Object-Manifest. Raises BadRequest for anything else."""
    container, slash, prefix = unquote(manifest).lstrip("/").partition("/")
    if not (container and slash and prefix) or "?" in manifest or "&" in manifest:
        raise BadRequest("X-Object-Manifest must be in the format container/prefix")
    return container, prefix
