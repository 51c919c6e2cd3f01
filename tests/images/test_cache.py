"""The list of cached images: what was asked for and what was downloaded, with its hits."""

from typing import Any

import pytest

from stacklab.core.errors import NoSpace
from stacklab.images import cache
from tests.support.images import ImageLab


def listed(lab: ImageLab) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lab.api.get("/image/v2/cache", "admin").json["cached_images"]
    return found


def test_the_cache_lists_what_was_asked_for(lab: ImageLab) -> None:
    image_id = lab.active()["id"]
    assert lab.api.put(f"/image/v2/cache/{image_id}", "admin").status == 202
    (cached,) = listed(lab)
    assert (cached["image_id"], cached["size"], cached["hits"]) == (image_id, 5, 0)
    wrong = {"x-image-cache-clear-target": "invalid"}
    assert lab.api.delete("/image/v2/cache", "admin", headers=wrong).status == 400
    assert lab.api.delete("/image/v2/cache", "admin").status == 204
    assert listed(lab) == []
    assert lab.api.put(f"/image/v2/cache/{lab.make()['id']}", "admin").status == 400


def test_what_is_downloaded_is_cached_and_hit_from_then_on(lab: ImageLab) -> None:
    image = lab.active()
    lab.api.get(f"/image{image['file']}", "member", headers={"range": "bytes=0-1"})
    assert listed(lab) == []
    for hits in range(3):
        assert lab.api.get(f"/image{image['file']}", "member").raw == b"bytes"
        (cached,) = listed(lab)
        assert (cached["image_id"], cached["hits"]) == (image["id"], hits)
        assert cached["last_accessed"] >= cached["last_modified"]


def test_a_full_disk_keeps_nobody_from_a_download(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    image = lab.active()

    def full(*_: object) -> int:
        raise NoSpace("full")

    monkeypatch.setattr(cache, "change", full)
    assert lab.api.get(f"/image{image['file']}", "member").raw == b"bytes"
    assert listed(lab) == []
