"""From the landing page to a running server: two clicks, two fields; in every language, theme and width."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
PAGES = [
    "/console",
    "/servers",
    "/images",
    "/images?show=public",
    "/images/new",
    "/objects",
    "/s3-keys",
    "/keypairs",
    "/security-groups",
    "/floating-ips",
    "/api",
    "/servers/new",
]
RUNNING = {"en": "Running", "zh": "运行中"}

Open = Callable[..., Page]
Check = Callable[[Page], None]
SignUp = Callable[[Page], str]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_two_clicks_two_fields(
    open_page: Open, check_page: Check, sign_up: SignUp, look: Any, language: str, theme: str, width: int
) -> None:
    page = open_page(look(language, theme, width))
    check_page(page)
    sign_up(page)  # two fields, first click
    check_page(page)
    with page.expect_download() as key:
        page.click(".go button")  # second click
    assert key.value.path().read_text().startswith("-----BEGIN ")
    page.wait_for_url(re.compile(r"/servers/[0-9a-f]{8}-"))
    expect(page.locator("#live-head .st")).to_have_text(RUNNING[language])
    expect(page.locator("#ssh")).to_have_text(re.compile(r"ssh lab@\d+\.\d+\.\d+\.\d+"))
    expect(page.locator(".trace li").first).to_be_visible()
    check_page(page)
    for path in PAGES:
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
        check_page(page)
    page.goto(page.url.replace("/servers/new", "/security-groups"))
    page.click("text=ssh-ping")
    page.wait_for_url(re.compile("/security-groups/"))
    check_page(page)


def test_everything_without_javascript(open_page: Open, sign_up: SignUp, look: Any) -> None:
    page = open_page(look(script=False))
    sign_up(page)
    page.click(".go button")
    page.wait_for_url(re.compile(r"/servers/[0-9a-f]{8}-"))
    page.click("text=Show the key")
    assert page.input_value("#pem").startswith("-----BEGIN ")
    with page.expect_download() as key:
        page.click("a:has-text('Download')")
    assert key.value.path().read_text() == page.input_value("#pem").strip("\n") + "\n"
    expect(page.locator("#live-head .st")).to_have_text("Running")  # the page refreshes itself while it changes
    page.click("button:has-text('Stop')")
    expect(page.locator("#live-head .st")).to_have_text("Stopped")
    page.click("button:has-text('Delete')")
    page.click("#live-head button:has-text('Undo')")
    expect(page.locator(".toast")).to_contain_text("Kept")
    page.click(".side a:has-text('Security groups')")
    page.click("text=ssh-ping")
    page.click("button:has-text('HTTPS 443')")
    expect(page.locator("td.size", has_text="TCP 443")).to_be_visible()
    page.click(".side a:has-text('API access')")
    page.click("button:has-text('Create')")
    with page.expect_download() as clouds:
        page.click("a:has-text('clouds.yaml')")
    assert "application_credential_secret" in clouds.value.path().read_text()
    page.click("button:has-text('Log out')")
    page.wait_for_url("**/login")


def test_menu_of_a_small_screen_without_javascript(open_page: Open, sign_up: SignUp, look: Any) -> None:
    page = open_page(look(width=390, script=False))
    sign_up(page)
    page.click(".burger")
    page.click("#drawer a:has-text('Key pairs')")
    page.wait_for_url("**/keypairs")


def test_language_and_theme_switch_and_stay(open_page: Open) -> None:
    page = open_page()
    page.click("text=中文")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.click("[data-theme-toggle]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
