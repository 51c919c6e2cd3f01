"""Becoming somebody: at once, or by a mailed link. See the package's docstring for what is promised to strangers."""

import hmac
from uuid import UUID

from stacklab.core.db.database import durable
from stacklab.core.errors import BadRequest, Conflict, Forbidden
from stacklab.core.events import Bus, Event
from stacklab.core.jobs import Job
from stacklab.core.settings import Settings
from stacklab.identity import accounts
from stacklab.identity.service import Identity, Newcomer
from stacklab.signup import limits, links, rules
from stacklab.signup.links import Link
from stacklab.signup.post import Post
from stacklab.signup.proof import Proofs
from stacklab.signup.schema import NewAccount


class Registration:
    """Emits signup.admitted (subject: the user)."""

    def __init__(
        self, settings: Settings, identity: Identity, bus: Bus, post: Post, proofs: Proofs, secret: bytes
    ) -> None:
        self._settings, self._identity, self._bus = settings, identity, bus
        self._post, self._proofs, self._secret = post, proofs, secret
        post.add("verify", self._write_verify)
        post.add("resend", self._write_resend)
        post.add("strange", self._write_strange)

    @property
    def open(self) -> bool:
        """Whether anybody can sign up now."""
        return self._settings.signup.enabled and (self._post.on or self._settings.signup.verify != "always")

    @property
    def verifies(self) -> bool:
        """Whether an address is verified before it becomes an account."""
        verify = self._settings.signup.verify
        return verify == "always" or (verify == "auto" and self._post.on)

    def register(self, client: str, asked: NewAccount, language: str) -> Newcomer | Link:
        """Slow. A Link where a mail is on its way. Raises Forbidden, BadRequest, TooManyRequests, ProofNeeded."""
        if not self.open:
            raise Forbidden("Sign-up is closed on this cloud. Ask its operator for an account.")
        email = rules.address(asked.email)
        bits = self._proofs.bits()
        # No proof where one is needed: the mail is the proof.
        by_mail = self.verifies or (bits > 0 and asked.proof is None and self._post.on)
        password = None if by_mail else self._password(email, asked.password)
        own = (None, self._settings.node.region)
        if asked.region not in own and not self._identity.regions.known(str(asked.region)):
            raise BadRequest(f"Invalid input for field 'region': there is no region '{asked.region}' here.")
        limits.count(limits.of_signup(self._settings.signup, client, email))
        if bits and not (by_mail and asked.proof is None):
            self._proofs.check(asked.proof, bits)
        return self._admit(email, password, language) if password else self._invite(email, language)

    def resend(self, client: str, email: str, language: str) -> None:
        """Another mail for who lost the first. Raises Forbidden, BadRequest, TooManyRequests."""
        self._post.require_on()
        known = rules.address(email)
        limits.count(limits.of_asking(self._settings.signup, client))
        with durable():
            self._post.ask("resend", email=known, language=language)

    def verify(self, token: str, password: str) -> Newcomer:
        """The account of the address a link was sent to. Slow. Raises NotFound, BadRequest, Conflict."""
        self._password(links.find(token, links.VERIFY).email, password)
        with links.used(token, links.VERIFY) as link:
            made = self._identity.admit(link.email, password, {"language": link.language})
        if made is None:
            raise Conflict("This address has an account already. Log in, or ask for a new password.")
        self._bus.emit(Event("signup.admitted", made.user_id, made.project_id))
        return made

    # --- before

    def _password(self, email: str, password: str | None) -> str:
        good = rules.password(email, password, self._settings.identity.password_min_length)
        accounts.require_form(self._identity, good)
        return good

    # --- at once

    def _admit(self, email: str, password: str, language: str) -> Newcomer:
        admitted = self._identity.admit(email, password, {"language": language})
        with durable():
            self._post.ask("strange", email=email, language=language, strange=admitted is None)
        if admitted is None:
            return self._nowhere(email, password)
        self._bus.emit(Event("signup.admitted", admitted.user_id, admitted.project_id))
        return admitted

    def _nowhere(self, email: str, password: str) -> Newcomer:
        """Ids as a new account has, for an address that is somebody else's; the same each time."""
        digest = hmac.digest(self._secret, f"{email}\0{password}".encode(), "sha256")
        # version=4 sets the bits that every random id has.
        user_id, project_id = (UUID(bytes=half, version=4).hex for half in (digest[:16], digest[16:]))
        return self._identity.newcomer(email, user_id, project_id)

    def _write_strange(self, post: Post, job: Job) -> None:
        """The owner of an address hears of a stranger who tried to sign up with it."""
        if job.payload["strange"]:
            self._write_taken(post, job)

    # --- by mail

    def _invite(self, email: str, language: str) -> Link:
        with durable():
            link = links.open_for(links.VERIFY, email, language, self._settings.signup.link_hours)
            self._post.ask("verify", link=link.id, email=email, language=language)
        return link

    def _write_verify(self, post: Post, job: Job) -> None:
        if accounts.by_email(job.payload["email"]) is not None:
            self._write_taken(post, job)
        elif token := links.token(job.payload["link"]):
            hours = str(self._settings.signup.link_hours)
            link = post.link("verify", token)
            post.send(job, job.payload["email"], "verify", job.payload["language"], link=link, hours=hours)

    def _write_resend(self, post: Post, job: Job) -> None:
        """Nothing for an address that never asked."""
        email = job.payload["email"]
        waiting = links.newest(links.VERIFY, email)
        if waiting is not None:
            job.payload["link"] = waiting.id
            self._write_verify(post, job)
        elif accounts.by_email(email) is not None:
            self._write_taken(post, job)

    def _write_taken(self, post: Post, job: Job) -> None:
        """In the owner's language, not in that of whoever asked."""
        owner = accounts.by_email(job.payload["email"])
        if owner is not None:
            post.send(job, owner.name, "taken", owner.language or job.payload["language"])
