"""Where a region keeps images in several stores: which an image is in, which it goes to; with one, nothing of it."""

import re
from typing import Any

import pytest
from starlette.responses import JSONResponse

from stacklab.console.image_stores import Copy, Store, copies
from tests.console.fake_images import IMAGE

LOCAL = {"id": "local", "description": "Files on this node", "default": "true"}
ARCHIVE = {"id": "archive", "description": "A second disk"}
WEB = {"id": "web", "read-only": "true"}


@pytest.fixture
def several(site: Any) -> Any:
    site.cloud.images.stores = [LOCAL, ARCHIVE, WEB]
    return site.cloud.images


@pytest.fixture
def admin(site: Any, visitor: Any) -> Any:
    """Logged in as an administrator."""
    site.cloud.role = "admin"
    assert visitor.sign_up().status == 303
    return visitor


def buttons(lin: Any, image: str) -> list[str]:
    return re.findall(r'name="do" value="((?:copy|leave):.*?)"', lin.get(f"/images/{image}").text)


def import_form(lin: Any, **fields: Any) -> Any:
    return lin.post("/images", {"url": "https://h/x", "disk_format": "raw", **fields}, lin.token("/images/new"))


def test_of_one_store_nothing_is_shown(site: Any, lin: Any) -> None:
    image = site.cloud.images.add("x", stores="local")
    for path in ("/images", "/images/new", f"/images/{image}"):
        text = lin.get(path).text
        assert 'name="store"' not in text
        assert "info/stores" not in text
        assert ">Stores<" not in text
        assert " · local" not in text
    assert "info/stores" not in lin.get("/api").text


def test_pages_go_without_stores_that_cannot_be_had(site: Any, lin: Any, several: Any) -> None:
    site.cloud.fail["GET /image/v2/info/stores"] = JSONResponse({"message": "no such thing"}, 404)
    assert 'name="store"' not in lin.get("/images/new").text
    assert lin.get("/images").status == 200
    assert several


def test_where_each_image_is(lin: Any, several: Any) -> None:
    image = several.add("x", stores="archive,local")
    assert "qcow2 · archive, local" in lin.get("/images").text
    text = lin.get(f"/images/{image}").text
    assert text.count("has it") == 2
    assert "openstack image stores list" in text
    assert buttons(lin, image) == []  # they are an administrator's


def test_an_upload_goes_into_the_chosen_store(lin: Any, several: Any) -> None:
    form = lin.get("/images/new").text
    select = form[form.index('<select class="in" id="store"') :].partition("</select>")[0]
    assert re.findall(r'value="(.*?)"( selected)?', select) == [("local", " selected"), ("archive", "")]
    answer = lin.ask("PUT", "/images?key=x&store=archive", "raw bytes", {"X-Form-Token": lin.token("/images/new")})
    assert answer.status == 200
    [made] = [image for id, image in several.held.items() if id != IMAGE]
    assert made["stores"] == "archive"
    assert f"openstack image import {made['id']} --store archive" in lin.get("/images").text


def test_an_import_goes_into_the_ticked_stores(lin: Any, several: Any) -> None:
    form = lin.get("/images/new").text
    assert re.findall(r'name="store" value="(.*?)"( checked)?', form) == [("local", " checked"), ("archive", "")]
    answer = import_form(lin, store=["local", "archive"])
    assert several.imported[-1]["stores"] == ["local", "archive"]
    assert "--uri https://h/x" in (text := lin.get(answer.headers["location"]).text)
    assert "--store local archive" in text
    import_form(lin)
    assert "stores" not in several.imported[-1]


def test_what_was_ticked_stays_when_something_is_wrong(lin: Any, several: Any) -> None:
    text = import_form(lin, url="ftp://h/x", store="archive").text
    assert re.findall(r'name="store" value="(.*?)"( checked)?', text) == [("local", ""), ("archive", " checked")]
    assert several


def test_an_administrator_copies_and_removes(admin: Any, several: Any) -> None:
    image = several.add("x", stores="local")
    where = f"/images/{image}"
    assert buttons(admin, image) == ["copy:archive"]  # nothing is taken from its last store, nothing put on the web
    admin.post(where, {"do": "copy:archive"}, admin.token(where))
    assert several.imported == [{"method": {"name": "copy-image"}, "stores": ["archive"]}]
    assert "This page follows by itself." in admin.get(where).text
    assert buttons(admin, image) == []
    several.held[image] |= {"stores": "local,archive", "os_glance_importing_to_stores": ""}
    assert buttons(admin, image) == ["leave:local", "leave:archive"]
    admin.post(where, {"do": "leave:local"}, admin.token(where))
    assert several.held[image]["stores"] == "archive"
    assert "no longer in the store local" in admin.get(where).text


def test_a_copy_that_failed_says_why(admin: Any, several: Any) -> None:
    image = several.add("x", stores="local", os_glance_failed_import="archive")
    text = admin.get(f"/images/{image}").text
    assert "It could not be copied:" in text
    assert "no such file there" in text
    assert buttons(admin, image) == ["copy:archive"]


def test_states_of_copies() -> None:
    stores = [Store(name, "", False, False) for name in "abcd"]
    image = {"stores": "a,b", "os_glance_importing_to_stores": "c", "os_glance_failed_import": "b,c,d"}
    assert copies(image, stores) == [
        Copy(store, state) for store, state in zip(stores, ("here", "here", "coming", "failed"), strict=True)
    ]
    assert [copy.state for copy in copies({}, stores)] == [""] * 4
