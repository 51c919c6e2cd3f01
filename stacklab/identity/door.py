"""What a service of a region asks of identity: answered at home by `Identity`, elsewhere by `regions.node`."""

from typing import Protocol

from stacklab.http.context import Caller
from stacklab.identity.projects import ProjectInfo

__all__ = ["Door", "ProjectInfo"]


class Door(Protocol):
    def check(self, token: str) -> Caller:
        """Who a token speaks for. Raises Unauthorized."""

    def project(self, project_id: str) -> ProjectInfo | None:
        """What is known of a project; None where there is none such."""
