"""A project was deleted: what it held of the networks goes, since nobody could reach it any more."""

from stacklab.core.db.database import change, transaction
from stacklab.core.events import Bus, Event
from stacklab.networks import floatingips, ports, store
from stacklab.networks.applying import request_apply
from stacklab.networks.model import FloatingIp, Group, Port
from stacklab.networks.quotas import Quotas

_OF_PROJECT = "WHERE t.project_id = ?"


def listen(bus: Bus, quotas: Quotas) -> None:
    bus.subscribe("project.deleted", lambda event: _project_deleted(bus, quotas, event))


def _project_deleted(bus: Bus, quotas: Quotas, event: Event) -> None:
    """Ports that compute made are left to it: it deletes the servers. Without groups nothing passes them meanwhile."""
    owner = (event.subject,)
    with transaction():
        for floating in store.select(FloatingIp, _OF_PROJECT, owner):
            floatingips.remove(bus, floating)
        for port in store.select(Port, f"{_OF_PROJECT} AND t.by_compute = 0", owner):
            ports.remove(bus, port)
        change("DELETE FROM port_groups WHERE group_id IN (SELECT id FROM security_groups WHERE project_id = ?)", owner)
        for group in store.select(Group, _OF_PROJECT, owner):
            store.delete(group)
        quotas.reset(event.subject)
        request_apply()
