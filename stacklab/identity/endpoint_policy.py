"""Which policy document is in force for an endpoint (Keystone's OS-ENDPOINT-POLICY).

A policy is given to an endpoint, to a service, or to a service in a region and the regions below it. The nearest one
counts: the endpoint's own, then its service's in the region and the ones above, then its service's anywhere.
"""

from stacklab.core.db.database import change, durable, row, rows
from stacklab.core.errors import NotFound
from stacklab.identity import catalogue_entries
from stacklab.identity.model import Endpoint, Policy

_ENDPOINTS = """
WITH RECURSIVE held (endpoint_id, service_id, region_id) AS (
    SELECT endpoint_id, service_id, region_id FROM identity_policy_associations WHERE policy_id = ?
    UNION SELECT NULL, held.service_id, r.id FROM identity_regions AS r JOIN held ON r.parent_id = held.region_id
) SELECT DISTINCT e.id FROM identity_endpoints AS e JOIN held ON held.endpoint_id = e.id
    OR (held.service_id = e.service_id AND (held.region_id IS NULL OR held.region_id = e.region_id)) ORDER BY e.id
"""
_PUT = """
INSERT INTO identity_policy_associations (subject, policy_id, endpoint_id, service_id, region_id)
VALUES (?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET policy_id = excluded.policy_id
"""


def _subject(endpoint_id: str | None, service_id: str | None, region_id: str | None) -> str:
    return endpoint_id or (f"{service_id}/{region_id}" if region_id else str(service_id))


def associate(
    policy_id: str, endpoint_id: str | None = None, service_id: str | None = None, region_id: str | None = None
) -> None:
    """To an endpoint, a service, or a service in a region; what it had before is replaced."""
    subject = _subject(endpoint_id, service_id, region_id)
    with durable():
        change(_PUT, (subject, policy_id, endpoint_id, service_id, region_id))


def require(
    policy_id: str, endpoint_id: str | None = None, service_id: str | None = None, region_id: str | None = None
) -> None:
    """Raises NotFound where this policy is not associated."""
    sql = "SELECT 1 FROM identity_policy_associations WHERE subject = ? AND policy_id = ?"
    if row(sql, (_subject(endpoint_id, service_id, region_id), policy_id)) is None:
        raise NotFound("Could not find policy association.")


def dissociate(
    policy_id: str, endpoint_id: str | None = None, service_id: str | None = None, region_id: str | None = None
) -> None:
    """Taking away what is not there is no error, as in Keystone."""
    sql = "DELETE FROM identity_policy_associations WHERE subject = ? AND policy_id = ?"
    with durable():
        change(sql, (_subject(endpoint_id, service_id, region_id), policy_id))


def in_force(endpoint: Endpoint) -> Policy:
    """Raises NotFound."""
    regions = catalogue_entries.above(endpoint.region_id) if endpoint.region_id else []
    nearest = [endpoint.id, *(f"{endpoint.service_id}/{region}" for region in regions), endpoint.service_id]
    places = ",".join("?" * len(nearest))
    sql = f"SELECT subject, policy_id FROM identity_policy_associations WHERE subject IN ({places})"  # noqa: S608 - only question marks
    given = dict(rows(sql, tuple(nearest)))
    for subject in nearest:
        if subject in given:
            found: Policy = Policy.get_by_id(given[subject])
            return found
    raise NotFound(f"No policy is associated with endpoint {endpoint.id}.")


def endpoints_of(policy_id: str) -> list[Endpoint]:
    """The endpoints a policy was given to, by whatever way; a nearer policy may be in force for some."""
    wanted = [r[0] for r in rows(_ENDPOINTS, (policy_id,))]
    return list(Endpoint.select().where(Endpoint.id.in_(wanted)).order_by(Endpoint.id))
