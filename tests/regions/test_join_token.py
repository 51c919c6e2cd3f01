"""What a join token is: nothing that was cut, mistyped or altered passes for one."""

import pytest

from stacklab.regions import is_name, join_token


def test_a_token_comes_back_as_it_was_made() -> None:
    made = join_token.mint(b"f" * 32)
    assert join_token.parse(f" {made.text()}\n") == made
    assert made.kept not in made.text()
    assert made.text() not in repr(made)


def test_every_altered_character_shows() -> None:
    text = join_token.mint(b"f" * 32).text()
    for at in range(len(text) - 1):
        altered = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(ValueError, match="not a join token"):
            join_token.parse(altered)


@pytest.mark.parametrize("text", ["", "slj_", "slj_é", "x" * 101, "slj_" + "A" * 102, "0" * 100_000])
def test_what_is_no_token(text: str) -> None:
    with pytest.raises(ValueError, match="not a join token"):
        join_token.parse(text)


def test_the_proof_is_of_the_secret_and_of_the_request() -> None:
    one, other = join_token.mint(b"f" * 32), join_token.mint(b"f" * 32)
    assert join_token.proof(one.kept, b"a") == join_token.proof(one.kept, b"a")
    assert (
        len({join_token.proof(one.kept, b"a"), join_token.proof(one.kept, b"b"), join_token.proof(other.kept, b"a")})
        == 3
    )


@pytest.mark.parametrize("name", ["RegionTwo", "eu-west.1", "a"])
def test_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["v3", "", "a/b", "1st", "x" * 65, "a b", "é", "a\n"])
def test_no_names(name: str) -> None:
    assert not is_name(name)
