"""Whether there is room for an upload, in its account, its container and its storage policy."""

from stacklab.core.errors import TooLarge
from stacklab.core.settings import Objects as Settings
from stacklab.objects import model, policies, quotas
from stacklab.objects.model import Account, Container
from stacklab.objects.quotas import Held


class Room:
    """`tiers` and `policies` (the default first) are those of this cloud."""

    def __init__(self, settings: Settings) -> None:
        self.tiers = quotas.tiers(settings)
        self.policies = settings.policies

    def check(self, account: Account, holder: Container, added: Held, reseller: bool = False) -> None:
        """Raises TooLarge where so much more is too much. Resellers are not held to an account's quotas."""
        held = Held(account.objects, account.bytes), Held(holder.objects, holder.bytes)
        policy = holder.said(policies.HEADER)
        name = policy or self.policies[0]
        of_policy = None
        if quotas.of_policy(account.metadata, name):
            of_policy = Held(*policies.held(account.name, policy, account.objects, account.bytes))
        kept, meta = account.metadata, holder.meta
        quotas.check_upload(kept, meta, *held, added, self.tiers, policy=name, of_policy=of_policy, reseller=reseller)

    def require(self, account: Account, holder: Container, name: str, size: int, reseller: bool = False) -> None:
        """The same for so many bytes under a name, before one of them is taken in."""
        try:
            self.check(account, holder, Held(1, size), reseller)
        except TooLarge:
            # What takes the place of another needs less: only now that is looked at.
            before = model.entry(holder.id, name)
            if before is None:
                raise
            self.check(account, holder, Held(0, size - before.size), reseller)
