"""Limits and proof of work: who has to solve how much, once, in time; and what a browser without JavaScript does."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from stacklab.signup.proof import zeros
from tests.support.mailbox import Mailbox
from tests.support.signup_node import PASSWORD, Node

Later = Callable[[float], None]


def solved(node: Node) -> dict[str, str]:
    """What a browser's worker does."""
    text, bits = (node.api.get("/signup/challenge").json["challenge"][key] for key in ("text", "bits"))
    return {"text": text, "nonce": next(str(n) for n in itertools.count() if zeros(f"{text}:{n}") >= bits)}


def sign_up(node: Node, number: int = 0, **more: Any) -> int:
    body = {"email": f"u{number}@example.org", "password": PASSWORD, **more}
    return node.post("", body, x_forwarded_for=f"192.0.{number}.1").status


@pytest.fixture
def strict(node: Node) -> Node:
    """Every sign-up needs a proof, of eight bits."""
    node.settings.signup.proof, node.settings.signup.proof_bits = "always", 8
    return node


def test_zeros() -> None:
    # SHA-256("abc") begins with ba (binary 1…), that of "86" with 434c (0100…), of "1:286" with fewer than all.
    assert [zeros("abc"), zeros("86")] == [0, 1]


def test_a_proof_lets_one_in(strict: Node) -> None:
    assert strict.api.get("/signup").json["proof"] == {"needed": True, "bits": 8, "mail": False}
    assert sign_up(strict) == 428
    proof = solved(strict)
    assert sign_up(strict, 1, proof=proof) == 201
    assert sign_up(strict, 2, proof=proof) == 428  # once


def test_a_proof_is_for_our_challenge_in_time(strict: Node, later: Later) -> None:
    proof = solved(strict)
    _bits, rest = proof["text"].split(".", 1)
    forged = [
        {**proof, "nonce": str(int(proof["nonce"]) + 10**19)[-20:] + "x"},
        {**proof, "nonce": ""},
        {**proof, "nonce": "٣"},
        {**proof, "text": f"0.{rest}"},
        {**proof, "text": "nonsense"},
        {**proof, "text": ""},
    ]
    assert [sign_up(strict, n, proof=wrong) for n, wrong in enumerate(forged)] == [428] * len(forged)
    later(601)
    assert sign_up(strict, 9, proof=proof) == 428


def test_challenges_are_not_kept(strict: Node) -> None:
    from stacklab.core.db.database import rows

    answers = [strict.api.get("/signup/challenge") for _ in range(3)]
    assert len({answer.json["challenge"]["text"] for answer in answers}) == 3
    assert answers[0].headers["cache-control"] == "no-store"
    assert rows("SELECT * FROM signup_spent") == []


def test_a_challenge_survives_a_restart(strict: Node) -> None:
    proof = solved(strict)
    strict.restart()
    assert sign_up(strict, proof=proof) == 201
    strict.restart()
    assert sign_up(strict, 1, proof=proof) == 428


def test_it_gets_harder_as_more_sign_up(node: Node, later: Later) -> None:
    settings = node.settings.signup
    settings.proof_free_per_hour, settings.proof_bits, settings.proof_most_bits = 2, 4, 6
    bits = []
    for number in range(18):
        bits.append(node.signup_door.proofs.bits())
        assert sign_up(node, number, proof=solved(node) if bits[-1] else None) == 201
    assert bits == [0, 0, 4, 4, *[5] * 4, *[6] * 10]
    later(3601)
    assert node.signup_door.proofs.bits() == 0


def test_an_easy_challenge_kept_for_later_is_no_use(node: Node) -> None:
    node.settings.signup.proof_free_per_hour = 1
    hoarded = solved(node)
    assert sign_up(node) == 201
    assert sign_up(node, 1, proof=hoarded) == 428


def test_a_mail_replaces_a_proof(mailing: Node, mailbox: Mailbox) -> None:
    mailing.settings.signup.verify, mailing.settings.signup.proof = "never", "always"
    mailing.settings.signup.proof_bits = 8
    assert sign_up(mailing, 1, proof=solved(mailing)) == 201
    assert sign_up(mailing, 2) == 202
    mailing.settle()
    assert [mail["to"] for mail in mailbox.mails] == ["u2@example.org"]


def test_off(node: Node) -> None:
    node.settings.signup.proof, node.settings.signup.proof_free_per_hour = "off", 1
    assert [sign_up(node, number) for number in range(3)] == [201] * 3


# --- limits


def tried(node: Node, number: int, address: str, domain: str = "example.org") -> int:
    return node.signup(f"u{number}@{domain}", x_forwarded_for=address).status


def test_a_network_has_a_limit(node: Node) -> None:
    node.settings.signup.per_network_hour = 3
    assert [tried(node, n, f"192.0.2.{n}") for n in range(4)] == [201, 201, 201, 429]
    assert tried(node, 9, "192.0.3.1") == 201
    # 2001:db8:0:0 to :ff are one /56, whose /64 are addresses of their own.
    assert [tried(node, 10 + n, f"2001:db8:0:{n}::1") for n in range(4)] == [201, 201, 201, 429]
    assert tried(node, 20, "2001:db8:0:100::1") == 201


def test_a_mail_domain_has_a_limit(node: Node) -> None:
    node.settings.signup.per_domain_hour = 2
    assert [tried(node, n, f"192.0.{n}.1", "throwaway.test") for n in range(3)] == [201, 201, 429]
    assert tried(node, 9, "192.0.9.1", "THROWAWAY.test") == 429
    assert tried(node, 9, "192.0.9.1") == 201


def test_a_refused_attempt_counts_for_nothing(node: Node) -> None:
    node.settings.signup.per_domain_hour = 1
    assert tried(node, 0, "192.0.2.1") == 201
    assert [tried(node, 0, "192.0.2.2") for _ in range(9)] == [429] * 9
    assert tried(node, 0, "192.0.2.2", "example.net") == 201
