"""What serves the networks on this host, told as the agents an operator of Neutron knows. All are this very process."""

import socket
import uuid
from datetime import UTC, datetime
from typing import Any

from stacklab.core import clock
from stacklab.core.db.database import row

_SPACE = uuid.UUID("5f1c7c6e-57ac-4c1a-8b00-0000000000ab")
_KINDS = {
    "Linux bridge agent": ("neutron-linuxbridge-agent", "N/A"),
    "DHCP agent": ("neutron-dhcp-agent", "dhcp_agent"),
    "L3 agent": ("neutron-l3-agent", "l3_agent"),
    "Metadata agent": ("neutron-metadata-agent", "N/A"),
}
_started = clock.now()


def every() -> list[dict[str, Any]]:
    """One for each thing our driver does: bridges and firewall, DHCP, NAT of floating IPs, metadata."""
    host = socket.gethostname()
    ports = row("SELECT count(*) FROM ports WHERE host <> ''")
    return [_agent(kind, host, ports[0] if ports else 0) for kind in _KINDS]


def _agent(kind: str, host: str, ports: int) -> dict[str, Any]:
    binary, topic = _KINDS[kind]
    return {
        "id": str(uuid.uuid5(_SPACE, f"{host}/{kind}")),
        "agent_type": kind,
        "binary": binary,
        "topic": topic,
        "host": host,
        "availability_zone": "nova" if kind in ("DHCP agent", "L3 agent") else None,
        "admin_state_up": True,
        "alive": True,
        "started_at": _time(_started),
        "created_at": _time(_started),
        "heartbeat_timestamp": _time(clock.now()),
        "description": None,
        "resources_synced": True,
        "configurations": {"devices": ports} if kind == "Linux bridge agent" else {},
    }


def _time(us: int) -> str:
    """`2026-11-23 18:00:00`, the one form of Neutron that has neither T nor Z."""
    return datetime.fromtimestamp(us // clock.SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S")
