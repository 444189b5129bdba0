"""What the server keeps for each session of the page, without the configuration of every component."""

from types import SimpleNamespace
from typing import Any

from gradio.state_holder import SessionState, StateHolder


class LeanSessions(StateHolder):
    """Sessions that begin without a copy of the page's configuration.

    Gradio makes one for each session, and programs have a new session for every call. Only its deep links read the
    copy, and this page has its own links.
    """

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self:
            of_no_block: Any = SimpleNamespace(default_config=self.blocks.default_config, blocks=())
            self.session_data[session_id] = SessionState(of_no_block)
        return super().__getitem__(session_id)


def keep_lean(app: Any) -> None:
    """Use LeanSessions from now on in a running page's application."""
    sessions = LeanSessions()
    sessions.set_blocks(app.get_blocks())
    app.state_holder = sessions
