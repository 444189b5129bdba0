"""The log of a failure: its kind and its place, and nothing of what a visitor sent."""

import logging
from pathlib import Path

import gradio as gr
import pytest
from gradio import queueing

from audioclf.types import AudioclfError
from audioclf.ui import events, failures
from audioclf.ui.jobs import JobSlot
from audioclf.ui.page import build_demo
from audioclf.ui.session import options_of


def raised(act):
    try:
        act()
    except Exception as error:
        return error


def test_a_summary_names_kind_and_place_and_not_the_value():
    said = failures.summary(raised(lambda: Path("/private/diary.wav\n").read_bytes()))
    assert said.startswith("FileNotFoundError in pathlib.py:") and "diary" not in said and "\n" not in said


def test_a_summary_names_the_last_place_of_ours():
    said = failures.summary(raised(lambda: options_of(None, "digits")))
    assert "session.py:" in said or "catalogue.py:" in said
    assert "jobs.py" in failures.summary(raised(lambda: JobSlot().stop(None)))


def test_gradio_logs_a_failed_event_in_one_line(monkeypatch, caplog, capsys):
    monkeypatch.setattr(queueing, "traceback", queueing.traceback)
    for name in ("route_utils", "routes"):
        module = __import__(f"gradio.{name}", fromlist=[name])
        monkeypatch.setattr(module, "traceback", module.traceback)
    failures.keep_log_short()
    with caplog.at_level(logging.WARNING):
        try:
            raise ValueError("diary.wav")
        except ValueError:
            queueing.traceback.print_exc()
    (record,) = caplog.records
    assert "ValueError in test_failures.py" in record.message and "diary" not in record.message
    assert capsys.readouterr().err == ""


def test_the_server_logs_what_it_cannot_read_in_one_line(monkeypatch, caplog):
    log = logging.getLogger("uvicorn.error")
    monkeypatch.setattr(log, "filters", [])
    failures.keep_log_short()
    with caplog.at_level(logging.ERROR):
        try:
            raise ValueError("diary")
        except ValueError:
            log.exception("Invalid message received from %s.", "client")
        try:
            b"diary \xff".decode()
        except UnicodeDecodeError:
            log.exception("Invalid UTF-8 sequence received from %s.", "client")
    (record,) = caplog.records  # of the first: the second says nothing of the server
    assert record.getMessage().startswith("Invalid message received from client. (ValueError in ")
    assert "diary" not in caplog.text and "Traceback" not in caplog.text


def test_an_endpoint_without_a_sound_says_so_and_logs_no_failure(fake_zoo, caplog):
    endpoints = {fn.api_name: fn.fn for fn in build_demo(fake_zoo).fns.values()}
    for name in ("analyse", "stress", "explain", "transcribe"):
        with pytest.raises(gr.Error, match="audio is missing; give a sound file"):
            endpoints[name](None)
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("sent", [5, None, [], "model", {}, {"model": {}}, {"model": 5}])
def test_an_event_that_no_page_of_ours_sends_is_refused_in_a_sentence(sent):
    with pytest.raises(AudioclfError, match="cannot be used"):
        events.told(gr.EventData(None, sent), "model")
    assert events.told(gr.EventData(None, {"model": "a", "x": 1}), "model") == ["a"]
