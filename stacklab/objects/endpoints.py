"""Where data lies (Swift, "list endpoints"): for programs that like to compute near it.

`/endpoints/[v1|v2/]<account>[/<container>[/<object>]]`. Here everything lies on this node, so the one endpoint is the
address the thing itself has. Nothing is looked up: the answer does not tell whether it exists.
"""

import re
from typing import Any
from urllib.parse import quote

from stacklab.core.errors import BadRequest

_VERSION = re.compile(r"v?(1|2)(?:\.0)?")


def answer(rest: str, base: str) -> Any:
    """The body of the answer. `rest`: the decoded path behind `/endpoints/`; `base`: the public URL up to `/v1`.

    Raises BadRequest, in Swift's words, for a version nobody knows and for no account.
    """
    first, _, below = rest.partition("/")
    version = _VERSION.fullmatch(first)
    if version is None and first.startswith("v") and "_" not in first:
        raise BadRequest(f"Unsupported version {first!r}")
    parts = (below if version else rest).split("/", 2)
    if not parts[0] or "" in parts[1:-1]:
        raise BadRequest("No account specified")
    there = [f"{base}/{'/'.join(quote(part) for part in parts if part)}"]
    return {"endpoints": there, "headers": {}} if version and version[1] == "2" else there
