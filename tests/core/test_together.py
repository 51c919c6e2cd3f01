"""Writes that share a transaction: each is told its own outcome, and one that raises takes nobody along."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from stacklab.core import facts
from stacklab.core.db.together import together
from stacklab.core.errors import Conflict


def keep(key: str) -> str:
    facts.put(key, "1")
    if key == "refused":
        raise Conflict(key)
    return key


def test_one_that_raises_wrote_nothing_and_the_others_did(database: Callable[..., None]) -> None:
    async def run() -> list[str | BaseException]:
        calls = (together(partial(keep, key)) for key in ("one", "refused", "two"))
        return await asyncio.gather(*calls, return_exceptions=True)

    one, refused, two = asyncio.run(run())
    assert (one, two) == ("one", "two")
    assert isinstance(refused, Conflict)
    assert [facts.get(key) for key in ("one", "refused", "two")] == ["1", None, "1"]


def test_it_serves_every_loop(database: Callable[..., None]) -> None:
    async def run(key: str) -> str:
        return await together(partial(keep, key))

    assert [asyncio.run(run(key)) for key in ("first", "second")] == ["first", "second"]
    with pytest.raises(Conflict):
        asyncio.run(run("refused"))
