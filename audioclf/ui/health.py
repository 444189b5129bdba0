"""GET /healthz: whether the server answers, and with ?deep=1 whether an analysis works."""

import asyncio
import logging
import os
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

from audioclf.inference.loading import Selection
from audioclf.service.analysis import analyse
from audioclf.service.catalogue import task_choices
from audioclf.service.examples import list_examples
from audioclf.service.workers import Workers
from audioclf.ui.recordings import VARIABLE
from audioclf.version import __version__
from audioclf.zoo.registry import Registry

LOG = logging.getLogger(__name__)
FRESH_SECONDS = 60.0  # a result is used this long for all who ask


@dataclass(eq=False)
class DeepCheck:
    """Analyses an example with the models of the first task and writes a file where visitors' sounds are kept."""

    registry: Registry
    workers: Workers = field(default_factory=lambda: Workers(0))
    _checked: float = float("-inf")
    _problem: str = ""
    _running: asyncio.Task[None] | None = None

    async def problem(self) -> str:
        """Why an analysis fails now or failed at the last check; empty if it works.

        There is one check at a time. All who ask meanwhile wait for it, without a thread of their own.
        """
        if time.monotonic() - self._checked > FRESH_SECONDS:
            if self._running is None:
                self._running = asyncio.create_task(self._renew())
            await asyncio.shield(self._running)
        return self._problem

    async def _renew(self) -> None:
        try:
            self._problem = await asyncio.to_thread(self._check)
            self._checked = time.monotonic()
        finally:
            self._running = None

    def _check(self) -> str:
        try:
            with tempfile.TemporaryFile(dir=os.environ.get(VARIABLE)) as file:
                file.write(b"sound")
            task = task_choices(self.registry)[0][1]
            example = (list_examples(task) or list_examples())[0]
            self.workers.run(analyse, example.path, Selection(self.registry, task), False)
        except Exception:
            LOG.exception("the deep health check failed")
            return "an analysis fails; the server's log has the details"
        return ""


def health_route(registry: Registry, workers: Workers | None = None) -> Any:
    """The route. The status is 503 if the workers cannot be started and, with deep=1, if an analysis fails."""
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    workers = workers or Workers(0)
    check = DeepCheck(registry, workers)

    async def healthz(request: Any) -> JSONResponse:
        deep = request.query_params.get("deep") == "1"
        problem = await asyncio.to_thread(workers.problem) or (await check.problem() if deep else "")
        content = {"status": problem or "ok", "version": __version__}
        return JSONResponse(content, status_code=503 if problem else 200)

    return Route("/healthz", healthz)
