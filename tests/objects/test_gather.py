"""Small files written together: all or none, each to who asked."""

import asyncio

import pytest

from stacklab.objects.gather import Gather


class Files:
    """Pretends to write; contents that say so fail."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.dropped: list[str] = []

    async def write(self, contents: list[list[bytes]]) -> list[str]:
        self.batches.append(len(contents))
        await asyncio.sleep(0)
        if [b"full"] in contents:
            raise OSError("no space")
        return [b"".join(chunks).decode() for chunks in contents]


def gather(files: Files) -> Gather[str]:
    return Gather(files.write, files.dropped.append)


def test_who_comes_while_a_batch_is_written_shares_the_next() -> None:
    files = Files()

    async def run() -> list[str]:
        small = gather(files)
        return await asyncio.gather(*(small.add([b"a", str(number).encode()]) for number in range(40)))

    assert asyncio.run(run()) == [f"a{number}" for number in range(40)]
    assert files.batches == [16, 16, 8]


def test_a_disk_that_fails_fails_who_waited_and_nobody_after() -> None:
    files = Files()

    async def run() -> str:
        small = gather(files)
        with pytest.raises(OSError, match="no space"):
            await small.add([b"full"])
        return await small.add([b"fine"])

    assert asyncio.run(run()) == "fine"


def test_what_nobody_waits_for_any_more_is_dropped() -> None:
    files = Files()

    async def run() -> None:
        small = gather(files)
        gone = asyncio.ensure_future(small.add([b"gone"]))
        await asyncio.sleep(0)
        gone.cancel()
        assert await small.add([b"stays"]) == "stays"

    asyncio.run(run())
    assert files.dropped == ["gone"]


def test_nobody_waits_for_a_lane_that_has_just_ended() -> None:
    """Both lanes end in one turn of the loop, and somebody comes in the same turn."""

    async def run() -> str:
        disk: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def write(contents: list[list[bytes]]) -> list[str]:
            if contents != [[b"late"]]:
                await disk
            return [b"".join(chunks).decode() for chunks in contents]

        async def late() -> str:
            await disk
            return await small.add([b"late"])

        small = Gather(write, lambda _made: None)
        first = asyncio.ensure_future(asyncio.gather(small.add([b"a"])))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(asyncio.gather(small.add([b"b"])))
        for _ in range(3):
            await asyncio.sleep(0)
        third = asyncio.ensure_future(late())
        await asyncio.sleep(0)
        disk.set_result(None)
        await asyncio.gather(first, second)
        return await asyncio.wait_for(third, 1)

    assert asyncio.run(run()) == "late"
