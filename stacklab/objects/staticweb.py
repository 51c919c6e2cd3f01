"""Static web: a container as a web site, for browsers: index pages, error pages, listings.

    X-Container-Meta-Web-Index            the page of a folder: index.html
    X-Container-Meta-Web-Error            the end of error pages' names: error.html makes 404error.html
    X-Container-Meta-Web-Listings         true: folders without an index are listed
    X-Container-Meta-Web-Listings-CSS     the style of listings; -Label: what they call the container
    X-Container-Meta-Web-Directory-Type   the content type of objects that stand for folders

The names and the structure of a listing (ids and classes to style) are Swift's.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Literal
from urllib.parse import quote

from msgspec import Struct

_FOLDER = "application/directory"
_YES = frozenset({"true", "1", "yes", "on", "t", "y"})
_STYLE = (
    "h1 {font-size: 1em; font-weight: bold;} th {text-align: left; padding: 0px 1em 0px 1em;} "
    "td {padding: 0px 1em 0px 1em;} a {text-decoration: none;}"
)
_UNITS = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


class Site(Struct, frozen=True):
    """What a container says of itself as a web site."""

    index: str = ""
    error: str = ""
    listings: bool = False
    css: str = ""
    label: str = ""
    folder_type: str = _FOLDER

    @property
    def active(self) -> bool:
        return bool(self.index) or self.listings


def site(metadata: Mapping[str, str]) -> Site:
    """`metadata` is the container's, without `x-container-meta-`, in small letters."""

    def said(name: str) -> str:
        return metadata.get(f"web-{name}", "").strip()

    return Site(
        index=said("index"),
        error=said("error"),
        listings=_true(said("listings")),
        css=said("listings-css"),
        label=said("listings-label"),
        folder_type=said("directory-type") or _FOLDER,
    )


def serves(method: str, anonymous: bool, link: bool, headers: Mapping[str, str]) -> bool:
    """Whether a request is a browser's: nobody's, by a temporary URL, or one that asks for the site by X-Web-Mode."""
    return method in ("GET", "HEAD") and (anonymous or link or _true(headers.get("x-web-mode", "")))


def _true(text: str) -> bool:
    return text.strip().lower() in _YES


def stands_for_folder(found: Site, content_type: str, size: int) -> bool:
    """Whether an object is a marker: then the site has a folder there, not a page."""
    return content_type == found.folder_type and size <= 1


Step = Literal["index", "listing", "disabled", "redirect", "missing", "plain"]
"""What to answer: an index page; a listing; a page that says there is none; the same address with a slash at the end;
not found; or what the API itself answers."""


def of_container(found: Site, slash: bool, has_index: bool, web_mode: bool) -> Step:
    """What a GET of the container itself shows. `slash`: the address ends in one."""
    if not found.active:
        return "missing" if web_mode else "plain"
    if not slash:
        return "redirect"
    return "index" if has_index else listing_or_not(found)


def of_missing(found: Site, slash: bool, has_index: bool, has_below: bool) -> Step:
    """What a GET shows where no object is. `has_below`: names begin with this one and a slash."""
    if not found.active:
        return "plain"
    if has_index:
        return "index" if slash else "redirect"
    if not slash:
        return "redirect" if has_below else "missing"
    return listing_or_not(found) if has_below or not found.listings else "missing"


def listing_or_not(found: Site) -> Step:
    return "listing" if found.listings else "disabled"


class Row(Struct, frozen=True):
    """One line of a listing. A folder has no `content_type`. `modified` as in JSON listings: 2026-11-24T00:32:21.5"""

    name: str
    content_type: str = ""
    size: int = 0
    modified: str = ""


def listing(found: Site, path: str, prefix: str, rows: Iterable[Row], query: str = "", up: bool = True) -> str:
    """The page of a folder. `path`: the decoded path of the request, from `/v1/`; `prefix`: of the folder's objects;
    `query`: of a temporary URL, to go on with; `up`: whether there is a way to the folder above."""
    title = escape(f"Listing of {_label(found, path)}")
    more = "?" + escape(query) if query else ""
    lines = [_row("subdir" if not row.content_type else "", row, prefix, more) for row in rows]
    if prefix and up:
        lines.insert(0, _line("parent", "", f"../{more}", "../", "", ""))
    heading = '<th class="colname">Name</th>\n<th class="colsize">Size</th>\n<th class="coldate">Date</th>'
    table = f'<table id="listing">\n<tr id="heading">\n{heading}\n</tr>\n{"".join(lines)}</table>'
    return _page(found, prefix, title, f'<h1 id="title">{title}</h1>\n{table}')


def disabled(found: Site, path: str, prefix: str) -> str:
    """The page where a listing would be, if the owner wanted one."""
    title = escape(f"Listing of {_label(found, path)}")
    words = "<h1>Web Listing Disabled</h1>\n<p>This site does not show what is in its folders. Its owner can let it, "
    words += "with X-Container-Meta-Web-Listings.</p>"
    if found.index:
        words += f"\n<h1>Index File Not Found</h1>\n<p>There is no <b>{escape(found.index)}</b> here.</p>"
    return _page(found, prefix, title, words)


def _label(found: Site, path: str) -> str:
    """The owner's name for the container stands for `/v1/account/container`."""
    return "/".join((found.label, *path.split("/")[4:])) if found.label else path


def _row(kind: str, row: Row, prefix: str, more: str) -> str:
    name = row.name.removeprefix(prefix)
    # A dot may begin a way up or a scheme's name: `./..` and `.` as names of objects are coded.
    there = "./" + quote(name).replace(".", "%2E") + more
    if kind:
        return _line("", kind, there, escape(name), "", "")
    types = " ".join(f"type-{escape(part.lower())}" for part in row.content_type.split("/"))
    modified = escape(row.modified).partition(".")[0].replace("T", " ")
    return _line("", types, there, escape(name), _size(row.size), modified)


def _line(id: str, classes: str, there: str, name: str, size: str, modified: str) -> str:
    start = f'<tr id="{id}" class="item">' if id else f'<tr class="item {classes}">'
    cells = f'<td class="colname"><a href="{there}">{name}</a></td>\n<td class="colsize">{size or "&nbsp;"}</td>\n'
    return f'{start}\n{cells}<td class="coldate">{modified or "&nbsp;"}</td>\n</tr>\n'


def _page(found: Site, prefix: str, title: str, body: str) -> str:
    style = f'<style type="text/css">{_STYLE}</style>'
    if found.css:
        style = f'<link rel="stylesheet" type="text/css" href="{_css(found.css, prefix)}" />'
    head = f"<head>\n<title>{title}</title>\n{style}\n</head>"
    return f"<!DOCTYPE html>\n<html>\n{head}\n<body>\n{body}\n</body>\n</html>\n"


def _css(css: str, prefix: str) -> str:
    """An address as it is; a name is an object of the container, which is so many folders up."""
    if css.startswith(("/", "http://", "https://")):
        return quote(css, ":/")
    return "../" * prefix.count("/") + quote(css)


def _size(size: int) -> str:
    """A size for people: whole units, rounded half up, with the binary prefix alone."""
    amount, unit = float(size), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{int(amount + 0.5)}{_UNITS[unit]}"
