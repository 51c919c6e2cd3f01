"""What each list can be filtered and sorted by: wire attribute → SQL expression, and the filters that are questions."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

from msgspec import Struct, field

from stacklab.core import clock
from stacklab.networks import refusals
from stacklab.networks.model import Resource
from stacklab.networks.values import flag

Clause = tuple[str, tuple[Any, ...]]
Question = Callable[[list[str]], Clause]
_NUMBER = re.compile(r"-?[0-9]{1,18}\Z")  # what a column of 64 bits can hold


class Column(Struct, frozen=True):
    """`sql`: an expression over the row `t`, never NULL. `kind` says how a text of the query is compared with it."""

    sql: str
    kind: Literal["text", "flag", "number", "time"] = "text"

    def value(self, name: str, text: str) -> str | int:
        """The text as this column holds it. Raises BadRequest."""
        if self.kind == "flag":
            return int(flag(name, text))
        if self.kind == "number":
            if not _NUMBER.match(text):
                raise refusals.bad_value(name, text, "is not an integer")
            return int(text)
        if self.kind == "time":
            return _moment(name, text)
        return text


def _moment(name: str, text: str) -> int:
    try:
        return clock.parse(text) // clock.SECOND
    except ValueError:
        raise refusals.bad_value(name, text, "is not a valid time") from None


class Listing(Struct, frozen=True):
    """One collection: its rows, what it is filtered and sorted by, the further questions, and who sees what."""

    kind: type[Resource]
    columns: dict[str, Column]
    visible: str  # the clause for a caller who is no admin; its one parameter is their project
    questions: dict[str, Question] = field(default_factory=dict)


def texts(*names: str) -> dict[str, Column]:
    """Attributes that are columns of the same name, plain so that an index on them is used."""
    return {name: Column(f"t.{name}") for name in names}


def nullable(*names: str) -> dict[str, Column]:
    """The same for columns that may be NULL: an empty text asks for those."""
    return {name: Column(f"coalesce(t.{name}, '')") for name in names}


STANDARD = {
    "id": Column("t.id"),
    "project_id": Column("t.project_id"),
    "tenant_id": Column("t.project_id"),
    "description": Column("t.description"),
    "revision_number": Column("t.revision_number", "number"),
    "created_at": Column("t.created_at / 1000000", "time"),
    "updated_at": Column("t.updated_at / 1000000", "time"),
}


def among(column: Column, name: str, values: Sequence[str]) -> Clause:
    """Repeated values are alternatives."""
    wanted = tuple(column.value(name, value) for value in values)
    places = ", ".join("?" * len(wanted))
    return f"{column.sql} IN ({places})", wanted


def _split(values: list[str]) -> list[str]:
    return [tag for value in values for tag in value.split(",") if tag]


def _has(tags: Sequence[str]) -> str:
    return f"SELECT count(*) FROM network_tags g WHERE g.resource_id = t.id AND g.tag IN ({', '.join('?' * len(tags))})"  # noqa: S608


def _all_tags(values: list[str]) -> Clause:
    tags = list(dict.fromkeys(_split(values)))
    return f"({_has(tags)}) = {len(tags)}", tuple(tags)


def _any_tag(values: list[str]) -> Clause:
    tags = _split(values)
    return f"({_has(tags)}) > 0", tuple(tags)


def _not(question: Question) -> Question:
    def asked(values: list[str]) -> Clause:
        clause, params = question(values)
        return f"NOT ({clause})", params

    return asked


TAGS: dict[str, Question] = {
    "tags": _all_tags,
    "tags-any": _any_tag,
    "not-tags": _not(_all_tags),
    "not-tags-any": _not(_any_tag),
}
