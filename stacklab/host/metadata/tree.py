"""Both trees as one: what a path of the metadata service answers, and the files of a config drive."""

import msgspec

from stacklab.host.metadata import ec2_tree, openstack_tree
from stacklab.host.metadata.spec import InstanceFacts

_DRIVE_WITHOUT = frozenset({"password"})  # a guest cannot post to a drive


def answer(facts: InstanceFacts, path: str) -> tuple[bytes, str] | None:
    """(body, content type) of a request path, with or without slashes around it; None for a path that is not there."""
    match [part for part in path.split("/") if part]:
        case []:
            return _text("\n".join([*ec2_tree.VERSIONS, ec2_tree.LATEST]))
        case ["openstack"]:
            return _text("\n".join([*openstack_tree.VERSIONS, openstack_tree.LATEST]))
        case ["openstack", version] if openstack_tree.is_version(version):
            return _text("\n".join(openstack_tree.names(facts, version)))
        case ["openstack", version, name] if openstack_tree.is_version(version):
            return _file(openstack_tree.content(facts, version, name), name)
        case [version, *rest] if ec2_tree.is_version(version):
            return _file(ec2_tree.find(facts, rest), rest[-1] if rest else "")
    return None


def config_drive_files(facts: InstanceFacts) -> dict[str, bytes]:
    """Every file of both trees by its path, as the config drive has them. Only here is the administrator's password."""
    files: dict[str, bytes] = {}
    for version in (*openstack_tree.VERSIONS, openstack_tree.LATEST):
        for name in openstack_tree.names(facts, version):
            content = openstack_tree.content(facts, version, name)
            if content is not None and name not in _DRIVE_WITHOUT:
                files[f"openstack/{version}/{name}"] = _with_password(facts, name, content)
    for version in (ec2_tree.VERSIONS[-1], ec2_tree.LATEST):
        files[f"ec2/{version}/meta-data.json"] = msgspec.json.encode(ec2_tree.meta_data(facts))
        if facts.user_data:
            files[f"ec2/{version}/user-data"] = facts.user_data
    return files


def _with_password(facts: InstanceFacts, name: str, content: bytes) -> bytes:
    """Over HTTP any process of the guest could ask for it; a drive only its root can mount."""
    if name != "meta_data.json" or facts.admin_pass is None:
        return content
    return msgspec.json.encode({**msgspec.json.decode(content), "admin_pass": facts.admin_pass})


def _text(text: str) -> tuple[bytes, str]:
    return text.encode(), "text/plain; charset=UTF-8"


def _file(content: bytes | None, name: str) -> tuple[bytes, str] | None:
    if content is None:
        return None
    if name.endswith(".json"):
        return content, "application/json"
    if name in ("user_data", "user-data"):
        return content, "application/octet-stream"
    return content, "text/plain; charset=UTF-8"
