"""Lists of images: which of them each shows, in what order, which a word is in; a page at a time."""

import asyncio

from msgspec import Struct

from stacklab.console.client import Api
from stacklab.console.images import ANSWERS, IMAGES, Json

MOST = 100  # rows of one page
VIEWS = ("own", "public", "shared", "community", "hidden")
SORTS = {"created": "created_at:desc", "name": "name:asc", "size": "size:desc"}
_WHOLE, _PAGES = 1000, 10  # images of one answer, Glance's most, and how many answers are gone through


class Wanted(Struct, frozen=True):
    """What the page was asked for: `view` of VIEWS, `sort` of SORTS; `text` is in the names; `marker` is a row's id."""

    view: str = "own"
    sort: str = "created"
    text: str = ""
    marker: str = ""


class Shown(Struct, frozen=True):
    """A page of images; `marker` leads to the next. `answers`: what this project said to images shared with it."""

    rows: list[Json]
    marker: str = ""
    answers: dict[str, str] = {}


async def listed(api: Api, project: str, wanted: Wanted) -> Shown:
    """Glance pages its own lists; what it cannot be asked for is looked for here, in the first ten thousand."""
    if wanted.view == "shared":
        return await _shared(api, project, wanted)
    query: dict[str, str | int] = {"sort": SORTS[wanted.sort]}
    query |= {"visibility": wanted.view} if wanted.view in ("public", "community") else {"owner": project}
    query |= {"os_hidden": "true"} if wanted.view == "hidden" else {}
    if wanted.text:
        return _page(await _whole(api, query), wanted)
    query |= {"limit": MOST, **({"marker": wanted.marker} if wanted.marker else {})}
    found = await api.get(IMAGES, **query)
    return Shown(found["images"], found["images"][-1]["id"] if found.get("next") else "")


async def _shared(api: Api, project: str, wanted: Wanted) -> Shown:
    """What others share with this project, those that wait for its answer first. Glance mixes in the project's own."""
    asked = {"visibility": "shared", "sort": SORTS[wanted.sort]}
    lists = await asyncio.gather(*(_whole(api, {**asked, "member_status": answer}) for answer in ANSWERS))
    foreign = [[image for image in rows if image["owner"] != project] for rows in lists]
    answers = {image["id"]: answer for answer, rows in zip(ANSWERS, foreign, strict=True) for image in rows}
    return _page([image for rows in foreign for image in rows], wanted, answers)


async def _whole(api: Api, query: dict[str, str | int]) -> list[Json]:
    rows: list[Json] = []
    query = {**query, "limit": _WHOLE}
    for _answer in range(_PAGES):
        found = await api.get(IMAGES, **query)
        rows += found["images"]
        if not found.get("next"):
            break
        query["marker"] = found["images"][-1]["id"]
    return rows


def _page(rows: list[Json], wanted: Wanted, answers: dict[str, str] | None = None) -> Shown:
    """Those after the marker whose names hold the text; from the beginning where the marker is gone."""
    needle = wanted.text.lower()
    rows = [image for image in rows if needle in (image["name"] or image["id"]).lower()]
    start = next((at + 1 for at, image in enumerate(rows) if image["id"] == wanted.marker), 0)
    shown, more = rows[start : start + MOST], len(rows) > start + MOST
    return Shown(shown, shown[-1]["id"] if more else "", answers or {})
