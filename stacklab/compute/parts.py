"""What every part of compute stands on: the other services' doors, the drivers, and the name of this host."""

from pathlib import Path

from msgspec import Struct

from stacklab.compute import states
from stacklab.compute.model.servers import Server
from stacklab.core.events import Bus, Event
from stacklab.core.settings import Settings
from stacklab.host.disks.spec import Disks
from stacklab.host.hypervisor.spec import Hypervisor, HypervisorInfo
from stacklab.images.service import Images
from stacklab.networks.service import Networks
from stacklab.placement.service import Placement

ZONE = "nova"
"""The one availability zone of a region with one host."""


class Parts(Struct, frozen=True):
    settings: Settings
    hypervisor: Hypervisor
    disks: Disks
    images: Images
    networks: Networks
    placement: Placement
    bus: Bus
    state: Path
    info: HypervisorInfo
    provider: str  # UUID of this host in placement and as a hypervisor

    @property
    def host(self) -> str:
        return self.info.hostname

    def below(self, path: Path) -> str:
        """A path as it is kept in rows: relative to the state directory, which may move."""
        return str(path.relative_to(self.state)) if path.is_relative_to(self.state) else str(path)

    def changed(self, server: Server | None) -> None:
        """Tell who listens (the console's live rows) what the server shows once this transaction has committed."""
        if server is None:
            return
        facts = {
            "status": states.status(server.vm_state, server.task_state),
            "task_state": server.task_state,
            "power": server.power_state,
            "name": server.name,
        }
        self.bus.emit(Event("server.changed", server.id, server.project_id, facts))
