"""The boot trace: what really happened between the request and the guest's last word, on one time axis.

Host side: the events of the server's `create` action, with their own start and finish. Guest side: the lines
`stacklab-guest: [seconds of uptime] words` in the console log, placed after the power-on.
"""

import re
from typing import Any

from msgspec import Struct

from stacklab.console.faults import N_, Gettext
from stacklab.core import clock

Json = dict[str, Any]
GUEST_LINE = re.compile(r"stacklab-guest: \[ *(\d+(?:\.\d+)?)\] ([^\r\n]{1,120})")
AXES = (0.05, 0.1, 0.2, 0.5, 1, 2, 2.5, 5, 10, 15, 20, 25, 30, 40, 50, 60, 90, 120, 180, 300, 600, 1800, 3600)
FLIP_AFTER = 55  # percent: labels right of this stand left of their bar's end

# The events of a build, without their `compute_` → words. An unknown one is shown by its own name.
EVENTS = {
    "schedule": N_("Scheduled"),
    "cache_image": N_("Image at hand"),
    "make_disk": N_("Disk from image"),
    "wire_network": N_("Network port"),
    "define_guest": N_("Machine defined"),
    "start_guest": N_("Powered on"),
}


class Step(Struct, frozen=True):
    """`at` and `width` in percent of the axis, `took` as said beside the words (`12 ms`, `3.4 s`)."""

    label: str
    took: str
    at: float
    width: float
    guest: bool
    flip: bool


class Trace(Struct, frozen=True):
    steps: list[Step]
    total: str  # from the request to the last thing known
    ticks: list[str]


def trace(action: Json | None, log: str, _: Gettext) -> Trace | None:
    """None while nothing is known. `action` is the detail of the `create` instance action (microversion ≥ 2.51)."""
    if action is None:
        return None
    origin = clock.parse(action["start_time"])
    spans = []
    for event in sorted(action.get("events") or [], key=lambda e: e["start_time"]):
        began = _seconds(origin, event["start_time"])
        ended = _seconds(origin, event["finish_time"]) if event.get("finish_time") else began
        spans.append((_label(event["event"], _), began, max(began, ended), False))
    powered = max((ended for _label_, _began, ended, _guest in spans), default=0.0)
    spans += _guest(log, powered)
    return _lay_out(spans) if spans else None


def _guest(log: str, powered: float) -> list[tuple[str, float, float, bool]]:
    """Each line lasts from the one before it; only the first boot counts (uptime going back is a reboot)."""
    spans, last = [], 0.0
    for uptime, text in GUEST_LINE.findall(log):
        now = float(uptime)
        if now < last:
            break
        spans.append((text, powered + last, powered + now, True))
        last = now
    return spans


def _lay_out(spans: list[tuple[str, float, float, bool]]) -> Trace:
    total = max(ended for _label_, _began, ended, _guest in spans)
    axis = _round_up(total)
    steps = []
    for label, began, ended, guest in spans:
        at, width = 100 * began / axis, 100 * (ended - began) / axis
        steps.append(Step(label, _said(ended - began), round(at, 2), round(width, 2), guest, at > FLIP_AFTER))
    return Trace(steps, _said(total), [f"{axis * i / 5:g}" for i in range(6)])


def _said(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _round_up(seconds: float) -> float:
    """The next axis length whose fifths are readable numbers."""
    return next((axis for axis in AXES if seconds <= axis), seconds)


def _seconds(origin: int, text: str) -> float:
    return max(0.0, (clock.parse(text) - origin) / clock.SECOND)


def _label(event: str, _: Gettext) -> str:
    name = event.removeprefix("compute_").removeprefix("_")
    return _(EVENTS[name]) if name in EVENTS else name.replace("_", " ")
