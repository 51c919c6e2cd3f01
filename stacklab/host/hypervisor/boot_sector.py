"""The probe's boot sector as bytes, so that no assembler is needed at run time. `probe.S` is its commented source."""

SECTOR_SIZE = 512
SIGNATURE = b"\x55\xaa"  # a BIOS boots a sector that ends with it

PROBE_EXIT_CODE = 33
"""What QEMU exits with when the guest wrote 0x10 to isa-debug-exit: twice the byte, plus one."""

_PROBE = bytes.fromhex(
    """
    fa6631c08ed88ec08ed0bc007cbf0020b9000c66f3abc70600200330c7060030
    0340c70600408300b800200f22d80f20e00c200f22e066b9800000c00f3280cc
    010f30660f0116787c0f20c0660d010000800f22c0ea5a7c0800b9002d3101e2
    feb010e6f4f4ebfd000000000000000000000000009a20000f00687c
    """
)


def boot_sector(code: bytes) -> bytes:
    """A bootable 512-byte sector of this machine code (at most 510 bytes; it runs at 0x7c00 in real mode)."""
    room = SECTOR_SIZE - len(SIGNATURE)
    if len(code) > room:
        raise ValueError(f"a boot sector holds {room} bytes of code, not {len(code)}")
    return code.ljust(room, b"\0") + SIGNATURE


def probe_sector() -> bytes:
    """Goes to long mode, spins, answers on port 0xf4: see `probe.S`."""
    return boot_sector(_PROBE)
