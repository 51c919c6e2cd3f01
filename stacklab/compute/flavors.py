"""Flavors: what a server may be made of."""

from msgspec import Struct, field

from stacklab.compute.model import flavors as model
from stacklab.compute.model.flavors import Flavor
from stacklab.compute.model.servers import pack
from stacklab.core import clock, ids
from stacklab.core.db.database import transaction
from stacklab.core.errors import BadRequest, Conflict, NotFound
from stacklab.http.context import Context

_SORTS = {
    "flavorid": "id", "id": "id", "name": "name", "memory_mb": "ram_mb", "ram": "ram_mb", "vcpus": "vcpus",
    "root_gb": "disk_gb", "disk": "disk_gb", "ephemeral_gb": "ephemeral_gb", "swap": "swap_mb",
    "rxtx_factor": "rxtx_factor", "is_public": "public", "created_at": "created_at", "updated_at": "updated_at",
    "disabled": "id", "description": "description",
}  # fmt: skip


class NewFlavor(Struct, frozen=True):
    """Sizes in MiB (ram, swap) and GiB (disks). An empty id: we choose one."""

    name: str
    ram_mb: int
    vcpus: int
    disk_gb: int
    id: str = ""
    ephemeral_gb: int = 0
    swap_mb: int = 0
    rxtx_factor: float = 1.0
    public: bool = True
    description: str | None = None
    specs: dict[str, str] = field(default_factory=dict)


class FlavorQuery(Struct, frozen=True):
    """`public` None: both kinds (admins); sizes are least ones."""

    public: bool | None = True
    min_ram: int = 0
    min_disk: int = 0
    sort: str = "flavorid"
    descending: bool = False
    limit: int = 1000
    marker: str | None = None


class Flavors:
    def get(self, ctx: Context, flavor_id: str) -> Flavor:
        """A flavor this caller may use. Raises NotFound."""
        ctx.authorize("compute:flavors:show")
        found = model.get(flavor_id, None if ctx.admin else ctx.project_id)
        if found is None:
            raise NotFound(f"Flavor {flavor_id} could not be found.", kind="FlavorNotFound")
        return found

    def index(self, ctx: Context, query: FlavorQuery) -> list[Flavor]:
        ctx.authorize("compute:flavors:index")
        if query.sort not in _SORTS:
            raise BadRequest(f"Invalid sort key: {query.sort}")
        where = ["ram_mb >= ?", "disk_gb >= ?"]
        values: list[object] = [query.min_ram, query.min_disk]
        if not ctx.admin:
            condition, project = model.seen_by(ctx.project_id)
            where.append(condition)
            values.append(project)
        elif query.public is not None:
            where.append("public = ?")
            values.append(int(query.public))
        direction, beyond = ("DESC", "<") if query.descending else ("ASC", ">")
        column = _SORTS[query.sort]
        if query.marker is not None:
            mark = model.get(query.marker, None)
            if mark is None:
                raise BadRequest(f"Marker {query.marker} could not be found.")
            where.append(f"({column}, id) {beyond} (?, ?)")
            values += [getattr(mark, column), mark.id]
        return model.select(where, values, f"{column} {direction}, id {direction}", query.limit)

    def create(self, ctx: Context, new: NewFlavor) -> Flavor:
        """Raises Conflict when the name or the id is taken."""
        ctx.authorize("compute:flavors:create")
        return self.add(new)

    def add(self, new: NewFlavor) -> Flavor:
        flavor = Flavor(
            new.id or ids.new_uuid(),
            new.name,
            new.ram_mb,
            new.vcpus,
            new.disk_gb,
            new.ephemeral_gb,
            new.swap_mb,
            str(new.rxtx_factor),
            int(new.public),
            new.description,
            pack(new.specs),
            clock.now(),
            None,
        )
        with transaction():
            if taken := model.clash(flavor.id, flavor.name):
                what = f"name {flavor.name}" if taken[1] == flavor.name else f"ID {flavor.id}"
                raise Conflict(f"Flavor with {what} already exists.")
            model.insert(flavor)
        return flavor

    def describe(self, ctx: Context, flavor_id: str, description: str | None) -> Flavor:
        ctx.authorize("compute:flavors:update")
        self.get(ctx, flavor_id)
        with transaction():
            model.set_description(flavor_id, description, clock.now())
        return self.get(ctx, flavor_id)

    def delete(self, ctx: Context, flavor_id: str) -> None:
        """Servers made with it keep their copy."""
        ctx.authorize("compute:flavors:delete")
        with transaction():
            if not model.delete(flavor_id):
                raise NotFound(f"Flavor {flavor_id} could not be found.")

    # --- extra specs

    def put_specs(self, ctx: Context, flavor_id: str, specs: dict[str, str]) -> dict[str, str]:
        ctx.authorize("compute:flavors:specs:update")
        with transaction():
            merged = {**self.get(ctx, flavor_id).extra_specs, **specs}
            model.set_specs(flavor_id, merged)
        return specs

    def delete_spec(self, ctx: Context, flavor_id: str, key: str) -> None:
        ctx.authorize("compute:flavors:specs:update")
        with transaction():
            specs = self.get(ctx, flavor_id).extra_specs
            if specs.pop(key, None) is None:
                raise NotFound(f"Flavor {flavor_id} has no extra specs with key {key}.")
            model.set_specs(flavor_id, specs)

    # --- who may use a private one

    def access(self, ctx: Context, flavor_id: str) -> list[str]:
        ctx.authorize("compute:flavors:access:index")
        if self.get(ctx, flavor_id).public:
            raise NotFound("Access list not available for public flavors.")
        return model.access(flavor_id)

    def grant(self, ctx: Context, flavor_id: str, project_id: str) -> list[str]:
        ctx.authorize("compute:flavors:access:update")
        with transaction():
            if self.get(ctx, flavor_id).public:
                raise Conflict("Can not add access to a public flavor.")
            if not model.grant(flavor_id, project_id):
                raise Conflict(
                    f"Flavor access already exists for flavor {flavor_id} and project {project_id} combination."
                )
        return model.access(flavor_id)

    def revoke(self, ctx: Context, flavor_id: str, project_id: str) -> list[str]:
        ctx.authorize("compute:flavors:access:update")
        with transaction():
            if not model.revoke(flavor_id, project_id):
                raise NotFound(f"Flavor access not found for {flavor_id} / {project_id} combination.")
        return model.access(flavor_id)
