"""The door: what the app, the metadata service and the HTTP handlers ask of compute."""

import uuid
from collections.abc import Callable
from pathlib import Path

from stacklab.compute import (
    bootstrap,
    metadata,
    neighbours,
    policy,  # noqa: F401  # declares who may do what
)
from stacklab.compute.audit import Audit
from stacklab.compute.flavors import Flavors
from stacklab.compute.groups import Groups
from stacklab.compute.hosts import Hosts
from stacklab.compute.interfaces import Interfaces
from stacklab.compute.jobs import table
from stacklab.compute.keypairs import Keypairs
from stacklab.compute.model import servers as model
from stacklab.compute.parts import Parts
from stacklab.compute.power_news import PowerNews
from stacklab.compute.quotas import Quotas
from stacklab.compute.server_power import ServerPower
from stacklab.compute.servers import Servers
from stacklab.compute.snapshots import Snapshots
from stacklab.compute.tenancy import Tenancy
from stacklab.core.db.database import transaction
from stacklab.core.events import Bus
from stacklab.core.jobs import Kind
from stacklab.core.settings import Settings
from stacklab.host.disks.spec import Disks
from stacklab.host.hypervisor.spec import Hypervisor
from stacklab.host.metadata.spec import InstanceFacts
from stacklab.identity.door import Door
from stacklab.images.service import Images
from stacklab.networks.service import Networks
from stacklab.placement.service import Placement


class Compute:
    """One noun an attribute; `state` is the node's state directory. `closed`, set by the composition root, says why no
    new server is taken, "" where they are."""

    def __init__(
        self,
        settings: Settings,
        hypervisor: Hypervisor,
        disks: Disks,
        images: Images,
        networks: Networks,
        placement: Placement,
        identity: Door | None,
        bus: Bus,
        state: Path,
    ) -> None:
        info = hypervisor.info()
        provider = str(uuid.uuid5(uuid.NAMESPACE_DNS, info.hostname))
        self.parts = Parts(settings, hypervisor, disks, images, networks, placement, bus, state, info, provider)
        self.identity = identity
        self.closed: Callable[[], str] = str
        self.flavors = Flavors()
        self.keypairs = Keypairs(settings)
        self.quotas = Quotas(settings)
        self.groups = Groups(self.quotas)
        self.hosts = Hosts(self.parts)
        self.servers = Servers(self.parts, self.flavors, self.keypairs, self.quotas, self.groups, self.hosts)
        self.power = ServerPower(self.parts, self.servers)
        self.snapshots = Snapshots(self.parts, self.servers, self.quotas)
        self.interfaces = Interfaces(self.parts, self.servers)
        self.tenancy = Tenancy(self.parts, self.servers, self.power)
        self._news = PowerNews(self.parts)
        neighbours.listen(self.parts)
        self._audit = Audit(self.parts)

    def ensure_bootstrap(self) -> None:
        """The flavors of a first start, the services, and what this host has to give. Idempotent."""
        bootstrap.ensure(self.parts)

    def start(self) -> None:
        """Before the workers: hear of power changes, take over the guests that run, and after a reboot of the node
        bring those back that should run."""
        with transaction():  # of servers made before there were holds
            self.parts.images.hold((model.base_of(server).name, server.id) for server in model.living())
        self.parts.hypervisor.listen(self._news.hear)
        self._audit.adopt()

    def audit(self) -> None:
        """Compare machine and rows both ways; mend what differs. Safe at any time."""
        self._audit.run()

    def instance_facts(self, source_ip: str) -> InstanceFacts | None:
        """What the guest with this address may learn about itself."""
        return metadata.by_address(self.parts, source_ip)

    def jobs(self) -> dict[str, Kind]:
        return table(self.parts)
