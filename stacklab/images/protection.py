"""Properties that only some roles may touch: rules of the settings, as Glance's property protections file has them.

The first rule whose pattern matches a name decides; a name that none matches is nobody's. Without any rule every
property is everybody's. What one must not read is, to them, not there.
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from stacklab.core.errors import Forbidden
from stacklab.core.settings import PropertyRule
from stacklab.http.context import Context
from stacklab.images.model import Image

EVERYBODY, NOBODY = "@", "!"


class Protection:
    """Which roles create, read, update and delete which properties."""

    def __init__(self, rules: Sequence[PropertyRule] = ()) -> None:
        self._rules = [(re.compile(rule.pattern), rule) for rule in rules]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def readable(self, ctx: Context, image: Image) -> Image:
        """The image as this caller may see it."""
        if not self._rules:
            return image
        seen = {name: value for name, value in image.properties.items() if self._allows(ctx, name, "read")}
        return replace(image, properties=seen)

    def reads(self, ctx: Context, name: str) -> bool:
        """Whether this caller may read the property of this name, on whatever image they see."""
        return not self._rules or self._allows(ctx, name, "read")

    def require(self, ctx: Context, before: dict[str, str], after: dict[str, str]) -> None:
        """Raises Forbidden unless the caller may make these properties of those; `before` is what they may read."""
        if not self._rules:
            return
        for name in before.keys() | after.keys():
            if name not in before:
                self._require(ctx, name, "create")
            elif name not in after:
                self._require(ctx, name, "delete")
            elif before[name] != after[name]:
                self._require(ctx, name, "update")

    def _require(self, ctx: Context, name: str, operation: str) -> None:
        if not self._allows(ctx, name, operation):
            raise Forbidden(f"Attribute '{name}' is reserved.")

    def _allows(self, ctx: Context, name: str, operation: str) -> bool:
        for pattern, rule in self._rules:
            if pattern.match(name):
                roles = set(getattr(rule, operation))
                return EVERYBODY in roles or bool(roles & ctx.caller.roles)
        return False


OPEN = Protection()
