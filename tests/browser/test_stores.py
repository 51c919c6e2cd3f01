"""Images of a node with several stores, in a browser: up into one, imported into two, copied to another, taken out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.node import Node

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("stores")
    archive = f'{{ name = "archive", path = "{folder}/archive", description = "A second disk", weight = -1 }}'
    (folder / "archive").mkdir()
    made = Node(
        folder / "state",
        STACKLAB_SIGNUP_PER_ADDRESS_HOUR="1000",
        STACKLAB_IMAGES_STORES=f"[{archive}]",
        STACKLAB_IMAGES_IMPORT_PRIVATE="true",
        STACKLAB_IMAGES_IMPORT_PORTS="",
    )
    try:
        yield made.start()
        assert made.stop() == 0
    finally:
        made.purge()


@pytest.fixture
def admin(open_page: Callable[..., Page], node: Node) -> Page:
    page = open_page(path="/login")
    page.get_by_label("Email or user name").fill("admin")
    page.get_by_label("Password").fill(node.admin_password())
    page.keyboard.press("Enter")
    page.wait_for_url("**/servers")
    page.goto(node.url + "/images/new")
    return page


def test_up_into_a_store_copied_to_another_and_out_of_the_first(
    admin: Page, tmp_path: Path, check_page: Callable[[Page], None]
) -> None:
    check_page(admin)
    (tmp_path / "disk.raw").write_bytes(b"stacklab" * 1000)
    admin.get_by_label("Store", exact=True).select_option("archive")
    admin.locator("input[type=file]").set_input_files(tmp_path / "disk.raw")
    expect(admin.get_by_role("heading", name="disk.raw")).to_be_visible()
    panel = admin.get_by_role("form", name="Stores")
    expect(panel.get_by_role("row", name="archive")).to_contain_text("has it")
    expect(panel.get_by_role("button", name="Remove")).to_have_count(0)
    expect(admin.locator("#api")).to_contain_text("--store archive")
    check_page(admin)
    panel.get_by_role("button", name="Copy to local").click()
    expect(panel.get_by_role("row", name="local")).to_contain_text("has it")
    check_page(admin)
    admin.on("dialog", lambda dialog: dialog.accept())
    panel.get_by_role("button", name="Remove from archive").click()
    expect(admin.get_by_text("no longer in the store archive")).to_be_visible()
    expect(panel.get_by_role("row", name="archive")).not_to_contain_text("has it")


def test_an_import_goes_into_two_and_its_owner_sees_where(
    open_page: Callable[..., Page], sign_up: Callable[[Page], str], node: Node, look: type
) -> None:  # fmt: skip
    page = open_page(look(width=390, script=False))
    sign_up(page)
    page.goto(node.url + "/images/new")
    form, select = page.locator("form.upload").bounding_box(), page.get_by_label("Store", exact=True).bounding_box()
    assert form
    assert select
    assert select["x"] + select["width"] < form["x"] + form["width"]  # it keeps within its panel
    page.get_by_label("Address").fill(node.url + "/healthz")
    page.get_by_label("Kind").select_option("raw")
    expect(page.get_by_label("local")).to_be_checked()
    page.get_by_label("archive").check()
    page.get_by_role("button", name="Import").click()
    panel = page.get_by_role("form", name="Stores")
    expect(panel.get_by_text("has it")).to_have_count(2)
    expect(panel.get_by_role("button")).to_have_count(0)
    page.goto(node.url + "/images")
    expect(page.get_by_role("row", name="healthz")).to_contain_text("raw · local, archive")
