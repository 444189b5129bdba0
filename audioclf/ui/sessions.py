"""What the server keeps for each session of the page, without the configuration of every component."""

from types import SimpleNamespace
from typing import Any

from gradio.state_holder import SessionState, StateHolder

from audioclf.ui.addresses import ASKING, address_of, loses_first


class LeanSessions(StateHolder):
    """Sessions that begin without a copy of the page's configuration; the address with most of them loses first.

    Gradio makes one for each session, and programs have a new session for every call. Only its deep links read the
    copy, and this page has its own links. Gradio would forget the oldest session, also of another address.
    """

    def __init__(self) -> None:
        super().__init__()
        self._addresses: dict[str, str] = {}

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self:
            of_no_block: Any = SimpleNamespace(default_config=self.blocks.default_config, blocks=())
            self.session_data[session_id] = SessionState(of_no_block)
            self._addresses[session_id] = ASKING.get()
        return super().__getitem__(session_id)

    def update(self, session_id: str) -> None:
        """Note that a session is used, and forget one if there are too many."""
        with self.lock:
            if session_id in self.session_data:
                self.session_data.move_to_end(session_id)
            while len(self.session_data) > self.capacity:
                gone = loses_first((key, self._addresses.get(key, ""), 1) for key in self.session_data)
                for kept in (self.session_data, self.time_last_used, self._addresses):
                    kept.pop(gone, None)


def keep_lean(app: Any) -> None:
    """Use LeanSessions from now on in a running page's application."""
    sessions = LeanSessions()
    sessions.set_blocks(app.get_blocks())
    app.state_holder = sessions
    queue = app.get_blocks()._queue
    process = queue.process_events

    async def for_its_visitor(events: list[Any], *rest: Any) -> None:
        ASKING.set(address_of(events[0]))  # each batch of events has a task of its own
        await process(events, *rest)

    queue.process_events = for_its_visitor
