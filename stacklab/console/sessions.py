"""Who is logged in. The browser holds a random cookie; the token stays here.

On disk (`sessions.db`, mode 0600) a session is found by the cookie's hash and sealed with a key made from the cookie,
so the file alone gives nobody a token. What is shown once (private keys, secrets) lives in memory only.
"""

import base64
import hashlib
import secrets
import sqlite3
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from stacklab.console.calls import Call
from stacklab.core import clock

SECRET_MINUTES = 15
REQUEST_LOG = 50


class Identity(msgspec.Struct, frozen=True):
    """What the token says about its bearer; times in µs."""

    token: str
    expires: int
    user_id: str
    user_name: str
    project_id: str
    project_name: str
    endpoints: list[list[str]] = []  # service type, region, public URL


@dataclass(frozen=True, slots=True)
class Flash:
    """One thing to say on the next page. `kind` is ok, err or undo; `subject` the ids that an undo would keep."""

    text: str
    kind: str = "ok"
    subject: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Secret:
    """Shown once: a private key or an application credential's secret. Gone after SECRET_MINUTES or a restart."""

    kind: str
    name: str
    text: str
    expires: int
    id: str = ""


@dataclass(slots=True)
class Session:
    cookie: str
    who: Identity
    flashes: list[Flash] = field(default_factory=list)
    carried: list[Call] = field(default_factory=list)
    recent: deque[Call] = field(default_factory=lambda: deque(maxlen=REQUEST_LOG))
    _secrets: dict[str, Secret] = field(default_factory=dict)

    def keep(self, kind: str, name: str, text: str, id: str = "") -> str:
        """Hold a secret for its few minutes; returns the handle under which this session can fetch it."""
        handle = secrets.token_urlsafe(12)
        self._secrets[handle] = Secret(kind, name, text, clock.now() + SECRET_MINUTES * 60 * clock.SECOND, id)
        return handle

    def secret(self, handle: str) -> Secret | None:
        found = self._secrets.get(handle)
        if found and found.expires < clock.now():
            del self._secrets[handle]
            return None
        return found

    def forget(self, handle: str) -> None:
        self._secrets.pop(handle, None)

    def take_flashes(self) -> list[Flash]:
        taken, self.flashes = self.flashes, []
        return taken


class Store:
    """Sessions in memory, with enough on disk that a restart keeps people logged in."""

    def __init__(self, directory: Path, hours: int) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = directory / "sessions.db"
        file.touch(mode=0o600)
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, sealed BLOB NOT NULL, expires BIGINT NOT NULL)"
        )
        self._hours = hours
        self._open: dict[str, Session] = {}
        self.form_key = _form_key(directory / "form.key")

    def begin(self, who: Identity) -> Session:
        """A new session with a new cookie; it never outlives its token."""
        now = clock.now()
        expires = min(who.expires, now + self._hours * 3600 * clock.SECOND)
        session = Session(secrets.token_urlsafe(32), msgspec.structs.replace(who, expires=expires))
        self._open = {cookie: old for cookie, old in self._open.items() if old.who.expires > now}
        self._open[session.cookie] = session
        sealed = _seal(session.cookie).encrypt(msgspec.json.encode(session.who))
        self._database.execute("DELETE FROM sessions WHERE expires < ?", (now,))
        self._database.execute("INSERT INTO sessions VALUES (?, ?, ?)", (_id(session.cookie), sealed, expires))
        return session

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie, if it is still good."""
        session = self._open.get(cookie) or self._read(cookie)
        if session is None:
            return None
        if session.who.expires <= clock.now():
            self.end(session)
            return None
        return session

    def end(self, session: Session) -> None:
        self._open.pop(session.cookie, None)
        self._database.execute("DELETE FROM sessions WHERE id = ?", (_id(session.cookie),))

    def close(self) -> None:
        self._database.close()

    def _read(self, cookie: str) -> Session | None:
        row = self._database.execute("SELECT sealed FROM sessions WHERE id = ?", (_id(cookie),)).fetchone()
        if row is None:
            return None
        try:
            who = msgspec.json.decode(_seal(cookie).decrypt(row[0]), type=Identity)
        except (InvalidToken, msgspec.MsgspecError):
            return None
        session = self._open[cookie] = Session(cookie, who)
        return session


def _id(cookie: str) -> str:
    return hashlib.sha256(b"session:" + cookie.encode()).hexdigest()


def _seal(cookie: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"seal:" + cookie.encode()).digest()))


def _form_key(file: Path) -> bytes:
    """The key of the form tokens, made at the first start and kept, so that a restart breaks no open form."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(secrets.token_bytes(32))
    return file.read_bytes()
