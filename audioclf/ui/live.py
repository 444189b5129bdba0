"""Live listening: a WebSocket that takes 16-bit samples and answers while they come; nothing is kept of them."""

import asyncio
import json
import logging
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from audioclf.inference.loading import MAX_MODELS, Selection, fetch_models
from audioclf.service.listening import Ear, Heard, Listening, ears, hear, rate_of
from audioclf.types import AudioclfError
from audioclf.ui.addresses import ASKING, household, loses_first
from audioclf.ui.guard import LIVE, WORKLET
from audioclf.ui.visitors import most_of_one
from audioclf.wording import text
from audioclf.zoo.registry import Registry

T = TypeVar("T")
LOG = logging.getLogger(__name__)
MAX_LISTENERS = 8  # what two cores bear
MAX_REGISTRIES = 300  # of visitors, as many as sessions
IDLE_SECONDS = 5.0  # without sound, or for a message to be taken
BURST_SECONDS = 10.0  # of sound that may come ahead of the time that has passed
LEAST_SHARE = 0.5  # of sound in the time that passes
MOST_MESSAGES = 50  # a second; a browser sends ten
SPARE_MESSAGES = 500  # that may come ahead of the time that has passed
SPARE_SECONDS = 5.0  # of sound that may be missing before the stream ends
MOST_SECONDS = 3600.0  # of one stream
REFUSED, BUSY = 1008, 1013  # codes of a WebSocket's end
SCRIPT = Path(__file__).with_name("static") / "worklet" / "live.js"


class Refused(AudioclfError):
    """The stream ends with this sentence."""


@dataclass(eq=False)
class Live:
    """All listeners. home: the default registry. limit: how many streams there may be at once; 0: none.

    in_turn: calls a function for a visitor, given a name and an address, when it is this visitor's turn.
    """

    home: Registry
    in_turn: Callable[..., Any] = lambda visitor, address, act, *given: act(*given)
    limit: int = MAX_LISTENERS
    _listeners: Counter[str] = field(default_factory=Counter)  # by address
    _visited: OrderedDict[str, tuple[Registry, str]] = field(default_factory=OrderedDict)  # with an address
    _lock: Lock = field(default_factory=Lock)  # events name registries in threads of their own

    @property
    def n_listeners(self) -> int:
        """Number of streams that are open now."""
        return self._listeners.total()

    def has_place(self, address: str) -> bool:
        """Whether one more stream may be opened by this address."""
        return self.n_listeners < self.limit and self._listeners[address] < most_of_one(self.limit)

    @cached_property
    def threads(self) -> ThreadPoolExecutor:
        """They wait for the workers, so that the server's own loop does not."""
        return ThreadPoolExecutor(self.limit + 1, "listen")

    def token(self, registry: Registry) -> str:
        """What names a registry in a stream's first message: empty for the default one, else a secret."""
        if registry == self.home:
            return ""
        with self._lock:
            known = next((key for key, (one, _) in self._visited.items() if one == registry), None)
            key = known or secrets.token_urlsafe(16)
            self._visited[key] = (registry, ASKING.get())
            self._visited.move_to_end(key)
            while len(self._visited) > MAX_REGISTRIES:
                del self._visited[loses_first((one, who, 1) for one, (_, who) in self._visited.items())]
        return key

    def routes(self) -> list[Any]:
        """The WebSocket, and the script that a browser runs beside the page to send its sound."""
        from starlette.responses import FileResponse
        from starlette.routing import Route, WebSocketRoute

        async def script(request: Any) -> Any:
            return FileResponse(SCRIPT, media_type="text/javascript", headers={"cache-control": "no-cache"})

        return [WebSocketRoute(LIVE, self.listen), Route(WORKLET, script)]

    async def listen(self, socket: Any) -> None:
        """One stream, from its first message to its end."""
        from starlette.websockets import WebSocketDisconnect

        await socket.accept()
        address = household(str(socket.client.host) if socket.client else "")
        if not self.has_place(address):
            sentence = text("live.full", n=self.limit) if self.limit else text("live.off")
            return await _end(socket, sentence, BUSY)
        self._listeners[address] += 1
        try:
            await _Listener(self, socket, address).run()
        except AudioclfError as error:
            await _end(socket, str(error), REFUSED)
        except (WebSocketDisconnect, TimeoutError):
            LOG.debug("a listener has left")
        except Exception:
            LOG.exception("listening failed")
            await _end(socket, text("waiting.broken"), REFUSED)
        finally:
            self._listeners[address] -= 1
            self._listeners += Counter()  # forgets addresses that have left

    def selection(self, asked: Any) -> Selection:
        """The models that a first message names. Refused for any that are not there."""
        values = asked if isinstance(asked, dict) else {}
        task, models, key = values.get("task"), values.get("models", []), values.get("registry", "")
        registry = self.home if key == "" else self._visited.get(str(key), (None, ""))[0]
        if registry is None or not isinstance(models, list) or len(models) > MAX_MODELS:
            raise Refused(text("live.unknown"))
        known = registry.models_for(task) if isinstance(task, str) else []
        if not known or not all(model in known for model in models):
            raise Refused(text("live.unknown"))
        return Selection(registry, str(task), tuple(models))


@dataclass(eq=False)
class Pace:
    """How fast the sound of a stream comes. began: the moment of its start, in seconds."""

    began: float
    _heard: float = 0.0
    _n_messages: int = 0
    _spare: float = SPARE_SECONDS
    _before: float = field(init=False)

    def __post_init__(self) -> None:
        self._before = self.began

    def take(self, seconds: float, now: float) -> None:
        """So much sound has come. Refused if it is more than time has passed, or far less, and after MOST_SECONDS."""
        self._heard += seconds
        self._n_messages += 1
        passed = now - self.began
        missing = LEAST_SHARE * (now - self._before) - seconds
        self._spare, self._before = min(SPARE_SECONDS, self._spare - missing), now
        many = self._n_messages > MOST_MESSAGES * passed + SPARE_MESSAGES
        if many or self._heard > passed + BURST_SECONDS:
            raise Refused(text("live.too_much"))
        if self._spare < 0:
            raise Refused(text("live.too_slow"))
        if passed > MOST_SECONDS:
            raise Refused(text("live.too_long", minutes=round(MOST_SECONDS / 60)))


@dataclass(eq=False)
class _Listener:
    live: Live
    socket: Any
    address: str
    _fed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Take the first message, then listen until the other side ends it."""
        message = await self._received()
        if message is None:
            return
        asked = _first(message)
        # A large registry is read here, which must not hold up the loop.
        selection = await self._in_thread(self.live.selection, asked)
        own = await self._in_thread(self._prepared, selection)
        rate = asked.get("rate") or rate_of(own)
        listening = Listening(own, rate)
        await self._send(_ready(selection, own, rate))
        tasks = [
            asyncio.ensure_future(self._read(listening, rate)),
            asyncio.ensure_future(self._answer(listening, selection)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, listening: Listening, rate: int) -> None:
        """Feed what comes, always at once, so that nothing queues up."""
        pace = Pace(time.monotonic())
        while (message := await self._received()) is not None:
            data = message.get("bytes")
            if not data or len(data) % 2:
                raise Refused(text("live.garbage"))
            pace.take(len(data) / 2 / rate, time.monotonic())
            listening.feed_pcm(data)
            self._fed.set()

    async def _answer(self, listening: Listening, selection: Selection) -> None:
        """Answer the newest of what is due, again and again."""
        while True:
            await self._fed.wait()
            self._fed.clear()
            due = listening.due()
            if due is None:
                continue
            heard = await self._in_thread(self._scored, selection, *due.work)
            for record in listening.answered(due, heard):
                await self._send(record)
            self._fed.set()  # more may have come meanwhile

    async def _received(self) -> Any:
        """The next message; None if the other side has ended the stream."""
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                message = await self.socket.receive()
        except TimeoutError:
            raise Refused(text("live.too_little", seconds=f"{IDLE_SECONDS:g}")) from None
        return None if message["type"] == "websocket.disconnect" else message

    async def _send(self, record: dict[str, Any]) -> None:
        # Not `wait_for`: until Python 3.12 it forgets to be cancelled when what it waits for ends just then.
        async with asyncio.timeout(IDLE_SECONDS):
            await self.socket.send_text(json.dumps(record))

    async def _in_thread(self, act: Any, *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.live.threads, act, *given)

    def _prepared(self, selection: Selection) -> tuple[Ear, ...]:
        fetch_models(selection, who=self.address)
        return self._in_turn(ears, selection)

    def _scored(self, selection: Selection, windows: Any, sounds: Any) -> Heard:
        return self._in_turn(hear, selection, windows, sounds) if windows or sounds else Heard()

    def _in_turn(self, act: Callable[..., T], *given: Any) -> T:
        found: T = self.live.in_turn(f"listener {id(self)}", self.address, act, *given)
        return found


def _first(message: Any) -> dict[str, Any]:
    try:
        asked = json.loads(message.get("text") or "")
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Refused(text("live.garbage"))
    return asked


def _ready(selection: Selection, own: tuple[Ear, ...], rate: int) -> dict[str, Any]:
    models = [{"model": ear.model, "family": ear.family, "labels": ear.labels} for ear in own]
    lasts = own[0].pooling != "loudest"  # else a sound is a word, whose answer comes at its end
    return {"kind": "ready", "task": selection.task, "rate": rate, "lasts": lasts, "models": models}


async def _end(socket: Any, sentence: str, code: int) -> None:
    """Say why the stream ends, and end it; the other side may be gone already."""
    with suppress(Exception):
        async with asyncio.timeout(IDLE_SECONDS):
            await socket.send_text(json.dumps({"kind": "end", "why": sentence}))
            await socket.close(code)
