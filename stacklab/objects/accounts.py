"""Accounts: made by the first write below them, changed by their people, deleted by resellers or with their project."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stacklab.core import clock
from stacklab.core.db.database import change, durable, rows, transaction
from stacklab.core.errors import Forbidden
from stacklab.core.jobs import Job, Kind, enqueue
from stacklab.objects import account_acl, metadata, model, policies, quotas
from stacklab.objects.model import Account, Container, Headers
from stacklab.objects.policies import Use

if TYPE_CHECKING:
    from stacklab.objects.service import Objects

EMPTY = "objects.empty"
_AT_ONCE = 500  # objects that one transaction deletes
_SOME = """
SELECT o.container, o.name, o.file FROM {} AS o JOIN objects_containers AS c ON c.id = o.container
WHERE c.account = ? LIMIT ?
"""
_DELETE = "DELETE FROM {} WHERE container = ? AND name = ? AND file = ?"
_LESS = """
UPDATE objects_accounts SET containers = containers - 1, objects = objects - ?, bytes = bytes - ? WHERE name = ?
"""
_TABLES = ("objects", "objects_versions")


def update(name: str, headers: Headers, owner: bool, reseller: bool, known: Sequence[str]) -> Account:
    """Change metadata, quotas and the ACL, as far as the headers say. Raises BadRequest, Forbidden.

    `owner`: may set the ACL; `reseller`: may set quotas, also of the storage policies (`known`).
    """
    asked = quotas.asked(headers, known, reseller)
    rules = headers.get(account_acl.HEADER)
    if rules is not None and not owner:
        raise Forbidden("")
    if rules is not None:
        rules = account_acl.clean(rules)
    with transaction():
        model.ensure_account(name, clock.now())
        account = model.account(name)
        assert account
        # The older name of a quota is kept as a quota, not as somebody's metadata.
        plain = {key: value for key, value in headers.items() if key != "x-account-meta-quota-bytes"}
        kept = metadata.changed(account.metadata, plain, "account") | asked
        if rules is not None:
            kept[account_acl.HEADER] = rules
        kept = {key: value for key, value in kept.items() if value}
        model.set_account(name, kept)
    return account


def delete(name: str) -> bool:
    """Take everything of an account out of sight at once; a job removes it. Inside a transaction. False: none there."""
    doomed = f".deleted/{clock.unique()}"
    change("UPDATE objects_containers SET account = ? WHERE account = ?", (doomed, name))
    gone = change("DELETE FROM objects_accounts WHERE name = ?", (name,)) == 1
    policies.forget(name)
    if gone:
        enqueue(EMPTY, doomed, {"account": doomed})
    return gone


def discard(container: Container) -> None:
    """Take one container out of sight with all that is in it; a job removes it. Inside a transaction."""
    doomed = f".deleted/{clock.unique()}"
    there = model.container_by_id(container.id)
    if there and change("UPDATE objects_containers SET account = ? WHERE id = ?", (doomed, there.id)):
        change(_LESS, (there.objects, there.bytes, there.account))
        policies.count(there.account, there.metadata, Use(-1, -there.objects, -there.bytes))
        enqueue(EMPTY, doomed, {"account": doomed})


def kind(service: "Objects") -> Kind:
    def empty(job: Job) -> None:
        """Rows first, some at a time, then their files; again from the start after a crash."""
        account = job.payload["account"]
        for table in _TABLES:
            while found := rows(_SOME.format(table), (account, _AT_ONCE)):
                with durable():
                    for one in found:
                        change(_DELETE.format(table), one)
                service.store.remove(file for _container, _name, file in found)
        with transaction():
            change("DELETE FROM objects_containers WHERE account = ?", (account,))
            policies.forget(account)

    return Kind(empty, lambda _job, _error: None, attempts=1 << 30)
