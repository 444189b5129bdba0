"""What the log says of a failed request: what failed and where, in one line, and nothing that a visitor sent."""

import logging
import sys
import traceback
from pathlib import Path

LOG = logging.getLogger(__name__)
OURS = Path(__file__).parents[1]


def summary(error: BaseException) -> str:
    """The kind of an error, where it was raised, and the last place before that in this package."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(OURS)]
    places = dict.fromkeys(
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in (*frames[-1:], *ours[-1:])
    )
    return f"{type(error).__name__} in {', called in '.join(places)}"


class OneLine:
    """Stands in for the module `traceback` where Gradio would print what a visitor sent, with the error."""

    def print_exc(self) -> None:
        """Log the error that is being handled."""
        if error := sys.exc_info()[1]:
            LOG.warning("an event failed: %s", summary(error))


class NoTraceback(logging.Filter):
    """Lets a logger tell a failure in one line, without what a visitor sent, and nothing of text that is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged, changed; not if a visitor sent what no decoder reads."""
        if record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError):
            return False
        if record.exc_info and (error := record.exc_info[1]):
            record.msg, record.args = f"{record.getMessage().strip()} ({summary(error)})", ()
            record.exc_info = record.exc_text = None
        return True


def keep_log_short() -> None:
    """Let Gradio and its server log failures of visitors' requests in one line each."""
    logging.getLogger("uvicorn.error").addFilter(NoTraceback())
    from gradio import queueing, route_utils, routes

    for module in (queueing, route_utils, routes):
        vars(module)["traceback"] = OneLine()
