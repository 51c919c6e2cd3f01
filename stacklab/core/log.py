"""Structured logs: one JSON object a line (or colours on a terminal), request ids bound, secrets masked."""

import logging
import sys
from contextlib import suppress
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, TextIO, cast

import msgspec
import structlog

MASKED = "***"
_SECRET = (
    "password",
    "secret",
    "token",
    "private_key",
    "admin_pass",
    "adminpass",
    "authorization",
    "user_data",
    "cookie",
)


request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being served; every line about it tells."""


def _about(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    asked = request_id.get()
    if asked:
        event.setdefault("request_id", asked)
    return event


@lru_cache(maxsize=1024)
def _secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET)


def mask(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A field whose name smells of a secret never reaches the log, whatever it holds."""
    for key in event:
        if _secret(key):
            event[key] = MASKED
    return event


class _Lossy:
    """A stream that loses what it cannot write: where the log's disk is full, or nobody reads it any more, the line
    goes, and not the work it is about."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def configure(level: str = "info", stream: Any = None) -> None:
    """Called once by the command; everything below `level` costs a comparison."""
    stream = stream or sys.stderr
    terminal, out = stream.isatty(), _Lossy(stream)
    render: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if terminal
        else structlog.processors.JSONRenderer(_json)
    )
    exceptions: list[Any] = [] if terminal else [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[
            _about,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            mask,
            *exceptions,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, out)),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=out, format="%(levelname)s %(name)s %(message)s")


def _json(event: object, **_options: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


def get(name: str) -> Any:
    """A logger; `log.get(__name__).info("server built", server=id, ms=42)`."""
    return structlog.get_logger(module=name)
