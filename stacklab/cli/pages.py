"""The web console, loaded when the first browser comes: a node that serves APIs alone starts sooner and is smaller."""

import asyncio
from typing import Any

from starlette.applications import Starlette

from stacklab.cli.listener import local_url
from stacklab.core.settings import Settings


class Pages:
    """An ASGI application that becomes the console with its first request. `close()` ends its streams."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._console: Starlette | None = None
        self._loading = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._console is None:
            await self._load()
        assert self._console
        await self._console(scope, receive, send)

    async def close(self) -> None:
        if self._console:
            await self._console.state.desk.close()

    async def _load(self) -> None:
        """Once, in a thread: it takes a tenth of a second in which the APIs go on answering."""
        async with self._loading:
            if self._console is None:
                self._console = await asyncio.to_thread(self._create)

    def _create(self) -> Starlette:
        from stacklab.console import app

        return app.create(self._settings, local_url(self._settings.node.listen), self._settings.state)
