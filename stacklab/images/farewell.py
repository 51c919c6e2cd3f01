"""A project was deleted: its images go, since nobody could reach them any more, and what was shared with it."""

from functools import partial

from stacklab.core.db.database import after_commit, change, rows, transaction
from stacklab.core.events import Bus, Event
from stacklab.images import model
from stacklab.images.stores import Stores

# A public image is everybody's: servers of others are made from it, and the operator can delete it.
_OF_PROJECT = "SELECT id, blob, stores FROM images WHERE owner = ? AND visibility != 'public'"


def listen(bus: Bus, stores: Stores) -> None:
    bus.subscribe("project.deleted", lambda event: _project_deleted(stores, event))


def _project_deleted(stores: Stores, event: Event) -> None:
    """Protected ones too: there is nobody left whom that would protect."""
    with transaction():
        for image_id, blob, names in rows(_OF_PROJECT, (event.subject,)):
            model.delete(image_id)
            after_commit(partial(stores.local.unstage, image_id))
            if blob:
                after_commit(partial(stores.drop, blob, names.split(",")))
        change("DELETE FROM image_members WHERE member_id = ?", (event.subject,))
