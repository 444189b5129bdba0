"""One request and its answer: its body is bounded and, if JSON, plain; a failure is one sentence."""

import asyncio
import errno
import json
import logging
import math
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from audioclf.ui.failures import summary
from audioclf.wording import text

LOG = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
BODY_SECONDS = 30.0  # between two parts of a body; then the connection counts as closed
# The whole type: of `…urlencoded+json` the app would read JSON. All other bodies are read as JSON.
FORMS = (b"multipart/form-data", b"application/x-www-form-urlencoded")
PART, MAX_FILES = b"content-disposition", 20  # heads of the files in a form; also of files named in JSON
MAX_VALUES = (
    2000  # of JSON, with those in lists and objects; Gradio answers nobody while it walks through them
)
KEPT_NAMES = ("session_hash", "event_id")  # which Gradio keeps for a while
MAX_NAME = 100  # characters
MAX_DIGITS = 20  # of a whole number: to read one takes a time that grows with their square
# Sentences by the status of answers in which Gradio would repeat a path, or what was sent with names of its own.
REWORDED = {403: "server.no_file", 422: "server.unusable"}
NO_REASON = re.compile(rb'"error": ?null')  # in an event of Gradio's, which keeps the reason to itself


@dataclass(eq=False)
class Exchange:
    """A request whose body is counted while the app reads it; the app sees a disconnection at the limit.

    limit: bytes of the body. A body that is no form must be JSON; it is read whole and checked first. If the app
    fails before it has answered, the answer is a sentence: 413 if the body is too large, 507 if the disk is full, 400
    if something was posted, 404 if no file has so long a name, else 500.
    wordings: keys of sentences by status, where others fit better than those of REWORDED.
    """

    limit: int
    receive: Receive
    send: Send
    wordings: Mapping[int, str] = field(default_factory=dict)
    n_bytes: int = 0
    n_files: int = 0
    _end: bytes = b""  # of what has come, which may hold the beginning of a file's head
    is_read: bool = False
    is_started: bool = False
    is_stream: bool = False  # of events
    instead: tuple[int, str] | None = None  # status and sentence in place of Gradio's answer

    async def run(self, app: App, scope: Scope) -> None:
        """Let the app answer."""
        receive: Receive = self._receive
        try:
            kind = dict(scope["headers"]).get(b"content-type", b"").partition(b";")[0].strip().lower()
            if scope["method"] == "POST" and kind not in FORMS:
                body = await self._whole()
                if body is None:  # too large, or the client has left
                    return await self._too_large() if self.is_too_large else None
                is_empty = not body and not kind.startswith(b"application/json")
                if problem := "" if is_empty else unusable_json(body):
                    return await refuse(self.send, 400, problem)
                receive = _replayed(body, self._receive)
            await app(scope, receive, self._send)
        except Exception as error:
            await self._failed(scope, error)
        else:
            if self.instead:
                await refuse(self.send, *self.instead)
            elif self.is_too_large and not self.is_started:
                await self._too_large()

    async def _whole(self) -> bytes | None:
        parts = []
        while not self.is_read:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
        return b"".join(parts)

    async def _failed(self, scope: Scope, error: Exception) -> None:
        if self.is_too_large and not self.is_started:
            return await self._too_large()
        LOG.warning("a %s request failed: %s", scope["method"], summary(error))
        if self.is_started:
            return await self.send({"type": "http.response.body", "body": b""})
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return await refuse(self.send, 507, text("server.no_room"))
        posted = scope["method"] == "POST"
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG and not posted:
            return await refuse(self.send, 404, text("server.nothing_here"))
        await refuse(self.send, *((400, text("server.unusable")) if posted else (500, text("server.broken"))))

    @property
    def is_too_large(self) -> bool:
        """Whether more has come than may be in one request."""
        return self.n_bytes > self.limit or self.n_files > MAX_FILES

    async def _too_large(self) -> None:
        many = self.n_files > MAX_FILES
        await refuse(
            self.send, 413, text("server.many_files", n=MAX_FILES) if many else too_large(self.limit)
        )

    async def _receive(self) -> Message:
        # Once the body is read, the app waits here for the end of the connection, which may take hours.
        patience = None if self.is_read else BODY_SECONDS
        try:
            async with asyncio.timeout(patience):
                message = await self.receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        self.is_read = not message.get("more_body", False)
        self.n_bytes += len(message.get("body", b""))
        seen = self._end + message.get("body", b"").lower()
        self.n_files += seen.count(PART)
        self._end = seen[-len(PART) + 1 :]
        return {"type": "http.disconnect"} if self.is_too_large else message

    async def _send(self, message: Message) -> None:
        if self.is_too_large and not self.is_started:
            return  # what the app says about the cut body; `run` gives the reason instead
        if (status := message.get("status")) in REWORDED:
            self.instead = status, text(self.wordings.get(status, REWORDED[status]))
        if self.instead:
            return
        self.is_started = True
        if message["type"] == "http.response.start":
            kind = dict(message.get("headers", ())).get(b"content-type", b"")
            self.is_stream = kind.startswith(b"text/event-stream")
        elif self.is_stream:
            reason = b'"error": ' + json.dumps(text("server.unusable")).encode()
            message["body"] = NO_REASON.sub(lambda _: reason, message.get("body", b""))
        await self.send(message)


def path_of(scope: Scope) -> str:
    """The path of a request without the prefix of a proxy."""
    path: str = scope.get("path", "")
    return path.removeprefix(scope.get("root_path", "").rstrip("/")) or "/"


def _replayed(body: bytes, then: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else await then()

    return receive


def unusable_json(body: bytes) -> str:
    """Why a body is no JSON that every reader takes alike, or holds too much; empty if neither."""
    try:
        value = json.loads(body, parse_constant=_not_finite, parse_float=_finite, parse_int=_short)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # also of a character that is half a surrogate pair
        return text("server.not_json")
    if _has_many(value):
        return text("server.many_values", n=MAX_VALUES, files=MAX_FILES)
    names = [value.get(key) for key in KEPT_NAMES] if isinstance(value, dict) else []
    return text("server.long_name") if any(len(str(name)) > MAX_NAME for name in names) else ""


def _has_many(value: Any) -> bool:
    """Whether plain JSON has more values, or names more files, than a request may."""
    n_values = n_files = 0
    waiting = [value]
    while waiting and n_values + len(waiting) <= MAX_VALUES:
        one = waiting.pop()
        n_values += 1
        n_files += isinstance(one, dict) and "path" in one
        waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return bool(waiting) or n_files > MAX_FILES


def _not_finite(number: str) -> NoReturn:
    raise ValueError(number)


def _short(number: str) -> int:
    return int(number) if len(number) <= MAX_DIGITS else _not_finite(number)


def _finite(number: str) -> float:
    value = float(number)
    return value if math.isfinite(value) else _not_finite(number)


def too_large(limit: int) -> str:
    """The sentence for a body above a limit in bytes."""
    return text("server.too_large", megabytes=f"{limit / 1e6:g}")


async def refuse(send: Send, status: int, sentence: str) -> None:
    """Answer with one sentence as JSON and close the connection, whose body nobody will read."""
    await answer(send, status, b"application/json", json.dumps({"detail": sentence}).encode())


async def answer(send: Send, status: int, kind: bytes, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    """Answer with a whole body, and close the connection."""
    length = str(len(body)).encode()
    own = [(b"content-type", kind), (b"content-length", length), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
