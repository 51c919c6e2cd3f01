"""Which boot of the machine this is: what tells a reboot from a process that only started again."""

from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """The kernel's random id of this boot; "" where the kernel has none (not Linux)."""
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
