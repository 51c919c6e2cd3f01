"""The object store as other packages see it."""

import time
from pathlib import Path
from typing import Any

from stacklab.core import reserve
from stacklab.core.db.database import proxy, transaction
from stacklab.core.events import Bus, Event
from stacklab.core.settings import Settings
from stacklab.objects import accounts, expiry, model, ratelimit, sweep, sync, sync_sender, walk
from stacklab.objects.model import Account
from stacklab.objects.room import Room
from stacklab.objects.s3 import uploads
from stacklab.objects.store import Store
from stacklab.objects.sync_realms import Realms

RESELLER_PREFIX = "AUTH_"
_STEP = 16 << 20  # bytes read again at a time: with a step a minute, 22 GiB a day


class Objects:
    """`folder` is where the bytes are. What was arriving there when the last process ended is no use to anybody."""

    def __init__(self, settings: Settings, folder: Path, bus: Bus) -> None:
        self.settings = settings
        self.realms = Realms(settings.objects.sync_realms_file)
        self.room = Room(settings.objects)
        self.lines = ratelimit.Lines(ratelimit.limits(settings.objects), time.monotonic)
        self.features: dict[str, dict[str, Any]] = {}  # sections of /info for what other mounts serve of this store
        self.features.update(self.realms.info())
        self.store = Store(folder, reserve.of(folder, settings.node.reserve_mb << 20))
        self.store.left_incoming()
        self._began = time.time()
        bus.subscribe("project.deleted", self._project_deleted)

    def start(self) -> None:
        """Files that the last process had no time to give a row go, while requests are answered."""
        self.store.later(self._sweep)

    def _sweep(self) -> None:
        try:
            sweep.run(self.store, self._began)
        finally:
            proxy.close()  # this thread has no more use for a connection

    def audit(self) -> None:
        """Periodic: files that no row names, however they came to be, go."""
        sweep.run(self.store)

    def walk(self) -> int:
        """Periodic, in small steps: files are read again and must be what was stored; how many were not."""
        return walk.some(self.store, _STEP)

    def expire(self) -> int:
        """Periodic: objects whose time has come go; how many."""
        return expiry.tick(self)

    def sync(self) -> int:
        """Periodic: synced containers tell their other ends what has changed; how many changes."""
        return sync_sender.tick(self)

    def close(self) -> None:
        self.store.close()

    def account(self, name: str) -> Account:
        """The account, or an empty one where nothing was ever put: it is made by the first write."""
        return model.account(name) or Account(name)

    def jobs(self) -> dict[str, Any]:
        return {accounts.EMPTY: accounts.kind(self), sync.ALL: sync.kind(self), uploads.FORGET: uploads.kind(self)}

    def _project_deleted(self, event: Event) -> None:
        with transaction():
            accounts.delete(RESELLER_PREFIX + event.subject)
