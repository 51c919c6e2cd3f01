"""Object storage in a browser: files go up by drop and by choosing, come down, are shown to others, and go."""

from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Dialog, Page, expect

pytestmark = pytest.mark.browser

DROP = """([zone, files]) => {
  const carried = new DataTransfer();
  for (const [name, text] of files) carried.items.add(new File([text], name, {type: 'text/plain'}));
  zone.dispatchEvent(new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def store(open_page: Callable[..., Page], sign_up: Callable[[Page], str]) -> Page:
    """Signed up, and in a new container."""
    page = open_page()
    sign_up(page)
    page.get_by_role("link", name="Object storage").first.click()
    page.get_by_label("New container").fill("my pictures")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name="my pictures")).to_be_visible()
    return page


def drop(page: Page, *files: tuple[str, str]) -> None:
    zone = page.locator("[data-upload]").element_handle()
    page.evaluate(DROP, [zone, files])


def link(page: Page, name: str) -> str:
    page.get_by_role("button", name=f"Link {name}").click()
    return page.get_by_label("Link", exact=True).inner_text()


def test_dropped_files_are_there_and_come_down_again(store: Page, check_page: Callable[[Page], None]) -> None:
    drop(store, ("one.txt", "first"), ("a & b #2?.txt", "second"))
    expect(store.get_by_role("link", name="a & b #2?.txt")).to_be_visible()
    with store.expect_download() as coming:
        store.get_by_role("link", name="one.txt").click()
    assert coming.value.suggested_filename == "one.txt"
    assert coming.value.path().read_text() == "first"
    with store.expect_download() as coming:
        store.get_by_role("link", name="a & b #2?.txt").click()
    assert coming.value.path().read_text() == "second"
    check_page(store)


def test_folders_are_browsed(store: Page, tmp_path: Path) -> None:
    drop(store, ("top.txt", "x"))
    expect(store.get_by_role("link", name="top.txt")).to_be_visible()
    store.get_by_role("textbox", name="New folder").fill("2026/11")
    store.get_by_role("button", name="Open", exact=True).click()
    expect(store.get_by_role("heading", name="11")).to_be_visible()
    (tmp_path / "deep.txt").write_text("deep")
    store.locator("input[type=file]").set_input_files(tmp_path / "deep.txt")
    expect(store.get_by_role("link", name="deep.txt")).to_be_visible()
    store.get_by_role("link", name="my pictures").click()
    expect(store.get_by_role("link", name="deep.txt")).to_have_count(0)
    store.get_by_role("link", name="2026/").click()
    store.get_by_role("link", name="11/").click()
    expect(store.get_by_role("link", name="deep.txt")).to_be_visible()
    store.get_by_role("link", name="my pictures").click()
    store.get_by_label("Select 2026/").check()
    store.on("dialog", lambda dialog: dialog.accept())
    store.get_by_role("button", name="Delete the ticked").click()
    expect(store.get_by_text("1 object deleted.")).to_be_visible()
    expect(store.get_by_role("link", name="2026/")).to_have_count(0)
    expect(store.get_by_role("link", name="top.txt")).to_be_visible()


def test_a_link_lets_others_read_and_so_does_the_public(store: Page) -> None:
    drop(store, ("one.txt", "first"))
    shared = link(store, "one.txt")
    with urlopen(shared, timeout=10) as answer:
        assert answer.read() == b"first"
    bare = shared.partition("?")[0]
    with pytest.raises(HTTPError, match="401"):
        urlopen(bare, timeout=10)
    store.on("dialog", lambda dialog: dialog.accept())
    store.get_by_role("button", name="Make public").click()
    expect(store.get_by_label("Public address", exact=True)).to_be_visible()
    with urlopen(bare, timeout=10) as answer:
        assert answer.read() == b"first"
    store.get_by_role("button", name="Make private").click()
    expect(store.get_by_role("button", name="Make public")).to_be_visible()
    with pytest.raises(HTTPError, match="401"):
        urlopen(bare, timeout=10)


def test_ticked_objects_and_the_empty_container_go(store: Page) -> None:
    drop(store, ("one.txt", "1"), ("two.txt", "2"), ("three.txt", "3"))
    expect(store.get_by_role("link", name="three.txt")).to_be_visible()
    store.on("dialog", lambda dialog: dialog.accept())
    store.get_by_label("Select one.txt").check()
    store.get_by_label("Select two.txt").check()
    store.get_by_role("button", name="Delete the ticked").click()
    expect(store.get_by_role("link", name="one.txt")).to_have_count(0)
    store.get_by_role("link", name="Object storage").first.click()
    store.get_by_role("button", name="Delete my pictures").click()
    expect(store.get_by_text("still holds objects")).to_be_visible()
    store.get_by_role("button", name="Delete three.txt").click()
    expect(store.get_by_text("Nothing here yet.")).to_be_visible()
    drop(store, ("four.txt", "4"))
    expect(store.get_by_role("link", name="four.txt")).to_be_visible()
    store.get_by_label("Yes, all of my pictures").check()
    store.get_by_role("button", name="Delete the container").click()
    expect(store.get_by_text("No containers yet.")).to_be_visible()


def test_who_says_no_keeps_it_and_stays_where_they_were(store: Page) -> None:
    drop(store, ("one.txt", "1"), ("two.txt", "2"))
    expect(store.get_by_role("link", name="two.txt")).to_be_visible()
    store.get_by_label("Select one.txt").check()
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    store.on("dialog", refuse)
    for name in ("Delete the ticked", "Delete two.txt", "Make public"):
        store.get_by_role("button", name=name).press("Enter")
        expect(store.get_by_role("button", name=name)).to_be_focused()
    assert asked == [
        "Delete what is ticked, and all that is in ticked folders?",
        "Delete two.txt?",
        "Let anybody read and list what is in my pictures?",
    ]
    store.reload()
    expect(store.get_by_role("link", name="one.txt")).to_be_visible()
    expect(store.get_by_role("link", name="two.txt")).to_be_visible()
    expect(store.get_by_role("button", name="Make public")).to_be_visible()
