"""Files go up by a script, one by one, or by a form without JavaScript; who may not, hears so beside the file."""

import json
from typing import Any

import pytest

from stacklab.console.page import SESSION
from tests.console.fake_images import IMAGE

SCRIPTS = ["/images?key=x", "/objects/box?key=x"]
FORMS = ["/images/new", "/objects/box/upload"]


@pytest.fixture
def box(site: Any, lin: Any) -> dict[str, bytes]:
    lin.post("/objects", {"name": "box"}, lin.token("/objects"))
    held: dict[str, bytes] = site.cloud.objects.boxes["box"]
    return held


def send(lin: Any, path: str, token: str, files: dict[str, str], **fields: str) -> Any:
    parts = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    parts.insert(0, f'--b\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n')
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="{}"\r\n\r\n{}\r\n'
    parts += [head.format(name, body) for name, body in files.items()]
    return lin.ask("POST", path, "".join(parts) + "--b--\r\n", {"Content-Type": "multipart/form-data; boundary=b"})


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_hears_that_the_session_is_over(site: Any, lin: Any, box: dict[str, bytes], path: str) -> None:
    token = lin.token("/objects")
    del lin.cookies[SESSION]
    answer = lin.ask("PUT", path, "bytes", {"X-Form-Token": token})
    assert answer.status == 401
    assert "Log in again" in json.loads(answer.text)["message"]
    assert not box
    assert set(site.cloud.images.held) == {IMAGE}


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_hears_that_its_page_is_too_old(lin: Any, box: dict[str, bytes], path: str) -> None:
    answer = lin.ask("PUT", path, "bytes", {"X-Form-Token": "old"})
    assert answer.status == 403
    assert "Reload it" in json.loads(answer.text)["message"]
    assert not box


def test_a_page_that_follows_is_not_sent_to_the_login(lin: Any) -> None:
    del lin.cookies[SESSION]
    assert lin.get("/images?follow=1").status == 401
    assert lin.get("/images?show=public").headers["location"] == "/login?next=/images%3Fshow%3Dpublic"


def test_a_name_that_is_taken_is_said_and_keeps_its_object(lin: Any, box: dict[str, bytes]) -> None:
    headers = {"X-Form-Token": lin.token("/objects"), "If-None-Match": "*"}
    assert lin.ask("PUT", "/objects/box?key=x", "first", headers).status == 200
    answer = lin.ask("PUT", "/objects/box?key=x", "second", headers)
    assert answer.status == 412
    assert "of this name already" in json.loads(answer.text)["message"]
    assert box == {"x": b"first"}


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_sends_nothing(site: Any, lin: Any, box: dict[str, bytes], path: str) -> None:
    assert send(lin, path, "no", {"x": "bytes"}).status == 403
    token = lin.token("/objects")
    lin.headers["Sec-Fetch-Site"] = "cross-site"
    assert send(lin, path, token, {"x": "bytes"}).status == 403
    assert not box
    assert set(site.cloud.images.held) == {IMAGE}


def test_files_go_up_without_a_script(lin: Any, box: dict[str, bytes]) -> None:
    box["a/b/taken.txt"] = b"old"
    files = {"one.txt": "first", "taken.txt": "new", "empty": ""}
    answer = send(lin, "/objects/box/upload", lin.token("/objects"), files, prefix="a/b/")
    assert answer.headers["location"] == "/objects/box?prefix=a%2Fb%2F"
    assert box == {"a/b/one.txt": b"first", "a/b/taken.txt": b"old", "a/b/empty": b""}
    text = lin.get(answer.headers["location"]).text
    assert "2 files are up." in text
    assert "taken.txt: There is one of this name already." in text
    assert "openstack object create --name a/b/one.txt box FILE" in text


def test_an_image_goes_up_without_a_script(site: Any, lin: Any) -> None:
    answer = send(lin, "/images/new", lin.token("/images/new"), {"disk.img": "QFI?"}, name="mine", checksum="")
    image = site.cloud.images.held[answer.headers["location"].rpartition("/")[2]]
    assert (image["name"], image["disk_format"], image["size"]) == ("mine", "raw", 4)


@pytest.mark.parametrize(
    ("files", "fields", "said"),
    [
        ({}, {}, "Choose a file first."),
        ({"x": ""}, {}, "The file is empty."),
        ({"x": "PK\3\4"}, {}, "Unpack it first"),
        ({"x": "raw"}, {"checksum": "0" * 32}, "not the bytes you meant"),
    ],
)
def test_an_image_that_is_refused_is_said_on_the_form(
    site: Any, lin: Any, files: dict[str, str], fields: dict[str, str], said: str
) -> None:
    answer = send(lin, "/images/new", lin.token("/images/new"), files, **fields)
    assert answer.status == 422
    assert said in answer.text
    assert set(site.cloud.images.held) == {IMAGE}


def test_of_many_uploads_the_page_shows_the_last_calls(lin: Any, box: dict[str, bytes]) -> None:
    token = lin.token("/objects")
    for number in range(30):
        lin.ask("PUT", f"/objects/box?key=f{number}", "x", {"X-Form-Token": token})
    text = lin.get("/objects/box").text
    assert "object create --name f29 box FILE" in text
    assert "object create --name f1 box FILE" not in text
    assert len(box) == 30
