"""What compute does on news of its neighbours: a user, a project or a port went, a project was switched off."""

from stacklab.compute import states
from stacklab.compute.model import keypairs
from stacklab.compute.model import servers as model
from stacklab.compute.parts import Parts
from stacklab.core.db.database import change, rows, transaction
from stacklab.core.events import Event
from stacklab.core.jobs import enqueue

_OF_PROJECT = "SELECT id FROM servers WHERE project_id = ? AND deleted_at = 0 AND desired != 'gone'"


def listen(parts: Parts) -> None:
    parts.bus.subscribe("user.deleted", _user_deleted)
    parts.bus.subscribe("project.deleted", lambda event: _project_deleted(parts, event))
    parts.bus.subscribe("project.disabled", _project_disabled)
    parts.bus.subscribe("port.deleted", _port_deleted)
    for kind in ("floatingip.associated", "floatingip.disassociated"):
        parts.bus.subscribe(kind, lambda event: parts.changed(model.get(event.subject)))


def _user_deleted(event: Event) -> None:
    """The key pairs were theirs alone; servers belong to the project and stay."""
    with transaction():
        keypairs.forget_user(event.subject)


def _project_deleted(parts: Parts, event: Event) -> None:
    """Nobody could reach its servers any more."""
    with transaction():
        for (server_id,) in rows(_OF_PROJECT, (event.subject,)):
            model.update(server_id, task_state="deleting", desired=states.GONE)
            enqueue("compute.delete", server_id, {"action": 0})
            parts.changed(model.get(server_id))
        for table in ("server_groups", "flavor_access"):
            change(f"DELETE FROM {table} WHERE project_id = ?", (event.subject,))  # noqa: S608 - names above
        change("DELETE FROM limits WHERE owner = ?", (f"project:{event.subject}",))


def _project_disabled(event: Event) -> None:
    """Its servers stop; nothing starts them again but their owner, once the project is switched on."""
    with transaction():
        for (server_id,) in rows(_OF_PROJECT, (event.subject,)):
            enqueue("compute.halt", server_id)


def _port_deleted(event: Event) -> None:
    """A server that lives on loses the card; one that is being deleted has let go of it by itself."""
    server = model.get(event.facts["device_id"])
    if server is None or server.desired == states.GONE:
        return
    enqueue("compute.nics", server.id, {"action": 0, "port": event.subject, "detach": event.facts["mac"]})
