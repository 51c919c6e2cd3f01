"""The durable steps behind a 202. Each looks at row and machine, then does what is missing; it may run twice.

The subject of every job is the server's id, so a server's jobs run one at a time, in the order they were asked for.
"""

from stacklab.compute.jobs.build import Build
from stacklab.compute.jobs.delete import Delete
from stacklab.compute.jobs.halt import Halt
from stacklab.compute.jobs.nics import ChangeNics
from stacklab.compute.jobs.power import ChangePower
from stacklab.compute.jobs.snapshot import Snapshot
from stacklab.compute.parts import Parts
from stacklab.core.errors import Failure
from stacklab.core.jobs import Kind
from stacklab.host.disks.spec import UnsafeImage


def table(parts: Parts) -> dict[str, Kind]:
    """Kind by name. A build is tried twice, for a machine that was busy; a delete for as long as it takes."""
    build, power, delete, nics = Build(parts), ChangePower(parts), Delete(parts), ChangeNics(parts)
    halt, snapshot = Halt(parts), Snapshot(parts)
    return {
        "compute.build": Kind(build.run, build.give_up, attempts=2, final=(UnsafeImage,)),
        "compute.power": Kind(power.run, power.give_up),
        "compute.reboot": Kind(power.reboot, power.give_up),
        "compute.halt": Kind(halt.run, halt.give_up, attempts=8),
        "compute.delete": Kind(delete.run, delete.give_up, attempts=10),
        "compute.nics": Kind(nics.run, nics.give_up),
        "compute.snapshot": Kind(snapshot.run, snapshot.give_up, attempts=2, final=(Failure, UnsafeImage)),
    }
