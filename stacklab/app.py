"""The composition root: the only file that names every service and every driver."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from msgspec import Struct

from stacklab import __version__, signup
from stacklab.compute import api as compute_api
from stacklab.compute import bootstrap as compute_bootstrap
from stacklab.compute import usage as compute_usage
from stacklab.compute.service import Compute
from stacklab.core import facts, log
from stacklab.core.db.database import keep_room, open_database, proxy
from stacklab.core.db.migrations import migrate
from stacklab.core.events import Bus
from stacklab.core.jobs import Workers
from stacklab.core.settings import Settings
from stacklab.host.disks.choose import choose as choose_disks
from stacklab.host.hypervisor.choose import Wishes
from stacklab.host.hypervisor.choose import choose as choose_hypervisor
from stacklab.host.metadata.server import MetadataServer
from stacklab.host.network import choose as choose_network
from stacklab.http import audience
from stacklab.http.bounded import Bounded
from stacklab.http.dispatch import Dispatch, Mount
from stacklab.identity import api as identity_api
from stacklab.identity.service import Identity
from stacklab.images import api as images_api
from stacklab.images.service import Images
from stacklab.networks import api as networks_api
from stacklab.networks.service import Networks
from stacklab.objects import api as objects_api
from stacklab.objects.s3 import api as s3_api
from stacklab.objects.service import Objects
from stacklab.placement import api as placement_api
from stacklab.placement.service import Placement
from stacklab.regions.home import api as regions_api
from stacklab.regions.home.service import Home
from stacklab.regions.node import membership
from stacklab.regions.node.service import Node
from stacklab.regions.node.usage import Line
from stacklab.signup import api as signup_api
from stacklab.signup.api import leases as leases_api
from stacklab.signup.leases import Leases
from stacklab.signup.service import Signup

_log = log.get(__name__)
FIRST = ["core", "regions"]  # they tell what else this node has
PACKAGES = ["placement", "objects", "images", "networks", "compute", "signup"]
_SHOWN = {"VCPU": "vcpus", "MEMORY_MB": "memory_mb", "DISK_GB": "disk_gb"}  # on a region's card


class Chosen(Struct, frozen=True):
    """Which drivers this node runs on and why, for the banner, the log and `/readyz`."""

    hypervisor: str
    network: str
    why: str


class Cloud:
    """Everything of one node. `start()` brings it up behind an open port; `stop()` lets go, guests run on.

    A node that joined another has `node` in place of identity, and neither sign-up nor the registry of regions.
    """

    def __init__(self, settings: Settings, url: str) -> None:
        state = settings.state
        self.settings, self.url = settings, url
        self.ready = threading.Event()
        self.bus = Bus()
        self.node: Node | None = None
        self._open(state)
        self._compose_host(state)
        self._compose_services(state)
        kinds = {k: v for source in (self.bus, *self.services) for k, v in source.jobs().items()}
        self.workers = Workers(kinds, settings.node.workers)
        self.executor = ThreadPoolExecutor(8, thread_name_prefix="slow")
        self.hashing = Bounded(4, settings.identity.hashes_waiting, "hashing")

    def _open(self, state: Path) -> None:
        """The database, with the tables of what this node has: a region's has none of identity's."""
        backups = state / "backups"
        open_database(state / "stacklab.db")
        migrate([f"stacklab.{name}" for name in FIRST], backups)
        where = membership.load()
        if where:
            self.settings.node.region = where.region
            self.node = Node(self.settings, where, state / "keys", self.bus)
        migrate([f"stacklab.{name}" for name in ([] if where else ["identity"]) + PACKAGES], backups)
        keep_room(state / "stacklab.db")

    def _compose_host(self, state: Path) -> None:
        settings = self.settings
        compute = settings.compute
        wishes = Wishes(
            compute.libvirt_uri, compute.boots_at_once, compute.simulated_vcpus, compute.simulated_memory_mb
        )
        self.hypervisor, why = choose_hypervisor(compute.hypervisor, state, wishes)
        simulated = self.hypervisor.info().kind == "simulated"
        network = (
            settings.network.driver if settings.network.driver != "auto" else "simulated" if simulated else "linux"
        )
        self.network = choose_network(network)(state / "network")
        self.disks = choose_disks(not simulated, state / "disks")
        self.chosen = Chosen("simulated" if simulated else "libvirt", network, why)

    def _compose_services(self, state: Path) -> None:
        settings, bus = self.settings, self.bus
        self.door: Identity | Node = self.node or Identity(settings, state / "keys", bus)
        self.door.base_url = self.url
        self.placement = Placement(bus)
        self.objects = Objects(settings, state / "objects", bus)
        self.images = Images(settings, state / "images", self.disks, bus)
        login = self.node.where.identity_url if self.node else f"{self.url}/identity"
        self.images.elsewhere.identity = lambda: login
        self.networks = Networks(settings, self.network, bus)
        self.compute = Compute(
            settings, self.hypervisor, self.disks, self.images, self.networks, self.placement, self.door, bus, state
        )
        self.leases = Leases(settings, self.compute)
        self.services: list[Any] = [
            self.door, self.placement, self.objects, self.images, self.networks, self.compute
        ]  # fmt: skip
        if isinstance(self.door, Identity):
            self._compose_home(self.door, state)
        else:
            about = self.door.about
            about.capacity, about.servers, about.used = self.capacity, compute_usage.living, used
            self.compute.closed = self.door.standing.closing
        self.metadata = MetadataServer(self.compute.instance_facts)

    def _compose_home(self, identity: Identity, state: Path) -> None:
        self.identity = identity
        self.regions = Home(self.settings, identity, state / "keys", self.bus)
        self.regions.capacity = self.capacity
        self.signup = Signup(self.settings, identity, self.bus, self.leases)
        self.services += [self.regions, self.signup]

    def mounts(self) -> list[Mount]:
        """Every service under its prefix. Those of a region take the tokens that are for it."""
        regional = [
            compute_api.mount(self.compute),
            networks_api.mount(self.networks),
            images_api.mount(self.images),
            objects_api.mount(self.objects),
            s3_api.mount(self.objects, self.node.s3_keys if self.node else self.regions.s3_keys),
            placement_api.mount(self.placement),
        ]
        region = self.settings.node.region
        admit = audience.region(region, self.node.trusted) if self.node else audience.region(region)
        if self.node:
            regional.append(leases_api.mount(self.leases))
        for mount in regional:
            mount.admit = admit
        return regional if self.node else [*self._home_mounts(admit), *regional]

    def _home_mounts(self, admit: audience.Admit) -> list[Mount]:
        """What only home has. Accounts are home's, the leases beside them are of the servers of its region."""
        accounts = signup_api.mount(self.signup)
        accounts.admit = audience.below(f"{signup.PREFIX}/leases", admit)
        return [identity_api.mount(self.identity), regions_api.mount(self.regions), accounts]

    def dispatch(self, fallback: Any = None) -> Dispatch:
        """The ASGI application of the APIs; `fallback` gets what no service claims."""
        public = self.settings.node.public_url
        login = self.node.identity_url if self.node else "{}/identity".format
        return Dispatch(self.mounts(), self.door.check, self.executor, fallback, public, self.hashing, login)

    def bootstrap(self, password: str | None, guest_image: Path | None) -> None:
        """What the first start makes, and no later start changes. A region's node has no admin: its networks are its
        own."""
        if self.node:
            owner = self.node.where.node_id
        else:
            owner = self.identity.ensure_bootstrap(self.settings.node.region, self.url, password).admin_project_id
        self.leases.exempt(owner)
        self.networks.ensure_bootstrap(owner)
        self.compute.ensure_bootstrap()
        self._offer(guest_image or self._blank_disk(), "qcow2" if guest_image else "raw")

    def capacity(self) -> dict[str, Any]:
        """What this node's region can promise in all, and what is in use, as its card shows them."""
        parts = self.compute.parts
        used = self.placement.usages(parts.provider)
        have = compute_bootstrap.inventories(parts)
        return {_SHOWN[kind]: {"total": i.capacity, "used": used.get(kind, 0)} for kind, i in have.items()}

    def _offer(self, image: Path, disk_format: str) -> None:
        """Register the guest image, once for each build of it: an operator who deletes it does not meet it again."""
        seen = image.stat()
        build = f"{seen.st_size} {seen.st_mtime_ns}"
        if facts.get("guest image") != build:
            properties = {"os_admin_user": "lab", "os_distro": "stacklab"}
            self.images.ensure_public("stacklab-guest", image, disk_format, properties)
            facts.put("guest image", build)

    def _blank_disk(self) -> Path:
        """Stands in for the guest image on a machine that simulates its guests and so never boots one."""
        file = self.settings.state / "blank.img"
        if not file.exists():
            with file.open("wb") as disk:
                disk.truncate(1 << 20)
        return file

    def health(self) -> dict[str, Any]:
        """What a region's node adds to `/healthz` and `/readyz`: how it stands with home."""
        return self.node.health() if self.node else {}

    def start(self) -> None:
        """Adopt what runs, wire the networks, then let the workers go on where the last process stopped."""
        self.images.sweep()
        self.objects.start()
        self.networks.apply_now()
        for address, port in self.network.metadata_binds():
            self.metadata.bind(address, port)
        self.compute.start()
        self.workers.start()
        if self.node:
            self.node.start()
        self.ready.set()
        _log.info("ready", version=__version__, hypervisor=self.chosen.hypervisor, network=self.chosen.network)

    def hush(self) -> None:
        """Let go of the nodes that wait for news, while the port still answers."""
        if not self.node:
            self.regions.close()

    def stop(self) -> None:
        """Finish the jobs under way and close; guests, their networks and their DHCP stay."""
        self.ready.clear()
        if self.node:
            self.node.stop()
        self.workers.stop()
        self.executor.shutdown(wait=True)
        self.hashing.shutdown(wait=True)
        self.metadata.close()
        self.objects.close()
        self.network.close()
        self.hypervisor.close()
        proxy.close()


def used(begins: int, ends: int) -> Iterator[Line]:
    """What the servers of this node were between two moments, one line each."""
    for shares in compute_usage.of_projects(begins, ends).values():
        for share in shares:
            server = share.server
            start, end = max(begins, share.start), min(ends, share.end or ends)
            if share.hours > 0:
                flavor = compute_usage.flavor_name(server)
                size = (server.vcpus, server.ram_mb, server.disk_gb)
                yield Line(server.project_id, server.id, flavor, *size, start, end)
