"""An image is queued again as soon as the disk has room for its row."""

import asyncio

import pytest

from stacklab.core.db.database import transaction
from stacklab.core.errors import NoSpace
from stacklab.images import model, undone
from tests.support.images import ImageLab


def test_queued_again_once_there_is_room(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    image_id, real, tries = lab.make()["id"], model.move, []
    with transaction():
        assert model.move(image_id, "queued", "saving")
    moved = asyncio.Event()

    def move(*about: str) -> bool:
        tries.append(about)
        if len(tries) < 4:
            raise NoSpace("full")
        moved.set()
        return real(*about)

    async def run() -> None:
        undone.queue_again(image_id, "saving", 0.001)
        await asyncio.wait_for(moved.wait(), 10)

    monkeypatch.setattr(model, "move", move)
    asyncio.run(run())
    assert (lab.show(image_id)["status"], len(tries)) == ("queued", 4)
