"""The bytes behind an address of the web, for a job: plain HTTP/1.1 to an address that `reach` has weighed."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import urljoin

from stacklab.core.settings import Images
from stacklab.images import reach
from stacklab.images.reach import Target, Unreachable

_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
_SILENCE = 30.0  # seconds a server may say nothing
_HEAD = 60.0  # seconds until all of an answer's headers are there
_SPAN, _SLOWEST = 60.0, 1 << 20  # in so many seconds at least so many bytes, or others wait for a place
_TRIES = 4  # addresses of one name: each may take a silence
_BLOCK = 1 << 18


class DownloadFailed(Exception):
    """Nothing, or not all, could be fetched. The message is for a person and says nothing of inner addresses."""


class _Pinned(http.client.HTTPConnection):
    """Speaks to the server by its name and connects to one of its weighed addresses."""

    def __init__(self, target: Target, addresses: list[str], settings: Images) -> None:
        super().__init__(target.host, target.port, timeout=_SILENCE)
        self._target, self._addresses, self._settings = target, addresses, settings
        self._line: socket.socket | None = None  # `sock` is taken away while the answer is still read

    def connect(self) -> None:
        made = self._open()
        if not reach.allowed(self._settings, str(made.getpeername()[0])):
            made.close()
            raise Unreachable(f"URI does not pass filtering: {self._target.authority}")
        if self._target.scheme == "https":
            made = ssl.create_default_context().wrap_socket(made, server_hostname=self._target.host)
        self.sock = self._line = made

    def cut(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def _open(self) -> socket.socket:
        failed = OSError("no address")
        for address in self._addresses[:_TRIES]:
            try:
                return socket.create_connection((address, self._target.port), _SILENCE)
            except OSError as error:
                failed = error
        raise failed


def size(settings: Images, uri: str) -> int | None:
    """Bytes there are, None where the server does not say. Raises as `blocks`."""
    ends = time.monotonic() + _SILENCE
    with closing(_asked(settings, uri, "HEAD", ends)) as answers:
        return next(answers).length


def blocks(settings: Images, uri: str, token: str = "") -> Iterator[bytes]:
    """The content, block by block. Raises Unreachable for what may not be reached, DownloadFailed for the rest.

    A `token` goes where it was meant to go, and not where that redirects to.
    """
    ends = time.monotonic() + settings.import_seconds
    for answer in _asked(settings, uri, "GET", ends, token):
        try:
            yield from _content(answer, ends)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DownloadFailed(f"The image could not be downloaded: {_said(error)}.") from error


def _asked(
    settings: Images, uri: str, method: str, ends: float, token: str = ""
) -> Generator[http.client.HTTPResponse, None, None]:
    """The one answer that is no redirect, open until the generator is closed."""
    try:
        for _ in range(_REDIRECTS + 1):
            wanted = reach.target(settings, uri)
            connection = _Pinned(wanted, reach.addresses(settings, wanted), settings)
            with closing(connection), _cut_off(connection, ends):
                answer = _answer(connection, method, wanted, token, min(ends, time.monotonic() + _HEAD))
                if answer.status not in _MOVED or token:
                    yield _good(answer, method)
                    return
                uri = urljoin(uri, answer.headers.get("location") or "")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadFailed(f"The image could not be downloaded: {_said(error)}.") from error
    raise DownloadFailed(f"The image could not be downloaded: there were more than {_REDIRECTS} redirects.")


def _answer(connection: _Pinned, method: str, wanted: Target, token: str, ends: float) -> http.client.HTTPResponse:
    """Its status and headers; a server that says `100 Continue` for ever has not said them."""
    headers = {"Host": wanted.authority, "Accept-Encoding": "identity", "User-Agent": "stacklab"}
    if token:
        headers["X-Auth-Token"] = token
    with _cut_off(connection, ends):
        try:
            connection.request(method, wanted.path, headers=headers)
            answer = connection.getresponse()
        finally:
            _in_time(ends)
    return answer


@contextmanager
def _cut_off(connection: _Pinned, ends: float) -> Iterator[None]:
    """At its end the line is cut, whatever is being read: a server that drips bytes is never silent for long."""
    timer = threading.Timer(max(ends - time.monotonic(), 0), connection.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _good(answer: http.client.HTTPResponse, method: str) -> http.client.HTTPResponse:
    if answer.status != 200:
        raise DownloadFailed(f"The image could not be downloaded: the server answered {answer.status}.")
    if method == "HEAD":  # http.client takes the length of no body
        said = answer.headers.get("content-length", "")
        answer.length = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
    return answer


def _content(answer: http.client.HTTPResponse, ends: float) -> Iterator[bytes]:
    promised, seen, pace = answer.length, 0, _Pace()
    while block := answer.read1(_BLOCK):
        seen += len(block)
        yield block
        _in_time(ends)
        pace(len(block))
    _in_time(ends)
    if promised is not None and seen != promised:
        raise DownloadFailed("The image could not be downloaded: the server ended in the middle.")


class _Pace:
    """Told of every block. Raises DownloadFailed when too little came for too long."""

    def __init__(self) -> None:
        self._ends, self._seen = time.monotonic() + _SPAN, 0

    def __call__(self, count: int) -> None:
        self._seen += count
        now = time.monotonic()
        if now < self._ends:
            return
        if self._seen < _SLOWEST:
            raise DownloadFailed("The image could not be downloaded: the server was too slow.")
        self._ends, self._seen = now + _SPAN, 0


def _in_time(ends: float) -> None:
    """A line that was cut looks like one that ended: only the time tells."""
    if time.monotonic() >= ends:
        raise DownloadFailed("The image could not be downloaded: it took too long.")


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the server was silent for too long"
    if isinstance(error, ssl.SSLError):
        return "its certificate was not accepted"
    return "the server could not be reached" if isinstance(error, OSError) else "the server's answer made no sense"
