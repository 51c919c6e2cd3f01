"""An image whose bytes did not come is queued again; also where its row cannot be written, because what kept the bytes
out, a full disk, keeps the row out too."""

import asyncio

from stacklab.core import log
from stacklab.core.db.database import transaction
from stacklab.core.errors import NoSpace
from stacklab.images import model

_log = log.get(__name__)
_LONGEST = 60.0  # seconds between two tries


def queue_again(image_id: str, status: str, wait: float = 1.0) -> None:
    """Of an image with this status. On the event loop: now, or after `wait` seconds and then twice as many, until the
    disk has room. The next start does it for those that it did not come to."""
    try:
        with transaction():
            model.move(image_id, status, "queued")
    except NoSpace:
        _log.warning("an image waits to be queued again", image=image_id)
        asyncio.get_running_loop().call_later(wait, queue_again, image_id, status, min(2 * wait, _LONGEST))
