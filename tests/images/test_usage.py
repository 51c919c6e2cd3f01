"""What a project has used of its limits."""

from tests.support.images import ImageLab


def test_usage_counts_the_images_of_the_project(lab: ImageLab) -> None:
    lab.active(b"x" * (3 << 20))
    lab.make()
    lab.make("other")
    assert lab.api.get("/image/v2/info/usage", "member").json["usage"] == {
        "image_size_total": {"usage": 3, "limit": 10240},
        "image_stage_total": {"usage": 0, "limit": 10240},
        "image_count_total": {"usage": 2, "limit": 100},
        "image_count_uploading": {"usage": 0, "limit": -1},
    }
