"""Run nft commands as one transaction: libnftables in this process, or the `nft` program where the library is missing.

A fresh libnftables context for each call keeps no cache to go stale and belongs to the caller's network namespace.
"""

import ctypes
import json
import socket
import struct
import subprocess
from functools import cache
from typing import Any

from stacklab.host.network.plan import NetworkError

LIBRARY = "libnftables.so.1"
JSON_OUTPUT = 1 << 4  # NFT_CTX_OUTPUT_JSON, libnftables(3)

NETLINK_NETFILTER = 12
GETGEN = (10 << 8) | 16  # NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN
NLM_F_REQUEST = 1
NFTA_GEN_ID = 1


@cache
def library() -> ctypes.CDLL | None:
    """libnftables with its signatures declared; None when it is not installed."""
    try:
        lib = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    lib.nft_ctx_new.restype = ctypes.c_void_p
    lib.nft_ctx_new.argtypes = [ctypes.c_uint32]
    lib.nft_ctx_output_set_flags.argtypes = [ctypes.c_void_p, ctypes.c_uint]
    lib.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    for name in ("nft_ctx_get_output_buffer", "nft_ctx_get_error_buffer"):
        getattr(lib, name).restype = ctypes.c_char_p
        getattr(lib, name).argtypes = [ctypes.c_void_p]
    for name in ("nft_ctx_buffer_output", "nft_ctx_buffer_error", "nft_ctx_free"):
        getattr(lib, name).argtypes = [ctypes.c_void_p]
    return lib


def commit(commands: str) -> None:
    """Run commands, all or none; NetworkError with nft's own words when the kernel or the parser refuses."""
    if commands:
        _run(commands, as_json=False)


def listing() -> list[dict[str, Any]]:
    """Every object of the ruleset as nft's JSON has it (libnftables-json(5)): one dict with one key each."""
    objects: list[dict[str, Any]] = json.loads(_run("list ruleset", as_json=True))["nftables"]
    return objects


def _run(commands: str, *, as_json: bool) -> str:
    lib = library()
    return _run_library(lib, commands, as_json) if lib else _run_program(commands, as_json)


def _run_library(lib: ctypes.CDLL, commands: str, as_json: bool) -> str:
    context = lib.nft_ctx_new(0)
    if not context:
        raise NetworkError("libnftables gave no context")
    try:
        lib.nft_ctx_buffer_output(context)
        lib.nft_ctx_buffer_error(context)
        lib.nft_ctx_output_set_flags(context, JSON_OUTPUT if as_json else 0)
        if lib.nft_run_cmd_from_buffer(context, commands.encode()):
            raise NetworkError(_refusal(lib.nft_ctx_get_error_buffer(context).decode(errors="replace")))
        output: bytes = lib.nft_ctx_get_output_buffer(context)
        return output.decode()
    finally:
        lib.nft_ctx_free(context)


def _run_program(commands: str, as_json: bool) -> str:
    # With -j, standard input would have to be JSON; a listing is asked for by arguments.
    command, given = (["nft", "-j", *commands.split()], None) if as_json else (["nft", "-f", "-"], commands)
    try:
        done = subprocess.run(command, input=given, text=True, capture_output=True, timeout=60, check=False)
    except FileNotFoundError as error:
        raise NetworkError(f"neither {LIBRARY} nor the nft program is installed") from error
    if done.returncode:
        raise NetworkError(_refusal(done.stderr))
    return done.stdout


def _refusal(words: str) -> str:
    """The first complaint is the cause; the rest of a long transaction repeats it."""
    return "nftables refused: " + " ".join(words.strip().splitlines()[:3])


def generation() -> int:
    """The ruleset's generation: the kernel adds one with every transaction of anybody in this network namespace."""
    request = struct.pack("=IHHIIBBH", 20, GETGEN, NLM_F_REQUEST, 1, 0, 0, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as link:
        link.settimeout(5)
        link.bind((0, 0))
        link.send(request)
        return _generation_id(link.recv(4096))


def _generation_id(answer: bytes) -> int:
    """Walk the attributes after the 16-byte netlink and 4-byte nfnetlink headers."""
    at = 20
    while at + 8 <= len(answer):
        length, kind = struct.unpack_from("=HH", answer, at)
        if kind == NFTA_GEN_ID:
            return int(struct.unpack_from(">I", answer, at + 4)[0])
        at += max((length + 3) & ~3, 4)
    raise NetworkError("the kernel does not tell the generation of its ruleset")
