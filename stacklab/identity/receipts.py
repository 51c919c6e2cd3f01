"""Log-ins in several steps: who must show more than one thing gets a receipt for what they have shown.

Users have options (Keystone's): `multi_factor_auth_rules`, lists of methods any one of which is enough when all of its
methods were used, and `multi_factor_auth_enabled`, which switches the rules off. A receipt is signed, names its user
and lives five minutes; it is no token, and what revokes its user's tokens revokes it too.
"""

from typing import Any

import msgspec
from msgspec import Struct

from stacklab.core import clock
from stacklab.core.errors import Unauthorized
from stacklab.identity.model import User
from stacklab.identity.parts import Parts
from stacklab.identity.tokens import METHODS, RECEIPT, UNAUTHORIZED

HEADER = "openstack-auth-receipt"
LIFETIME = 300 * clock.SECOND


class Receipt(Struct, array_like=True, frozen=True):
    """What was shown, by whom. Times in µs."""

    user_id: str
    methods: tuple[str, ...]
    issued_at: int
    expires_at: int


_decoder = msgspec.json.Decoder(Receipt)


def rules(user: User) -> list[set[str]]:
    """The sets of methods each of which is enough; none: anything is. What nobody can use does not count."""
    if user.options.get("multi_factor_auth_enabled") is False:
        return []
    given = user.options.get("multi_factor_auth_rules") or []
    usable = [{name for name in rule if name in METHODS} for rule in given if isinstance(rule, list)]
    return [rule for rule in usable if rule]


def enough(user: User, methods: tuple[str, ...]) -> bool:
    wanted = rules(user)
    return not wanted or any(rule.issubset(methods) for rule in wanted)


def issue(parts: Parts, user: User, methods: tuple[str, ...], started: int) -> tuple[str, Receipt]:
    """The text for the header, and what it says."""
    made = Receipt(user.id, methods, started, started + LIFETIME)
    return parts.signer.seal(RECEIPT, msgspec.json.encode(made)), made


def read(parts: Parts, text: str, user: User) -> tuple[str, ...]:
    """The methods this user has shown before. Raises Unauthorized for a receipt that is another's, old or void."""
    found = _decoder.decode(parts.signer.unseal(RECEIPT, text))
    void = parts.revocations.refuses((user.id, user.domain_id), found.issued_at)
    if found.user_id != user.id or found.expires_at <= clock.now() or void:
        raise Unauthorized(UNAUTHORIZED)
    return found.methods


def view(receipt: Receipt, user: User, domain_name: str) -> dict[str, Any]:
    """The body that goes with the 401: what was shown, and the rules that would go on from there."""
    shown = {
        "methods": receipt.methods,
        "user": {"id": user.id, "name": user.name, "domain": {"id": user.domain_id, "name": domain_name}},
        "expires_at": clock.iso_us(receipt.expires_at),
        "issued_at": clock.iso_us(receipt.issued_at),
    }
    onward = [sorted(rule) for rule in rules(user) if rule.intersection(receipt.methods)]
    return {"receipt": shown, "required_auth_methods": onward}
