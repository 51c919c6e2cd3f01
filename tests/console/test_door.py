"""Signing up, logging in and out, sessions, and forms that are not ours."""

from collections.abc import Callable
from typing import Any

import pytest

from stacklab.core import clock


def test_sign_up_lands_on_the_filled_in_form(site: Any, visitor: Any) -> None:
    answer = visitor.sign_up()
    assert (answer.status, answer.headers["location"]) == (303, "/servers/new")
    cookie = next(c for c in answer.cookies if c.startswith("sl_session"))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "127.0.0.1" in site.cloud.forwarded


def test_sign_up_says_nothing_about_who_has_an_account(site: Any, visitor: Any) -> None:
    site.cloud.users["lin@example.org"] = "the real password"
    answer = visitor.sign_up()
    assert answer.status == 422
    assert "If this address is new" in answer.text
    assert "sl_session" not in visitor.cookies


@pytest.mark.parametrize(("email", "password"), [("nonsense", "correct horse"), ("a@b.org", "short"), ("", "")])
def test_sign_up_points_at_the_field(visitor: Any, email: str, password: str) -> None:
    answer = visitor.sign_up(email, password)
    assert answer.status == 422
    assert 'aria-invalid="true"' in answer.text


def test_log_in_and_go_on(site: Any, visitor: Any) -> None:
    site.cloud.users["admin"] = "secret enough"
    answer = visitor.post("/login", {"name": "admin", "password": "secret enough", "next": "/keypairs"})
    assert (answer.status, answer.headers["location"]) == (303, "/keypairs")


def test_wrong_password(visitor: Any) -> None:
    answer = visitor.post("/login", {"name": "admin", "password": "nope"})
    assert answer.status == 422
    assert "do not match" in answer.text


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\\\\evil", "/a\nb"],
)
def test_open_redirects_are_refused(site: Any, visitor: Any, target: str) -> None:
    site.cloud.users["admin"] = "secret enough"
    answer = visitor.post("/login", {"name": "admin", "password": "secret enough", "next": target})
    assert answer.headers["location"] == "/servers"


def test_pages_demand_a_session(visitor: Any) -> None:
    answer = visitor.get("/keypairs")
    assert (answer.status, answer.headers["location"]) == (303, "/login?next=/keypairs")
    assert visitor.get("/events").status == 401


def test_token_that_is_over_ends_the_session(site: Any, lin: Any) -> None:
    site.cloud.tokens.clear()
    answer = lin.get("/servers")
    assert (answer.status, answer.headers["location"]) == (303, "/login?next=/servers&over=1")
    assert "sl_session" not in lin.cookies


def test_session_ends_by_itself(site: Any, lin: Any) -> None:
    later = clock.now() + 13 * 3600 * clock.SECOND
    clock.use(lambda: later)
    try:
        assert lin.get("/servers").status == 303
    finally:
        clock.use(None)


def test_restart_keeps_people_logged_in(open_site: Callable[..., Any], lin: Any, site: Any) -> None:
    tokens = site.cloud.tokens
    site.stop()
    again = open_site(site.state)
    again.cloud.tokens = tokens
    lin.port = again.port
    assert lin.get("/servers").status == 200


def test_log_out_revokes_the_token(site: Any, lin: Any) -> None:
    assert lin.post("/logout", {}, lin.token("/servers")).status == 303
    assert not site.cloud.tokens
    assert lin.get("/servers").status == 303


def test_forms_without_their_token_are_refused(site: Any, lin: Any) -> None:
    for token in ("", "x", "x.y", site.visitor().token()):
        assert lin.post("/keypairs", {"name": "k"}, token).status == 403
    assert not site.cloud.pairs


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}]
)
def test_forms_from_other_sites_are_refused(site: Any, lin: Any, headers: dict[str, str]) -> None:
    token = lin.token("/keypairs")
    lin.headers = headers
    assert lin.post("/keypairs", {"name": "k"}, token).status == 403
    assert not site.cloud.pairs


def test_preferences_are_cookies(visitor: Any) -> None:
    answer = visitor.get("/preferences?lang=zh&theme=dark&next=//evil.example")
    assert answer.headers["location"] == "/servers"
    assert (visitor.cookies["lang"], visitor.cookies["theme"]) == ("zh", "dark")
    assert 'data-theme="dark"' in visitor.get("/").text


def test_a_form_with_a_file_is_refused(visitor: Any) -> None:
    """It would be on the disk of the node before anybody asked who sends it."""
    head = 'Content-Disposition: form-data; name="f"; filename="f"'
    body = f"--b\r\n{head}\r\n\r\nx\r\n--b--\r\n"
    answer = visitor.ask("POST", "/login", body, {"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status == 400


def test_log_in_passes_on_who_asks(site: Any, visitor: Any) -> None:
    visitor.headers["X-Forwarded-For"] = "192.0.2.99, 192.0.2.7"  # as a reverse proxy on this machine sends it
    visitor.post("/login", {"name": "admin", "password": "nope"})
    assert site.cloud.forwarded[-1] == "192.0.2.7"


def test_too_many_wrong_passwords_are_told_on_the_form(site: Any, visitor: Any) -> None:
    site.cloud.fail["POST /identity/v3/auth/tokens"] = site.cloud.fault(429, "Too many failed log-ins.")
    answer = visitor.post("/login", {"name": "admin", "password": "nope"})
    assert answer.status == 429
    assert "Wait a little" in answer.text
    assert 'value="admin"' in answer.text
