"""Quotas of accounts, containers and tiers."""

import pytest

from stacklab.core.errors import BadRequest, Forbidden, TooLarge
from stacklab.core.settings import Objects as Settings
from stacklab.objects import quotas
from stacklab.objects.quotas import GIB, Held

NONE = Held(0, 0)
TIERS = quotas.tiers(Settings())


def upload(
    kept: dict[str, str], metadata: dict[str, str], account: Held, container: Held, added: Held, reseller: bool = False
) -> None:
    quotas.check_upload(
        kept, metadata, account, container, added, TIERS, policy="Silver", of_policy=account, reseller=reseller
    )


@pytest.mark.parametrize(
    ("name", "containers", "objects", "size"), [("", 5, 200_000, 2), ("L1", 10, 500_000, 10), ("L2", 25, 1_000_000, 50)]
)
def test_tiers(name: str, containers: int, objects: int, size: int) -> None:
    kept = {"quota-tier": name}
    quotas.check_containers(kept, containers - 1, TIERS)
    with pytest.raises(Forbidden, match=f"Reached container limit of {containers}"):
        quotas.check_containers(kept, containers, TIERS)
    upload(kept, {}, NONE, Held(objects - 1, size * GIB - 1), Held(1, 1))
    for full in (Held(objects, 0), Held(0, size * GIB)):
        with pytest.raises(TooLarge):
            upload(kept, {}, NONE, full, Held(1, 1))


@pytest.mark.parametrize(
    ("kept", "metadata", "words"),
    [
        ({"quota-bytes": "20"}, {}, "Upload exceeds quota."),
        ({"quota-count": "3"}, {}, "Upload exceeds quota."),
        ({}, {"quota-bytes": "20"}, "Upload exceeds quota."),
        ({}, {"quota-count": "3"}, "Upload exceeds quota."),
        ({"quota-bytes-policy-silver": "20"}, {}, "Upload exceeds policy quota."),
        ({"quota-count-policy-silver": "3"}, {}, "Upload exceeds policy quota."),
    ],
)
def test_the_last_that_fits(kept: dict[str, str], metadata: dict[str, str], words: str) -> None:
    held = Held(2, 10)
    upload(kept, metadata, held, held, Held(1, 10))
    with pytest.raises(TooLarge) as refused:
        upload(kept, metadata, held, held, Held(2, 11))
    assert refused.value.message == words


def test_resellers_are_held_to_container_quotas_only() -> None:
    upload({"quota-bytes": "1"}, {}, NONE, NONE, Held(1, 5), reseller=True)
    with pytest.raises(TooLarge):
        upload({}, {"quota-bytes": "1"}, NONE, NONE, Held(1, 5), reseller=True)


def test_what_shrinks_fits_an_account_that_is_over() -> None:
    upload({"quota-bytes": "1", "quota-count": "1"}, {}, Held(5, 50), Held(5, 50), Held(0, -10))


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"x-account-meta-quota-bytes": "20"}, {"quota-bytes": "20"}),
        ({"x-account-meta-quota-bytes": ""}, {"quota-bytes": ""}),
        ({"x-account-quota-bytes": "5", "x-account-meta-quota-bytes": "20"}, {"quota-bytes": "5"}),
        ({"x-remove-account-meta-quota-bytes": "x", "x-account-quota-bytes": "5"}, {"quota-bytes": ""}),
        ({"x-account-quota-count": "3", "x-account-quota-tier": "L1"}, {"quota-tier": "L1", "quota-count": "3"}),
        ({"x-account-quota-bytes-policy-silver": "10"}, {"quota-bytes-policy-silver": "10"}),
        ({"x-account-meta-other": "1"}, {}),
    ],
)
def test_set_by_a_reseller(headers: dict[str, str], found: dict[str, str]) -> None:
    assert quotas.asked(headers, ["Silver"], reseller=True) == found
    if found:
        with pytest.raises(Forbidden):
            quotas.asked(headers, ["Silver"], reseller=False)
    else:
        assert quotas.asked(headers, ["Silver"], reseller=False) == {}


@pytest.mark.parametrize(
    "headers", [{"x-account-quota-bytes": "abc"}, {"x-account-quota-count": "-1"}, {"x-account-quota-tier": "L9"}]
)
def test_not_a_quota(headers: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        quotas.asked(headers, [], reseller=True)


@pytest.mark.parametrize(("name", "words"), [("bytes", "Invalid bytes quota."), ("count", "Invalid count quota.")])
def test_not_a_container_quota(name: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        quotas.check_container_headers({f"x-container-meta-quota-{name}": "x"})
    quotas.check_container_headers({f"x-container-meta-quota-{name}": "10"})


def test_shown() -> None:
    assert quotas.shown({"quota-bytes": "5", "quota-count": "", "other": "x"}) == {"x-account-quota-bytes": "5"}
