"""What came out of the door to keys is remembered: how long, for whom, and what ends it."""

import asyncio
import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence

import pytest

from stacklab.core import clock
from stacklab.http.context import Caller
from stacklab.http.request import Request
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.keys import Keys, Scope
from stacklab.objects.s3.signatures import Signed

DAY: Scope = ("20260101", "Here", "s3")
KEY = b"k" * 32


class Door:
    """One access key, `known`; `told` is whether version 2's key comes out."""

    life = 60 * clock.SECOND
    regions: tuple[str, ...] = ("Here", "us-east-1")

    def __init__(self, told: bool = True) -> None:
        self.asked, self.revoked, self.told, self.expires = 0, False, told, clock.now() + 3600 * clock.SECOND

    async def judge(
        self, access: str, scope: Scope, texts: Sequence[bytes], signature: str
    ) -> tuple[Caller, bytes] | bool | None:
        self.asked += 1
        if access != "known":
            return None
        right = [hmac.digest(KEY, text, "sha256").hex() if scope else v2(text) for text in texts]
        caller = Caller("u", "u", "default", issued_at=clock.now(), expires_at=self.expires)
        return (caller, KEY if scope or self.told else b"") if signature in right else False

    def about(self, access: str, _caller: Caller) -> tuple[str, ...]:
        return (access,)

    def stands(self, _about: tuple[str, ...], _issued_at: int) -> bool:
        return not self.revoked

    def elsewhere(self) -> frozenset[str]:
        return frozenset({"there.example"})


def v2(text: bytes) -> str:
    return b64encode(hmac.digest(KEY, text, hashlib.sha1)).decode()


def v4(text: bytes, access: str = "known", scope: Scope = DAY) -> Signed:
    return Signed(access, hmac.digest(KEY, text, "sha256").hex(), text, scope)


def check(keys: Keys, signed: Signed, host: str = "here.example") -> str:
    """ "" or the code of the refusal."""

    async def nothing() -> dict[str, object]:
        return {}

    try:
        asyncio.run(keys.check(Request("GET", "/", {"host": host}, b"", nothing), signed))
    except S3Error as error:
        return error.kind
    return ""


def test_the_door_is_asked_once_for_a_key_and_a_day() -> None:
    door = Door()
    keys = Keys(door)
    assert [check(keys, v4(text)) for text in (b"1", b"2", b"3")] == ["", "", ""]
    assert door.asked == 1
    assert check(keys, Signed("known", "0" * 64, b"4", DAY)) == "SignatureDoesNotMatch"
    assert door.asked == 1
    assert check(keys, v4(b"5", scope=("20260102", "Here", "s3"))) == ""
    assert door.asked == 2


def test_what_is_wrong_is_not_remembered() -> None:
    door = Door()
    keys = Keys(door)
    assert check(keys, Signed("known", "0" * 64, b"1", DAY)) == "SignatureDoesNotMatch"
    assert check(keys, v4(b"1", access="nobody")) == "InvalidAccessKeyId"
    assert check(keys, v4(b"1")) == ""
    assert door.asked == 3


@pytest.mark.parametrize("what", ["revoked", "old", "expired"])
def test_what_is_over_is_asked_anew(what: str) -> None:
    door = Door()
    if what == "expired":
        door.expires = clock.now() - 1
    if what == "old":
        door.life = 0
    keys = Keys(door)
    check(keys, v4(b"1"))
    door.revoked = what == "revoked"
    assert (check(keys, v4(b"2")), door.asked) == ("", 2)


def test_version_2_by_either_text_and_with_the_key_or_without() -> None:
    for told, asked in ((True, 1), (False, 2)):
        door = Door(told)
        keys = Keys(door)
        assert check(keys, Signed("known", v2(b"a"), b"a", other=b"a/")) == ""
        assert check(keys, Signed("known", v2(b"a/"), b"a", other=b"a/")) == ""
        assert door.asked == asked


def test_a_scope_names_this_region_and_the_host_is_no_other_ones() -> None:
    keys = Keys(Door())
    assert check(keys, v4(b"1", scope=("20260101", "us-east-1", "s3"))) == ""
    assert check(keys, v4(b"1", scope=("20260101", "There", "s3"))) == "AuthorizationHeaderMalformed"
    for host in ("there.example", "THERE.example:443", "bucket.there.example:80"):
        assert check(keys, v4(b"1"), host) == "AccessDenied"
    assert check(keys, v4(b"1"), "elsewhere.there.example.org") == ""
