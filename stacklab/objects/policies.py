"""Storage policies: names that containers are made under, for accounts to be counted and limited by.

The default policy has no rows of its own: it has what the others have not, so that nothing is written for it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stacklab.core.db.database import change, row, rows
from stacklab.core.errors import BadRequest
from stacklab.objects.faults import TEXT

HEADER = "x-storage-policy"
"""Of a PUT of a container, and among the metadata of those that are not of the default policy."""
_COUNT = (
    "INSERT INTO objects_policies VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, policy) DO UPDATE SET "
    "containers = objects_policies.containers + excluded.containers, "
    "objects = objects_policies.objects + excluded.objects, bytes = objects_policies.bytes + excluded.bytes"
)
_SUM = "SELECT coalesce(sum(objects), 0), coalesce(sum(bytes), 0) FROM objects_policies WHERE account = ?"


class Use(NamedTuple):
    containers: int
    objects: int
    bytes: int


def asked(headers: Mapping[str, str], known: Sequence[str]) -> str:
    """The policy a PUT names, as it is spelt here; "" for none. Raises BadRequest for one that is not known."""
    said = headers.get(HEADER, "")
    if not said:
        return ""
    for name in known:
        if name.lower() == said.lower():
            return name
    raise BadRequest(f"Invalid X-Storage-Policy '{said}'", headers=TEXT)


def count(account: str, metadata: Mapping[str, str], more: Use) -> None:
    """What a container with this metadata adds to its account. Inside the transaction that counts it there."""
    policy = metadata.get(HEADER)
    if policy:
        change(_COUNT, (account, policy, *more))


def forget(account: str) -> None:
    change("DELETE FROM objects_policies WHERE account = ?", (account,))


def used(account: str, whole: Use, known: Sequence[str]) -> dict[str, Use]:
    """By policy, the default one first; `whole` is what the account holds altogether."""
    others = rows("SELECT policy, containers, objects, bytes FROM objects_policies WHERE account = ?", (account,))
    found = {name: Use(*use) for name, *use in others}
    rest = Use(*(all - sum(part) for all, *part in zip(whole, *found.values(), strict=True)))
    return {known[0]: rest, **found}


def held(account: str, policy: str, objects: int, bytes: int) -> tuple[int, int]:
    """Objects and bytes under one policy, "" for the default one; the account holds so much altogether."""
    if policy:
        one = "SELECT objects, bytes FROM objects_policies WHERE account = ? AND policy = ?"
        found = row(one, (account, policy)) or (0, 0)
        return int(found[0]), int(found[1])
    others = row(_SUM, (account,)) or (0, 0)
    return objects - int(others[0]), bytes - int(others[1])
