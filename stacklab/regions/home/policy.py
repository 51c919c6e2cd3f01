"""Who may do what with regions: they are the operator's."""

from stacklab.http.policy import ADMIN, declare

declare(
    "regions",
    {
        "invites:read": (ADMIN, "See the invitations"),
        "invites:write": (ADMIN, "Invite a region, and take an invitation back"),
        "regions:remove": (ADMIN, "Remove a region"),
        "admins:read": (ADMIN, "See who administers a region"),
        "admins:write": (ADMIN, "Appoint and dismiss a region's administrators"),
    },
)
