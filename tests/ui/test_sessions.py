"""A session begins without the configuration of every component, and behaves as Gradio's own otherwise."""

import gradio as gr
import pytest
from gradio.blocks import BlocksConfig
from gradio.state_holder import SessionState, StateHolder

from audioclf.ui.addresses import ASKING
from audioclf.ui.sessions import LeanSessions

SESSIONS = (StateHolder, LeanSessions)


@pytest.fixture
def page():
    with gr.Blocks(analytics_enabled=False) as found:
        gr.Textbox("as it began")
        gr.State(["of the session"])
    return found


def sessions(kind, page):
    found = kind()
    found.set_blocks(page)
    return found


def test_a_new_session_configures_no_component(page, monkeypatch):
    configured = []
    monkeypatch.setattr(
        BlocksConfig, "config_for_block", staticmethod(lambda *given: configured.append(given))
    )
    assert isinstance(sessions(LeanSessions, page)["anna"], SessionState)
    assert not configured


@pytest.mark.parametrize("kind", SESSIONS)
def test_sessions_keep_their_own_values(page, kind):
    box, state = (b for b in page.blocks.values() if isinstance(b, (gr.Textbox, gr.State)))
    found = sessions(kind, page)
    found["anna"][state._id].append("anna's")
    found["anna"][box._id] = gr.Textbox("changed", render=False)
    found["anna"]._update_value_in_config(box._id, "changed")
    assert found["anna"][state._id] == ["of the session", "anna's"] and found["ben"][state._id] == [
        "of the session"
    ]
    assert found["anna"][box._id].value == "changed" and found["ben"][box._id].value == "as it began"
    assert found["anna"].config_values[box._id]["props"]["value"] == "changed"


def test_old_sessions_are_dropped(page):
    found = sessions(LeanSessions, page)
    found.capacity = 2
    for name in ("anna", "ben", "anna", "cleo"):
        assert found[name]
    assert set(found.session_data) == {"anna", "cleo"}


def test_one_address_cannot_push_out_the_sessions_of_others(page):
    found = sessions(LeanSessions, page)
    found.capacity = 10
    for address, names in (("home", "ab"), ("school", "cd"), ("greedy", map(str, range(100)))):
        ASKING.set(address)
        assert all(found[name] for name in names)
    assert {*"abcd", "99"} <= set(found.session_data) and len(found.session_data) == 10
    assert set(found._addresses) == set(found.session_data) == set(found.time_last_used)
