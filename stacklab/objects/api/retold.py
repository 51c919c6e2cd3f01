"""An answer with other headers, whoever makes it: a Reply, or something that writes itself."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from stacklab.http.body import Receive
from stacklab.http.reply import Reply
from stacklab.http.respond import encoded
from stacklab.http.routes import Asgi

Change = Callable[[int, dict[str, str]], dict[str, str]]
"""From the status and the headers, by small names, to those that are sent."""


def retold(answer: Reply | Asgi, change: Change) -> Reply | Asgi:
    if isinstance(answer, Reply):
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, answer.body, change(answer.status, named), answer.media)
    return _Retold(answer, change)


class _Retold(Struct, frozen=True):
    answer: Asgi
    change: Change

    async def __call__(self, scope: Any, receive: Receive, send: Any) -> None:
        async def changing(message: Any) -> None:
            if message["type"] == "http.response.start":
                named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
                message["headers"] = encoded(self.change(message["status"], named))
            await send(message)

        await self.answer(scope, receive, changing)
