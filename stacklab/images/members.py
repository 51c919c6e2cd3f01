"""Sharing: the projects an image is shared with, and what they say to it."""

from msgspec import Struct

from stacklab.core import clock
from stacklab.core.db.database import change, row, rows, transaction
from stacklab.core.errors import BadRequest, Conflict, Forbidden, NotFound, TooLarge
from stacklab.http.context import Context
from stacklab.images import access
from stacklab.images.model import Image

MOST = 128  # members of one image, Glance's default
STATUSES = ("pending", "accepted", "rejected")
_NOT_SHARED = "Only shared images have members."
_COLUMNS = "image_id, member_id, status, created_at, updated_at"


class Member(Struct, frozen=True):
    """One project an image is shared with. Times in µs."""

    image_id: str
    member_id: str
    status: str
    created_at: int
    updated_at: int


def index(ctx: Context, image_id: str) -> list[Member]:
    """All members for the owner; a member sees itself only."""
    image = _shared(ctx, image_id)
    if ctx.admin or image.owner == ctx.project_id:
        ctx.authorize("images:members:list", project_id=image.owner)
        sql = f"SELECT {_COLUMNS} FROM image_members WHERE image_id = ? ORDER BY member_id"  # noqa: S608
        return [Member(*found) for found in rows(sql, (image_id,))]
    return [member for member in [_find(image_id, ctx.project_id)] if member]


def show(ctx: Context, image_id: str, member_id: str) -> Member:
    """Raises NotFound, for an image that cannot have members too."""
    image = access.visible(ctx, image_id, access.UNKNOWN)
    if image.visibility != "shared":
        raise NotFound(_NOT_SHARED)
    member = _find(image_id, member_id)
    if member is None or not (ctx.admin or ctx.project_id in (image.owner, member_id)):
        raise NotFound(f"{member_id} not found in the member list of the image {image_id}.")
    return member


def add(ctx: Context, image_id: str, member_id: str) -> Member:
    """Share with a project; it is asked (pending). Raises Conflict when it already is a member."""
    if not member_id or len(member_id) > 255:
        raise BadRequest("Member to be added not specified")
    with transaction():
        image = _own(ctx, image_id)
        if _find(image_id, member_id):
            raise Conflict(f"Member {member_id} is duplicated for image {image_id}")
        count = len(rows("SELECT 1 FROM image_members WHERE image_id = ?", (image_id,)))
        if count >= MOST:
            raise TooLarge(
                f"The limit has been exceeded on the number of allowed image members for this image. "
                f"Attempted: {count + 1}, Maximum: {MOST}"
            )
        now = clock.now()
        change("INSERT INTO image_members VALUES (?, ?, 'pending', ?, ?)", (image.id, member_id, now, now))
    return Member(image_id, member_id, "pending", now, now)


def answer(ctx: Context, image_id: str, member_id: str, status: str) -> Member:
    """What the project says to the image. Only itself (or an admin) can; the owner cannot answer for it."""
    if status not in STATUSES:
        raise BadRequest('Incorrect request: Status must be "pending", "accepted" or "rejected".')
    with transaction():
        _shared(ctx, image_id)
        member = show(ctx, image_id, member_id)
        if not ctx.admin and member_id != ctx.project_id:
            raise Forbidden("You are not permitted to modify 'status' on this image member.")
        ctx.authorize("images:members:answer", project_id=member_id)
        now = clock.now()
        sql = "UPDATE image_members SET status = ?, updated_at = ? WHERE image_id = ? AND member_id = ?"
        change(sql, (status, now, image_id, member_id))
    return Member(image_id, member_id, status, member.created_at, now)


def remove(ctx: Context, image_id: str, member_id: str) -> None:
    with transaction():
        _own(ctx, image_id)
        if not change("DELETE FROM image_members WHERE image_id = ? AND member_id = ?", (image_id, member_id)):
            raise NotFound(f"{member_id} not found in the member list of the image {image_id}.")


def _shared(ctx: Context, image_id: str) -> Image:
    image = access.visible(ctx, image_id, access.UNKNOWN)
    if image.visibility != "shared":
        raise Forbidden(_NOT_SHARED)
    return image


def _own(ctx: Context, image_id: str) -> Image:
    image = _shared(ctx, image_id)
    if not ctx.admin and image.owner != ctx.project_id:
        raise Forbidden("You are not permitted to change the members of this image.")
    ctx.authorize("images:members:change", project_id=image.owner)
    return image


def _find(image_id: str, member_id: str) -> Member | None:
    sql = f"SELECT {_COLUMNS} FROM image_members WHERE image_id = ? AND member_id = ?"  # noqa: S608
    found = row(sql, (image_id, member_id))
    return Member(*found) if found else None
