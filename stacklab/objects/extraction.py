"""Objects made of an archive's files. Small ones go side by side, as many as `underway` lets; one that is large goes
alone, from the wire to the disk."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial

from stacklab.core.errors import BadRequest, Failure, TooLarge, Unauthorized
from stacklab.objects import bulk, metadata
from stacklab.objects.archives import Archive, Member
from stacklab.objects.bulk import Report
from stacklab.objects.store import SMALL
from stacklab.objects.underway import Tell, Underway

MOST_CONTAINERS = 10_000
_COPIED = ("x-delete-at", "x-delete-after")
_CREATED = "Number Files Created"

Take = Callable[[AsyncIterator[bytes]], Awaitable[object]]
"""Takes in the bytes of an object; raises Failure."""
Put = Callable[[str, str, Mapping[str, str]], Take]
"""(container, name, headers): where the bytes may go; raises Failure before one is taken."""
Create = Callable[[str], Awaitable[bool]]
"""Makes a container; False when there was one. Raises Failure."""


async def extract(
    archive: Archive, account: str, base: str, headers: Mapping[str, str], create: Create, put: Put
) -> Report:
    """Put every file of the archive below `base` ("" or "container" or "container/prefix"), making its containers.

    Of the request's `headers` its metadata and times of expiry go to each object.
    """
    report = Report(201, {_CREATED: 0})
    copied = {k: v for k, v in headers.items() if k in _COPIED or k.startswith("x-object-meta-")}
    return await bulk.guarded(_Extraction(archive, account, copied, create, put, report).run(base.strip("/")), report)


class _Extraction:
    def __init__(
        self, archive: Archive, account: str, headers: Mapping[str, str], create: Create, put: Put, report: Report
    ) -> None:
        self._archive, self._account, self._headers, self._report = archive, account, headers, report
        self._create, self._put = create, put
        self._seen, self._made = set[str](), 0  # containers
        self._underway = Underway()

    async def run(self, base: str) -> None:
        try:
            async for member in self._archive.members():
                if await self._failed_enough():
                    break
                path = member.name.removeprefix("./").lstrip("/")
                await self._member(member, f"{base}/{path}" if base else path)
        finally:
            await self._underway.settle()
        self._report.end("Invalid Tar File: No Valid Files")

    async def _failed_enough(self) -> bool:
        """Each of those under way may fail, and its container with it."""
        if len(self._report.failed) + 2 * len(self._underway) >= bulk.MOST_FAILED:
            await self._underway.settle()
        return len(self._report.failed) >= bulk.MOST_FAILED

    async def _member(self, member: Member, path: str) -> None:
        container, slash, name = path.partition("/")
        if not member.is_file or not slash or not name:
            return
        wrong = _wrong(path, member.size)
        if wrong:
            self._underway.refuse(path, wrong, partial(self._tell, path, None))
            return
        tell = partial(self._tell, path, await self._created(container))
        small = member.size < SMALL
        try:
            take = self._put(container, name, {**self._headers, **metadata.sent(member.headers)})
            held = [part async for part in self._archive.data()] if small else []
        except Failure as failure:
            await self._refuse(path, failure, tell)
            return
        if small:
            await self._underway.begin(path, member.size, _taken(take, held), tell)
        else:
            await self._alone(take, tell)

    async def _refuse(self, path: str, failure: Failure, tell: Tell) -> None:
        """Who may not at all is told at once, and so are no more."""
        self._underway.refuse(path, failure, tell)
        if isinstance(failure, Unauthorized):
            await self._underway.settle()

    async def _alone(self, take: Take, tell: Tell) -> None:
        await self._underway.settle()
        try:
            await take(self._archive.data())
        except Failure as failure:
            tell(failure)
        else:
            tell(None)

    async def _created(self, container: str) -> Failure | None:
        """Why it cannot be made, told of its first object alone; objects may still be put in one that others own."""
        if container in self._seen:
            return None
        self._seen.add(container)
        try:
            self._made += await self._create(container)
        except Unauthorized:
            raise
        except Failure as failure:
            return failure
        if self._made > MOST_CONTAINERS:
            raise BadRequest(f"More than {MOST_CONTAINERS} containers to create from tar.")
        return None

    def _tell(self, path: str, container: Failure | None, failure: Failure | None) -> None:
        if failure is None:
            self._report.counts[_CREATED] += 1
            return
        if container:
            self._report.fail(f"/v1/{self._account}/{path.partition('/')[0]}", container)  # as Swift names it
        self._report.fail(path, failure)
        if isinstance(failure, Unauthorized):
            raise failure


def _wrong(path: str, size: int) -> Failure | None:
    """What is refused before its container is made."""
    if not bulk.is_text(path):
        return bulk.Unreadable(path)
    return TooLarge("") if size > metadata.LIMITS["max_file_size"] else None


async def _taken(take: Take, held: list[bytes]) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for chunk in held:
            yield chunk

    await take(chunks())
