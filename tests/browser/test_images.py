"""Images in a browser: up with a checksum, imported, changed, shared, launched, deleted."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.client import until
from tests.support.node import Node

pytestmark = pytest.mark.browser
RAW = b"stacklab" * 100_000


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """It may fetch from this machine."""
    state = tmp_path_factory.mktemp("images") / "state"
    made = Node(state, STACKLAB_SIGNUP_PER_ADDRESS_HOUR="1000", STACKLAB_IMAGES_IMPORT_PRIVATE="true")
    try:
        yield made.start()
        assert made.stop() == 0
    finally:
        made.purge()


@pytest.fixture
def person(open_page: Callable[..., Page], sign_up: Callable[[Page], str]) -> Page:
    page = open_page()
    sign_up(page)
    page.get_by_role("link", name="Images").first.click()
    expect(page.get_by_role("heading", name="Images")).to_be_visible()
    return page


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    file = tmp_path / "my disk.raw"
    file.write_bytes(RAW)
    return file


def upload(page: Page, file: Path, checksum: str = "") -> None:
    page.get_by_role("link", name="New image").first.click()
    expect(page.get_by_role("heading", name="Upload a file")).to_be_visible()
    page.get_by_text("Name and checksum").click()
    page.get_by_label("Checksum").fill(checksum)
    page.locator("input[type=file]").set_input_files(file)


def project(page: Page) -> str:
    page.get_by_role("link", name="Images").first.click()
    page.get_by_role("link", name="Shared with me").click()
    return page.locator("main code").first.inner_text()


def test_a_file_goes_up_and_its_checksum_is_shown(person: Page, disk: Path, check_page: Callable[[Page], None]) -> None:
    check_page(person)
    upload(person, disk, hashlib.sha256(RAW).hexdigest())
    expect(person.get_by_role("heading", name="my disk.raw")).to_be_visible()
    expect(person.get_by_text("its checksum matches")).to_be_visible()
    expect(person.get_by_label("SHA-512", exact=True)).to_have_text(hashlib.sha512(RAW).hexdigest())
    check_page(person)
    person.get_by_role("link", name="Launch").click()
    expect(person.get_by_role("radio", name="my disk.raw")).to_be_checked()


def test_another_checksum_keeps_nothing(person: Page, disk: Path, check_page: Callable[[Page], None]) -> None:
    upload(person, disk, "0" * 64)
    expect(person.get_by_role("alert")).to_contain_text("not the bytes you meant")
    check_page(person)
    person.get_by_role("link", name="Images").first.click()
    expect(person.get_by_text("No images of your own yet.")).to_be_visible()


def test_an_image_is_changed_and_deleted(person: Page, disk: Path) -> None:
    upload(person, disk)
    expect(person.get_by_role("heading", name="my disk.raw")).to_be_visible()
    person.get_by_label("Name").fill("renamed")
    person.get_by_label("Disk, at least (GB)").fill("3")
    person.get_by_label("Tags").fill("blue, green")
    person.get_by_label("Protected").check()
    person.get_by_role("button", name="Save").click()
    expect(person.get_by_role("heading", name="renamed")).to_be_visible()
    expect(person.get_by_label("Disk, at least (GB)")).to_have_value("3")
    expect(person.get_by_text("It is protected. Take that off first.")).to_be_visible()
    person.get_by_label("Protected").uncheck()
    person.get_by_role("button", name="Save").click()
    person.on("dialog", lambda dialog: dialog.accept())
    person.get_by_role("button", name="Delete").click()
    expect(person.get_by_text("Image deleted.")).to_be_visible()


def test_an_image_is_shared_and_accepted(
    open_page: Callable[..., Page], sign_up: Callable[[Page], str], person: Page, disk: Path,
    check_page: Callable[[Page], None],
) -> None:  # fmt: skip
    other = open_page()
    sign_up(other)
    wanted = project(other)
    upload(person, disk)
    person.get_by_label("Id of a project").fill(wanted)
    person.get_by_role("button", name="Share").click()
    expect(person.get_by_text("not answered yet")).to_be_visible()
    check_page(person)
    other.reload()
    check_page(other)
    other.get_by_role("button", name="Accept my disk.raw").click()
    expect(other.get_by_role("link", name="Launch my disk.raw")).to_be_visible()
    other.get_by_role("link", name="my disk.raw", exact=True).click()
    expect(other.get_by_role("button", name="Save")).to_have_count(0)
    other.get_by_role("button", name="Reject").click()
    expect(other.get_by_text("it stays off your list")).to_be_visible()
    person.reload()
    expect(person.get_by_text("rejected", exact=True)).to_be_visible()
    person.get_by_role("button", name=f"Stop sharing with {wanted}").click()
    expect(person.get_by_text("no longer shared")).to_be_visible()


def test_a_refused_import_says_why(person: Page, check_page: Callable[[Page], None]) -> None:
    person.get_by_role("link", name="New image").first.click()
    person.get_by_label("Address").fill("http://127.0.0.1:81/x.qcow2")
    person.get_by_role("button", name="Import").click()
    expect(person.get_by_text("not fetched from this address")).to_be_visible()
    expect(person.get_by_label("Address")).to_have_value("http://127.0.0.1:81/x.qcow2")
    check_page(person)


def test_a_failed_import_shows_by_itself(person: Page, check_page: Callable[[Page], None]) -> None:
    person.get_by_role("link", name="New image").first.click()
    person.get_by_label("Address").fill("http://127.9.8.7/x.qcow2")  # nobody listens there
    person.get_by_role("button", name="Import").click()
    expect(person.get_by_text("The last import failed:")).to_be_visible()
    expect(person.get_by_role("heading", name="It has no bytes yet")).to_be_visible()
    check_page(person)


@pytest.fixture
def followed(person: Page, disk: Path) -> Page:
    """In a second tab, on the page of an image whose bytes go up in the first one, too slowly for any test."""
    speed = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 20_000}
    person.context.new_cdp_session(person).send("Network.emulateNetworkConditions", speed)
    upload(person, disk)
    tab = person.context.new_page()
    tab.goto(person.url.replace("/images/new", "/images"))
    found = tab.get_by_role("link", name="my disk.raw")
    until("the image to be on the list", lambda: tab.reload() and found.count())
    found.click()
    expect(tab.get_by_text("This page follows by itself.")).to_be_visible()
    return tab


def test_an_image_that_is_deleted_meanwhile_is_not_found(followed: Page) -> None:
    other = followed.context.new_page()
    other.goto(followed.url)
    other.on("dialog", lambda dialog: dialog.accept())
    other.get_by_role("button", name="Delete").click()
    expect(other.get_by_text("Image deleted.")).to_be_visible()
    expect(followed.get_by_text("It is not there any more.")).to_be_visible()


def test_a_page_that_follows_keeps_what_it_has_while_the_cloud_is_away(followed: Page) -> None:
    said = followed.get_by_text("The cloud did not answer.")
    followed.route("**/*follow=1", lambda route: route.fulfill(status=503, body="down"))
    expect(said).to_have_count(1)
    for _look in range(2):
        with followed.expect_response(lambda answer: answer.status == 503):
            pass
    expect(said).to_have_count(1)
    expect(followed.get_by_role("heading", name="my disk.raw")).to_be_visible()


def test_a_page_that_follows_leads_to_the_login_when_the_session_ends(followed: Page) -> None:
    where = followed.url.rpartition("/")[2]
    followed.context.clear_cookies()
    followed.wait_for_url(f"**/login?next=/images/{where}*")


def test_long_names_and_the_list(person: Page, tmp_path: Path, check_page: Callable[[Page], None]) -> None:
    file = tmp_path / ("debian-" + "x" * 240)
    file.write_bytes(RAW)
    upload(person, file)
    expect(person.get_by_role("heading", name="debian-")).to_be_visible()
    person.set_viewport_size({"width": 390, "height": 900})
    check_page(person)
    person.locator(".crumbs").get_by_role("link", name="Images").click()
    for width in (390, 1280):
        person.set_viewport_size({"width": width, "height": 900})
        check_page(person)
    person.get_by_label("Filter by name").fill("nothing of the kind")
    person.keyboard.press("Enter")
    expect(person.get_by_text("No image matches.")).to_be_visible()
    person.get_by_role("link", name="Show all images").click()
    person.get_by_label("Select all").check()
    person.once("dialog", lambda dialog: dialog.dismiss())
    person.get_by_role("button", name="Delete the ticked").click()
    person.once("dialog", lambda dialog: dialog.accept())
    person.get_by_role("button", name="Delete the ticked").click()
    expect(person.get_by_text("1 image deleted.")).to_be_visible()
