"""Which namespaces a caller sees, and what they may do in them.

A namespace one does not see is not found, and so is one seen without any role in a project: Glance turns a refusal
to look into "not found" and tells "forbidden" only to those who may look.
"""

from stacklab.core.errors import NotFound
from stacklab.http.context import Context
from stacklab.images.metadefs import model
from stacklab.images.metadefs.model import Namespace

ITSELF = "Metadata definition namespace={} was not found."
"""What is said of a namespace that was asked for itself, or for an object in it."""


def visible(ctx: Context, name: str, words: str = "Namespace {} not found") -> Namespace:
    """Raises NotFound."""
    space = model.find(name)
    if space is None or not _sees(ctx, space):
        raise NotFound(words.format(name))
    return space


def changeable(ctx: Context, name: str, rule: str, words: str = "Namespace {} not found") -> Namespace:
    """Raises NotFound, or Forbidden for one that is seen but not the caller's to change."""
    space = visible(ctx, name, words)
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
