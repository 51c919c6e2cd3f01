"""What waits for readers: until the last of them, whoever came when."""

from stacklab.objects.holds import Holds


def test_what_nobody_holds_is_free() -> None:
    holds, done = Holds(), list[str]()
    holds.take("other")
    holds.when_free("a", lambda: done.append("a"))
    assert done == ["a"]


def test_the_last_reader_lets_go() -> None:
    holds, done = Holds(), list[str]()
    holds.take("a")
    holds.take("a")
    holds.when_free("a", lambda: done.append("first"))
    holds.drop("a")
    holds.when_free("a", lambda: done.append("second"))
    assert done == []
    holds.drop("a")
    assert done == ["first", "second"]
    holds.when_free("a", lambda: done.append("third"))
    assert done == ["first", "second", "third"]
