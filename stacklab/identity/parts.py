"""What identity's own modules work with; the `Identity` door is these parts and the methods other packages call."""

from pathlib import Path

from stacklab.core import clock
from stacklab.core.events import Bus
from stacklab.core.settings import Settings
from stacklab.identity import keys as key_files
from stacklab.identity.catalogue import Catalogue
from stacklab.identity.passwords import Passwords
from stacklab.identity.revocations import Revocations
from stacklab.identity.rolebook import RoleBook
from stacklab.identity.throttle import Throttle
from stacklab.identity.tokens import GRACE, Signer


class Parts:
    """Made after the migrations: revocations are read at once."""

    def __init__(self, settings: Settings, keys: Path, bus: Bus) -> None:
        self.settings = settings
        self.bus = bus
        self.base_url = ""
        self.lifetime = settings.identity.token_hours * 3600 * clock.SECOND
        self.signer = Signer(key_files.signing_key(keys))
        self.vault = key_files.vault(keys)
        self.passwords = Passwords(settings.identity)
        self.throttle = Throttle(settings.identity)
        self.revocations = Revocations(self.lifetime + GRACE)
        self.rolebook = RoleBook()
        self.catalogue = Catalogue(settings.identity.return_all_endpoints_if_no_filter)
