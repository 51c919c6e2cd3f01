"""Tokens: what they carry, and every way in which a text can fail to be one."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stacklab.core.errors import Unauthorized
from stacklab.identity.tokens import Claims, Signer, caller

CLAIMS = Claims(
    user=("u1", "ana", "default"),
    methods=("password",),
    audit_ids=("a1",),
    issued_at=1,
    expires_at=2,
    roles=(("r1", "member"), ("r2", "reader")),
    project=("p1", "lab", "default"),
)
SIGNER = Signer(Ed25519PrivateKey.generate())


def pack(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_says_what_was_signed() -> None:
    assert SIGNER.read(SIGNER.sign(CLAIMS)) == CLAIMS


def test_the_caller_has_the_claims() -> None:
    found = caller(CLAIMS)
    assert (found.user_id, found.user_name, found.project_id, found.project_name) == ("u1", "ana", "p1", "lab")
    assert found.roles == {"member", "reader"}


def test_it_is_a_compact_jws_that_names_its_algorithm() -> None:
    header, payload, signature = SIGNER.sign(CLAIMS).split(".")
    assert msgspec.json.decode(urlsafe_b64decode(header + "==")) == {"alg": "EdDSA"}
    assert len(urlsafe_b64decode(signature + "==")) == 64
    assert len(payload) < 400


def forged() -> dict[str, str]:
    token = SIGNER.sign(CLAIMS)
    header, payload, signature = token.split(".")
    none, shared = pack(b'{"alg":"none"}'), pack(b'{"alg":"HS256"}')
    signed = f"{header}.{pack(b'[1]')}"
    nonsense = f"{signed}.{pack(SIGNER._key.sign(signed.encode()))}"
    raised = pack(msgspec.json.encode(msgspec.structs.replace(CLAIMS, roles=(("r0", "admin"),))))
    return {
        "empty": "",
        "a word": "token",
        "a word with dots": "a.b.c",
        "no signature": f"{header}.{payload}.",
        "algorithm none": f"{none}.{payload}.",
        "algorithm none, signed": f"{none}.{payload}.{signature}",
        "another header": f"{shared}.{payload}.{signature}",
        "other claims": f"{header}.{raised}.{signature}",
        "cut": token[:-4],
        "longer": token + "A" * 4,
        "another key": Signer(Ed25519PrivateKey.generate()).sign(CLAIMS),
        "not ASCII": f"{header}.{payload}.ü{signature[1:]}",
        "huge": f"{header}.{'A' * 100_000}.{signature}",
        "spaces": f" {token}",
        "signed nonsense": nonsense,
    }


@pytest.mark.parametrize("text", forged().values(), ids=list(forged()))
def test_nothing_else_is_a_token(text: str) -> None:
    with pytest.raises(Unauthorized):
        SIGNER.read(text)


def test_a_flipped_bit_anywhere_is_noticed() -> None:
    token = SIGNER.sign(CLAIMS)
    for position in range(0, len(token) - 1, 7):  # the last character has bits that base64 does not use
        other = "A" if token[position] != "A" else "B"
        with pytest.raises(Unauthorized):
            SIGNER.read(token[:position] + other + token[position + 1 :])


@pytest.mark.parametrize("more", ["!", "====", "\u00e9", "\n", "A"])
def test_one_token_has_one_text(more: str) -> None:
    """Every text that passes is remembered: a holder of one token could fill the memory with its spellings."""
    with pytest.raises(Unauthorized):
        SIGNER.read(SIGNER.sign(CLAIMS) + more)
