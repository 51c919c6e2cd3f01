"""What hangs on a server: addresses, metadata, tags, security groups, volumes, the password a guest posts."""

from collections.abc import Sequence

from stacklab.compute.model import servers as model
from stacklab.compute.schemas.servers import PutMetadata, PutMetadataItem, PutTags
from stacklab.compute.service import Compute
from stacklab.compute.views import servers as views
from stacklab.core.errors import BadRequest, Forbidden, NotFound
from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.networks.service import Reach

# --- addresses


def ips(compute: Compute, request: Request) -> Reply:
    return ok({"addresses": views.plain_addresses(_reach(compute, request, "compute:servers:ips"))})


def ips_of_network(compute: Compute, request: Request) -> Reply:
    found = views.plain_addresses(_reach(compute, request, "compute:servers:ips"))
    name = request.path["id"]
    if name not in found:
        raise NotFound("Instance is not a member of specified network")
    return ok({name: found[name]})


# --- metadata


def metadata(compute: Compute, request: Request) -> Reply:
    server = compute.servers.get(request.ctx, request.path["server_id"], "compute:servers:metadata:index")
    return ok({"metadata": model.metadata_of(server)})


def add_metadata(compute: Compute, request: Request) -> Reply:
    body: PutMetadata = request.body
    return ok({"metadata": compute.servers.put_metadata(request.ctx, request.path["server_id"], body.metadata)})


def put_metadata(compute: Compute, request: Request) -> Reply:
    body: PutMetadata = request.body
    merged = compute.servers.put_metadata(request.ctx, request.path["server_id"], body.metadata, replace=True)
    return ok({"metadata": merged})


def show_metadata_item(compute: Compute, request: Request) -> Reply:
    server = compute.servers.get(request.ctx, request.path["server_id"], "compute:servers:metadata:index")
    items, key = model.metadata_of(server), request.path["id"]
    if key not in items:
        raise NotFound("Metadata item was not found")
    return ok({"meta": {key: items[key]}})


def put_metadata_item(compute: Compute, request: Request) -> Reply:
    body: PutMetadataItem = request.body
    if request.path["id"] not in body.meta:
        raise BadRequest("Request body and URI mismatch")
    compute.servers.put_metadata(request.ctx, request.path["server_id"], body.meta)
    return ok({"meta": body.meta})


def delete_metadata_item(compute: Compute, request: Request) -> Reply:
    compute.servers.delete_metadata(request.ctx, request.path["server_id"], request.path["id"])
    return no_content()


# --- tags


def tags(compute: Compute, request: Request) -> Reply:
    return ok({"tags": compute.servers.tags(request.ctx, request.path["server_id"])})


def put_tags(compute: Compute, request: Request) -> Reply:
    body: PutTags = request.body
    return ok({"tags": compute.servers.put_tags(request.ctx, request.path["server_id"], body.tags)})


def delete_tags(compute: Compute, request: Request) -> Reply:
    compute.servers.put_tags(request.ctx, request.path["server_id"], [])
    return no_content()


def has_tag(compute: Compute, request: Request) -> Reply:
    server_id, tag = request.path["server_id"], request.path["id"]
    if tag not in compute.servers.tags(request.ctx, server_id):
        raise NotFound(f"Server {server_id} has no tag '{tag}'")
    return no_content()


def add_tag(compute: Compute, request: Request) -> Reply:
    server_id, tag = request.path["server_id"], request.path["id"]
    if not 1 <= len(tag) <= 60 or "," in tag or "/" in tag:
        raise BadRequest(
            f"Invalid input for field/attribute 0. Value: {tag}. A tag has 1 to 60 characters, no , and no /"
        )
    if not compute.servers.add_tag(request.ctx, server_id, tag):
        return no_content()
    return Reply(201, None, {"location": f"{request.base}/v2.1/servers/{server_id}/tags/{tag}"})


def delete_tag(compute: Compute, request: Request) -> Reply:
    compute.servers.remove_tag(request.ctx, request.path["server_id"], request.path["id"])
    return no_content()


# --- volumes: their service comes with its own issue


def volumes(compute: Compute, request: Request) -> Reply:
    compute.servers.get(request.ctx, request.path["server_id"], "compute:servers:volumes:index")
    return ok({"volumeAttachments": []})


def volume(compute: Compute, request: Request) -> Reply:
    compute.servers.get(request.ctx, request.path["server_id"], "compute:servers:volumes:index")
    raise NotFound(f"Volume {request.path['id']} is not attached to instance {request.path['server_id']}.")


def attach_volume(compute: Compute, request: Request) -> Reply:
    compute.servers.get(request.ctx, request.path["server_id"], "compute:servers:volumes:update")
    raise Forbidden("Volumes are not offered by this cloud yet.")


# --- the password a guest may post to the metadata service, encrypted with its key


def password(compute: Compute, request: Request) -> Reply:
    compute.servers.get(request.ctx, request.path["server_id"], "compute:servers:password")
    return ok({"password": ""})


def clear_password(compute: Compute, request: Request) -> Reply:
    compute.servers.get(request.ctx, request.path["server_id"], "compute:servers:password:clear")
    return no_content()


def _reach(compute: Compute, request: Request, rule: str) -> Sequence[Reach]:
    server = compute.servers.get(request.ctx, request.path["server_id"], rule)
    return compute.parts.networks.reach_of([server.id]).get(server.id, ())


_SERVER = "/v2.1/servers/{server_id}"
_TAGS = (2, 26)
ROUTES = [
    Route("GET", f"{_SERVER}/ips", ips),
    Route("GET", f"{_SERVER}/ips/{{id}}", ips_of_network),
    Route("GET", f"{_SERVER}/metadata", metadata),
    Route("POST", f"{_SERVER}/metadata", add_metadata, body=PutMetadata),
    Route("PUT", f"{_SERVER}/metadata", put_metadata, body=PutMetadata),
    Route("GET", f"{_SERVER}/metadata/{{id}}", show_metadata_item),
    Route("PUT", f"{_SERVER}/metadata/{{id}}", put_metadata_item, body=PutMetadataItem),
    Route("DELETE", f"{_SERVER}/metadata/{{id}}", delete_metadata_item),
    Route("GET", f"{_SERVER}/tags", tags, lowest=_TAGS),
    Route("PUT", f"{_SERVER}/tags", put_tags, body=PutTags, lowest=_TAGS),
    Route("DELETE", f"{_SERVER}/tags", delete_tags, lowest=_TAGS),
    Route("GET", f"{_SERVER}/tags/{{id}}", has_tag, lowest=_TAGS),
    Route("PUT", f"{_SERVER}/tags/{{id}}", add_tag, lowest=_TAGS),
    Route("DELETE", f"{_SERVER}/tags/{{id}}", delete_tag, lowest=_TAGS),
    Route("GET", f"{_SERVER}/os-volume_attachments", volumes),
    Route("POST", f"{_SERVER}/os-volume_attachments", attach_volume),
    Route("GET", f"{_SERVER}/os-volume_attachments/{{id}}", volume),
    Route("PUT", f"{_SERVER}/os-volume_attachments/{{id}}", volume),
    Route("DELETE", f"{_SERVER}/os-volume_attachments/{{id}}", volume),
    Route("GET", f"{_SERVER}/os-server-password", password),
    Route("DELETE", f"{_SERVER}/os-server-password", clear_password),
]
