"""Which servers work: the share of their vCPUs' time they used between one look and the next."""

from collections.abc import Iterable

from stacklab.compute.tenancy import Tenant

Sample = tuple[int, int]  # processor time in ns, when in µs


class Idleness:
    """Samples are kept in memory: after a restart the first look only says where counting starts."""

    def __init__(self, percent: float) -> None:
        self._share = percent / 100
        self._last: dict[str, Sample] = {}

    def working(self, tenants: Iterable[Tenant], now: int) -> set[str]:
        """The ids of servers that used more than the share since the last look."""
        samples = {tenant.id: (tenant.cpu_ns, now) for tenant in tenants if tenant.cpu_ns is not None}
        found = {tenant.id for tenant in tenants if tenant.id in samples and self._works(tenant, samples[tenant.id])}
        self._last = samples
        return found

    def _works(self, tenant: Tenant, sample: Sample) -> bool:
        before = self._last.get(tenant.id)
        if before is None:
            return False
        used = sample[0] - before[0] if sample[0] >= before[0] else sample[0]  # less: it was started anew
        span = (sample[1] - before[1]) * 1000 * tenant.vcpus
        return span > 0 and used / span > self._share
