"""The query string of a list, understood: filters, sorting, where the page starts. SQL is `listing`'s."""

from collections.abc import Callable

from msgspec import Struct, field

from stacklab.core import clock
from stacklab.core.errors import BadRequest
from stacklab.http.request import Query
from stacklab.images.attributes import VISIBILITIES

PAGE, MOST = 25, 1000  # images a page: what one gets, and what one can ask for; Glance's defaults
SORTABLE = {
    "name": "coalesce(i.name, '')",
    "status": "i.status",
    "container_format": "coalesce(i.container_format, '')",
    "disk_format": "coalesce(i.disk_format, '')",
    "size": "coalesce(i.size, -1)",
    "id": "i.id",
    "created_at": "i.created_at",
    "updated_at": "i.updated_at",
}
_FILTERS = 500  # values in one query: past some hundreds a database refuses the statement
_CONTROL = frozenset(
    {"limit", "marker", "sort", "sort_key", "sort_dir", "visibility", "member_status", "os_hidden", "deleted"}
)
_EXACT = frozenset(
    {"id", "name", "status", "owner", "container_format", "disk_format", "checksum", "os_hash_algo", "os_hash_value"}
)
_LISTS = frozenset({"id", "name", "status", "container_format", "disk_format"})
_NUMBERS = {"size_min": "i.size >= ?", "size_max": "i.size <= ?", "size": "i.size = ?",
            "min_disk": "i.min_disk = ?", "min_ram": "i.min_ram = ?"}  # fmt: skip
_LARGEST = (1 << 63) - 1  # a database compares no longer numbers
_TIMES = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "=", "neq": "<>"}


class Search(Struct):
    """`where` and `params` are conditions that all must hold; `sort` pairs of column name and "asc" or "desc"."""

    limit: int = PAGE
    marker: str | None = None
    visibility: str | None = None
    member_status: str = "accepted"
    hidden: bool = False
    where: list[str] = field(default_factory=list)
    params: list[str | int] = field(default_factory=list)
    sort: list[tuple[str, str]] = field(default_factory=list)

    def add(self, condition: str, *params: str | int) -> None:
        self.where.append(condition)
        self.params += params


def read(query: Query, readable: Callable[[str], bool] = lambda _name: True) -> Search:
    """Raises BadRequest, naming what is wrong. A name that is nothing else filters by a custom property.

    `readable`: whether the caller may read a custom property; one they may not is on no image, whatever its value.
    """
    search = Search(_limit(query.get("limit")), query.get("marker"))
    search.visibility = _one_of("visibility value", query.get("visibility"), (*VISIBILITIES, "all"))
    status = _one_of("status", query.get("member_status"), ("pending", "accepted", "rejected", "all"))
    search.member_status = status or "accepted"
    search.hidden = _boolean("os_hidden", query.get("os_hidden", "false") or "")
    search.sort = _sort(query)
    for name, value in query.pairs:
        if name == "changes-since":
            raise BadRequest('The "changes-since" filter is no longer available on v2.')
        if name not in _CONTROL:
            _filter(search, name, value, readable)
        if len(search.params) > _FILTERS:
            raise BadRequest(f"A list takes at most {_FILTERS} values to filter by.")
    return search


def _filter(search: Search, name: str, value: str, readable: Callable[[str], bool]) -> None:
    if name in _LISTS and value.startswith("in:"):
        values = _listed(name, value[3:])
        search.add(f"i.{name} IN ({', '.join('?' * len(values))})", *values)
    elif name in _EXACT:
        search.add(f"i.{name} = ?", value)
    elif name in _NUMBERS:
        search.add(_NUMBERS[name], _number(value))
    elif name == "protected":
        search.add("i.protected = ?", int(_boolean(name, value)))
    elif name == "tag":
        search.add("i.id IN (SELECT image_id FROM image_tags WHERE tag = ?)", value)
    elif name in ("created_at", "updated_at"):
        search.add(*_time(name, value))
    elif not readable(name):
        search.add("1 = 0")
    else:
        search.add("i.id IN (SELECT image_id FROM image_properties WHERE name = ? AND value = ?)", name, value)


def _limit(text: str | None) -> int:
    if text is None:
        return PAGE
    try:
        limit = int(text)
    except ValueError:
        raise BadRequest("limit param must be an integer") from None
    if limit < 0:
        raise BadRequest("limit param must be positive")
    return min(limit, MOST)


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> str | None:
    if value is not None and value not in allowed:
        raise BadRequest(f"Invalid {name}: {value}")
    return value


def _boolean(name: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise BadRequest(f"Invalid value '{value}' for '{name}' filter. Valid values are 'true' or 'false'.")
    return value.lower() == "true"


def _number(value: str) -> int:
    digits = value.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > _FILTERS:
        raise BadRequest("Unable to filter on a range with a non-numeric value.")
    return max(min(int(value), _LARGEST), -_LARGEST)


def _listed(name: str, text: str) -> list[str]:
    """`a,"b,c"` → [a, "b,c"]: a value with a comma is put in double quotes."""
    values, current, quoted = [], "", False
    for letter in text:
        if letter == '"':
            if current and not quoted:
                raise BadRequest(f"Invalid filter value {text}. There is no comma before opening quotation mark.")
            quoted = not quoted
        elif letter == "," and not quoted:
            values.append(current)
            current = ""
        else:
            current += letter
    if quoted:
        raise BadRequest(f"Invalid filter value {name}. The quote is not closed.")
    return [*values, current]


def _time(name: str, value: str) -> tuple[str, int]:
    operator, _, moment = value.partition(":")
    if operator not in _TIMES:
        operator, moment = "eq", value
    try:
        # What is shown has whole seconds, so that is what is compared.
        second = clock.parse(moment) // clock.SECOND
    except (ValueError, OverflowError):
        raise BadRequest(f'Bad "{name}" query filter format. Use ISO 8601 DateTime notation.') from None
    return f"i.{name} / {clock.SECOND} {_TIMES[operator]} ?", second


def _sort(query: Query) -> list[tuple[str, str]]:
    """Both syntaxes: `sort=name:asc,size` and `sort_key=name&sort_dir=asc`."""
    keys, directions = query.all("sort_key"), query.all("sort_dir")
    text = query.get("sort")
    if text is not None:
        if keys or directions:
            raise BadRequest("Old and new sorting syntax cannot be combined")
        parts = [part.partition(":") for part in text.split(",")]
        pairs = [(key.strip(), direction.strip() or "desc") for key, _, direction in parts]
    else:
        pairs = _paired(keys, directions)
    for key, direction in pairs:
        if key not in SORTABLE:
            raise BadRequest(f"Invalid sort key: {key}. It must be one of the following: {', '.join(SORTABLE)}.")
        if direction not in ("asc", "desc"):
            raise BadRequest(f"Invalid sort direction: {direction}. It must be one of the following: asc, desc.")
    # What is listed twice in one order must not change places between pages.
    last = pairs[0][1] if pairs else "desc"
    seen = {key for key, _ in pairs}
    return [*dict(reversed(pairs)).items()][::-1] + [(k, last) for k in ("created_at", "id") if k not in seen]


def _paired(keys: list[str], directions: list[str]) -> list[tuple[str, str]]:
    if not keys:
        keys = ["created_at"]
    if len(directions) > 1 and len(directions) != len(keys):
        raise BadRequest("Number of sort dirs does not match the number of sort keys")
    one = directions[0] if directions else "desc"
    return list(zip(keys, directions if len(directions) > 1 else [one] * len(keys), strict=True))
