"""Which images a caller sees, as a question about one image and as the `WHERE` of a list.

Glance's rules: one's own, public and community ones can be shown; so can those shared with the caller's project.
Lists hide community images, and shared ones that were not accepted, unless they are asked for.
"""

from msgspec import Struct

from stacklab.core.db.database import row
from stacklab.core.errors import NotFound
from stacklab.http.context import Context
from stacklab.images import model, policy
from stacklab.images.model import Image

__all__ = ["Leg", "changeable", "legs", "policy", "visible"]


UNKNOWN = "Image {} not found."
"""What members, tags and the cache say of an image that is not there."""


def visible(ctx: Context, image_id: str, words: str = "No image found with ID {}") -> Image:
    """Raises NotFound for an image that is not there, and for one this caller must not know of."""
    image = model.get(image_id)
    if image is None or not _sees(ctx, image):
        raise NotFound(words.format(image_id))
    return image


def changeable(ctx: Context, image_id: str, rule: str, words: str = "No image found with ID {}") -> Image:
    """The image, if the caller sees it (else NotFound) and the rule lets them act on it (else Forbidden)."""
    image = visible(ctx, image_id, words)
    ctx.authorize(rule, project_id=image.owner)
    return image


def _sees(ctx: Context, image: Image) -> bool:
    if ctx.admin or image.visibility in ("public", "community"):
        return True
    if not ctx.project_id:
        return False
    return image.owner == ctx.project_id or (image.visibility == "shared" and _is_member(image.id, ctx.project_id))


def _is_member(image_id: str, project_id: str) -> bool:
    sql = "SELECT 1 FROM image_members WHERE image_id = ? AND member_id = ?"
    return row(sql, (image_id, project_id)) is not None


class Leg(Struct, frozen=True):
    """One part of a list that an index serves; parts never overlap, so a list is their union."""

    where: str
    params: tuple[str, ...] = ()
    join: str = ""
    join_params: tuple[str, ...] = ()


def legs(ctx: Context, visibility: str | None, member_status: str) -> list[Leg]:
    """The parts of a list of this visibility (None: Glance's default; "all": everything one may see)."""
    if ctx.admin:
        return [Leg("1 = 1") if visibility in (None, "all") else Leg("i.visibility = ?", (visibility,))]
    project = ctx.project_id
    own = Leg("i.owner = ?", (project,))
    public = Leg("i.visibility = 'public' AND i.owner <> ?", (project,))
    community = Leg("i.visibility = 'community' AND i.owner <> ?", (project,))
    shared = _shared_with(project, member_status)
    found = {
        None: [own, public, shared],
        "all": [own, public, community, shared],
        "public": [Leg("i.visibility = 'public'")],
        "community": [Leg("i.visibility = 'community'")],
        "private": [Leg("i.owner = ? AND i.visibility = 'private'", (project,))],
        "shared": [Leg("i.owner = ? AND i.visibility = 'shared'", (project,)), shared],
    }[visibility]
    return [leg for leg in found if project or leg is not own]


def _shared_with(project: str, status: str) -> Leg:
    join = "JOIN image_members AS m ON m.image_id = i.id AND m.member_id = ?"
    where = "i.visibility = 'shared' AND i.owner <> ?"
    if status == "all":
        return Leg(where, (project,), join, (project,))
    return Leg(where, (project,), join + " AND m.status = ?", (project, status))
