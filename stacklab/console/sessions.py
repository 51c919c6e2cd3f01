"""Who is logged in. The browser holds a random cookie; the tokens stay here.

On disk (`sessions.db`, mode 0600) a session is found by the cookie's hash and sealed with a key made from the cookie,
so the file alone gives nobody a token; beside it is what the person sees of their sessions: where and when. What is
shown once (private keys, secrets) lives in memory only.
"""

import base64
import hashlib
import secrets
import sqlite3
from collections import deque
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from msgspec import Struct, field

from stacklab.console.calls import Call
from stacklab.console.places import HERE, Place
from stacklab.core import clock

SECRET_MINUTES = 15
REQUEST_LOG = 50
NOTE_EVERY = 60 * clock.SECOND  # how exactly "last seen" is known
# A file of an earlier version has the first three only.
COLUMNS = {
    "id": "TEXT PRIMARY KEY",
    "sealed": "BLOB NOT NULL",
    "expires": "BIGINT NOT NULL",
    "user_id": "TEXT NOT NULL DEFAULT ''",
    "address": "TEXT NOT NULL DEFAULT ''",
    "agent": "TEXT NOT NULL DEFAULT ''",
    "begun": "BIGINT NOT NULL DEFAULT 0",
    "seen": "BIGINT NOT NULL DEFAULT 0",
}


class Identity(msgspec.Struct, frozen=True):
    """What the token says about its bearer; times in µs. `place` is the region they work in, with its own token."""

    token: str
    expires: int
    user_id: str
    user_name: str
    project_id: str
    project_name: str
    endpoints: list[list[str]] = []  # service type, region, public URL
    place: Place = HERE
    roles: tuple[str, ...] = ()


class Login(Struct, frozen=True):
    """One of a person's sessions as they see it; times in µs. `id` ends it and gives nobody its cookie."""

    id: str
    address: str
    agent: str
    begun: int
    seen: int


class Flash(Struct, frozen=True):
    """One thing to say on the next page. `kind` is ok, err or undo; `subject` the ids that an undo would keep."""

    text: str
    kind: str = "ok"
    subject: tuple[str, ...] = ()


class Secret(Struct, frozen=True):
    """Shown once: a private key or an application credential's secret. Gone after SECRET_MINUTES or a restart."""

    kind: str
    name: str
    text: str
    expires: int
    id: str = ""


class Session(Struct):
    cookie: str
    who: Identity
    flashes: list[Flash] = field(default_factory=list)
    carried: list[Call] = field(default_factory=list)
    recent: deque[Call] = field(default_factory=lambda: deque(maxlen=REQUEST_LOG))
    _secrets: dict[str, Secret] = field(default_factory=dict)
    seen: int = 0

    @property
    def id(self) -> str:
        return _id(self.cookie)

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
        self._make_table()
        self._hours = hours
        self._open: dict[str, Session] = {}
        self.form_key = _form_key(directory / "form.key")

    def begin(self, who: Identity, address: str = "", agent: str = "") -> Session:
        """A new session with a new cookie; it never outlives its token."""
        now = clock.now()
        expires = min(who.expires, now + self._hours * 3600 * clock.SECOND)
        session = Session(secrets.token_urlsafe(32), msgspec.structs.replace(who, expires=expires), seen=now)
        self._open = {cookie: old for cookie, old in self._open.items() if old.who.expires > now}
        self._open[session.cookie] = session
        self._database.execute("DELETE FROM sessions WHERE expires < ?", (now,))
        values = (session.id, _sealed(session), expires, who.user_id, address, agent[:300], now, now)
        sql = "INSERT INTO sessions (id, sealed, expires, user_id, address, agent, begun, seen)"
        self._database.execute(sql + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        return session

    def change(self, session: Session, who: Identity) -> None:
        """The same session with other tokens: another region, or a new password."""
        session.who = msgspec.structs.replace(who, expires=min(who.expires, session.who.expires))
        self._database.execute("UPDATE sessions SET sealed = ? WHERE id = ?", (_sealed(session), session.id))

    def note(self, session: Session, address: str) -> None:
        """The person was here now, from this address; written down once a minute at most."""
        now = clock.now()
        if now - session.seen >= NOTE_EVERY:
            session.seen = now
            sql = "UPDATE sessions SET seen = ?, address = ? WHERE id = ?"
            self._database.execute(sql, (now, address, session.id))

    def of(self, user_id: str) -> list[Login]:
        """The sessions of a user that are still good, the one used last first."""
        sql = (
            "SELECT id, address, agent, begun, seen FROM sessions WHERE user_id = ? AND expires > ? ORDER BY seen DESC"
        )
        return [Login(*row) for row in self._database.execute(sql, (user_id, clock.now()))]

    def end_others(self, session: Session, only: str = "") -> list[Session]:
        """End the person's other sessions, or one of them by its id. Returns those whose tokens are at hand here."""
        mine, held = session.who.user_id, []
        for login in self.of(mine):
            if login.id != session.id and only in ("", login.id):
                held += [other for other in self._open.values() if other.id == login.id]
                self._database.execute("DELETE FROM sessions WHERE id = ? AND user_id = ?", (login.id, mine))
        for other in held:
            self._open.pop(other.cookie, None)
        return held

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
        self._database.execute("DELETE FROM sessions WHERE id = ?", (session.id,))

    def close(self) -> None:
        self._database.close()

    def _make_table(self) -> None:
        described = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        self._database.execute(f"CREATE TABLE IF NOT EXISTS sessions ({described})")
        present = {row[1] for row in self._database.execute("PRAGMA table_info(sessions)")}
        for name, kind in COLUMNS.items():
            if name not in present:
                self._database.execute(f"ALTER TABLE sessions ADD COLUMN {name} {kind}")
        self._database.execute("CREATE INDEX IF NOT EXISTS sessions_user ON sessions (user_id)")

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


def _sealed(session: Session) -> bytes:
    return _seal(session.cookie).encrypt(msgspec.json.encode(session.who))


def _seal(cookie: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"seal:" + cookie.encode()).digest()))


def _form_key(file: Path) -> bytes:
    """The key of the form tokens, made at the first start and kept, so that a restart breaks no open form."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(secrets.token_bytes(32))
    return file.read_bytes()
