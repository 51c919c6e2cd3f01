"""The composition root: the only file that names every service and every driver."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacklab import __version__
from stacklab.compute import api as compute_api
from stacklab.compute.service import Compute
from stacklab.core import facts, log
from stacklab.core.db.database import open_database, proxy
from stacklab.core.db.migrations import migrate
from stacklab.core.events import Bus
from stacklab.core.jobs import Workers
from stacklab.core.settings import Settings
from stacklab.host.disks.choose import choose as choose_disks
from stacklab.host.hypervisor.choose import Wishes
from stacklab.host.hypervisor.choose import choose as choose_hypervisor
from stacklab.host.metadata.server import MetadataServer
from stacklab.host.network import choose as choose_network
from stacklab.http.dispatch import Dispatch, Mount
from stacklab.identity import api as identity_api
from stacklab.identity.service import Identity
from stacklab.images import api as images_api
from stacklab.images.service import Images
from stacklab.networks import api as networks_api
from stacklab.networks.service import Networks
from stacklab.placement import api as placement_api
from stacklab.placement.service import Placement
from stacklab.signup import api as signup_api
from stacklab.signup.service import Signup

_log = log.get(__name__)
PACKAGES = ["core", "identity", "placement", "images", "networks", "compute", "signup"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which drivers this node runs on and why, for the banner, the log and `/readyz`."""

    hypervisor: str
    network: str
    why: str


class Cloud:
    """Everything of one node. `start()` brings it up behind an open port; `stop()` lets go, guests run on."""

    def __init__(self, settings: Settings, url: str) -> None:
        state = settings.state
        self.settings, self.url = settings, url
        self.ready = threading.Event()
        open_database(state / "stacklab.db")
        migrate([f"stacklab.{name}" for name in PACKAGES], backups=state / "backups")
        self.bus = Bus()
        self._compose_host(state)
        self._compose_services(state)
        kinds = {k: v for source in (self.bus, *self.services) for k, v in source.jobs().items()}
        self.workers = Workers(kinds, settings.node.workers)
        self.executor = ThreadPoolExecutor(8, thread_name_prefix="slow")
        self.hashing = ThreadPoolExecutor(4, thread_name_prefix="hashing")

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
        self.identity = Identity(settings, state / "keys", bus)
        self.identity.base_url = self.url
        self.placement = Placement(bus)
        self.images = Images(settings, state / "images", self.disks, bus)
        self.networks = Networks(settings, self.network, bus)
        self.compute = Compute(
            settings, self.hypervisor, self.disks, self.images, self.networks, self.placement, self.identity, bus, state
        )
        self.signup = Signup(settings, self.identity, bus)
        self.services: list[Any] = [
            self.identity, self.placement, self.images, self.networks, self.compute, self.signup
        ]  # fmt: skip
        self.metadata = MetadataServer(self.compute.instance_facts)

    def mounts(self) -> list[Mount]:
        """Every service under its prefix."""
        return [
            identity_api.mount(self.identity),
            compute_api.mount(self.compute),
            networks_api.mount(self.networks),
            images_api.mount(self.images),
            placement_api.mount(self.placement),
            signup_api.mount(self.signup),
        ]

    def dispatch(self, fallback: Any = None) -> Dispatch:
        """The ASGI application of the APIs; `fallback` gets what no service claims."""
        public = self.settings.node.public_url
        return Dispatch(self.mounts(), self.identity.check, self.executor, fallback, public, self.hashing)

    def bootstrap(self, password: str, guest_image: Path | None) -> None:
        """What the first start makes, and no later start changes."""
        made = self.identity.ensure_bootstrap(self.settings.node.region, self.url, password)
        self.networks.ensure_bootstrap(made.admin_project_id)
        self.compute.ensure_bootstrap()
        self._offer(guest_image or self._blank_disk(), "qcow2" if guest_image else "raw")

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

    def start(self) -> None:
        """Adopt what runs, wire the networks, then let the workers go on where the last process stopped."""
        self.images.sweep()
        self.networks.apply_now()
        for address, port in self.network.metadata_binds():
            self.metadata.bind(address, port)
        self.compute.start()
        self.workers.start()
        self.ready.set()
        _log.info("ready", version=__version__, hypervisor=self.chosen.hypervisor, network=self.chosen.network)

    def stop(self) -> None:
        """Finish the jobs under way and close; guests, their networks and their DHCP stay."""
        self.ready.clear()
        self.workers.stop()
        self.executor.shutdown(wait=True)
        self.hashing.shutdown(wait=True)
        self.metadata.close()
        self.network.close()
        self.hypervisor.close()
        proxy.close()
