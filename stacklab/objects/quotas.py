"""How much an account and a container may hold: the tier of the account, what a reseller set on it, what its owner
set on a container.

    X-Account-Quota-Tier                             default, L1 or L2: StackLab's; a reseller sets it
    X-Account-Quota-Bytes, -Count                    of everything in the account; a reseller sets them
    X-Account-Quota-Bytes-Policy-<name>, -Count-…    of what is stored under one policy
    X-Container-Meta-Quota-Bytes, -Count             of one container; whoever owns it sets them

At the door an upload counts with the length it announces, when it is recorded with its true size; both in place of what
it replaces, where Swift has it come on top.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from stacklab.core.errors import BadRequest, Forbidden, TooLarge
from stacklab.core.settings import Objects as Settings
from stacklab.http.number import whole

GIB = 1 << 30


class Tier(StrEnum):
    DEFAULT = "default"
    L1 = "L1"
    L2 = "L2"


class Allowance(Struct, frozen=True):
    """Of a tier: containers in the account; objects and bytes in each container. -1 is no limit."""

    containers: int
    objects: int
    bytes: int


Tiers = Mapping[Tier, Allowance]
Headers = dict[str, str]
TIER = "quota-tier"
_BYTES, _COUNT = "quota-bytes", "quota-count"


class Held(Struct, frozen=True):
    """What an account, a container or a policy of an account holds."""

    objects: int
    bytes: int


def tiers(settings: Settings) -> Tiers:
    """What the tiers of this cloud allow."""

    def allowance(name: str) -> Allowance:
        containers, objects, gib = (
            getattr(settings, f"tier_{name}_{what}") for what in ("containers", "objects", "gib")
        )
        return Allowance(containers, objects, gib * GIB if gib >= 0 else -1)

    return {one: allowance(one.lower()) for one in Tier}


def tier(kept: Mapping[str, str], tiers: Tiers) -> Allowance:
    """The allowance of an account with these kept quotas."""
    return tiers[Tier(kept.get(TIER) or Tier.DEFAULT)]


def asked(headers: Mapping[str, str], policies: Iterable[str], reseller: bool) -> dict[str, str]:
    """The quotas that a PUT or POST of an account sets, "" for one that it removes, by the name they are kept under.

    Raises Forbidden for anybody but a reseller, BadRequest for what is no number or no tier.
    """
    found: dict[str, str] = {}
    for name in _names(policies):
        given = _given(headers, name)
        if given is not None:
            found[name] = given
    if found and not reseller:
        raise Forbidden("")
    for name, value in found.items():
        if value and not (value in set(Tier) if name == TIER else value.isdecimal() and value.isascii()):
            raise BadRequest(f"Invalid quota: x-account-{name}.")
    return found


def _names(policies: Iterable[str]) -> list[str]:
    per_policy = [f"{name}-policy-{policy.lower()}" for name in (_BYTES, _COUNT) for policy in policies]
    return [TIER, _BYTES, _COUNT, *per_policy]


def _given(headers: Mapping[str, str], name: str) -> str | None:
    """Removal goes before setting; the bytes have an older name among the metadata."""
    older = ("meta-" + name,) if name == _BYTES else ()
    if any(headers.get(f"x-remove-account-{spelt}") for spelt in (name, *older)):
        return ""
    return next((headers[key] for spelt in (name, *older) if (key := f"x-account-{spelt}") in headers), None)


def shown(kept: Mapping[str, str]) -> dict[str, str]:
    """The headers that tell an account's quotas to whoever may see it."""
    return {f"x-account-{name}": value for name, value in kept.items() if name.startswith("quota-") and value}


def of_tier(kept: Mapping[str, str], tiers: Tiers) -> Headers:
    """The headers that tell an account's owner how many containers its tier allows. Swift has no tiers, nor these."""
    return _told({"x-account-quota-containers": tier(kept, tiers).containers})


def of_tier_for_container(kept: Mapping[str, str], tiers: Tiers) -> Headers:
    """The same of a container: how much the tier of its account (whose quotas are `kept`) allows in it."""
    allowed = tier(kept, tiers)
    return _told({"x-container-quota-count": allowed.objects, "x-container-quota-bytes": allowed.bytes})


def _told(limits: Mapping[str, int]) -> Headers:
    return {name: str(limit) for name, limit in limits.items() if limit >= 0}


def check_container_headers(headers: Mapping[str, str]) -> None:
    """Raises BadRequest, in Swift's words, for a container quota that is no number."""
    for name, word in ((_BYTES, "bytes"), (_COUNT, "count")):
        value = headers.get(f"x-container-meta-{name}", "")
        if value and not (value.isdecimal() and value.isascii()):
            raise BadRequest(f"Invalid {word} quota.")


def check_containers(kept: Mapping[str, str], containers: int, tiers: Tiers) -> None:
    """Raises Forbidden when an account that has so many may have no more."""
    most = tier(kept, tiers).containers
    if 0 <= most <= containers:
        raise Forbidden(f"Reached container limit of {most}")


def check_upload(
    kept: Mapping[str, str],
    metadata: Mapping[str, str],
    account: Held,
    container: Held,
    added: Held,
    tiers: Tiers,
    *,
    policy: str = "",
    of_policy: Held | None = None,
    reseller: bool = False,
) -> None:
    """Raises TooLarge when `added` is more than there is room for. `kept`: the account's quotas; `metadata`: the
    container's, without `x-container-meta-`. Resellers are not held to an account's quotas."""
    allowance = tier(kept, tiers)
    limits = [(container, _limit(metadata, _BYTES), _limit(metadata, _COUNT))]
    if not reseller:
        limits.append((account, _limit(kept, _BYTES), _limit(kept, _COUNT)))
        limits.append((container, allowance.bytes, allowance.objects))
    if any(_beyond(held, added, most_bytes, most_objects) for held, most_bytes, most_objects in limits):
        raise TooLarge("Upload exceeds quota.")
    under = f"-policy-{policy.lower()}"
    if (
        of_policy
        and not reseller
        and _beyond(of_policy, added, _limit(kept, _BYTES + under), _limit(kept, _COUNT + under))
    ):
        raise TooLarge("Upload exceeds policy quota.")


def of_policy(kept: Mapping[str, str], policy: str) -> bool:
    """Whether an account has a quota for what is stored under this policy."""
    return any(f"{name}-policy-{policy.lower()}" in kept for name in (_BYTES, _COUNT))


def _limit(kept: Mapping[str, str], name: str) -> int:
    value = whole(kept.get(name, ""))
    return -1 if value is None else value


def _beyond(held: Held, added: Held, most_bytes: int, most_objects: int) -> bool:
    """What takes no more room than before always fits: deleting and replacing help an account that is over."""
    bytes_over = added.bytes > 0 and 0 <= most_bytes < held.bytes + added.bytes
    return bytes_over or (added.objects > 0 and 0 <= most_objects < held.objects + added.objects)
