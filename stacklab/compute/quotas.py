"""How much a project may have. A limit comes from the project's own row, else the default class, else the settings."""

from collections.abc import Mapping

from stacklab.compute.model import limits
from stacklab.compute.model.limits import Used
from stacklab.core.db.database import transaction
from stacklab.core.errors import Forbidden, OverQuota
from stacklab.core.settings import Settings
from stacklab.http.context import Context

UNLIMITED = -1


class Quotas:
    def __init__(self, settings: Settings) -> None:
        quota = settings.quota
        self.defaults: dict[str, int] = {
            "instances": quota.instances,
            "cores": quota.cores,
            "ram": quota.ram_mb,
            "key_pairs": quota.key_pairs,
            "metadata_items": quota.metadata_items,
            "server_groups": quota.server_groups,
            "server_group_members": quota.server_group_members,
            # Personality files end with microversion 2.56 and are refused before it; the numbers are Nova's defaults.
            "injected_files": 5,
            "injected_file_content_bytes": 10240,
            "injected_file_path_bytes": 255,
            # The network service keeps these; Nova shows them up to 2.35 and enforces none.
            "fixed_ips": UNLIMITED,
            "floating_ips": UNLIMITED,
            "security_groups": UNLIMITED,
            "security_group_rules": UNLIMITED,
        }

    def of_class(self) -> dict[str, int]:
        """What a project has that nobody gave limits of its own."""
        return {**self.defaults, **limits.of("class:default")}

    def of_project(self, project_id: str) -> dict[str, int]:
        return {**self.of_class(), **limits.of(f"project:{project_id}")}

    def limit(self, project_id: str, resource: str) -> int:
        return self.of_project(project_id)[resource]

    def require_metadata(
        self, project_id: str, count: int, words: str = "Maximum number of metadata items exceeds"
    ) -> None:
        """Raises Forbidden where a server, or an image of one, would have more items than the project may give it."""
        most = self.limit(project_id, "metadata_items")
        if UNLIMITED != most < count:
            raise Forbidden(f"{words} {most}")

    def used(self, project_id: str) -> Used:
        return limits.used(project_id)

    def change(self, ctx: Context, project_id: str, wanted: Mapping[str, int]) -> None:
        ctx.authorize("compute:quotas:update")
        with transaction():
            limits.put(f"project:{project_id}", wanted)

    def change_class(self, ctx: Context, wanted: Mapping[str, int]) -> None:
        ctx.authorize("compute:quota-classes:update")
        with transaction():
            limits.put("class:default", wanted)

    def reset(self, ctx: Context, project_id: str) -> None:
        ctx.authorize("compute:quotas:delete")
        with transaction():
            limits.clear(f"project:{project_id}")

    def room(self, project_id: str, least: int, most: int, vcpus: int, ram_mb: int) -> int:
        """How many servers of this size, `least` to `most`, still fit. Inside the transaction that makes them.

        Raises OverQuota, in Nova's words, when not even `least` do.
        """
        allowed, used = self.of_project(project_id), self.used(project_id)
        each = {"instances": (1, used.instances), "cores": (vcpus, used.cores), "ram": (ram_mb, used.ram_mb)}
        fits = most
        for name, (need, have) in each.items():
            if allowed[name] != UNLIMITED and need:
                fits = min(fits, (allowed[name] - have) // need)
        if fits >= least:
            return fits
        over = [n for n, (need, have) in each.items() if 0 <= allowed[n] < have + need * least]
        wanted = ", ".join(str(each[name][0] * least) for name in over)
        taken = ", ".join(str(each[name][1]) for name in over)
        total = ", ".join(str(allowed[name]) for name in over)
        names = ", ".join(over)
        raise OverQuota(f"Quota exceeded for {names}: Requested {wanted}, but already used {taken} of {total} {names}")
