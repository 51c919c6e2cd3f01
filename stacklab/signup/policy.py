"""Who may do what with accounts and leases."""

from stacklab.http.policy import ADMIN, PROJECT_MEMBER, PROJECT_READER, declare

declare(
    "signup",
    {
        "accounts:manage": (ADMIN, "See, suspend, resume and delete other people's accounts"),
        "leases:show": (PROJECT_READER, "See the leases of the project's servers"),
        "leases:extend": (PROJECT_MEMBER, "Extend the lease of a server of the project"),
        "leases:all": (ADMIN, "See the leases of all projects"),
    },
)
