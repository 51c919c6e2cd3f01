"""The door to identity for the rest of the house."""

from collections.abc import Mapping
from pathlib import Path

from stacklab.core import clock
from stacklab.core.db.database import durable, row
from stacklab.core.errors import Unauthorized
from stacklab.core.events import Bus, Event
from stacklab.core.jobs import Kind
from stacklab.core.settings import Settings
from stacklab.http.context import Caller
from stacklab.identity import bootstrap, newcomers, region_entries, revocations, tokens
from stacklab.identity.audience import NoRegions, Regions
from stacklab.identity.bootstrap import Bootstrap
from stacklab.identity.checked import Checked
from stacklab.identity.newcomers import Newcomer
from stacklab.identity.parts import Parts
from stacklab.identity.projects import ProjectInfo
from stacklab.identity.revocations import subjects

__all__ = ["Bootstrap", "Identity", "Newcomer", "ProjectInfo"]


class Identity(Parts):
    """Construct after the migrations. Emits token.revoked; publishes project, domain and user .deleted, .disabled and
    .enabled, which reach who listens even after a crash."""

    def __init__(self, settings: Settings, keys: Path, bus: Bus) -> None:
        super().__init__(settings, keys, bus)
        self.regions: Regions = NoRegions()
        self._checked: Checked[tuple[Caller, tuple[str, ...]]] = Checked()

    def check(self, token: str, grace: int = 0) -> Caller:
        """The caller a token speaks for; microseconds when it was seen before. `grace`: for so long (µs) after it has
        expired it is one still. Raises Unauthorized."""
        found = self._checked.get(token)
        if found is None:
            found = self._read(token)
        caller, about = found
        if caller.expires_at + grace <= clock.now() or self.revocations.refuses(about, caller.issued_at):
            self._checked.drop(token)
            raise Unauthorized(tokens.UNAUTHORIZED)
        return caller

    def _read(self, token: str) -> tuple[Caller, tuple[str, ...]]:
        caller = tokens.caller(self.signer.read(token))
        found = (caller, subjects(caller))
        self._checked.put(token, found)
        return found

    def revoke(self, caller: Caller, chain: bool = True) -> None:
        """Refuse this one token from now on, and those that were made from it."""
        own = caller.audit_ids[0]
        with durable():
            self.revocations.revoke(own, *([revocations.chain(own)] if chain else []))
            self.bus.emit(Event("token.revoked", caller.audit_ids[0], caller.project_id))

    def ensure_bootstrap(self, region: str, url: str, password: str | None) -> Bootstrap:
        """What a first start needs; changes nothing that is there. `url` is used where no request tells the address."""
        self.base_url = url.rstrip("/")
        return bootstrap.ensure(self, region, password)

    def admit(self, email: str, password: str, extra: dict[str, str] | None = None) -> Newcomer | None:
        """A new account, or the one this password opens already; None where the address is somebody else's. Slow."""
        return newcomers.admit(self, email, password, extra or {})

    def newcomer(self, email: str, user_id: str, project_id: str) -> Newcomer:
        """How an account with these ids would be called; stores nothing."""
        return newcomers.named(email, user_id, project_id)

    def project(self, project_id: str) -> ProjectInfo | None:
        """One project, for services that show or check it."""
        found = row(
            "SELECT id, name, domain_id, enabled FROM identity_projects WHERE id = ? AND is_domain = 0", (project_id,)
        )
        return ProjectInfo(found[0], found[1], found[2], bool(found[3])) if found else None

    def publish_region(self, region: str, description: str, urls: Mapping[str, str]) -> None:
        """Make a region's endpoints in the catalogue exactly these: service type → URL."""
        region_entries.publish(self, region, description, urls)

    def withdraw_region(self, region: str) -> None:
        """Take a region out of the catalogue, and void the tokens that are bound to it."""
        with durable():
            region_entries.withdraw(self, region)
            self.revocations.revoke(revocations.region(region))

    def jobs(self) -> dict[str, Kind]:
        """Identity changes nothing on the machine: no jobs."""
        return {}
