"""Pages of names: against a plain sort of all of them, and what a page costs in a container of a million."""

import random
from collections.abc import Callable
from functools import partial

import pytest

from stacklab.core.db.database import proxy, transaction
from stacklab.objects import listing
from stacklab.objects.listing import Page
from tests.support.steps import steps

_FILL = """
WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < ?)
INSERT INTO objects
SELECT ?, printf('%03d/%02d/%07d', n % 1000, n / 1000 % 50, n), n, n, '', 1, '', 'x', '', '{}', NULL, ''
FROM number
"""


def fill(container: int, count: int) -> None:
    with transaction():
        proxy.execute_sql(_FILL, (count, container))


def text(chance: random.Random, least: int = 0, most: int = 3) -> str:
    return "".join(chance.choices("ab/é", k=chance.randint(least, most)))


def put(container: int, names: list[str]) -> None:
    with transaction():
        for name in names:
            row = (container, name, 1, 1, "", 1, "", "x", "", "{}", None, "")
            proxy.execute_sql(f"INSERT INTO objects VALUES ({', '.join('?' * len(row))})", row)


def shown(container: int, page: Page) -> list[str]:
    found = listing.fetch("objects", "container, name", "container", container, page)
    return [one if isinstance(one, str) else one[1] for one in found]


def expected(names: list[str], page: Page) -> list[str]:
    """By the words of the API: sort all, fold all, cut."""
    above, below = (page.end_marker, page.marker) if page.reverse else (page.marker, page.end_marker)
    found: list[str] = []
    for name in sorted(names, reverse=page.reverse):
        if not name.startswith(page.prefix) or (above and name <= above) or (below and name >= below):
            continue
        at = name.find(page.delimiter, len(page.prefix)) if page.delimiter else -1
        row = name[: at + len(page.delimiter)] if at >= 0 else name
        if row not in found and not (at >= 0 and row == page.marker):
            found.append(row)
    return found[: page.limit]


@pytest.mark.parametrize("seed", range(4))
def test_pages_are_those_of_a_plain_sort(database: Callable[..., None], seed: int) -> None:
    database("stacklab.objects")
    chance = random.Random(seed)
    names = sorted({text(chance, 1, 6) for _ in range(400)})
    put(1, names)
    for _ in range(150):
        delimiter = chance.choice(["", "/", "a", "//", "ab"])
        page = Page(
            chance.choice([1, 3, 50, 1000]), text(chance), text(chance), text(chance), delimiter, chance.random() < 0.4
        )
        if page.reverse and delimiter and page.marker:
            continue  # a marker inside a folded name: which side of it shows is the next test's
        assert shown(1, page) == expected(names, page), page


@pytest.mark.parametrize("reverse", [False, True])
def test_markers_lead_through_all_of_it_once(database: Callable[..., None], reverse: bool) -> None:
    database("stacklab.objects")
    fill(1, 3000)
    found: list[str] = []
    while page := shown(1, Page(7, found[-1] if found else "", delimiter="/", reverse=reverse)):
        found += page
    assert found == sorted({f"{number:03d}/" for number in range(1000)}, reverse=reverse)


PAGES = [
    Page(1000),
    Page(1000, marker="500/"),
    Page(1000, prefix="777/", delimiter="/"),
    Page(1000, delimiter="/"),
    Page(100, marker="900/", delimiter="/", reverse=True),
    Page(1000, prefix="00", end_marker="005", delimiter="/"),
    Page(1000, reverse=True),
]


def test_a_page_costs_the_same_in_a_container_of_a_million(database: Callable[..., None]) -> None:
    database("stacklab.objects")
    fill(1, 200_000)  # every name that is folded is there, with four behind each
    fill(2, 1_000_000)
    for page in PAGES:
        large, small = steps(partial(shown, 2, page)), steps(partial(shown, 1, page))
        assert large <= small * 1.5 + 20, page
