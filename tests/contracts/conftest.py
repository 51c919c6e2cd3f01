"""A Linux host made of network namespaces, shared by the tests of one file; each test begins with the same plan."""

from collections.abc import Iterator

import pytest

from tests.support.netplan import PLAN, Lab, running_lab


@pytest.fixture(scope="module")
def shared_lab() -> Iterator[Lab]:
    with running_lab() as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    shared_lab.apply(PLAN)
    return shared_lab
