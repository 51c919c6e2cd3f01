"""One libvirt node for all scenarios of a session, with a host outside on its external network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stacklab.host.network.plan import bridge_name
from tests.support.folders import passable_folder
from tests.support.node import Node


@pytest.fixture(scope="session")
def cloud() -> Iterator[Node]:
    """A running node with real guests; `cloud.namespaces.outside` can reach its floating IPs."""
    with passable_folder() as folder:
        node = Node(folder / "state", "libvirt")
        try:
            node.start()
            public = node.admin().one("/network/v2.0/networks", "networks", "public")
            assert node.namespaces
            node.namespaces.make_outside(bridge_name(public), "10.88.255.250/16")
            yield node
        finally:
            node.purge()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Where a test keeps private keys, as ssh wants them kept."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    return folder
