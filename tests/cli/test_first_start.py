"""The first start: what it is given must be there."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from stacklab.cli.first_start import prepare
from stacklab.core.settings import Images, Node, Settings


def test_a_guest_image_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    settings = Settings(node=Node(state=str(tmp_path)), images=Images(guest_image=str(tmp_path / "no.qcow2")))
    cloud: Any = SimpleNamespace(settings=settings, url="http://cloud.test", node=None)
    with pytest.raises(click.ClickException, match=r"images\.guest_image"):
        prepare(cloud)
    assert not (tmp_path / "clouds.yaml").exists()
