"""`python -m stacklab.host.doctor.open_embedded ROOT`: open libvirt's embedded driver once and say what it is.

A process of its own, because the driver cannot be closed cleanly enough to be opened again on another root.
"""

import sys
from pathlib import Path


def main() -> None:
    # Imported here: the module is missing on a machine that only simulates.
    from stacklab.host.hypervisor.embed.connection import open_embedded
    from stacklab.host.hypervisor.spec import HypervisorError

    try:
        connection = open_embedded(Path(sys.argv[1]))
    except HypervisorError as error:
        sys.exit(str(error))
    print(f"libvirt {_dotted(connection.getLibVersion())} with QEMU {_dotted(connection.getVersion())}")


def _dotted(version: int) -> str:
    """libvirt writes 9.0.1 as 9000001."""
    return f"{version // 1_000_000}.{version // 1_000 % 1_000}.{version % 1_000}"


if __name__ == "__main__":
    main()
