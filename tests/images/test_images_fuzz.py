"""Whatever is sent, the answer is the caller's fault or a success, never ours."""

import re
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stacklab.images import attributes
from stacklab.images.api import ROUTES
from tests.support.images import ImageLab

text = st.text(max_size=20) | st.sampled_from(
    ["", "\x00", "é" * 300, "in:a,b", "gt:2020-01-01", "9" * 5000, "-1", "1e9"]
)
value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(sorted(attributes.BASE | attributes.READ_ONLY | {"custom", "member", "op", "path"})) | text
operation = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "remove"]) | value, "path": names.map(lambda name: f"/{name}") | value},
    optional={"value": value},
)
filters = st.sampled_from(
    ["limit", "marker", "sort", "sort_key", "sort_dir", "name", "status", "visibility", "member_status", "os_hidden",
     "protected", "tag", "size_min", "created_at", "updated_at", "id", "owner", "colour"]
)  # fmt: skip
media = st.sampled_from(
    ["", "application/json", "application/octet-stream", "application/openstack-images-v2.1-json-patch"]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(ROUTES),
    body=st.dictionaries(names, value, max_size=4) | st.lists(operation, max_size=4) | value | st.binary(max_size=30),
    query=st.lists(st.tuples(filters, text), max_size=4),
    kind=media,
)
def test_no_request_is_our_fault(lab: ImageLab, route: Any, body: Any, query: list[tuple[str, str]], kind: str) -> None:
    lab.settings.quota.images = -1  # the examples share one project
    image = lab.make()
    path = re.sub(r"\{(\w+)\}", lambda name: image["id"] if name[1] == "image_id" else "m", route.path)
    url = f"/image{path}?{urlencode(query, errors='replace')}"
    answer = lab.api.call(route.method, url, "member", body, {"content-type": kind})
    assert answer.status < 500, answer.raw


def test_many_filters_are_refused_in_words(lab: ImageLab) -> None:
    for query in ("&".join(["tag=x"] * 2000), "name=in:" + ",".join("x" * 40_000)):
        assert lab.api.get(f"/image/v2/images?{query}", "member").status == 400
