"""Faults in words, boot traces from facts, and a catalogue with nothing missing."""

import gettext
import hashlib
import string
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from stacklab.console import extract, i18n, trace
from stacklab.console.assets import ROOT
from stacklab.console.faults import Fault, message_of, words

_ = gettext.NullTranslations().gettext


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(403, "Quota exceeded for instances: Requested 1"), "over your quota"),
        (Fault(409, "Quota exceeded for resources: ['floatingip']."), "Release one first"),
        (Fault(500, "No valid host was found. Not enough disk"), "free disk"),
        (Fault(409, "Cannot 'stop' instance x while it is in vm_state stopped"), "busy with something else"),
        (Fault(0, "refused"), "did not answer"),
        (Fault(400, "The image could not be downloaded: the server answered 403."), "without logging in"),
        (Fault(400, "The image could not be downloaded: it took too long."), "upload the file"),
        (Fault(400, "The image could not be downloaded: the server could not be reached."), "Check the address"),
        (Fault(403, "Reached container limit of 5"), "as many containers as your quota"),
        (
            Fault(410, "Image x could not be found. It was deleted during the upload."),
            "on their way",
        ),
        (Fault(404, "no"), "not there any more"),
        (Fault(400, "Weird but true"), "Weird but true"),
        (Fault(503, "x"), "Something failed"),
    ],
)
def test_words(fault: Fault, expected: str) -> None:
    assert expected in words(fault, _)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"badRequest": {"code": 400, "message": "nova"}}', "nova"),
        (b'{"NeutronError": {"type": "T", "message": "neutron", "detail": ""}}', "neutron"),
        (b'{"error": {"code": 401, "message": "keystone", "title": "U"}}', "keystone"),
        (b'{"errors": [{"detail": "x", "message": "placement"}]}', "placement"),
        (b"<html><h1>400 Bad</h1> glance</html>", "400 Bad glance"),
        (b"", "400"),
        (b"{}", "{}"),
    ],
)
def test_message_of_each_envelope(body: bytes, expected: str) -> None:
    assert message_of(400, body) == expected


def event(name: str, start: str, finish: str | None) -> dict[str, Any]:
    return {
        "event": name,
        "start_time": f"2026-11-23T10:00:{start}",
        "finish_time": finish and f"2026-11-23T10:00:{finish}",
    }


def test_trace_puts_host_and_guest_on_one_axis() -> None:
    action = {
        "start_time": "2026-11-23T10:00:00.000000",
        "events": [
            event("compute_make_disk", "00.100000", "00.300000"),
            event("compute_start_guest", "00.300000", "01.000000"),
        ],
    }
    made = trace.trace(action, "noise\nstacklab-guest: [2.50] network\r\nstacklab-guest: [4.00] ready\n", _)
    assert made
    assert [(s.label, s.took, s.guest) for s in made.steps] == [
        ("Disk from image", "200 ms", False),
        ("Powered on", "700 ms", False),
        ("network", "2.5 s", True),
        ("ready", "1.5 s", True),
    ]
    assert made.total == "5.0 s"
    assert made.steps[-1].at + made.steps[-1].width == pytest.approx(100)
    assert made.ticks == ["0", "1", "2", "3", "4", "5"]


def test_trace_stops_at_the_first_reboot_and_bears_gaps() -> None:
    assert trace.trace(None, "", _) is None
    assert trace.trace({"start_time": "2026-11-23T10:00:00", "events": []}, "", _) is None
    action = {"start_time": "2026-11-23T10:00:00", "events": [event("odd_thing", "01", None)]}
    made = trace.trace(action, "stacklab-guest: [2] a\nstacklab-guest: [1] again", _)
    assert made
    assert [step.label for step in made.steps] == ["odd thing", "a"]


def test_catalogue_is_complete_and_keeps_the_placeholders() -> None:
    file = i18n.LOCALES / "zh_CN/LC_MESSAGES/console.po"
    with file.open("rb") as opened:
        catalogue = read_po(opened, locale="zh_CN")
    for message in extract.template():
        if not message.id:
            continue
        found = catalogue.get(message.id)
        assert found, message.id
        assert all(found.string if isinstance(found.string, tuple) else [found.string]), message.id
        assert not list(found.check(catalogue)), message.id
    assert len(catalogue) == len(extract.template())


def test_vendored_files_are_what_the_list_says() -> None:
    lines = (ROOT / "vendor/SHA256SUMS").read_text().splitlines()
    sums = {line[66:]: line[:64] for line in lines if line[0] in string.hexdigits}
    on_disk = {path.name for path in (ROOT / "vendor").iterdir()} - {"SHA256SUMS"}
    assert set(sums) == on_disk
    for name, digest in sums.items():
        assert hashlib.sha256(Path(ROOT / "vendor" / name).read_bytes()).hexdigest() == digest


def test_static_files_are_cached_for_ever_and_compressed(visitor: Any, site: Any) -> None:
    url = site.console.state.desk.assets.url("console/style.css")
    answer = visitor.ask("HEAD", url, headers={"Accept-Encoding": "gzip"})
    assert (answer.status, answer.headers["content-encoding"]) == (200, "gzip")
    assert "immutable" in answer.headers["cache-control"]
    assert visitor.get("/static/old/console/style.css").headers["cache-control"] == "no-cache"
    assert visitor.get("/static/x/../../app.py").status == 404
