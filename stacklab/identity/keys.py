"""The two keys identity owns: one signs tokens, one encrypts stored credentials. Made on first start, mode 0600."""

from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from stacklab.core import secret_file

_VAULT = "credentials.key"


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The Ed25519 key in `token-signing.pem`. Raises ValueError when the file holds another kind of key."""
    path = folder / "token-signing.pem"
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        secret_file.write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    found = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(found, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 key")
    return found


def vault(folder: Path) -> MultiFernet:
    """The symmetric keys in `credentials.key`, one a line: the first encrypts, the others still decrypt."""
    path = folder / _VAULT
    if not path.exists():
        secret_file.write(path, Fernet.generate_key())
    return MultiFernet([Fernet(line) for line in path.read_bytes().split()])


def add_vault_key(folder: Path) -> None:
    """A new key in front of the others; what they encrypted is read until `drop_old_vault_keys`."""
    path = folder / _VAULT
    secret_file.write(path, b"\n".join([Fernet.generate_key(), *path.read_bytes().split()]))


def drop_old_vault_keys(folder: Path) -> None:
    """All but the first: nothing that they encrypted may be left."""
    path = folder / _VAULT
    secret_file.write(path, path.read_bytes().split()[0])
