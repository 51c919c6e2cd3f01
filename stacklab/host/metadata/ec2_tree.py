"""The EC2 metadata tree, for images that know only that one. Lines instead of JSON; a trailing slash marks a folder."""

from stacklab.host.metadata.spec import InstanceFacts

VERSIONS = (
    "1.0",
    "2007-01-19",
    "2007-03-01",
    "2007-08-29",
    "2007-10-10",
    "2007-12-15",
    "2008-02-01",
    "2008-09-01",
    "2009-04-04",
)
LATEST = "latest"

Node = str | list[str] | dict[str, "Node"]
"""A text, lines of text, or a folder."""


def is_version(text: str) -> bool:
    return text == LATEST or text in VERSIONS


def meta_data(facts: InstanceFacts) -> dict[str, Node]:
    """`<version>/meta-data/` of an instance, whole; every version gets the same, a superset for the older ones."""
    short = facts.id.replace("-", "")[:8]
    tree: dict[str, Node] = {
        "ami-id": "ami-" + (facts.image_id.replace("-", "")[:8] or "00000000"),
        "ami-launch-index": str(facts.launch_index),
        "ami-manifest-path": "unknown",
        "block-device-mapping": {"ami": "vda", "root": "/dev/vda"},
        "hostname": facts.hostname,
        "instance-action": "none",
        "instance-id": "i-" + short,
        "instance-type": facts.flavor,
        "local-hostname": facts.hostname,
        "local-ipv4": facts.fixed_ip,
        "placement": {"availability-zone": facts.availability_zone},
        "public-hostname": facts.hostname,
        "public-ipv4": facts.floating_ip or "",
        "reservation-id": "r-" + short,
        "security-groups": list(facts.security_groups),
    }
    if facts.keys:
        tree["public-keys"] = {str(n): {"openssh-key": key} for n, key in enumerate(facts.keys.values())}
    return dict(sorted(tree.items()))


def find(facts: InstanceFacts, path: list[str]) -> bytes | None:
    """The answer to `<version>/<path…>`: a folder's listing, a file, or None."""
    match path:
        case []:
            return b"meta-data/\nuser-data" if facts.user_data else b"meta-data/"
        case ["user-data"]:
            return facts.user_data or None
        case ["meta-data", "public-keys"] if facts.keys:
            return "\n".join(f"{n}={name}" for n, name in enumerate(facts.keys)).encode()
        case ["meta-data", *rest]:
            node = _descend(meta_data(facts), rest)
            return None if node is None else _print(node)
        case _:
            return None


def _descend(tree: dict[str, Node], path: list[str]) -> Node | None:
    node: Node = tree
    for step in path:
        if not isinstance(node, dict) or step not in node:
            return None
        node = node[step]
    return node


def _print(node: Node) -> bytes:
    if isinstance(node, dict):
        return "\n".join(_entry(name, child) for name, child in node.items()).encode()
    return (node if isinstance(node, str) else "\n".join(node)).encode()


def _entry(name: str, child: Node) -> str:
    return f"{name}/" if isinstance(child, dict) else name
