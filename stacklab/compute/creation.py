"""Making servers: everything a request names is looked up first, then one transaction commits all of it or nothing."""

import re
import secrets

from msgspec import Struct, field

from stacklab.compute import states
from stacklab.compute.flavors import Flavors
from stacklab.compute.groups import Groups
from stacklab.compute.hosts import Hosts
from stacklab.compute.keypairs import Keypairs
from stacklab.compute.model import actions
from stacklab.compute.model import servers as model
from stacklab.compute.model.flavors import Flavor
from stacklab.compute.model.keypairs import Keypair
from stacklab.compute.model.servers import Base, Fault, FlavorCopy, Server, pack
from stacklab.compute.parts import ZONE, Parts
from stacklab.compute.quotas import Quotas
from stacklab.core import clock, ids
from stacklab.core.db.database import transaction
from stacklab.core.errors import BadRequest, NotFound
from stacklab.core.jobs import enqueue
from stacklab.http.context import Context
from stacklab.images.service import BootImage
from stacklab.placement.service import NoValidHost

_GIB = 1 << 30


class NicWish(Struct, frozen=True):
    """One network card: on a network (with an address of one's own choosing or not), or a port that exists."""

    network_id: str | None = None
    fixed_ip: str | None = None
    port_id: str | None = None
    tag: str | None = None


class NewServer(Struct, frozen=True):
    """`nics` None: the network a project gets without asking; empty: none. `user_data` is base64 text as sent."""

    name: str
    image_id: str
    flavor_id: str
    nics: tuple[NicWish, ...] | None = None
    key_name: str | None = None
    security_groups: tuple[str, ...] | None = None
    user_data: str | None = None
    config_drive: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    zone: str | None = None
    min_count: int = 1
    max_count: int = 1
    description: str | None = None
    tags: tuple[str, ...] = ()
    hostname: str | None = None
    admin_pass: str | None = None
    group_id: str | None = None
    host: str | None = None
    disk_config: str = "MANUAL"
    access_v4: str = ""
    access_v6: str = ""


class _Found(Struct, frozen=True):
    """What a request named, looked up."""

    image: BootImage
    flavor: Flavor
    key: Keypair | None
    nics: tuple[NicWish, ...]


class Creation:
    def __init__(
        self, parts: Parts, flavors: Flavors, keypairs: Keypairs, quotas: Quotas, groups: Groups, hosts: Hosts
    ) -> None:
        self._parts = parts
        self._flavors = flavors
        self._keypairs = keypairs
        self._quotas = quotas
        self._groups = groups
        self._hosts = hosts

    def create(self, ctx: Context, new: NewServer) -> tuple[list[Server], str]:
        """The servers, in BUILD (or in ERROR when no host has room), and the administrator password they will have."""
        ctx.authorize("compute:servers:create")
        found = self._look_up(ctx, new)
        password = new.admin_pass or secrets.token_urlsafe(9)
        with transaction():
            self._image(ctx, new.image_id)  # deleted meanwhile, it would be gone before anybody holds it
            self._quotas.require_metadata(ctx.project_id, len(new.metadata))
            count = self._quotas.room(
                ctx.project_id, new.min_count, new.max_count, found.flavor.vcpus, found.flavor.ram_mb
            )
            reservation = "r-" + secrets.token_hex(4)
            made = [self._one(ctx, new, found, reservation, number, count, password) for number in range(count)]
        return made, password

    # --- looking up

    def _look_up(self, ctx: Context, new: NewServer) -> _Found:
        flavor = self._flavor(ctx, new.flavor_id)
        image = self._image(ctx, new.image_id)
        _check_size(flavor, image)
        self._check_zone(ctx, new)
        key = self._key(ctx, new.key_name)
        nics = new.nics
        if nics is None:
            network = self._parts.networks.auto_network(ctx)
            nics = (NicWish(network_id=network.id),) if network else ()
        if new.max_count > 1 and any(nic.port_id or nic.fixed_ip for nic in nics):
            raise BadRequest("Unable to launch multiple instances with a single configured port ID or fixed IP. "
                             "Please launch your instances one by one.")  # fmt: skip
        return _Found(image, flavor, key, nics)

    def _flavor(self, ctx: Context, flavor_id: str) -> Flavor:
        try:
            return self._flavors.get(ctx, flavor_id)
        except NotFound:
            raise BadRequest("Invalid flavorRef provided.") from None

    def _image(self, ctx: Context, image_id: str) -> BootImage:
        try:
            return self._parts.images.bootable(ctx, image_id)
        except NotFound:
            raise BadRequest("Invalid imageRef provided.") from None

    def _key(self, ctx: Context, name: str | None) -> Keypair | None:
        try:
            return self._keypairs.get(ctx, name) if name else None
        except NotFound:
            raise BadRequest("Invalid key_name provided.") from None

    def _check_zone(self, ctx: Context, new: NewServer) -> None:
        """`zone`, or for administrators `zone:host[:node]`; and `host` by its own name since 2.74."""
        zone, _, host = (new.zone or ZONE).partition(":")
        host = host.partition(":")[0] or new.host or ""
        if host:
            ctx.authorize("compute:servers:create:forced_host")
        if zone != ZONE:
            raise BadRequest("The requested availability zone is not available")
        if host and host != self._parts.host:
            raise BadRequest(f"Compute host {host} could not be found.")

    # --- committing

    def _one(
        self, ctx: Context, new: NewServer, found: _Found, reservation: str, number: int, count: int, password: str
    ) -> Server:
        server = self._row(ctx, new, found, reservation, number, count)
        if new.group_id:
            self._groups.admit(ctx, new.group_id)
        action = actions.begin(ctx, server.id, server.project_id, "create")
        refused = self._claim(server)
        if refused:
            return self._refuse(server, new, refused, action)
        model.insert(server)
        self._parts.images.hold([(found.image.checksum_name, server.id)])
        self._rest(server, new)
        for nic in found.nics:
            self._plug(ctx, server, nic, new.security_groups)
        told = {"password": password} if new.config_drive else {}  # a drive is the only way a guest learns it
        enqueue("compute.build", server.id, {"action": action, **told})
        self._parts.changed(server)
        return server

    def _row(self, ctx: Context, new: NewServer, found: _Found, reservation: str, number: int, count: int) -> Server:
        server_id, now, flavor = ids.new_uuid(), clock.now(), found.flavor
        name = new.name if count == 1 else f"{new.name}-{number + 1}"
        hostname = new.hostname if count == 1 else new.hostname and f"{new.hostname}-{number + 1}"
        copy = FlavorCopy(flavor.id, flavor.name, flavor.vcpus, flavor.ram_mb, flavor.disk_gb, flavor.ephemeral_gb,
                          flavor.swap_mb, flavor.extra_specs)  # fmt: skip
        base = Base(found.image.disk_format, found.image.checksum_name)
        key = found.key
        return Server(
            id=server_id,
            project_id=ctx.project_id,
            user_id=ctx.user_id,
            name=name,
            description=new.description,
            hostname=hostname or safe_hostname(name, server_id),
            image_id=found.image.id,
            base=pack(base),
            flavor_id=flavor.id,
            flavor=pack(copy),
            vcpus=flavor.vcpus,
            ram_mb=flavor.ram_mb,
            disk_gb=flavor.disk_gb,
            key_name=key.name if key else None,
            key_type=key.type if key else None,
            key_data=key.public_key if key else None,
            zone=ZONE,
            pinned_zone=new.zone.partition(":")[0] if new.zone else None,
            config_drive=int(new.config_drive),
            metadata=pack(new.metadata),
            vm_state=states.BUILDING,
            task_state="scheduling",
            power_state=states.NO_STATE,
            desired=states.ON,
            locked=None,
            locked_reason=None,
            fault=None,
            group_id=new.group_id,
            reservation_id=reservation,
            launch_index=number,
            disk_config=new.disk_config,
            access_v4=new.access_v4,
            access_v6=new.access_v6,
            disks="[]",
            created_at=now,
            updated_at=now,
            launched_at=None,
            terminated_at=None,
            deleted_at=0,
        )

    def _claim(self, server: Server) -> str:
        """Take the host's resources; why that was not possible, "" when it was."""
        if closed := self._hosts.closed():
            return closed
        wanted = {"VCPU": server.vcpus, "MEMORY_MB": server.ram_mb, "DISK_GB": server.disk_gb}
        try:
            self._parts.placement.claim(
                server.id, server.project_id, server.user_id, {name: n for name, n in wanted.items() if n}
            )
        except NoValidHost as error:
            return error.message
        return ""

    def _refuse(self, server: Server, new: NewServer, reason: str, action: int) -> Server:
        """As in Nova, a server that no host has room for exists, in ERROR, and says why."""
        fault = Fault(500, reason, "", clock.now())
        failed = server._replace(vm_state=states.ERROR, task_state=None, fault=pack(fault))
        model.insert(failed)
        self._rest(failed, new)
        actions.finish_event(actions.start_event(action, "compute_schedule"), action, reason)
        actions.fail(action, "Error")
        self._parts.changed(failed)
        return failed

    def _rest(self, server: Server, new: NewServer) -> None:
        if new.user_data:
            model.put_user_data(server.id, new.user_data)
        model.put_tags(server.id, new.tags)

    def _plug(self, ctx: Context, server: Server, nic: NicWish, groups: tuple[str, ...] | None) -> None:
        networks, host = self._parts.networks, self._parts.host
        if nic.port_id:
            try:
                networks.adopt_port(ctx, port_id=nic.port_id, device_id=server.id, zone=server.zone, host=host)
            except NotFound:
                raise BadRequest(f"Port id {nic.port_id} could not be found.") from None
            return
        networks.create_port(
            ctx,
            network_id=nic.network_id or "",
            device_id=server.id,
            fixed_ip=nic.fixed_ip,
            security_groups=list(groups) if groups is not None else None,
            zone=server.zone,
            host=host,
        )


def _check_size(flavor: Flavor, image: BootImage) -> None:
    if image.min_ram > flavor.ram_mb:
        raise BadRequest("Flavor's memory is too small for requested image.")
    if flavor.disk_gb and flavor.disk_gb < image.min_disk:
        raise BadRequest(
            "Flavor's disk is smaller than the minimum size specified in image metadata. "
            f"Flavor disk is {flavor.disk_gb * _GIB} bytes, minimum size is {image.min_disk * _GIB} bytes."
        )
    if flavor.disk_gb and flavor.disk_gb * _GIB < image.virtual_size:
        raise BadRequest(
            "Flavor's disk is too small for requested image. "
            f"Flavor disk is {flavor.disk_gb * _GIB} bytes, image is {image.virtual_size} bytes."
        )


def safe_hostname(name: str, server_id: str) -> str:
    """A DNS label made of a display name (RFC 1123); `server-<id>` when nothing of the name can stay."""
    label = re.sub(r"[ _.]+", "-", name.strip().lower())
    label = re.sub(r"[^a-z0-9-]", "", label).strip("-")[:63].rstrip("-")
    return label or f"server-{server_id}"
