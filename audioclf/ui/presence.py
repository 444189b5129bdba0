"""Notice at once that a visitor has left: Gradio alone looks every ten seconds."""

import asyncio
import re
from dataclasses import dataclass

from audioclf.ui.exchange import App, Message, Receive, Scope, Send, path_of
from audioclf.ui.guard import API, NAME

STREAMS = rf"{API}/(queue/data|call/{NAME}/{NAME})"  # where a visitor waits for events


@dataclass(frozen=True)
class Presence:
    """An ASGI middleware that ends a stream of events as soon as its reader is gone.

    Gradio then forgets the events of that session, and marks those at work.
    """

    app: App

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not re.fullmatch(STREAMS, path_of(scope)):
            return await self.app(scope, receive, send)
        gone = asyncio.Event()

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.set()

        async def received() -> Message:
            await gone.wait()
            return {"type": "http.disconnect"}

        stream = asyncio.ensure_future(self.app(scope, received, send))
        watcher = asyncio.create_task(watch())
        try:
            await asyncio.wait((stream, watcher), return_when=asyncio.FIRST_COMPLETED)
            if not stream.done():
                stream.cancel()
            (outcome,) = await asyncio.gather(stream, return_exceptions=True)
            if isinstance(outcome, Exception) and not gone.is_set():
                raise outcome
        finally:
            watcher.cancel()
            stream.cancel()
