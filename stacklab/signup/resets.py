"""A forgotten password: asked for alike by everybody, set by who holds the mailed link."""

from stacklab.core.db.database import durable
from stacklab.core.errors import NotFound
from stacklab.core.jobs import Job
from stacklab.core.settings import Settings
from stacklab.identity import accounts
from stacklab.identity.service import Identity
from stacklab.signup import limits, links, rules
from stacklab.signup.post import Post

HOURS = 1


class Resets:
    def __init__(self, settings: Settings, identity: Identity, post: Post) -> None:
        self._settings, self._identity, self._post = settings, identity, post
        post.add("reset", self._write_reset)
        post.add("changed", self._write_changed)

    def ask(self, client: str, email: str, language: str) -> None:
        """Raises Forbidden where there is no mail, BadRequest, TooManyRequests; never says who has an account."""
        self._post.require_on()
        known = rules.address(email)
        limits.count(limits.of_asking(self._settings.signup, client))
        with durable():
            link = links.open_for(links.RESET, known, language, HOURS)
            self._post.ask("reset", link=link.id, email=known, language=language)

    def set(self, token: str, password: str) -> None:
        """The new password; whoever was logged in is logged out. Slow. Raises NotFound, BadRequest."""
        email = links.find(token, links.RESET).email
        rules.password(email, password, self._settings.identity.password_min_length)
        with links.used(token, links.RESET) as link:
            account = accounts.by_email(link.email)
            if account is None:
                raise NotFound("The account of this link is gone.")
            accounts.choose_password(self._identity, account, password)
        with durable():
            self._post.ask("changed", email=account.name, language=account.language or link.language)

    def _write_reset(self, post: Post, job: Job) -> None:
        """Nothing for an address without an account, or of a suspended one."""
        account = accounts.by_email(job.payload["email"])
        if account is None or not account.enabled:
            return
        if token := links.token(job.payload["link"]):
            link = post.link("reset", token)
            post.send(job, account.name, "reset", job.payload["language"], link=link, hours=str(HOURS))

    def _write_changed(self, post: Post, job: Job) -> None:
        post.send(job, job.payload["email"], "changed", job.payload["language"], asked=False)
