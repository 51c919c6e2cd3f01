"""`make bench`: print the tables. `--sizes 100,1000,10000` chooses how far the simulated region grows."""

import click

from stacklab.host.hypervisor.choose import lacking
from tests.bench import real, simulated
from tests.bench.measure import show
from tests.support.folders import passable_folder


@click.command()
@click.option("--sizes", default="100,1000,10000", show_default=True, help="Servers in the simulated region.")
@click.option("--real/--no-real", "with_real", default=not lacking(), help="Measure real guests too.")
def main(sizes: str, with_real: bool) -> None:
    with passable_folder("stacklab-bench-") as folder:
        if with_real:
            show("real guests (libvirt)", real.compare(folder))
        show("start and memory", simulated.start_and_memory(folder))
        for size, rows in simulated.growth(folder, [int(size) for size in sizes.split(",")]):
            show(f"simulated region, {size:,} servers", rows)


if __name__ == "__main__":
    main()
