"""Guests of 512 bytes for the hypervisor tests; `guests.S` is their commented source."""

from stacklab.host.hypervisor.boot_sector import boot_sector

PROMPT = "sl-test login: "

_CODE = {
    "idle": "31c08ed8be207cbaf803ac84c07403eeebf8fbf4ebfcba0406b80020eff4ebfd",
    "polite": "31c08ed8be2e7cbaf803ac84c07403eeebf8ba0206b80001effbf4ba0006edf6c40174f5ba0406b80020eff4ebfd",
    "brief": "31c08ed8be1c7cbaf803ac84c07403eeebf8ba0406b80020eff4ebfd",
    "two seconds": "31c08ed8be237cbaf803ac84c07403eeebf8b92400fbf4e2fcba0406b80020eff4ebfd",
}
KINDS = tuple(_CODE)
"""Never reacts; obeys the power button; powers itself off at once; powers itself off after two seconds."""


def disk(kind: str) -> bytes:
    """A raw disk of 1 MiB that boots this kind of guest."""
    code = bytes.fromhex(_CODE[kind]) + b"booted\r\n" + PROMPT.encode() + b"\0"
    return boot_sector(code).ljust(1 << 20, b"\0")
