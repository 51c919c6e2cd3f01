"""One-time codes, and log-ins that need more than one thing."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stacklab.core import clock
from stacklab.identity import receipts, totp, users
from tests.support.api import Answer
from tests.support.identity_cloud import PASSWORD, Cloud

KEY = b"12345678901234567890"  # of RFC 6238, appendix B
SEED = base64.b32encode(KEY).decode()
NOON = 1_900_000_020 * clock.SECOND  # the middle of a step
RULES = [["password", "totp"], ["application_credential"]]


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_of_the_standard(second: int, code: str) -> None:
    assert totp.code(KEY, second // 30) == code


@pytest.mark.parametrize("text", [SEED, SEED.lower(), SEED.rstrip("="), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"])
def test_a_seed_is_read_as_people_type_it(text: str) -> None:
    assert totp.seed(text) == KEY


@pytest.mark.parametrize("text", ["", "not base32!", "1890", "\u00e9"])
def test_what_is_no_seed_has_no_codes(text: str) -> None:
    assert totp.seed(text) == b""


@pytest.fixture
def noon(cloud: Cloud) -> Any:
    """A cloud where the member has a seed, at a time that stands still."""
    body = {"credential": {"type": "totp", "blob": SEED, "user_id": cloud.ids["member"]}}
    assert cloud.call("POST", "/v3/credentials", "member", body).status == 201
    clock.use(lambda: NOON)
    yield cloud
    clock.use(None)


def code(steps: int = 0) -> str:
    return totp.code(KEY, NOON // totp.STEP + steps)


def login(
    cloud: Cloud,
    passcode: str | None = None,
    password: str | None = None,
    receipt: str = "",
    address: str = "127.0.0.1",
) -> Answer:
    who = {"id": cloud.ids["member"]}
    identity: dict[str, Any] = {"methods": []}
    if passcode is not None:
        identity["methods"].append("totp")
        identity["totp"] = {"user": {**who, "passcode": passcode}}
    if password is not None:
        identity["methods"].append("password")
        identity["password"] = {"user": {**who, "password": password}}
    headers = {"x_forwarded_for": address}
    if receipt:
        headers[receipts.HEADER.replace("-", "_")] = receipt
    return cloud.call("POST", "/v3/auth/tokens", body={"auth": {"identity": identity}}, **headers)


def require_both(cloud: Cloud, **options: Any) -> None:
    user = users.find(cloud.ids["member"])
    assert user is not None
    user.options = {"multi_factor_auth_enabled": True, "multi_factor_auth_rules": RULES, **options}
    user.save()


def test_a_code_lets_in_once(noon: Cloud) -> None:
    answer = login(noon, code())
    assert answer.status == 201
    assert answer.json["token"]["methods"] == ["totp"]
    assert login(noon, code()).status == 401
    assert login(noon, code(-1)).status == 401  # older than the one that was used
    clock.use(lambda: NOON + totp.STEP)
    assert login(noon, code(1)).status == 201


@pytest.mark.parametrize(("steps", "status"), [(-1, 201), (0, 201), (-2, 401), (1, 401)])
def test_the_window(noon: Cloud, steps: int, status: int) -> None:
    assert login(noon, code(steps)).status == status


def test_a_code_is_of_its_user(noon: Cloud) -> None:
    identity = {"methods": ["totp"], "totp": {"user": {"id": noon.ids["reader"], "passcode": code()}}}
    assert noon.call("POST", "/v3/auth/tokens", body={"auth": {"identity": identity}}).status == 401
    assert login(noon, "").status == 401
    assert login(noon, "\u0661" * 6).status == 401


def test_guesses_from_many_addresses_are_counted_together(noon: Cloud) -> None:
    def guess(number: int) -> int:
        identity = {"methods": ["totp"], "totp": {"user": {"id": noon.ids["member"], "passcode": "1"}}}
        from_there = {"x_forwarded_for": f"203.0.113.{number}"}
        return noon.call("POST", "/v3/auth/tokens", body={"auth": {"identity": identity}}, **from_there).status

    assert [guess(number) for number in range(11)] == [401] * 10 + [429]


def test_capitals_give_no_more_guesses(noon: Cloud) -> None:
    def guess(number: int, name: str) -> int:
        user = {"name": name, "domain": {"id": "default"}, "passcode": "1"}
        identity = {"methods": ["totp"], "totp": {"user": user}}
        from_there = {"x_forwarded_for": f"203.0.113.{number}"}
        return noon.call("POST", "/v3/auth/tokens", body={"auth": {"identity": identity}}, **from_there).status

    names = [
        "member",
        "Member",
        "mEmber",
        "meMber",
        "memBer",
        "membEr",
        "membeR",
        "MEmber",
        "MeMber",
        "MemBer",
        "MEMBER",
    ]
    assert [guess(*pair) for pair in enumerate(names)] == [401] * 10 + [429]
    assert [guess(100 + number, "Nobody" if number % 2 else "nobody") for number in range(11)] == [401] * 10 + [429]


def test_who_has_the_password_guesses_codes_no_faster(noon: Cloud) -> None:
    require_both(noon)
    receipt = login(noon, password=PASSWORD).headers[receipts.HEADER]

    def guess(number: int, **shown: str) -> int:
        return login(noon, "1", address=f"203.0.113.{number}", **shown).status

    assert [guess(number) for number in range(11)] == [401] * 10 + [429]  # who knows nothing, and keeps nobody out:
    ways = [{"password": PASSWORD}, {"receipt": receipt}] * 6
    assert [guess(100 + number, **way) for number, way in enumerate(ways)] == [401] * 10 + [429] * 2


def test_a_wrong_password_uses_no_code_up(noon: Cloud) -> None:
    assert login(noon, code(), "wrong").status == 401
    assert login(noon, code(), PASSWORD).status == 201


def test_both_in_one_step(noon: Cloud) -> None:
    require_both(noon)
    answer = login(noon, code(), PASSWORD)
    assert answer.status == 201
    assert set(answer.json["token"]["methods"]) == {"password", "totp"}


@pytest.mark.parametrize("first", ["password", "totp"])
def test_both_in_two_steps(noon: Cloud, first: str) -> None:
    require_both(noon)
    answers = {"password": {"password": PASSWORD}, "totp": {"passcode": code()}}
    begun = login(noon, **answers.pop(first))
    assert begun.status == 401
    assert "x-subject-token" not in begun.headers
    receipt = begun.json["receipt"]
    assert receipt["methods"] == [first]
    assert receipt["user"] == {
        "id": noon.ids["member"],
        "name": "member",
        "domain": {"id": "default", "name": "Default"},
    }
    assert clock.parse(receipt["expires_at"]) - clock.parse(receipt["issued_at"]) == 300 * clock.SECOND
    assert begun.json["required_auth_methods"] == [["password", "totp"]]
    (second,) = answers.values()
    done = login(noon, **second, receipt=begun.headers[receipts.HEADER])
    assert done.status == 201
    assert set(done.json["token"]["methods"]) == {"password", "totp"}


def test_what_no_receipt_can_do(noon: Cloud) -> None:
    require_both(noon)
    receipt = login(noon, password=PASSWORD).headers[receipts.HEADER]
    assert noon.call("GET", "/v3/auth/projects", receipt).status == 401
    assert login(noon, password=PASSWORD, receipt=receipt).status == 401
    assert login(noon, "000000", receipt=receipt).status == 401
    for forged in (receipt[:-4] + "AAAA", noon.tokens["member"], "x"):
        assert login(noon, code(), receipt=forged).status == 401


def test_a_receipt_ends(noon: Cloud) -> None:
    require_both(noon)
    receipt = login(noon, password=PASSWORD).headers[receipts.HEADER]
    clock.use(lambda: NOON + receipts.LIFETIME)
    assert login(noon, code(10), receipt=receipt).status == 401


def test_a_receipt_is_of_its_user_and_ends_with_their_tokens(noon: Cloud) -> None:
    require_both(noon)
    receipt = login(noon, password=PASSWORD).headers[receipts.HEADER]
    user = {"id": noon.ids["reader"], "password": PASSWORD}
    identity = {"methods": ["password"], "password": {"user": user}}
    sent = {receipts.HEADER.replace("-", "_"): receipt}
    assert noon.call("POST", "/v3/auth/tokens", body={"auth": {"identity": identity}}, **sent).status == 401
    noon.identity.revocations.revoke(noon.ids["member"])
    assert login(noon, code(), receipt=receipt).status == 401


@pytest.mark.parametrize(
    "options",
    [
        {"multi_factor_auth_enabled": False},
        {"multi_factor_auth_rules": []},
        {"multi_factor_auth_rules": [["password"], ["totp", "password"]]},
        {"multi_factor_auth_rules": [["kerberos"]]},
        {"multi_factor_auth_rules": [["password", "kerberos"]]},
        {"multi_factor_auth_rules": ["password", []]},
    ],
)
def test_rules_that_a_password_alone_keeps(noon: Cloud, options: dict[str, Any]) -> None:
    require_both(noon, **options)
    assert login(noon, password=PASSWORD).status == 201


def test_a_token_stands_for_how_it_was_got(noon: Cloud) -> None:
    require_both(noon)
    token = login(noon, code(), PASSWORD).headers["x-subject-token"]
    scope = {"project": {"id": noon.ids["project"]}}
    auth = {"identity": {"methods": ["token"], "token": {"id": token}}, "scope": scope}
    assert noon.call("POST", "/v3/auth/tokens", body={"auth": auth}).status == 201


def test_of_many_who_send_the_same_code_at_once_one_gets_in(noon: Cloud) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: totp.accept(noon.identity, noon.ids["member"], code()), range(16)))
    assert sum(taken) == 1
