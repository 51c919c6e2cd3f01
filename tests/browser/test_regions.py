"""Three regions in a real browser: start in one, switch by the menu, lose one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.node import Node
from tests.support.regions import Site

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
Check = Callable[[Page], None]
NEW = ("/", "/regions", "/status", "/login", "/project", "/account", "/account/delete", "/servers")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A home and two regions that sponsors lend."""
    site = Site(tmp_path_factory.mktemp("regions"), STACKLAB_SIGNUP_PER_ADDRESS_HOUR="1000")
    try:
        site.join("harbor")
        site.join("plum")
        yield site
    finally:
        for made in [*site.members.values(), site.home]:
            made.purge()


@pytest.fixture(scope="module")
def node(three: Site) -> Node:
    return three.home


@pytest.mark.parametrize(("width", "theme", "language"), [(1280, "light", "en"), (390, "dark", "zh")])
def test_pages_with_regions(
    node: Node, open_page: Open, check_page: Check, sign_up: Any, look: Any, width: int, theme: str, language: str
) -> None:
    page = open_page(look(language, theme, width))
    check_page(page)
    sign_up(page)
    for path in NEW:
        page.goto(node.url + path)
        check_page(page)
    page.click(".regionbtn:visible, .rchip:visible")
    expect(page.locator("#regions-menu")).to_be_visible()
    check_page(page)


def test_start_in_one_switch_to_another_without_javascript(open_page: Open, sign_up: Any, look: Any) -> None:
    page = open_page(look(script=False))
    page.check("input[name=region][value=harbor]")
    sign_up(page)
    expect(page.locator(".regionbtn:visible b")).to_have_text("harbor")
    page.click(".go button")
    page.wait_for_url("**/servers/*-*")
    page.click(".regionbtn:visible")
    page.click("#regions-menu button[value=plum]")
    page.wait_for_url("**/servers")
    expect(page.locator(".toast")).to_contain_text("plum")
    expect(page.locator(".empty")).to_be_visible()
    page.click(".regionbtn:visible")
    page.click("#regions-menu button[value=harbor]")
    expect(page.locator("#rows tbody")).to_have_count(1)


def test_region_that_dies_takes_nothing_along(three: Site, open_page: Open, check_page: Check, sign_up: Any) -> None:
    page = open_page()
    page.check("input[name=region][value=plum]")
    sign_up(page)
    three.members["plum"].kill()
    page.goto(three.home.url + "/servers")
    expect(page.locator("main")).to_contain_text("plum does not answer")
    check_page(page)
    for path in ("/account", "/project", "/regions"):
        page.goto(three.home.url + path)
        expect(page.locator("h1")).to_be_visible()
    page.goto(three.home.url + "/servers")
    page.click("main button[value=harbor]")
    page.wait_for_url("**/servers")
    expect(page.locator("h1")).to_have_text("Servers")
