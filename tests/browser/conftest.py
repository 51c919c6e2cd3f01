"""Debian's chromium against a node of its own on the simulated drivers."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.chromium import launched
from tests.support.node import Node

AXE = Path(__file__).with_name("vendor") / "axe.min.js"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    made = Node(tmp_path_factory.mktemp("browser") / "state", STACKLAB_SIGNUP_PER_ADDRESS_HOUR="1000")
    try:
        yield made.start()
        assert made.stop() == 0
    finally:
        made.purge()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed with the module: playwright has an event loop in this thread, where other tests want one of their own."""
    with launched() as browser:
        yield browser


@dataclass(frozen=True, slots=True)
class Look:
    """How a person has set up the browser."""

    language: str = "en"
    theme: str = "light"
    width: int = 1280
    script: bool = True


@pytest.fixture
def open_page(chromium: Browser, node: Node) -> Iterator[Callable[..., Page]]:
    """`open_page(look)` is a fresh browser window on the landing page; complaints of the browser fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def start(look: Look | None = None, path: str = "/") -> Page:
        look = look or Look()
        context = chromium.new_context(
            viewport={"width": look.width, "height": 900},
            locale="zh-CN" if look.language == "zh" else "en-US",
            color_scheme="dark" if look.theme == "dark" else "light",
            java_script_enabled=look.script,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(node.url + path)
        return page

    yield start
    for context in contexts:
        context.close()
    assert not [text for text in complaints if not text.startswith("Failed to load resource")]  # a 4xx is no complaint


@pytest.fixture
def check_page() -> Callable[[Page], None]:
    """No violation of WCAG 2.2 A/AA that axe-core can see, and no horizontal scrolling."""
    source = AXE.read_text()
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def check(page: Page) -> None:
        page.evaluate(source)
        found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
        broken = [
            (violation["id"], [node["html"][:200] for node in violation["nodes"]]) for violation in found["violations"]
        ]
        assert not broken, (page.url, broken)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url

    return check


@pytest.fixture
def sign_up() -> Callable[[Page], str]:
    """Two fields and one click; returns the address used."""

    def fill(page: Page) -> str:
        email = f"lin{time.monotonic_ns()}@example.org"
        page.fill("#email", email)
        page.fill("#password", "correct horse battery")
        page.click("#signup button[type=submit]")
        page.wait_for_url("**/servers/new")
        return email

    return fill


@pytest.fixture
def look() -> type[Look]:
    return Look
