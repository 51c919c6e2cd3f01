"""Values as clients send them: booleans as text or numbers, whose project, addresses."""

from ipaddress import AddressValueError, IPv4Address
from typing import Any

from msgspec import UNSET, UnsetType

from stacklab.http.context import Context
from stacklab.networks import refusals

Flag = bool | int | str
_TRUE, _FALSE = ("true", "1"), ("false", "0")


def flag(name: str, value: Flag) -> bool:
    """True, "True", "true", 1, "1" and their opposites. Raises BadRequest."""
    text = str(value).lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise refusals.bad_value(name, value, "cannot be converted to boolean")


def owner(ctx: Context, project_id: str | UnsetType | None, tenant_id: str | UnsetType | None) -> str:
    """Whose resource a new one shall be: the caller's, or for an admin whose they say. Raises BadRequest, Forbidden."""
    given = {value for value in (project_id, tenant_id) if isinstance(value, str) and value}
    if len(given) > 1:
        raise refusals.invalid("'project_id' and 'tenant_id' do not match")
    wanted = given.pop() if given else ctx.project_id
    if not wanted:
        raise refusals.invalid("Running without a project requires that tenant_id is specified")
    if wanted != ctx.project_id and not ctx.admin:
        raise refusals.forbidden(
            "Specifying 'project_id' or 'tenant_id' other than the authenticated project is not allowed"
        )
    return wanted


def given(**attributes: Any) -> dict[str, Any]:
    """Those that the body had; a null text is an empty one."""
    return {name: "" if value is None else value for name, value in attributes.items() if value is not UNSET}


def address(name: str, text: str) -> str:
    """An IPv4 address in its one spelling. Raises BadRequest."""
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        raise refusals.bad_value(name, text, "is not a valid IP address") from None
