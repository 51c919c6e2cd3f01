"""What this service is: version documents, extensions, and lists that are empty on one host."""

from typing import Any

from stacklab.compute.service import Compute
from stacklab.compute.versions import HIGHEST, LOWEST
from stacklab.core.errors import NotFound
from stacklab.http.microversion import show as text
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route

_UPDATED = "2013-07-23T11:33:21Z"
_EXTENSIONS = {
    "os-availability-zone": "AvailabilityZone", "os-config-drive": "ConfigDrive", "os-console-output": "ConsoleOutput",
    "os-extended-availability-zone": "ExtendedAvailabilityZone", "os-extended-server-attributes":
    "ExtendedServerAttributes", "os-extended-status": "ExtendedStatus", "os-flavor-access": "FlavorAccess",
    "os-flavor-extra-specs": "FlavorExtraSpecs", "os-flavor-manage": "FlavorManage", "os-hypervisors": "Hypervisors",
    "os-instance-actions": "InstanceActions", "os-attach-interfaces": "AttachInterfaces", "os-keypairs": "Keypairs",
    "os-lock-server": "LockServer", "os-multiple-create": "MultipleCreate", "os-pause-server": "PauseServer",
    "os-quota-sets": "Quotas", "os-quota-class-sets": "QuotaClasses", "os-security-groups": "SecurityGroups",
    "os-server-groups": "ServerGroups", "os-server-usage": "ServerUsage", "os-services": "Services",
    "os-simple-tenant-usage": "SimpleTenantUsage", "os-used-limits": "UsedLimits", "os-user-data": "UserData",
    "OS-DCF": "DiskConfig", "os-server-tags": "ServerTags", "server-metadata": "ServerMetadata", "servers": "Servers",
    "flavors": "Flavors", "ips": "Ips", "limits": "Limits", "versions": "Versions",
}  # fmt: skip


def versions(_compute: Compute, request: Request) -> Reply:
    return ok({"versions": [_old_version(request), _version(request)]})


def old_version(_compute: Compute, request: Request) -> Reply:
    view = _old_version(request)
    media = {"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2"}
    return ok({"version": {**view, "media-types": [media]}})


def version(_compute: Compute, request: Request) -> Reply:
    view = _version(request)
    media = {"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}
    described = {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"}
    return ok({"version": {**view, "links": [*view["links"], described], "media-types": [media]}})


def _old_version(request: Request) -> dict[str, Any]:
    """v2: the same API without microversions, for clients that have not moved in ten years."""
    return {
        "id": "v2.0",
        "status": "SUPPORTED",
        "version": "",
        "min_version": "",
        "updated": "2011-01-21T11:33:21Z",
        "links": [{"rel": "self", "href": f"{request.base}/v2/"}],
    }


def _version(request: Request) -> dict[str, Any]:
    return {
        "id": "v2.1",
        "status": "CURRENT",
        "version": text(HIGHEST),
        "min_version": text(LOWEST),
        "updated": _UPDATED,
        "links": [{"rel": "self", "href": f"{request.base}/v2.1/"}],
    }


def extensions(_compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:extensions:index")
    return ok({"extensions": [_extension(alias) for alias in _EXTENSIONS]})


def extension(_compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:extensions:index")
    alias = request.path["id"]
    if alias not in _EXTENSIONS:
        raise NotFound(f"Extension {alias} could not be found.")
    return ok({"extension": _extension(alias)})


def _extension(alias: str) -> dict[str, Any]:
    return {
        "alias": alias,
        "name": _EXTENSIONS[alias],
        "description": "",
        "links": [],
        "namespace": "http://docs.openstack.org/compute/ext/fake_xml",
        "updated": "2014-12-03T00:00:00Z",
    }


def migrations(_compute: Compute, request: Request) -> Reply:
    """Nothing moves where there is one host."""
    request.ctx.authorize("compute:migrations:index")
    return ok({"migrations": []})


def aggregates(_compute: Compute, request: Request) -> Reply:
    """Aggregates of hosts come with a second host."""
    request.ctx.authorize("compute:aggregates:index")
    return ok({"aggregates": []})


ROUTES = [
    Route("GET", "/", versions, public=True),
    Route("GET", "/v2", old_version, public=True),
    Route("GET", "/v2.1", version, public=True),
    Route("GET", "/v2.1/extensions", extensions),
    Route("GET", "/v2.1/extensions/{id}", extension),
    Route("GET", "/v2.1/os-migrations", migrations),
    Route("GET", "/v2.1/os-aggregates", aggregates),
]
