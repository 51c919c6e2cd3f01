"""What the script adds: live rows, undo, focus that goes where the reader goes, failures that take nothing away."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
SignUp = Callable[[Page], str]


@pytest.fixture
def owner(open_page: Open, sign_up: SignUp) -> Page:
    """Somebody with one running server, on the list."""
    page = open_page()
    sign_up(page)
    page.click(".go button")
    page.wait_for_url(re.compile(r"/servers/[0-9a-f]{8}-"))
    page.click(".side a:has-text('Servers')")
    page.wait_for_url("**/servers")
    expect(page.locator("#rows .st")).to_have_text("Running")
    return page


def second_tab(page: Page) -> Page:
    other = page.context.new_page()
    other.goto(page.url)
    return other


def test_row_follows_without_reload(owner: Page) -> None:
    owner.evaluate("window.sameDocument = true")
    owner.check("#rows input[name=id]")
    other = second_tab(owner)
    other.click("#rows button:has-text('Stop')")
    expect(owner.locator("#rows .st")).to_have_text("Stopped")
    expect(owner.locator("#counts")).to_contain_text("Stopped 1")
    assert owner.is_checked("#rows input[name=id]")
    assert owner.evaluate("window.sameDocument")


def test_new_server_appears_and_deleted_one_goes(owner: Page) -> None:
    other = second_tab(owner)
    other.goto(owner.url + "/new")
    other.click(".go button")
    other.wait_for_url(re.compile(r"/servers/[0-9a-f]{8}-"))
    expect(owner.locator("#rows tbody")).to_have_count(2)
    other.click("#live-head button:has-text('Delete')")
    expect(owner.locator("#rows .st", has_text="Deleting")).to_be_visible()
    expect(owner.locator("#rows tbody")).to_have_count(1, timeout=15_000)
    expect(other.locator("#live-head")).to_contain_text("gone")


def test_undo_keeps_the_server(owner: Page) -> None:
    owner.click("[data-all]")
    owner.click(".bulk button:has-text('Delete')")
    owner.click(".toast button:has-text('Undo')")
    expect(owner.locator(".toast")).to_contain_text("Kept")
    expect(owner.locator("#rows .st")).to_have_text("Running")


def test_one_stream_a_tab(owner: Page) -> None:
    expect(owner.locator("[data-live-on]")).to_be_visible()
    opened: list[str] = []
    owner.on("request", lambda request: opened.append(request.url) if "/events" in request.url else None)
    with owner.expect_request("**/events?page=server&*"):
        owner.click("#rows .name a")
    with owner.expect_request("**/events?page=servers&*"):
        owner.click(".side a:has-text('Servers')")
    expect(owner.locator("#rows .st")).to_have_text("Running")
    assert len(opened) == 2


def test_focus_goes_to_the_heading(owner: Page) -> None:
    owner.click(".side a:has-text('Key pairs')")
    owner.wait_for_url("**/keypairs")
    expect(owner.locator("h1")).to_be_focused()
    owner.click("button:has-text('Generate and download')")
    expect(owner.locator(".secret")).to_be_visible()


def test_refused_form_moves_focus_to_the_reason(owner: Page) -> None:
    owner.click(".side a:has-text('Security groups')")
    owner.fill("#name", "ssh-ping")
    owner.click(".side a:has-text('Key pairs')")
    owner.fill("#new-name", "bad/name")
    owner.click("button:has-text('Generate and download')")
    expect(owner.locator("[role=alert]")).to_be_focused()


def test_failure_of_the_cloud_takes_nothing_away(owner: Page) -> None:
    owner.route("**/keypairs", lambda route: route.fulfill(status=500, body="<p>kaboom</p>"))
    owner.click(".side a:has-text('Key pairs')")
    expect(owner.locator(".toast")).to_contain_text("did not answer")
    expect(owner.locator("h1")).to_have_text("Servers")


def test_keyboard_alone(owner: Page) -> None:
    owner.reload()
    owner.keyboard.press("Tab")
    expect(owner.locator(".skip")).to_be_focused()
    owner.keyboard.press("Control+k")
    owner.keyboard.type("floating")
    expect(owner.locator("#cmdk li:visible")).to_have_count(1)
    owner.keyboard.press("Tab")
    owner.keyboard.press("Enter")
    owner.wait_for_url("**/floating-ips")


def test_preview_follows_the_form(open_page: Open, sign_up: SignUp) -> None:
    page = open_page()
    sign_up(page)
    page.fill("#name", "hello-there")
    page.uncheck("input[name=ssh]")
    expect(page.locator("#preview")).to_contain_text("hello-there")
    expect(page.locator("#preview")).not_to_contain_text("ssh-ping")


def test_copy_button(owner: Page) -> None:
    owner.context.grant_permissions(["clipboard-read", "clipboard-write"])
    owner.click("#rows .copy")
    expect(owner.locator(".toast")).to_contain_text("Copied")
    shown: Any = owner.text_content("#rows .ip")
    assert owner.evaluate("navigator.clipboard.readText()") == shown


def test_impatient_double_click_makes_one_server(open_page: Open, sign_up: SignUp) -> None:
    page = open_page()
    sign_up(page)
    page.dblclick(".go button")
    page.wait_for_url(re.compile(r"/servers/[0-9a-f]{8}-"))
    page.click(".side a:has-text('Servers')")
    expect(page.locator("#counts")).to_contain_text("All 1")


def test_deleting_a_key_pair_asks_first(owner: Page) -> None:
    owner.click(".side a:has-text('Key pairs')")
    asked: list[str] = []

    def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.dismiss() if len(asked) == 1 else dialog.accept()

    owner.on("dialog", answer)
    delete = owner.locator("td.acts button")
    delete.click()
    expect(delete).to_have_count(1)
    delete.click()
    expect(delete).to_have_count(0)
    assert asked[0].startswith("Delete key pair")
