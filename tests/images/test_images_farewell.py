"""A deleted project leaves no image behind but those that are everybody's."""

from stacklab.core.db.database import rows
from stacklab.core.events import Event
from tests.support.api import PERSONAS
from tests.support.images import ImageLab

MEMBER, OTHER = str(PERSONAS["member"].project_id), str(PERSONAS["other"].project_id)


def forget(lab: ImageLab, project_id: str) -> None:
    for _ in range(2):  # news may come twice
        lab.bus.emit(Event("project.deleted", project_id, project_id))


def test_its_images_go_with_their_bytes(lab: ImageLab) -> None:
    lab.active(b"theirs alone", protected=True)
    lab.active(b"in two projects")
    kept = lab.active(b"in two projects", "other")
    forget(lab, MEMBER)
    assert rows("SELECT id FROM images") == [(kept["id"],)]
    assert lab.files() == [kept["os_hash_value"]]


def test_what_is_public_is_everybodys(lab: ImageLab) -> None:
    image = lab.make("admin", visibility="public", owner=MEMBER)
    forget(lab, MEMBER)
    assert lab.show(image["id"], "other")["owner"] == MEMBER


def test_nothing_is_shared_with_it_any_more(lab: ImageLab) -> None:
    image = lab.make("other", visibility="shared")
    assert lab.api.post(f"/image/v2/images/{image['id']}/members", "other", {"member": MEMBER}).status == 200
    forget(lab, MEMBER)
    assert lab.api.get(f"/image/v2/images/{image['id']}/members", "other").json["members"] == []
