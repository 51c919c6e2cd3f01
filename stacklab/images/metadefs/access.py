"""Which namespaces a caller sees, and what they may do in them.

A namespace one does not see is not found, and so is one seen without any role in a project: Glance turns a refusal
to look into "not found" and tells "forbidden" only to those who may look.
"""

from stacklab.core.errors import NotFound
from stacklab.http.context import Context
from stacklab.images.metadefs import model
from stacklab.images.metadefs.model import Namespace


def visible(ctx: Context, name: str) -> Namespace:
    """Raises NotFound."""
    space = model.find(name)
    if space is None or not _sees(ctx, space):
        raise NotFound(f"Namespace {name} not found")
    return space


def changeable(ctx: Context, name: str, rule: str) -> Namespace:
    """Raises NotFound, or Forbidden for one that is seen but not the caller's to change."""
    space = visible(ctx, name)
    ctx.authorize(rule)
    return space


def require_reader(ctx: Context, rule: str) -> None:
    """Raises NotFound unless the caller reads definitions at all."""
    if not ctx.can(rule):
        raise NotFound("The resource could not be found.")


def _sees(ctx: Context, space: Namespace) -> bool:
    if ctx.admin:
        return True
    readable = space.visibility == "public" or space.owner == ctx.project_id
    return readable and ctx.can("images:metadefs:read")
