"""The server form: filled in, forgiving, and honest about what went wrong."""

import re
from typing import Any

import pytest

from stacklab.console.choices import OFFERED
from tests.console.fake_images import IMAGE


def filled_in(lin: Any, **changes: str) -> dict[str, str]:
    """The fields as a browser would send them when only Create is pressed."""
    page = lin.get("/servers/new").text
    fields = dict(re.findall(r'name="(image|flavor|key)" value="([^"]+)" checked', page))
    fields |= dict(re.findall(r'name="(network|name)" value="([^"]+)"', page))
    return {**fields, "floating": "on", "ssh": "on", "count": "1", **changes}


def test_of_many_images_the_newest_are_offered_and_the_one_that_is_wanted(site: Any, lin: Any) -> None:
    assert "more image" not in lin.get("/servers/new").text
    held = [site.cloud.images.add(f"image {n:03d}", created_at=f"2026-01-01T00:{n:02d}:00Z") for n in range(50)]
    offered = re.findall(r'name="image" value="(.*?)"', lin.get("/servers/new").text)
    assert offered == [IMAGE, *held[50 - OFFERED + 1 :]]
    text = lin.get(f"/servers/new?image={held[0]}").text
    assert f'value="{held[0]}" checked' in text
    assert "15 more images:" in text


def test_one_press_makes_key_group_server_and_address(site: Any, lin: Any) -> None:
    answer = lin.post("/servers/new", filled_in(lin))
    (id,) = site.cloud.servers
    assert (answer.status, answer.headers["location"]) == (303, f"/servers/{id}")
    (pair,) = site.cloud.pairs
    assert site.cloud.servers[id]["key_name"] == pair
    group = next(g for g in site.cloud.groups.values() if g["name"] == "ssh-ping")
    assert [r["protocol"] for r in group["security_group_rules"]] == ["tcp", "icmp"]
    page = lin.get(f"/servers/{id}").text
    assert "ssh lab@10.88.0.10" in page
    assert "openstack server create" in page


def test_private_key_reaches_the_person_without_javascript(lin: Any) -> None:
    server = lin.post("/servers/new", filled_in(lin)).headers["location"]
    page = lin.get(server).text
    assert "BEGIN FAKE KEY" in page
    link = re.search(r'href="(/secrets/[^"]+)"', page)
    assert link
    answer = lin.get(link[1])
    assert answer.text.startswith("-----BEGIN FAKE KEY-----")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    assert "BEGIN FAKE KEY" not in lin.get(server).text
    assert lin.post(link[1], {"next": "/servers"}, lin.token("/keypairs")).status == 303
    assert lin.get(link[1]).status == 404


def test_secrets_belong_to_their_session(site: Any, lin: Any) -> None:
    page = lin.get(lin.post("/servers/new", filled_in(lin)).headers["location"]).text
    link = re.search(r'href="(/secrets/[^"]+)"', page)
    assert link
    other = site.visitor()
    other.sign_up("eve@example.org")
    assert other.get(link[1]).status == 404


def test_second_server_uses_what_is_there(site: Any, lin: Any) -> None:
    lin.post("/servers/new", filled_in(lin))
    lin.post("/servers/new", filled_in(lin))
    assert len(site.cloud.pairs) == 1
    assert sum(g["name"] == "ssh-ping" for g in site.cloud.groups.values()) == 1


def test_several_at_once_have_numbers(site: Any, lin: Any) -> None:
    lin.post("/servers/new", filled_in(lin, name="web", count="3"))
    assert {s["name"] for s in site.cloud.servers.values()} == {"web-1", "web-2", "web-3"}
    assert len(site.cloud.floating) == 3


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "-bad name-", "A name has letters"),
        ("name", "x" * 64, "A name has letters"),
        ("count", "0", "Between 1 and 10"),
        ("count", "a lot", "Between 1 and 10"),
        ("image", "gone", "Choose an image"),
        ("flavor", "gone", "Choose a size"),
        ("key", "pair:gone", "not there any more"),
        ("key", "paste", "Paste the one line"),
        ("user_data", "x" * 50_000, "at most 48 KiB"),
    ],
)
def test_wrong_field_changes_nothing_and_keeps_the_rest(
    site: Any, lin: Any, field: str, value: str, words: str
) -> None:
    answer = lin.post("/servers/new", filled_in(lin, **{"name": "keep-me", field: value}))
    assert answer.status == 422
    assert words in answer.text
    assert field == "name" or 'value="keep-me"' in answer.text
    assert not site.cloud.servers
    assert not site.cloud.pairs


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Quota exceeded for cores: Requested 1, but already used 20 of 20 cores", "over your quota"),
        ("No valid host was found. Not enough memory.", "No host has enough free memory"),
        ("Flavor's disk is too small for requested image.", "too small for the image"),
    ],
)
def test_refusals_are_said_in_words(site: Any, lin: Any, message: str, words: str) -> None:
    site.cloud.fail["POST /compute/v2.1/servers"] = site.cloud.fault(403, message)
    answer = lin.post("/servers/new", filled_in(lin))
    assert answer.status == 422
    assert words in answer.text


def test_key_made_before_a_refusal_is_not_lost(site: Any, lin: Any) -> None:
    site.cloud.fail["POST /compute/v2.1/servers"] = site.cloud.fault(403, "Quota exceeded for ram")
    page = lin.post("/servers/new", filled_in(lin)).text
    assert "BEGIN FAKE KEY" in page


def test_without_an_address_the_server_stays(site: Any, lin: Any) -> None:
    site.cloud.fail["POST /network/v2.0/floatingips"] = site.cloud.fault(
        409, "Quota exceeded for resources: floatingip"
    )
    answer = lin.post("/servers/new", filled_in(lin))
    assert answer.status == 303
    assert "All your floating IPs are used" in lin.get(answer.headers["location"]).text


def test_preview_follows_the_form(lin: Any) -> None:
    answer = lin.post("/servers/new/preview", filled_in(lin, name="other", ssh=""), lin.token("/servers/new"))
    assert "other" in answer.text
    assert "ssh-ping" not in answer.text
