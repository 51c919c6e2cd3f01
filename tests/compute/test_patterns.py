"""The small pattern language says what Python's regular expressions say, for what it knows, and its LIKE never less."""

import re

from hypothesis import given
from hypothesis import strategies as st

from stacklab.compute.patterns import Pattern
from stacklab.core.db.database import row

ATOMS = st.sampled_from(["a", "b", "-", "\\.", ".", "[ab]", "[^a]", "[0-9]", "\\d"])
ITEMS = st.tuples(ATOMS, st.sampled_from(["", "", "*", "+", "?"])).map("".join)
PATTERNS = st.tuples(
    st.sampled_from(["", "^"]), st.lists(ITEMS, max_size=5).map("".join), st.sampled_from(["", "$"])
).map("".join)


@given(PATTERNS, st.text("ab-.7", max_size=8))
def test_as_python_has_it(pattern: str, text: str) -> None:
    assert Pattern(pattern).matches(text) == bool(re.search(pattern.replace("$", "\\Z"), text))


def test_like_lets_through_whatever_matches(database: object) -> None:
    for pattern, text in (("^a.c$", "abc"), ("a_b%", "xa_b%y"), ("^[ab]+-\\d*$", "abba-"), ("\\\\", "a\\b"), ("", "x")):
        assert Pattern(pattern).matches(text), pattern
        assert row("SELECT ? LIKE ? ESCAPE '\\'", (text, Pattern(pattern).like())) == (1,), pattern
