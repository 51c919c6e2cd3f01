"""The microversions served, by what their *reads* show. Nobody writes through this API but compute, by the inside door,
so the methods that change something answer 405.

1.1 aggregates of a provider · 1.2 resource classes · 1.3 `member_of` · 1.4 `resources` in the list of providers ·
1.6 traits · 1.9 usages of a project · 1.10 allocation candidates · 1.11 link to the allocations of a provider ·
1.12 allocations as an object, with project and user · 1.14 parent and root provider, `in_tree`.
"""

from stacklab.http.microversion import Microversions

SERVED = Microversions("placement", lowest=(1, 0), highest=(1, 14))
