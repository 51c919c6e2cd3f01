"""Who may do what with accounts and leases."""

from stacklab.http.context import Caller
from stacklab.http.policy import ADMIN, PROJECT_MEMBER, PROJECT_READER, Target, declare


def _home_admin(caller: Caller, _target: Target) -> bool:
    """An administrator of home: those of a region have the role too, in tokens that are bound to it."""
    return caller.admin and not caller.audience


declare(
    "signup",
    {
        "accounts:manage": (_home_admin, "See, suspend, resume and delete other people's accounts"),
        "leases:show": (PROJECT_READER, "See the leases of the project's servers"),
        "leases:extend": (PROJECT_MEMBER, "Extend the lease of a server of the project"),
        "leases:all": (ADMIN, "See the leases of all projects"),
    },
)
