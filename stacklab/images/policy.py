"""Who may do what with images; what a caller may *see* is in `access`. The target's project is the image's owner."""

from stacklab.http import policy
from stacklab.http.context import Caller


def _service(caller: Caller, _target: policy.Target) -> bool:
    return "service" in caller.roles


_GLANCE = {
    "images:list": "get_images",
    "images:create": "add_image",
    "images:update": "modify_image",
    "images:delete": "delete_image",
    "images:publicize": "publicize_image",
    "images:communitize": "communitize_image",
    "images:own": "add_image",
    "images:deactivate": "deactivate",
    "images:download": "download_image",
    "images:download_deactivated": "download_image",
    "data:upload": "upload_image",
    "data:stage": "modify_image",
    "data:import": "modify_image",
    "data:copy": "copy_image",
    "tasks": "tasks_api_access",
    "stores:detail": "stores_info_detail",
    "stores:delete": "delete_image_location",
    "locations:add": "add_image_location",
    "locations:list": "fetch_image_location",
    "locations:set": "set_image_location",
    "locations:delete": "delete_image_location",
    "cache:list": "cache_list",
    "cache:add": "cache_image",
    "cache:delete": "cache_delete",
    "cache:clean": "cache_clean",
    "cache:prune": "cache_prune",
    "members:list": "get_members",
    "members:change": "add_member",
    "members:answer": "modify_member",
    "metadefs:read": "get_metadef_namespaces",
    **{
        f"metadefs:{action}:{noun}": f"{action}_metadef_{noun}"
        for action, noun in (
            *(
                ("add", noun)
                for noun in ("namespace", "object", "property", "tag", "tags", "resource_type_association")
            ),
            *(("modify", noun) for noun in ("namespace", "object", "property", "tag")),
            *(("delete", noun) for noun in ("namespace", "object", "tag", "tags")),
            *(("remove", noun) for noun in ("property", "resource_type_association")),
        )
    },
}

policy.declare(
    "images",
    {
        "images:list": (policy.any_user, "List the images one can see"),
        "images:create": (policy.PROJECT_MEMBER, "Create an image of one's project"),
        "images:update": (policy.PROJECT_MEMBER, "Change an image of one's project"),
        "images:delete": (policy.PROJECT_MEMBER, "Delete an image of one's project"),
        "images:publicize": (policy.ADMIN, "Make an image public: everybody boots from it"),
        "images:communitize": (policy.PROJECT_MEMBER, "Make an image a community one: anybody who knows it can use it"),
        "images:own": (policy.ADMIN, "Give an image to another project"),
        "images:deactivate": (policy.PROJECT_MEMBER, "Stop downloads of an image, and allow them again"),
        "images:download": (policy.PROJECT_MEMBER, "Download an image one sees; to read what is said of it takes less"),
        "images:download_deactivated": (policy.ADMIN, "Download an image that was deactivated"),
        "data:upload": (policy.PROJECT_MEMBER, "Upload the bytes of an image of one's project"),
        "data:stage": (policy.PROJECT_MEMBER, "Stage bytes for an image of one's project"),
        "data:import": (policy.PROJECT_MEMBER, "Import what was staged, or what is behind a URL"),
        "data:copy": (policy.ADMIN, "Copy an image into further stores"),
        "tasks": (policy.ADMIN, "Make and see tasks"),
        "stores:detail": (policy.ADMIN, "See how the store is set up"),
        "stores:delete": (policy.ADMIN, "Remove an image's bytes from one store"),
        "locations:add": (
            policy.either(policy.PROJECT_MEMBER, _service),
            "Bring an image from a URL, its hash checked",
        ),
        "locations:list": (policy.either(policy.ADMIN, _service), "See where an image's bytes are, as services do"),
        "locations:set": (policy.PROJECT_MEMBER, "Say by JSON patch where an image's bytes are"),
        "locations:delete": (policy.ADMIN, "Take one place from where an image's bytes are"),
        "cache:list": (policy.ADMIN, "See what the image cache holds"),
        "cache:add": (policy.ADMIN, "Put an image into the image cache"),
        "cache:delete": (policy.ADMIN, "Take images out of the image cache"),
        "cache:clean": (policy.ADMIN, "Remove what is broken from the image cache"),
        "cache:prune": (policy.ADMIN, "Make the image cache smaller"),
        "members:list": (policy.PROJECT_READER, "See whom an image of one's project is shared with"),
        "members:change": (policy.PROJECT_MEMBER, "Share an image of one's project, or stop sharing it"),
        "members:answer": (policy.PROJECT_MEMBER, "Accept or reject an image shared with one's project"),
        "metadefs:read": (policy.PROJECT_READER, "Read metadata definitions: the public ones and one's project's own"),
        **{
            name: (policy.ADMIN, f"Change metadata definitions: {known.replace('_', ' ')}")
            for name, known in _GLANCE.items()
            if name.startswith("metadefs:") and name != "metadefs:read"
        },
    },
    _GLANCE.__getitem__,
)
