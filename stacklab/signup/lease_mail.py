"""What happens to a leased server is written to whoever made it."""

from stacklab.core import clock
from stacklab.core.jobs import Job
from stacklab.identity import accounts
from stacklab.signup.languages import ENGLISH
from stacklab.signup.leases import Leases, Notice
from stacklab.signup.post import Post
from stacklab.signup.schema import is_email

_NAME = 64  # characters of a server's name that a subject line shows


def listen(leases: Leases, post: Post) -> None:
    post.add("lease", _write)
    leases.listen(lambda notice: _ask(post, notice))


def _ask(post: Post, notice: Notice) -> None:
    post.ask(
        "lease",
        letter=f"lease.{notice.step}",
        user=notice.tenant.user_id,
        filling={
            "server": " ".join(notice.tenant.name.split())[:_NAME],
            "id": notice.tenant.id,
            "why": notice.reason,
            "date": _day(notice.stops_at),
            "gone": _day(notice.deletes_at),
        },
    )


def _write(post: Post, job: Job) -> None:
    """Nothing to who is suspended or has no address."""
    account = accounts.get(job.payload["user"])
    if account is not None and account.enabled and is_email(account.email):
        filling: dict[str, str] = job.payload["filling"]
        post.send(job, account.email, job.payload["letter"], account.language or ENGLISH, asked=False, **filling)


def _day(moment: int) -> str:
    return clock.iso(moment)[:16].replace("T", " ")
