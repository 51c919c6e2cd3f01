"""Whether there is room for an upload, asked before a byte of it is taken in."""

from typing import TYPE_CHECKING

from stacklab.core.errors import TooLarge
from stacklab.objects import model, quotas
from stacklab.objects.model import Account, Container
from stacklab.objects.quotas import Held

if TYPE_CHECKING:
    from stacklab.objects.service import Objects


def require(
    service: "Objects", account: Account, holder: Container, name: str, size: int, reseller: bool = False
) -> None:
    """Raises TooLarge where so many bytes under this name would be more than the account or the container may hold."""
    held = Held(account.objects, account.bytes), Held(holder.objects, holder.bytes)

    def check(added: Held) -> None:
        quotas.check_upload(account.metadata, holder.meta, *held, added, service.tiers, reseller=reseller)

    try:
        check(Held(1, size))
    except TooLarge:
        # What takes the place of another needs less: only now that is looked at.
        before = model.entry(holder.id, name)
        if before is None:
            raise
        check(Held(0, size - before.size))
