"""The account in a real browser: the puzzle of the sign-up, the second step, sessions of two browsers, the end."""

import base64
import hmac
import re
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stacklab.core import clock
from tests.support.node import Node

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
Check = Callable[[Page], None]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A cloud that asks every newcomer for proof of work."""
    environ = {"STACKLAB_SIGNUP_PROOF": "always", "STACKLAB_SIGNUP_PER_ADDRESS_HOUR": "1000"}
    made = Node(tmp_path_factory.mktemp("account") / "state", **environ)
    try:
        yield made.start()
        assert made.stop() == 0
    finally:
        made.purge()


def code(secret: str, ahead: int = 0) -> str:
    """RFC 6238: six digits of HMAC-SHA-1 over the count of half-minutes, `ahead` of now by so many."""
    counter = clock.now() // clock.SECOND // 30 + ahead
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", counter), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


@pytest.mark.parametrize("early", [True, False])
def test_puzzle_solves_itself(open_page: Open, early: bool) -> None:
    page = open_page()
    page.fill("#email", f"early{early}@example.org")
    page.fill("#password", PASSWORD)
    if not early:
        expect(page.locator("[data-puzzle-said]")).to_contain_text("no robot")
    page.click("#signup button[type=submit]")
    page.wait_for_url("**/servers/new")


def test_second_step_sessions_and_the_end(
    open_page: Open, check_page: Check, sign_up: Callable[[Page], str], look: Any
) -> None:
    page = open_page()
    email = sign_up(page)
    page.click("[aria-label^='Account']")
    page.click("button:has-text('Set it up')")
    secret = page.text_content(".secretcode") or ""
    check_page(page)
    page.fill("#code", code(secret, -1))
    page.click("button:has-text('Turn on')")
    expect(page.locator("h1")).to_have_text("Your recovery codes")
    check_page(page)
    recovery = (page.text_content(".secret pre") or "").split()[0]

    other = open_page(look(theme="dark", width=390), "/login")
    log_in(other, email)
    check_page(other)
    other.fill("#code", code(secret))  # one is good once, and the one before was used to turn it on
    other.click("main button[type=submit]")
    other.wait_for_url("**/servers")
    other.goto(other.url.replace("/servers", "/account"))
    check_page(other)

    page.click("a:has-text('I have them safe')")
    expect(page.locator("#sessions tbody tr")).to_have_count(2)
    page.click("button:has-text('End all others')")
    expect(page.locator("#sessions tbody tr")).to_have_count(1)
    other.reload()
    other.wait_for_url(re.compile("/login"))
    other.goto(other.url.partition("/login")[0] + "/recover")
    other.fill("#email", email)
    other.fill("#password", PASSWORD)
    other.fill("#code", recovery)
    other.click("main button[type=submit]")
    expect(other.locator(".note")).to_contain_text("second step is off")
    log_in(other, email)
    other.wait_for_url("**/account")
    leave(other, email)


def log_in(page: Page, email: str) -> None:
    page.fill("#name", email)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")


def leave(page: Page, email: str) -> None:
    page.click("a:has-text('Delete the account')")
    page.wait_for_url("**/account/delete")
    page.fill("#name", email)
    page.fill("#password", PASSWORD)
    page.click("main button:has-text('Delete all')")
    expect(page.locator("h1")).to_have_text("Your account is deleted")


def test_account_without_javascript(node: Node, open_page: Open, look: Any) -> None:
    """The puzzle cannot be solved there, and this cloud sends no mail: it is said, and the pages work."""
    page = open_page(look(script=False))
    page.fill("#email", "none@example.org")
    page.fill("#password", PASSWORD)
    page.click("#signup button[type=submit]")
    expect(page.locator("#signup [role=alert]")).to_contain_text("small puzzle")
    for path in ("/regions", "/status", "/reset", "/joined", "/recover"):
        page.goto(node.url + path)
        expect(page.locator("h1")).to_be_visible()
