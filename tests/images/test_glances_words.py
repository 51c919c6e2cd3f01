"""What Glance says when it refuses: people search for these sentences, and some programs compare them."""

import pytest

from tests.support.images import ImageLab

NONE = "11111111-2222-4333-8444-555555555555"
IMAGE, SPACES = f"/image/v2/images/{NONE}", "/image/v2/metadefs/namespaces"
OBJECT = {"name": "a"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", IMAGE, None, 404, f"No image found with ID {NONE}"),
        ("DELETE", IMAGE, None, 404, f"Failed to find image {NONE} to delete"),
        ("GET", f"{IMAGE}/members", None, 404, f"Image {NONE} not found."),
        ("DELETE", f"{IMAGE}/members/m", None, 404, f"Image {NONE} not found."),
        ("PUT", f"{IMAGE}/tags/t", None, 404, f"Image {NONE} not found."),
        ("DELETE", f"{IMAGE}/tags/t", None, 404, f"Image {NONE} not found."),
        ("PUT", f"/image/v2/cache/{NONE}", None, 404, f"Image {NONE} not found."),
        ("DELETE", f"/image/v2/stores/local/{NONE}", None, 404, f"Failed to find image {NONE}"),
        ("GET", f"/image/v2/tasks/{NONE}", None, 404, f"Could not find task {NONE}"),
        ("GET", f"{SPACES}/none", None, 404, "Metadata definition namespace=none was not found."),
        ("GET", f"{SPACES}/none/objects", None, 404, "Metadata definition namespace=none was not found."),
        ("POST", f"{SPACES}/none/objects", OBJECT, 404, "Metadata definition namespace=none was not found."),
        ("DELETE", f"{SPACES}/none/objects/a", None, 404, "Metadata definition namespace=none was not found."),
        ("DELETE", f"{SPACES}/none/objects", None, 404, "Namespace none not found"),
        ("GET", f"{SPACES}/none/tags", None, 404, "Namespace none not found"),
        ("GET", "/image/v2/images?size_min=x", None, 400, "Unable to filter on a range with a non-numeric value."),
        ("GET", "/image/v2/images?created_at=x:y", None, 400,
         'Bad "created_at" query filter format. Use ISO 8601 DateTime notation.'),
        ("GET", "/image/v2/images?os_hidden=x", None, 400,
         "Invalid value 'x' for 'os_hidden' filter. Valid values are 'true' or 'false'."),
        ("GET", "/image/v2/images?member_status=x", None, 400, "Invalid status: x"),
        ("GET", "/image/v2/images?visibility=x", None, 400, "Invalid visibility value: x"),
    ],
)  # fmt: skip
def test_a_refusal(lab: ImageLab, method: str, path: str, body: object, status: int, words: str) -> None:
    answer = lab.api.call(method, path, "admin", body)
    assert (answer.status, answer.json["message"]) == (status, f"{words}<br /><br />\n\n\n")


def test_what_is_not_in_a_namespace(lab: ImageLab) -> None:
    assert lab.api.post(SPACES, "admin", {"namespace": "CPU"}).status == 201
    for kind, what in (("objects", "metadata object"), ("properties", "property"), ("tags", "metadata tag")):
        for method in ("GET", "DELETE"):
            answer = lab.api.call(method, f"{SPACES}/CPU/{kind}/none", "admin")
            assert (answer.status, answer.json["message"].split("<")[0]) == (404, f"Could not find {what} none")


def test_of_members_and_tags(lab: ImageLab) -> None:
    image = lab.make()["id"]
    members = f"/image/v2/images/{image}/members"
    assert lab.api.post(members, "member", {"member": "p"}).status == 200
    wrong = lab.api.put(f"{members}/p", "admin", {"status": "x"})
    words = 'Incorrect request: Status must be "pending", "accepted" or "rejected".'
    assert (wrong.status, wrong.json["message"].split("<")[0]) == (400, words)
    untagged = lab.api.delete(f"/image/v2/images/{image}/tags/t", "member")
    assert (untagged.status, untagged.json["message"].split("<")[0]) == (404, "The resource could not be found.")


@pytest.mark.parametrize(
    ("accept", "media", "told"),
    [
        ("application/json", "application/json", '"message":"Invalid visibility value: <\'&><br /><br />'),
        (
            "*/*",
            "text/html; charset=UTF-8",
            "\n  Invalid visibility value: &lt;&#x27;&amp;&gt;<br /><br />\n\n\n\n </body>",
        ),
        ("text/html,application/json;q=0.5", "text/html; charset=UTF-8", "<h1>400 Bad Request</h1>"),
        ("", "text/plain; charset=UTF-8", "400 Bad Request\n\nInvalid visibility value: <'&>\n\n   "),
        ("application/xml", "text/plain; charset=UTF-8", "400 Bad Request\n\nInvalid visibility value: <'&>"),
    ],
)
def test_only_a_page_has_escapes(lab: ImageLab, accept: str, media: str, told: str) -> None:
    answer = lab.api.get("/image/v2/images?visibility=%3C'%26%3E", "member", headers={"accept": accept})
    assert (answer.status, answer.headers["content-type"]) == (400, media)
    assert told in answer.raw.decode()


def test_the_answer_to_an_object_says_what_was_said(lab: ImageLab) -> None:
    assert lab.api.post(SPACES, "admin", {"namespace": "OS::CPU"}).headers["location"].endswith("/namespaces/OS::CPU")
    made = lab.api.post(f"{SPACES}/OS::CPU/objects", "admin", {"name": "limits"})
    assert made.status == 201
    assert not {"properties", "required"} & set(made.json)
    shown = lab.api.get(f"{SPACES}/OS::CPU/objects/limits", "admin").json
    assert (shown["properties"], shown["required"]) == ({}, [])
