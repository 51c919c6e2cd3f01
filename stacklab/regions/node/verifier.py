"""In place of identity: who somebody is, told from home's public key and the feed, without asking anybody."""

from collections.abc import Callable

from stacklab.core import clock
from stacklab.core.errors import Unauthorized, Unavailable
from stacklab.http.audience import elsewhere
from stacklab.http.context import Caller
from stacklab.identity import tokens
from stacklab.identity.checked import Checked
from stacklab.identity.projects import ProjectInfo
from stacklab.identity.revocations import subjects
from stacklab.regions.digest import digest
from stacklab.regions.node import met
from stacklab.regions.node.membership import Membership
from stacklab.regions.node.revocations import Revocations

Known = tuple[Caller, tuple[str, ...]]
"""A caller and the digests of all that the token is about."""


class Verifier:
    """`refusal` says why nothing can be checked now, "" when it can."""

    def __init__(self, where: Membership, revocations: Revocations, refusal: Callable[[], str]) -> None:
        self.base_url = ""
        self.where = where
        self._reader = tokens.Reader(where.public_key)
        self.revocations = revocations
        self._refusal = refusal
        self._checked: Checked[Known] = Checked()

    def check(self, token: str) -> Caller:
        """The caller a token speaks for; microseconds when it was seen before. Raises Unauthorized, and Unavailable
        where home was not heard of for too long to know."""
        self.require_fresh()
        found = self._checked.get(token) or self._read(token)
        caller, about = found
        if caller.expires_at <= clock.now() or self.revocations.refuse(about, caller.issued_at):
            self._checked.drop(token)
            raise Unauthorized(tokens.UNAUTHORIZED)
        return caller

    def require_fresh(self) -> None:
        """Raises Unavailable where home was not heard of for too long to know what it revoked."""
        if why := self._refusal():
            raise Unavailable(why)

    def _read(self, token: str) -> Known:
        caller = tokens.caller(self._reader.read(token))
        if caller.audience != self.where.region and (caller.audience or not self.where.trusted):
            raise elsewhere()  # nothing of it is kept
        found = (caller, tuple(digest(subject) for subject in subjects(caller)))
        met.remember(caller)
        self._checked.put(token, found)
        return found

    def project(self, project_id: str) -> ProjectInfo | None:
        """Home is not asked: what is named as a project is taken for one, as Nova does when its Keystone is away."""
        return ProjectInfo(project_id, project_id, "", True)
