"""/limits, /os-quota-sets, /os-quota-class-sets: what a project may have and has."""

from collections.abc import Mapping

from msgspec import UNSET

from stacklab.compute.quotas import UNLIMITED
from stacklab.compute.schemas.admin import UNTIL, PutQuota, PutQuotaClass, QuotaBody
from stacklab.compute.schemas.common import number, refuse_gone, truth
from stacklab.compute.service import Compute
from stacklab.core.errors import BadRequest
from stacklab.http.microversion import Version
from stacklab.http.reply import Reply, accepted, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route

_ELSEWHERE = ("fixed_ips", "floating_ips", "security_groups", "security_group_rules")
"""Quotas that the network service keeps: shown as unlimited here until 2.35, as Nova does, and not counted."""

_LIMITS = {
    "maxTotalInstances": "instances",
    "maxTotalCores": "cores",
    "maxTotalRAMSize": "ram",
    "maxTotalKeypairs": "key_pairs",
    "maxServerMeta": "metadata_items",
    "maxServerGroups": "server_groups",
    "maxServerGroupMembers": "server_group_members",
}


# --- limits


def limits(compute: Compute, request: Request) -> Reply:
    ctx = request.ctx
    ctx.authorize("compute:limits:show")
    project = request.query.get("tenant_id") or ctx.project_id
    if project != ctx.project_id:
        ctx.authorize("compute:limits:show:other")
    allowed, used = compute.quotas.of_project(project), compute.quotas.used(project)
    absolute = {name: allowed[resource] for name, resource in _LIMITS.items()}
    absolute |= {
        "totalInstancesUsed": used.instances,
        "totalCoresUsed": used.cores,
        "totalRAMUsed": used.ram_mb,
        "totalServerGroupsUsed": compute.groups.count(project),
    }
    return ok({"limits": {"rate": [], "absolute": {**absolute, **_old_limits(allowed, request.version)}}})


def _old_limits(allowed: Mapping[str, int], version: Version) -> dict[str, int]:
    view: dict[str, int] = {}
    if version < (2, 57):
        view["maxPersonality"] = allowed["injected_files"]
        view["maxPersonalitySize"] = allowed["injected_file_content_bytes"]
    if version < (2, 39):
        view["maxImageMeta"] = allowed["metadata_items"]
    if version < (2, 36):
        view |= {"maxTotalFloatingIps": -1, "maxSecurityGroups": -1, "maxSecurityGroupRules": -1}
        view |= {"totalFloatingIpsUsed": 0, "totalSecurityGroupsUsed": 0}
    return view


# --- quota sets


def show(compute: Compute, request: Request) -> Reply:
    project = request.path["id"]
    request.ctx.authorize("compute:quotas:show", project_id=project)
    return ok({"quota_set": {"id": project, **_shown(compute.quotas.of_project(project), request.version)}})


def defaults(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:quotas:defaults")
    return ok({"quota_set": {"id": request.path["id"], **_shown(compute.quotas.of_class(), request.version)}})


def detail(compute: Compute, request: Request) -> Reply:
    project = request.path["id"]
    request.ctx.authorize("compute:quotas:detail", project_id=project)
    used = compute.quotas.used(project)
    counted = {
        "instances": used.instances,
        "cores": used.cores,
        "ram": used.ram_mb,
        "server_groups": compute.groups.count(project),
    }
    view = {
        name: {"limit": most, "in_use": counted.get(name, 0), "reserved": 0}
        for name, most in _shown(compute.quotas.of_project(project), request.version).items()
    }
    return ok({"quota_set": {"id": project, **view}})


def update(compute: Compute, request: Request) -> Reply:
    body: PutQuota = request.body
    project = request.path["id"]
    request.ctx.authorize("compute:quotas:update")
    _check_project(compute, project)
    wanted = _wanted(body.quota_set, request.version)
    if not (body.quota_set.force is not UNSET and truth(body.quota_set.force, "force")):
        _refuse_below_use(compute, project, wanted)
    compute.quotas.change(request.ctx, project, wanted)
    return ok({"quota_set": _shown(compute.quotas.of_project(project), request.version)})


def delete(compute: Compute, request: Request) -> Reply:
    compute.quotas.reset(request.ctx, request.path["id"])
    return accepted()


# --- quota classes


def show_class(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:quota-classes:show")
    view = _class_view(compute.quotas.of_class(), request.version)
    return ok({"quota_class_set": {"id": request.path["id"], **view}})


def update_class(compute: Compute, request: Request) -> Reply:
    body: PutQuotaClass = request.body
    request.ctx.authorize("compute:quota-classes:update")
    if request.path["id"] != "default":
        raise BadRequest("Only the quota class 'default' exists.")
    compute.quotas.change_class(request.ctx, _wanted(body.quota_class_set, request.version))
    return ok({"quota_class_set": _class_view(compute.quotas.of_class(), request.version)})


def _class_view(allowed: Mapping[str, int], version: Version) -> dict[str, int]:
    """Network resources left quota classes at 2.50, which is also when server groups joined."""
    view = _shown(allowed, (2, 36) if version >= (2, 50) else (2, 1))
    if version < (2, 50):
        view = {name: most for name, most in view.items() if not name.startswith("server_group")}
    return {name: most for name, most in view.items() if version < (2, 57) or not name.startswith("injected")}


# --- presenting and reading


def _shown(allowed: Mapping[str, int], version: Version) -> dict[str, int]:
    hidden = () if version < (2, 36) else _ELSEWHERE
    view = {name: most for name, most in allowed.items() if version < (2, 57) or not name.startswith("injected")}
    return {name: most for name, most in view.items() if name not in hidden}


def _wanted(body: QuotaBody, version: Version) -> dict[str, int]:
    refuse_gone(body, UNTIL, version, "quota_set")
    found = {}
    for name in body.__struct_fields__:
        value = getattr(body, name)
        if name != "force" and value is not UNSET:
            found[name] = number(value, name, UNLIMITED)
    return found


def _refuse_below_use(compute: Compute, project: str, wanted: Mapping[str, int]) -> None:
    used = compute.quotas.used(project)
    have = {"instances": used.instances, "cores": used.cores, "ram": used.ram_mb}
    for name, most in wanted.items():
        if UNLIMITED != most < have.get(name, 0):
            raise BadRequest(
                f"Quota limit {most} for {name} must be greater than or equal to already used and reserved {have[name]}."  # noqa: E501
            )


def _check_project(compute: Compute, project: str) -> None:
    if compute.identity is not None and compute.identity.project(project) is None:
        raise BadRequest(f"Project ID {project} is not a valid project.")


ROUTES = [
    Route("GET", "/v2.1/limits", limits),
    Route("GET", "/v2.1/os-quota-sets/{id}", show),
    Route("PUT", "/v2.1/os-quota-sets/{id}", update, body=PutQuota),
    Route("DELETE", "/v2.1/os-quota-sets/{id}", delete),
    Route("GET", "/v2.1/os-quota-sets/{id}/detail", detail),
    Route("GET", "/v2.1/os-quota-sets/{id}/defaults", defaults),
    Route("GET", "/v2.1/os-quota-class-sets/{id}", show_class),
    Route("PUT", "/v2.1/os-quota-class-sets/{id}", update_class, body=PutQuotaClass),
]
