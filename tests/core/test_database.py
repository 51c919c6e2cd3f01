"""Transactions: atomic, nested, with calls that run only after the commit; migrations: once, in order, backed up."""

import threading
from pathlib import Path

import pytest

from stacklab.core import facts
from stacklab.core.db.database import after_commit, change, row, transaction
from stacklab.core.db.migrations import migrate, statements
from stacklab.core.events import Bus, Event

pytestmark = pytest.mark.usefixtures("database")


def test_a_failed_transaction_leaves_nothing_and_calls_nothing() -> None:
    called: list[str] = []
    with pytest.raises(RuntimeError), transaction():
        facts.put("a", "1")
        after_commit(lambda: called.append("after"))
        raise RuntimeError
    assert facts.get("a") is None
    assert called == []


def test_a_refusal_caught_outside_undoes_what_its_own_transaction_wrote() -> None:
    def write(key: str, refuse: bool) -> None:
        with transaction():
            facts.put(key, "1")
            if refuse:
                raise RuntimeError

    with transaction():
        with pytest.raises(RuntimeError), transaction():
            facts.put("outer", "1")
            with pytest.raises(RuntimeError):
                write("inner", refuse=True)
            write("beside", refuse=False)
            assert facts.get("beside") == "1"
            raise RuntimeError
        write("kept", refuse=False)
        with pytest.raises(RuntimeError):
            write("last", refuse=True)
    assert [name for name in ("outer", "inner", "beside", "kept", "last") if facts.get(name)] == ["kept"]


def test_calls_wait_for_the_outermost_commit() -> None:
    seen: list[str | None] = []
    with transaction():
        with transaction():
            facts.put("a", "1")
            after_commit(lambda: seen.append(facts.get("a")))
        assert seen == []
    assert seen == ["1"]


def test_an_event_is_delivered_after_the_commit_and_one_bad_listener_spoils_nothing() -> None:
    bus, heard = Bus(), []

    def broken(_event: Event) -> None:
        raise ValueError

    bus.subscribe("server.changed", broken)
    end = bus.subscribe("*", lambda event: heard.append(event.subject))
    with transaction():
        bus.emit(Event("server.changed", "one"))
        assert heard == []
    assert heard == ["one"]
    end()
    bus.emit(Event("server.changed", "two"))
    assert heard == ["one"]


def test_writers_in_many_threads_lose_nothing() -> None:
    facts.put("sum", "0")

    def add() -> None:
        for _ in range(50):
            with transaction():
                found = row("SELECT value FROM facts WHERE key = 'sum'")
                assert found
                change("UPDATE facts SET value = ? WHERE key = 'sum'", (str(int(found[0]) + 1),))

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert facts.get("sum") == "400"


def test_migrations_apply_once_and_back_up_first(tmp_path: Path) -> None:
    assert migrate(["stacklab.core"], backups=tmp_path / "backups") == []
    assert not (tmp_path / "backups").exists()
    applied = migrate(["stacklab.identity"], backups=tmp_path / "backups")
    numbers = [m.number for m in applied]
    assert numbers[0] == 1
    assert numbers == sorted(numbers)
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert migrate(["stacklab.core", "stacklab.identity"]) == []


def test_a_script_is_split_at_its_statements() -> None:
    assert len(statements("CREATE TABLE a (x TEXT DEFAULT ';');\n-- note; more\nCREATE TABLE b (y TEXT);\n")) == 2
