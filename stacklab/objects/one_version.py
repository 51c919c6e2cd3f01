"""One version of an object, asked for by its id: found, made the current one, deleted for good."""

from stacklab.core.errors import BadRequest, NotFound
from stacklab.objects import model, version_ids, versioning, versions
from stacklab.objects.model import Container, Entry
from stacklab.objects.versioning import Gone


def require_aware(within: Container, version_id: str) -> None:
    """Raises BadRequest where there are no versions to ask for, or the id is none."""
    if version_id != version_ids.NULL and versioning.ENABLED not in within.metadata:
        raise BadRequest("version-aware operations require that the container is versioned")
    version_ids.read(version_id)


def find(within: Container, name: str, version_id: str) -> Entry:
    """The version of this id, "null" for a current object without one. Raises NotFound, with the headers that tell a
    delete marker, and BadRequest."""
    require_aware(within, version_id)
    current = model.entry(within.id, name)
    wanted = version_ids.read(version_id)
    if wanted is None:
        if current and not versions.has_id(current):
            return current
        raise NotFound("")
    if current and versions.is_at(current, wanted):
        return current
    found = versions.get(within.id, name, wanted)
    if found is None:
        raise NotFound("")
    if found.kind == versions.DELETED:
        raise NotFound("", headers={"x-object-version-id": version_id, "content-type": version_ids.DELETED})
    return found


def restore(within: Container, name: str, version_id: str) -> Entry:
    """Make an older version the current one. Inside a transaction. Raises NotFound, BadRequest."""
    require_aware(within, version_id)
    wanted = version_ids.read(version_id)
    if wanted is None:
        raise BadRequest("Invalid version parameter")
    current = model.entry(within.id, name)
    if current and versions.is_at(current, wanted):
        return current
    found = versions.get(within.id, name, wanted)
    if found is None:
        raise NotFound("The specified version does not exist")
    if found.kind == versions.DELETED:
        raise BadRequest("A delete marker is no version to go back to")
    if current:
        versioning.forget(within, current)
        versions.insert(versions.marked(current), within)
    versions.delete(found, within)
    versioning.move(found, within, name)
    return found


def delete(within: Container, name: str, version_id: str) -> Gone:
    """Delete one version for good. Inside a transaction. Raises BadRequest."""
    require_aware(within, version_id)
    current, wanted = model.entry(within.id, name), version_ids.read(version_id)
    at = versions.id_of(current) if current else version_ids.NULL
    if wanted is None:
        if current is None or versions.has_id(current):
            return Gone(False)
        versioning.forget(within, current)
        return Gone(True, current.file)
    if current and versions.is_at(current, wanted):
        versioning.forget(within, current)
        return Gone(True, current.file, version_id, version_ids.NULL)
    found = versions.get(within.id, name, wanted)
    if found is None or not versions.delete(found, within):
        return Gone(False, "", version_id, at)
    return Gone(True, found.file, version_id, at)
