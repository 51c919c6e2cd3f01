"""Requests are the node's and answers home's, or they are nobody's."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stacklab.core import clock
from stacklab.regions import seal

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
ASKED = ("GET", "/regions/v1/feed?after=1", b"")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    clock.use(lambda: 1_000_000 * clock.SECOND)
    yield
    clock.use(None)


def check(headers: dict[str, str], *asked: str | bytes, key: Ed25519PrivateKey = KEY) -> None:
    method, target, body = asked or ASKED
    seal.check_request(key.public_key(), headers[seal.SEAL], headers[seal.AT], str(method), str(target), body)  # type: ignore[arg-type]


def test_a_request_is_what_was_sealed() -> None:
    headers = seal.request(KEY, "node", *ASKED)
    check(headers)
    for altered in (("POST", *ASKED[1:]), ("GET", "/regions/v1/feed?after=2", b""), (*ASKED[:2], b"x")):
        with pytest.raises(seal.Forged):
            check(headers, *altered)
    with pytest.raises(seal.Forged):
        check(headers, key=OTHER)
    with pytest.raises(seal.Forged):
        check({**headers, seal.AT: str(int(headers[seal.AT]) + 1)})


@pytest.mark.parametrize("later", [301, -301])
def test_a_request_is_of_now(later: int) -> None:
    headers = seal.request(KEY, "node", *ASKED)
    clock.use(lambda: (1_000_000 + later) * clock.SECOND)
    with pytest.raises(seal.Forged, match="clocks"):
        check(headers)


def test_an_answer_is_to_one_question() -> None:
    made = seal.answer(KEY, "question", 200, b"body")
    seal.check_answer(KEY.public_key(), made, "question", 200, b"body")
    for question, status, body in (("other", 200, b"body"), ("question", 410, b"body"), ("question", 200, b"x")):
        with pytest.raises(seal.Forged):
            seal.check_answer(KEY.public_key(), made, question, status, body)
    for nothing in ("", "é", "AAAA"):
        with pytest.raises(seal.Forged):
            seal.check_answer(KEY.public_key(), nothing, "question", 200, b"body")
