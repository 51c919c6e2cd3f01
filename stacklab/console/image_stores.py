"""The stores a region keeps images in, and which of them an image is in. With one store nothing of it is shown."""

from collections.abc import Iterable

from msgspec import Struct

from stacklab.console.client import Api
from stacklab.console.faults import Fault
from stacklab.console.images import FAILED, Json

COMING = "os_glance_importing_to_stores"  # the property of an image that says where it is on its way to
HEADER = "X-Image-Meta-Store"


class Store(Struct, frozen=True):
    """`default`: where images go whose makers choose none. `read_only`: nothing can be put into it."""

    id: str
    text: str
    default: bool
    read_only: bool


class Copy(Struct, frozen=True):
    """An image in a store, or not: `state` is here, coming, failed (where it was to be copied to last) or ""."""

    store: Store
    state: str


async def several(api: Api) -> list[Store]:
    """The region's, or none where it has but one: then the page tells nothing of the question either.

    A page is shown without them where they cannot be had.
    """
    asked = api.unrecorded()
    try:
        told = (await asked.get("/image/v2/info/stores"))["stores"]
    except Fault:
        return []
    if len(told) < 2:
        return []
    api.calls.extend(asked.calls)
    return [
        Store(one["id"], one.get("description", ""), one.get("default") == "true", one.get("read-only") == "true")
        for one in told
    ]


def copies(image: Json, stores: list[Store]) -> list[Copy]:
    """One for each store, in the order of the stores."""
    told = {"failed": image.get(FAILED, ""), "coming": image.get(COMING, ""), "here": image.get("stores", "")}
    states = {name: state for state, names in told.items() for name in names.split(",")}
    return [Copy(store, states.get(store.id, "")) for store in stores]


def listed(image: Json) -> list[str]:
    """The names of the stores an image is in, the one it is read from first."""
    return [name for name in str(image.get("stores", "")).split(",") if name]


def chosen(names: Iterable[str]) -> Json:
    """What an import says of the stores it goes into; where none was chosen nothing, and it goes to the default one."""
    stores = [name for name in names if name]
    return {"stores": stores} if stores else {}
