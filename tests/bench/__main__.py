"""`make bench`: print the tables. `make bench ARGS="identity crowd"` measures these alone."""

import click

from stacklab.host.hypervisor.choose import lacking
from tests.bench import crowd, flat, flood, identity, images, objects, real, simulated
from tests.bench.measure import show
from tests.support.folders import passable_folder

PARTS = ("real", "start", "servers", "identity", "crowd", "flood", "objects", "flat", "images")


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--sizes", default="100,1000,10000", show_default=True, help="Servers in the simulated region.")
def main(parts: tuple[str, ...], sizes: str) -> None:
    """Everything this machine can measure, or the PARTS named."""
    wanted = parts or tuple(
        part for part in PARTS if not (lacking() and part in ("real", "identity", "objects", "images"))
    )
    with passable_folder("stacklab-bench-") as folder:
        if "real" in wanted:
            show("real guests (libvirt)", real.compare(folder))
        if "start" in wanted:
            show("start and memory", simulated.start_and_memory(folder))
        if "servers" in wanted:
            for size, rows in simulated.growth(folder, [int(size) for size in sizes.split(",")]):
                show(f"simulated region, {size:,} servers", rows)
        if "identity" in wanted:
            show("identity : a real Keystone 30", identity.compare(folder))
        if "crowd" in wanted:
            show(f"identity, empty → {crowd.USERS:,} users and {2 * crowd.USERS:,} assignments", crowd.compare(folder))
        if "flood" in wanted:
            show(f"one who works, alone → beside {flood.FLOOD} who log in", flood.compare(folder))
        if "objects" in wanted:
            show("objects : a real Swift 2.38", objects.compare(folder))
        if "images" in wanted:
            show("images : a real Glance 33", images.compare(folder))
        if "flat" in wanted:
            show("objects, many large ones at once", flat.compare(folder))


if __name__ == "__main__":
    main()
