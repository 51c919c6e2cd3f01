"""The two networks of the first start, made from the settings; later starts find them and change nothing."""

from ipaddress import IPv4Network

import msgspec

from stacklab.core import ids, settings
from stacklab.core.db.database import transaction
from stacklab.networks import addresses, store
from stacklab.networks.model import Network, Subnet


def ensure(wanted: settings.Network, project_id: str) -> None:
    """`lab`, shared by everybody, and `public`, where floating IPs come from; both belong to `project_id`."""
    with transaction():
        if store.select(Network, "LIMIT 1"):
            return
        # openstacksdk takes the last network listed that has a gateway for the one servers are on; lists go by id.
        public, lab = sorted((ids.new_uuid(), ids.new_uuid()))
        _make(lab, project_id, "lab", wanted.lab_cidr, wanted.mtu, external=False, dns=wanted.dns)
        _make(public, project_id, "public", wanted.public_cidr, wanted.mtu, external=True, dns=[])


def _make(network_id: str, project_id: str, name: str, cidr: str, mtu: int, *, external: bool, dns: list[str]) -> None:
    network = store.insert(
        Network(
            id=network_id,
            project_id=project_id,
            name=name,
            description=_WORDS[name],
            shared=not external,
            external=external,
            mtu=mtu,
        )
    )
    net = IPv4Network(cidr)
    # The first address is the host's own: the gateway, DNS and DHCP of guests, or where floating IPs are routed to.
    first, last = net[2], net[-2]
    subnet = store.insert(
        Subnet(
            id=ids.new_uuid(),
            project_id=project_id,
            network_id=network.id,
            name=f"{name}-subnet",
            cidr=str(net),
            gateway_ip=str(net[1]),
            enable_dhcp=not external,
            pools=msgspec.json.encode([(str(first), str(last))]).decode(),
            dns=msgspec.json.encode(dns).decode(),
        )
    )
    addresses.open_pools(subnet)


_WORDS = {
    "lab": "The network every server is on",
    "public": "Where floating IPs come from",
}
