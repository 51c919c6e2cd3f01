"""The list, the actions, the undo window and the live stream."""

import re
import threading
from http.client import HTTPConnection
from typing import Any

import pytest

from stacklab.console.pages import events


def test_filter_and_facets(site: Any, lin: Any) -> None:
    for name, status in [("web-01", "ACTIVE"), ("db-01", "ACTIVE"), ("old", "SHUTOFF")]:
        site.cloud.add_server(name, status)
    site.cloud.add_server("big", "ERROR", fault="No valid host was found. memory")
    assert names(lin.get("/servers").text) == {"web-01", "db-01", "old", "big"}
    assert names(lin.get("/servers?show=running&q=web").text) == {"web-01"}
    assert names(lin.get("/servers?show=stopped").text) == {"old"}
    assert "No host has enough free memory" in lin.get("/servers?show=attention").text
    assert "No server matches" in lin.get("/servers?q=zzz").text


def names(page: str) -> set[str]:
    return set(re.findall(r'<td class="name"><a href="[^"]*">([^<]*)</a>', page))


@pytest.mark.parametrize(("verb", "before", "after"), [("stop", "ACTIVE", "SHUTOFF"), ("start", "SHUTOFF", "ACTIVE")])
def test_one_or_many(site: Any, lin: Any, verb: str, before: str, after: str) -> None:
    ids = [site.cloud.add_server(f"s{i}", before) for i in range(3)]
    lin.post("/servers", {"do": f"{verb}:{ids[0]}"}, lin.token("/servers"))
    assert [site.cloud.servers[i]["status"] for i in ids] == [after, before, before]
    lin.post("/servers", {"do": verb, "id": ids[1:]}, lin.token("/servers"))
    assert [site.cloud.servers[i]["status"] for i in ids] == [after] * 3


def test_an_image_of_a_server_is_shown_while_it_is_made(site: Any, lin: Any) -> None:
    server = site.cloud.add_server("web")
    assert f'value="image:{server}"' in lin.get(f"/servers/{server}").text
    answer = lin.post("/servers", {"do": f"image:{server}"}, lin.token(f"/servers/{server}"))
    image = answer.headers["location"].rpartition("/")[2]
    assert site.cloud.images.held[image]["name"].startswith("web 20")
    assert "goes on" in lin.get(f"/images/{image}").text


def test_no_image_of_what_has_no_disk_yet(site: Any, lin: Any) -> None:
    server = site.cloud.add_server("web", "BUILD")
    assert "image:" not in lin.get(f"/servers/{server}").text


def test_nothing_ticked_says_so(site: Any, lin: Any) -> None:
    site.cloud.add_server("s")
    lin.post("/servers", {"do": "stop"}, lin.token("/servers"))
    assert "Tick the servers first" in lin.get("/servers").text


def test_delete_waits_and_can_be_undone(site: Any, lin: Any) -> None:
    server = site.cloud.add_server("web")
    lin.post("/servers", {"do": "delete", "id": server}, lin.token("/servers"))
    page = lin.get("/servers").text
    assert "will be deleted in 6 seconds" in page
    assert "Deleting" in page
    lin.post("/servers/undo", {"id": server}, lin.token("/servers"))
    assert "Kept" in lin.get("/servers").text
    assert server in site.cloud.servers
    assert not site.console.state.desk.pending.of("a" * 32)


def test_delete_happens_when_the_window_closes(site: Any, lin: Any) -> None:
    server = site.cloud.add_server("web")
    site.console.state.desk.pending.window = 0.05
    lin.post("/servers", {"do": f"delete:{server}"}, lin.token("/servers"))
    wait_for(lambda: server not in site.cloud.servers)


def test_log_out_closes_the_window_now(site: Any, lin: Any) -> None:
    server = site.cloud.add_server("web")
    lin.post("/servers", {"do": f"delete:{server}"}, lin.token("/servers"))
    lin.post("/logout", {}, lin.token("/servers"))
    assert server not in site.cloud.servers


def test_stream_sends_the_rows_that_change(site: Any, lin: Any) -> None:
    server = site.cloud.add_server("web")
    stream = Stream(lin, "/events?page=servers")
    stream.until(f'hx-target="#s-{server}"')
    site.cloud.servers[server]["status"] = "SHUTOFF"
    stream.until("Stopped")
    other = site.cloud.add_server("later")
    stream.until(f's-{other}"')
    del site.cloud.servers[other]
    stream.until(f'hx-target="#s-{other}" hx-swap="delete"')
    stream.close()


def test_stream_of_one_server(site: Any, lin: Any) -> None:
    server = site.cloud.add_server("web", "BUILD")
    stream = Stream(lin, f"/events?page=server&id={server}")
    stream.until("Building")
    site.cloud.boot_after = 0
    stream.until("Running")
    stream.until("stacklab-guest: [3.40] ready")
    stream.close()


def test_nobody_watching_nothing_polled(site: Any, lin: Any) -> None:
    stream = Stream(lin, "/events?page=servers")
    site.cloud.add_server("x")
    stream.until("#counts")
    stream.close()
    wait_for(lambda: not site.console.state.desk.feeds._feeds)


class Stream:
    """Server-sent events as text, read until a word comes."""

    def __init__(self, visitor: Any, path: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", visitor.port, timeout=8)
        cookies = "; ".join(f"{k}={v}" for k, v in visitor.cookies.items())
        self._connection.request("GET", path, headers={"Cookie": cookies})
        self._response = self._connection.getresponse()
        assert self._response.getheader("content-type", "").startswith("text/event-stream")

    def until(self, word: str) -> None:
        text = ""
        while word not in text:
            line = self._response.readline()
            assert line, text
            text += line.decode()

    def close(self) -> None:
        self._response.close()
        self._connection.close()


def wait_for(condition: Any) -> None:
    """Asks every 10 ms for at most 5 s."""
    never = threading.Event()
    for _ in range(500):
        if condition():
            return
        never.wait(0.01)
    raise AssertionError("it did not come true")


def test_streams_of_a_project_have_an_end(lin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each asks the APIs every second: one person with a thousand tabs would have the node to themself."""
    monkeypatch.setattr(events, "MOST", 0)
    assert lin.get("/events?page=servers").status == 429
