"""Ethernet frames made by hand, as a guest that lies would send them (RFC 791, 768, 826, 2131)."""

import socket
import struct
import time

BROADCAST = "ff:ff:ff:ff:ff:ff"


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def udp(hardware: tuple[str, str], addresses: tuple[str, str], ports: tuple[int, int], payload: bytes) -> bytes:
    """A UDP datagram in a frame; pairs are (source, destination). Without UDP checksum, which IPv4 allows."""
    body = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    ends = socket.inet_aton(addresses[0]) + socket.inet_aton(addresses[1])
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, socket.IPPROTO_UDP, 0) + ends
    head = head[:10] + struct.pack(">H", _checksum(head)) + head[12:]
    return _mac(hardware[1]) + _mac(hardware[0]) + b"\x08\x00" + head + body


def ipv6(hardware: tuple[str, str], payload: bytes) -> bytes:
    """A packet of an experimental protocol (RFC 3692) from fe80::1 to ff02::1."""
    head = struct.pack(">IHBB", 6 << 28, len(payload), 253, 64)
    ends = socket.inet_pton(socket.AF_INET6, "fe80::1") + socket.inet_pton(socket.AF_INET6, "ff02::1")
    return _mac(hardware[1]) + _mac(hardware[0]) + b"\x86\xdd" + head + ends + payload


def arp(hardware: str, claim: tuple[str, str], target: str, *, reply: bool = True) -> bytes:
    """An ARP packet, broadcast by `hardware`, in which the pair `claim` (MAC, IPv4) presents itself to `target`."""
    head = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2 if reply else 1)
    sender, asked = _mac(claim[0]) + socket.inet_aton(claim[1]), _mac(BROADCAST) + socket.inet_aton(target)
    return _mac(BROADCAST) + _mac(hardware) + b"\x08\x06" + head + sender + asked


def heard(wire: socket.socket, needle: bytes, last: bytes, patience: float = 5.0) -> bool:
    """Whether a frame with `needle` comes before the one with `last`; AssertionError when `last` never comes."""
    deadline = time.monotonic() + patience
    found = False
    while time.monotonic() < deadline:
        frame = wire.recv(2048)
        found = found or needle in frame
        if last in frame:
            return found
    raise AssertionError("the marker frame never came")
