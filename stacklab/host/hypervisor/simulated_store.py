"""What is on disk of the simulated guests: one JSON file each, replaced atomically."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from stacklab.host.hypervisor.spec import DomainFact, DomainSpec, HypervisorError, NicSpec, Power


class Domain(Struct, frozen=True):
    """A simulated guest. `taps` are those of the boot it is in: a later definition has no effect on them."""

    spec: DomainSpec
    power: Power
    taps: tuple[str, ...] = ()

    def fact(self) -> DomainFact:
        return DomainFact(self.spec.id, self.power, self.taps)

    def with_power(self, power: Power) -> "Domain":
        """Taps exist while a guest does, running or paused."""
        if power in (Power.OFF, Power.CRASHED):
            return replace(self, power=power, taps=())
        return replace(self, power=power, taps=self.taps or _taps(self.spec.nics))

    def with_nics(self, nics: tuple[NicSpec, ...]) -> "Domain":
        """Hot-plugged or unplugged: in the definition, and on the tap list of a guest that has one."""
        alive = self.power in (Power.RUNNING, Power.PAUSED)
        return replace(self, spec=replace(self.spec, nics=nics), taps=_taps(nics) if alive else ())


def _taps(nics: tuple[NicSpec, ...]) -> tuple[str, ...]:
    return tuple(nic.tap for nic in nics)


class DomainStore:
    """The directory of domain files. Not thread-safe: its one owner holds a lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def load(self) -> Iterator[Domain]:
        """Every domain that was saved whole; the half of one that a SIGKILL left is removed."""
        for file in self.folder.iterdir():
            if file.suffix == ".part":
                file.unlink()
            elif file.suffix == ".json":
                yield msgspec.json.decode(file.read_bytes(), type=Domain, dec_hook=_decode)

    def save(self, domain: Domain) -> None:
        """No fsync: it has to survive the death of this process, not of the machine (which stops its guests anyway)."""
        path = self._path(domain.spec.id)
        part = path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(domain, enc_hook=str))
        os.replace(part, path)

    def remove(self, domain_id: str) -> None:
        self._path(domain_id).unlink(missing_ok=True)

    def _path(self, domain_id: str) -> Path:
        """The id becomes a file name, so it must be made of letters, digits and dashes as a UUID is."""
        if not domain_id.replace("-", "").isalnum():
            raise HypervisorError("The server's id is not a valid one.")
        return self.folder / f"{domain_id}.json"


def _decode(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"{kind} is not stored here")
