"""How much of its limits a project has used: `/v2/info/usage`, in Glance's names and units."""

from stacklab.core.db.database import row
from stacklab.core.settings import Settings
from stacklab.http.context import Context
from stacklab.images.model import TAKEN

_MIB_A_GIB = 1024
_USED = (
    f"SELECT coalesce(sum({TAKEN}), 0) / 1048576, count(*), "  # noqa: S608
    "coalesce(sum(CASE WHEN status IN ('uploading', 'importing') THEN size END), 0) / 1048576, "
    "count(CASE WHEN status IN ('saving', 'uploading', 'importing') THEN 1 END) FROM images WHERE owner = ?"
)


def of_project(ctx: Context, settings: Settings) -> dict[str, dict[str, int]]:
    """Name of the limit → usage and limit; sizes in MiB, -1 for no limit. One query."""
    size, count, staged, uploading = row(_USED, (ctx.project_id,)) or (0, 0, 0, 0)
    most = settings.images.project_quota_gb * _MIB_A_GIB
    return {
        "image_size_total": {"usage": int(size), "limit": most},
        "image_stage_total": {"usage": int(staged), "limit": most},
        "image_count_total": {"usage": count, "limit": settings.quota.images},
        "image_count_uploading": {"usage": uploading, "limit": -1},
    }
