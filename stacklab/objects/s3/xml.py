"""XML out and in: a document from names and values, and bodies read without entities, document types or depth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DEEPEST = 12
_NONE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what is no character of XML 1.0
Node = tuple[str, "str | Sequence[Node]"]
"""A name with its text, or with the nodes within it."""


def document(root: str, nodes: Sequence[Node], *, namespace: bool = True) -> bytes:
    """The bytes of a whole document."""
    mark = f' xmlns="{NAMESPACE}"' if namespace else ""
    return f"<?xml version='1.0' encoding='UTF-8'?>\n<{root}{mark}>{''.join(_shown(nodes))}</{root}>".encode()


def _shown(nodes: Sequence[Node]) -> Iterator[str]:
    for name, value in nodes:
        inner = _text(value) if isinstance(value, str) else "".join(_shown(value))
        yield f"<{name}>{inner}</{name.partition(' ')[0]}>"


def _text(value: str) -> str:
    """Characters that XML 1.0 cannot carry become a replacement; whoever wants the name asks for `encoding-type`."""
    return escape(_NONE.sub("\ufffd", value), {"\r": "&#13;"})


class Malformed(ValueError):
    """Not XML, or more than is read here."""


class _Bounded(TreeBuilder):
    depth = 0

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise Malformed("a document type")

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Malformed("too deep")
        return super().start(tag.rpartition("}")[2], attrs)

    def end(self, tag: str) -> Element:
        self.depth -= 1
        return super().end(tag.rpartition("}")[2])


def parse(body: bytes, root: str) -> Element:
    """The outermost element, without namespaces. Raises Malformed, also where it has another name."""
    if b"<!" in body:
        raise Malformed("declarations")
    parser = XMLParser(target=_Bounded())  # noqa: S314  # no document types, no entities, bounded
    try:
        parser.feed(body)
        found: Element = parser.close()
    except (ParseError, LookupError, ValueError) as error:
        raise Malformed(str(error)) from None
    if found.tag != root:
        raise Malformed(f"{found.tag} in place of {root}")
    return found
