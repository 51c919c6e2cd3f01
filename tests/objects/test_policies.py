"""Storage policies: chosen once, told, counted and limited by."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stacklab.core.settings import Objects as Settings
from stacklab.objects.room import Room
from tests.support.object_lab import ObjectLab

Counts = tuple[str, str, str]


@pytest.fixture
def opened(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.service.room = Room(Settings(policies=["Gold", "Silver"]))
    made.put("plain")
    made.put("box", x_storage_policy="silver")
    yield made
    made.service.close()


@pytest.fixture
def lab(opened: ObjectLab) -> Iterator[ObjectLab]:
    yield opened
    opened.require_whole()


def counts(lab: ObjectLab, policy: str) -> Counts:
    told = lab.head("")
    one, two, three = (
        told.get(f"x-account-storage-policy-{policy}-{what}", "none")
        for what in ("container-count", "object-count", "bytes-used")
    )
    return one, two, three


def test_a_container_has_one_for_ever(lab: ObjectLab) -> None:
    assert (lab.head("box")["x-storage-policy"], lab.head("plain")["x-storage-policy"]) == ("Silver", "Gold")
    assert {one["name"]: one["storage_policy"] for one in lab.listed("")} == {"box": "Silver", "plain": "Gold"}
    assert lab.ask("PUT", "box", x_storage_policy="SILVER").status == 202
    assert lab.ask("PUT", "box").status == 202
    assert lab.ask("PUT", "box", x_storage_policy="gold").status == 409
    assert lab.ask("PUT", "plain", x_storage_policy="silver").status == 409
    assert lab.ask("POST", "box", x_remove_storage_policy="x", x_container_meta_a="b").status == 204
    assert lab.head("box")["x-storage-policy"] == "Silver"
    unknown = lab.ask("PUT", "new", x_storage_policy="bronze")
    assert (unknown.status, unknown.raw) == (400, b"Invalid X-Storage-Policy 'bronze'")


def test_accounts_count_by_policy(lab: ObjectLab) -> None:
    lab.put("plain/a", b"1")
    lab.put("box/a", b"123")
    lab.put("box/b", b"12")
    assert (counts(lab, "gold"), counts(lab, "silver")) == (("1", "1", "1"), ("1", "2", "5"))
    lab.put("box/a", b"")
    assert lab.ask("DELETE", "box/b").status == 204
    assert (counts(lab, "gold"), counts(lab, "silver")) == (("1", "1", "1"), ("1", "1", "0"))
    assert lab.ask("DELETE", "box/a").status == 204
    assert lab.ask("DELETE", "box").status == 204
    assert (counts(lab, "gold"), counts(lab, "silver")) == (("1", "1", "1"), ("0", "0", "0"))


def test_a_quota_of_one_policy(lab: ObjectLab) -> None:
    assert lab.ask("POST", "", x_account_quota_bytes_policy_silver="10").status == 403
    assert lab.ask("POST", "", b"", "admin", x_account_quota_bytes_policy_silver="10").status == 204
    assert lab.head("")["x-account-quota-bytes-policy-silver"] == "10"
    refused = lab.ask("PUT", "box/a", b"12345678901")
    assert (refused.status, refused.raw) == (413, b"Upload exceeds policy quota.")
    lab.put("plain/a", b"12345678901")
    lab.put("box/a", b"1234567890")
    assert lab.ask("COPY", "plain/a", destination="box/b").status == 413
    assert lab.ask("POST", "", b"", "admin", x_account_quota_count_policy_gold="1").status == 204
    assert lab.ask("PUT", "plain/b", b"").status == 413
    lab.put("box/b", b"")


def test_an_account_that_is_gone_counts_nothing(opened: ObjectLab) -> None:
    opened.put("box/a", b"1")
    assert opened.ask("DELETE", "", b"", "admin").status == 204
    assert counts(opened, "silver") == ("none", "none", "none")
