"""Uploads in a browser when something comes between: another page, a name that is taken, the end of the session."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
LONG = "long-" + "n" * 1000


@pytest.fixture
def store(open_page: Callable[..., Page], sign_up: Callable[[Page], str]) -> Page:
    """Signed up, and in a new container."""
    page = open_page()
    sign_up(page)
    return container(page)


def container(page: Page) -> Page:
    page.goto(page.url.partition("/servers")[0] + "/objects")
    page.get_by_label("New container").fill("box")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name="box")).to_be_visible()
    return page


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    chosen = [{"name": name, "mimeType": "text/plain", "buffer": body} for name, body in files]
    page.locator("input[type=file]").set_input_files(chosen)  # type: ignore[arg-type]


def slow(page: Page, rate: int) -> None:
    """Bytes a second that go up from now on; -1 is as they can."""
    speed = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", speed)


def test_what_has_come_is_said_and_the_reader_starts_at_the_heading(store: Page) -> None:
    choose(store, ("one.txt", b"1"), ("empty.txt", b""), ("three.txt", b"3"))
    expect(store.get_by_role("link", name="three.txt")).to_be_visible()
    expect(store.locator(".uploads [role=status]")).to_have_text("Files uploaded: 3")
    expect(store.get_by_role("heading", name="box")).to_be_focused()
    expect(store.locator("#api")).to_contain_text("openstack object create --name empty.txt box FILE")


def test_a_name_that_is_taken_is_asked_about(store: Page) -> None:
    choose(store, ("one.txt", b"old"))
    expect(store.get_by_role("link", name="one.txt")).to_be_visible()
    choose(store, ("one.txt", b"newer"), ("two.txt", b"2"))
    expect(store.get_by_role("alert")).to_have_text("There is one of this name.")
    expect(store.get_by_role("link", name="two.txt")).to_be_visible()  # the list is new, the question still there
    expect(store.get_by_role("row", name="one.txt")).to_contain_text("3 B")
    store.get_by_role("button", name="Replace").click()
    expect(store.get_by_role("row", name="one.txt")).to_contain_text("5 B")
    expect(store.get_by_role("button", name="Replace")).to_have_count(0)


def test_an_upload_goes_on_while_other_pages_are_looked_at(store: Page) -> None:
    slow(store, 4 << 20)
    choose(store, ("big.bin", b"x" * (8 << 20)), ("stopped.bin", b"x" * (8 << 20)))
    expect(store.locator(".uploads progress").first).to_be_visible()
    store.get_by_role("link", name="Key pairs").first.click()
    expect(store.get_by_role("heading", name="Key pairs")).to_be_visible()
    dock = store.locator(".uploads.dock")
    dock.locator("li", has_text="stopped.bin").get_by_role("button", name="Cancel").click()
    expect(dock.get_by_role("button", name="Cancel")).to_be_focused()
    expect(dock).to_contain_text(re.compile(r"\d+ % · [\d.]+ MB/s"))
    slow(store, -1)
    expect(dock).to_contain_text("Files uploaded: 1")
    store.get_by_role("link", name="Object storage").first.click()
    store.get_by_role("link", name="box").click()
    expect(store.get_by_role("link", name="big.bin")).to_be_visible()
    expect(store.get_by_role("link", name="stopped.bin")).to_have_count(0)


def test_a_dropped_folder_comes_with_what_is_in_it(store: Page, tmp_path: Path) -> None:
    (tmp_path / "tree/deep").mkdir(parents=True)
    (tmp_path / "tree/deep/c.txt").write_text("c")
    (tmp_path / "flat.txt").write_text("flat")
    place = store.locator(".drop").bounding_box()
    assert place
    files = {"items": [], "files": [str(tmp_path / "tree"), str(tmp_path / "flat.txt")], "dragOperationsMask": 1}
    drag = {"x": place["x"] + 9, "y": place["y"] + 9, "data": files}
    for step in ("dragEnter", "dragOver", "drop"):
        store.context.new_cdp_session(store).send("Input.dispatchDragEvent", {"type": step, **drag})
    expect(store.get_by_role("link", name="flat.txt")).to_be_visible()
    store.get_by_role("link", name="tree/").click()
    store.get_by_role("link", name="deep/").click()
    expect(store.get_by_role("link", name="c.txt")).to_be_visible()


def test_many_are_stopped_at_once(store: Page) -> None:
    slow(store, 1000)
    choose(store, *[(f"{number}.bin", b"x" * 100_000) for number in range(40)])
    expect(store.get_by_text("Files left: 40")).to_be_visible()
    store.get_by_role("button", name="Cancel all").click()
    expect(store.locator(".uploads li")).to_have_count(0)
    expect(store.get_by_text("Files left")).not_to_be_visible()
    expect(store.get_by_text("Nothing here yet.")).to_be_visible()


def test_the_end_of_the_session_is_said_beside_the_file(store: Page) -> None:
    cookies = store.context.cookies()
    store.context.clear_cookies()
    choose(store, ("one.txt", b"1"))
    expect(store.get_by_role("alert")).to_contain_text("Log in again")
    store.context.add_cookies(cookies)  # type: ignore[arg-type]
    store.get_by_role("button", name="Try again").click()
    expect(store.get_by_role("link", name="one.txt")).to_be_visible()


def test_long_names_stay_in_their_place(store: Page, check_page: Callable[[Page], None]) -> None:
    choose(store, (LONG, b"1"), ("<script>alert(1)</script> \"q\" 'a' & 名字 🦊?#%2F".replace("/", "|"), b"2"))
    expect(store.get_by_role("link", name=LONG)).to_be_visible()
    for width in (1280, 390):
        store.set_viewport_size({"width": width, "height": 900})
        check_page(store)
        box = store.get_by_role("link", name=LONG).bounding_box()
        assert box
        assert box["height"] < 60
    with store.expect_download() as coming:
        store.get_by_role("link", name="script").click()
    assert coming.value.path().read_bytes() == b"2"


def test_all_of_it_without_javascript(
    open_page: Callable[..., Page], sign_up: Callable[[Page], str], look: type, tmp_path: Path
) -> None:
    page = open_page(look(script=False))
    sign_up(page)
    container(page)
    page.get_by_role("textbox", name="New folder").fill("a")
    page.get_by_role("button", name="Open", exact=True).click()
    choose(page, ("one.txt", b"1"), ("two.txt", b"22"))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("2 files are up.")).to_be_visible()
    expect(page.get_by_role("row", name="two.txt")).to_contain_text("2 B")
    page.get_by_role("button", name="Link one.txt").click()
    expect(page.get_by_text("Anybody who has this link can read a/one.txt until")).to_be_visible()
    page.get_by_label("Select one.txt").check()
    page.get_by_role("button", name="Delete the ticked").click()
    expect(page.get_by_text("1 object deleted.")).to_be_visible()
    page.get_by_role("link", name="Images").first.click()
    page.get_by_role("link", name="New image").click()
    (tmp_path / "disk.raw").write_bytes(b"stacklab" * 1000)
    page.locator("input[type=file]").set_input_files(tmp_path / "disk.raw")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="disk.raw")).to_be_visible()
    page.get_by_role("link", name="Images").first.click()
    page.get_by_label("Select disk.raw").check()
    page.get_by_role("button", name="Delete the ticked").click()
    expect(page.get_by_text("1 image deleted.")).to_be_visible()
