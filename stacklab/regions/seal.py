"""Who says it: each request of a node is signed with the node's key, each answer of home with home's.

The wire may be plain HTTP through strangers. A request's signature covers its method, target, time and body; an
answer's covers the signature it answers, so that it can neither be altered nor be given to another question. The texts
begin with words, so that none can pass for a token, which the same key of home signs.
"""

from base64 import b64decode, b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from stacklab.core import clock

NODE, AT, SEAL = "x-stacklab-node", "x-stacklab-at", "x-stacklab-seal"
SKEW = 300 * clock.SECOND
"""How far the clocks of node and home may be apart."""


class Forged(Exception):
    """A seal does not fit what it is on."""


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as base64 of its 32 bytes."""
    return b64encode(key.public_bytes_raw()).decode()


def public_key(text: str) -> Ed25519PublicKey:
    """Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(b64decode(text, validate=True))


def fingerprint(key: Ed25519PublicKey) -> bytes:
    """32 bytes that stand for a key."""
    return sha256(key.public_bytes_raw()).digest()


def request(key: Ed25519PrivateKey, node: str, method: str, target: str, body: bytes) -> dict[str, str]:
    """The headers that make a request the node's."""
    at = str(clock.now())
    return {NODE: node, AT: at, SEAL: b64encode(key.sign(_request(method, target, at, body))).decode()}


def check_request(key: Ed25519PublicKey, seal: str, at: str, method: str, target: str, body: bytes) -> None:
    """Raises Forged: another's, altered, or not of now."""
    if not at.isascii() or not at.isdigit() or abs(int(at) - clock.now()) > SKEW:
        raise Forged("the clocks of this node and of home are too far apart")
    _verify(key, seal, _request(method, target, at, body))


def answer(key: Ed25519PrivateKey, question: str, status: int, body: bytes) -> str:
    """The seal of an answer to the request whose own seal is `question`."""
    return b64encode(key.sign(_answer(question, status, body))).decode()


def check_answer(key: Ed25519PublicKey, seal: str, question: str, status: int, body: bytes) -> None:
    """Raises Forged."""
    _verify(key, seal, _answer(question, status, body))


def _request(method: str, target: str, at: str, body: bytes) -> bytes:
    return "\n".join(("stacklab region asks", method, target, at, sha256(body).hexdigest())).encode()


def _answer(question: str, status: int, body: bytes) -> bytes:
    return "\n".join(("stacklab home answers", question, str(status), sha256(body).hexdigest())).encode()


def _verify(key: Ed25519PublicKey, seal: str, text: bytes) -> None:
    try:
        key.verify(b64decode(seal, validate=True), text)
    except (InvalidSignature, ValueError):
        raise Forged("the signature does not fit") from None
