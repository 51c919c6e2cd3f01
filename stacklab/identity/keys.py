"""The two keys identity owns: one signs tokens, one encrypts stored credentials. Made on first start, mode 0600."""

import os
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

_VAULT = "credentials.key"


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The Ed25519 key in `token-signing.pem`. Raises ValueError when the file holds another kind of key."""
    path = folder / "token-signing.pem"
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        _write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    found = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(found, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 key")
    return found


def vault(folder: Path) -> MultiFernet:
    """The symmetric keys in `credentials.key`, one a line: the first encrypts, the others still decrypt."""
    path = folder / _VAULT
    if not path.exists():
        _write(path, Fernet.generate_key())
    return MultiFernet([Fernet(line) for line in path.read_bytes().split()])


def add_vault_key(folder: Path) -> None:
    """A new key in front of the others; what they encrypted is read until `drop_old_vault_keys`."""
    path = folder / _VAULT
    _write(path, b"\n".join([Fernet.generate_key(), *path.read_bytes().split()]))


def drop_old_vault_keys(folder: Path) -> None:
    """All but the first: nothing that they encrypted may be left."""
    path = folder / _VAULT
    _write(path, path.read_bytes().split()[0])


def _write(path: Path, content: bytes) -> None:
    """All or nothing, and on the disk when it returns: a lost key would lose what it protects."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
