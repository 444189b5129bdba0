"""Requests to the guard, without a network."""

import asyncio
from typing import ClassVar

from audioclf.ui.guard import Access, Guard

HERE = (b"host", b"127.0.0.1:7860")


class LoggedIn:
    """What Gradio's app knows of those who have logged in."""

    cookie_id = "id"
    tokens: ClassVar = {"secret": "anna"}


async def asked(guard, method, path, headers, chunks, address, app=LoggedIn):
    """The messages of the answer."""
    sent, chunks = [], list(chunks)

    async def receive():
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers), "client": (address, 1)}
    scope |= {"app": app, "query_string": b"", "http_version": "1.1", "scheme": "http"}
    await guard(scope, receive, send)
    return sent


async def reads(scope, receive, send):
    """An app that answers 200 after it has read the body."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the app"})


def ask(
    method="GET", path="/", headers=(HERE,), body=b"", access=None, app=reads, address="10.0.0.1", **more
):
    """Status, body and headers of the guarded answer."""
    chunks = [body[i : i + 65_536] for i in range(0, len(body), 65_536)] or [b""]
    guarded = Guard(app, access or Access(), **more)
    sent = asyncio.run(asked(guarded, method, path, headers, chunks, address))
    return sent[0]["status"], sent[-1]["body"], dict(sent[0]["headers"])
