"""The table of checks, and what they come to together."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from stacklab.host.doctor import guests, networks, node
from stacklab.host.doctor.finding import Finding, State, Subject, broken


class Check(Struct, frozen=True):
    """`needed` is False for what a node does well without: its absence is told but is no failure."""

    name: str
    look: Callable[[Subject], Finding]
    needed: bool = True


CHECKS: tuple[Check, ...] = (
    Check("privileges", node.privileges),
    Check("qemu", guests.qemu),
    Check("kvm", guests.kvm, needed=False),
    Check("libvirt embed", guests.libvirt_embed),
    Check("guest account", guests.guest_account),
    Check("guest image", guests.guest_image),
    Check("br_netfilter", networks.br_netfilter),
    Check("nftables", networks.nftables),
    Check("netlink", networks.netlink),
    Check("dnsmasq", networks.dnsmasq),
    Check("port", node.port),
    Check("disk space", node.disk_space),
)


class Diagnosis(Struct, frozen=True):
    """One check and what it found."""

    check: Check
    finding: Finding

    @property
    def fails(self) -> bool:
        """Whether this keeps the machine from running real guests."""
        return self.check.needed and self.finding.state is not State.PRESENT


def diagnose(subject: Subject, checks: Sequence[Check] = CHECKS) -> list[Diagnosis]:
    """Run every check in order. One that trips over the machine is itself evidence that something is broken."""
    return [Diagnosis(check, _look(check, subject)) for check in checks]


def _look(check: Check, subject: Subject) -> Finding:
    try:
        return check.look(subject)
    except OSError as error:
        return broken(str(error))
