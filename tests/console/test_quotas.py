"""What the strip above a list says of object storage, from the headers it is told by."""

import pytest

from stacklab.console.quotas import Gauge, of_objects

USED = {"x-account-container-count": "2", "x-account-object-count": "30", "x-account-bytes-used": "400"}
HELD = {"x-container-object-count": "30", "x-container-bytes-used": "400"}


@pytest.mark.parametrize(
    ("whose", "headers", "limits"),
    [
        ("account", USED, (None, None, None)),
        ("account", {**USED, "x-account-quota-containers": "5"}, (5, None, None)),
        ("account", {**USED, "x-account-quota-bytes": "900", "x-account-quota-count": "40"}, (None, 40, 900)),
        ("container", HELD, (None, None)),
        ("container", {**HELD, "x-container-quota-count": "50", "x-container-quota-bytes": "800"}, (50, 800)),
        ("container", {**HELD, "x-container-quota-bytes": "800", "x-container-meta-quota-bytes": "700"}, (None, 700)),
        ("container", {**HELD, "x-container-meta-quota-count": "none"}, (None, None)),
    ],
)
def test_the_smallest_limit_that_is_told(whose: str, headers: dict[str, str], limits: tuple[int | None, ...]) -> None:
    used = [("objects", 30, ""), ("bytes", 400, "bytes")]
    if whose == "account":
        used.insert(0, ("containers", 2, ""))
    wanted = [Gauge(kind, held, limit, unit) for (kind, held, unit), limit in zip(used, limits, strict=True)]
    assert of_objects(headers, whose) == wanted
