"""Visitors' work on a served page: told their place, dropped when they leave, replaced by their next sound."""

import asyncio
import http.client
import json
import threading
from types import SimpleNamespace

import gradio as gr
import pytest
from fake_hub import Trouble, files_of
from fakes import asked
from processes import until
from slow_work import one_step, rest, slow_or_refused
from sounds import tone
from starlette.middleware import Middleware

from audioclf.audio import encode_wav, load_clip
from audioclf.inference import loading
from audioclf.service import worker
from audioclf.service.workers import Stopped, Workers
from audioclf.types import AudioError, no_progress
from audioclf.ui import answers, fair_queue, jobs, session, visitor
from audioclf.ui.guard import API
from audioclf.ui.presence import Presence
from audioclf.ui.turns import N_AT_HUB_OF_ONE, Turns
from audioclf.zoo.registry import open_registry

BEN = SimpleNamespace(session_hash="ben")


@pytest.fixture(scope="module")
def turns():
    found = Turns(Workers(1))
    found.workers.start()
    yield found
    found.workers.close()


@pytest.fixture(scope="module")
def port(turns):
    """A page with one endpoint, /wait, that works for so many seconds."""

    def wait(seconds: float) -> str:
        turns.run(rest, seconds)
        return "done"

    with gr.Blocks(analytics_enabled=False) as page:
        gr.Button().click(wait, gr.Number(), gr.Textbox(), api_name="wait", concurrency_limit=None)
    page.launch(prevent_thread_lock=True, quiet=True, app_kwargs={"middleware": [Middleware(Presence)]})
    yield page.server_port
    page.close(verbose=False)


def ask(port, seconds):
    """The event of a call."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    head = {"Content-Type": "application/json"}
    connection.request("POST", "/gradio_api/call/wait", json.dumps({"data": [seconds]}), head)
    return json.loads(connection.getresponse().read())["event_id"]


def listen(port, event):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/gradio_api/call/wait/{event}")
    return connection


def test_a_listener_gets_the_answer(port):
    reply = listen(port, ask(port, 0)).getresponse().read().decode()
    assert "event: complete" in reply and "done" in reply


def test_work_of_a_visitor_who_leaves_is_dropped_and_the_next_one_gets_the_worker(port, turns, monkeypatch):
    monkeypatch.setattr(worker, "ALONE_SECONDS", worker.GRACE_SECONDS)
    streams = [listen(port, ask(port, 600)) for _ in range(3)]
    until(lambda: turns.queue.counts == (2, 1))
    for stream in streams:
        stream.close()
    until(lambda: turns.queue.counts == (0, 0), seconds=8)  # Gradio alone looks every ten seconds
    assert "done" in listen(port, ask(port, 0)).getresponse().read().decode()


def test_who_waits_is_told_the_place_and_then_the_steps(turns, monkeypatch):
    monkeypatch.setattr(fair_queue, "LOOK_SECONDS", 0.05)
    told, stop = [], threading.Event()
    busy = threading.Thread(target=lambda: _quietly(turns, stop))
    busy.start()
    until(lambda: turns.queue.counts == (0, 1))
    waiting = threading.Thread(target=lambda: turns.run(one_step, report=lambda *step: told.append(step)))
    waiting.start()
    until(lambda: told)
    assert told[0][:2] == (0, 0) and "number 1 in the queue" in told[0][2]
    stop.set()
    waiting.join(120)
    busy.join(120)
    assert told[-1] == (1, 2, "at work")


def _quietly(turns, stop):
    with pytest.raises(Stopped):
        turns.run(rest, 600, is_stopped=stop.is_set)


@pytest.mark.parametrize("n", [0, 1])
def test_work_on_a_long_sound_leaves_a_place_to_short_work_and_that_on_a_short_one_does_not_wait(
    n, turns, tmp_path, monkeypatch
):
    """Also if its header says that it is short: what is decoded counts."""
    turns, lengths = (turns if n else Turns()), []
    for seconds in (5, 65):
        (tmp_path / f"{seconds}.wav").write_bytes(encode_wav(tone(200, seconds)))
    take = turns.queue.turn
    monkeypatch.setattr(
        turns.queue, "turn", lambda ticket, tell: lengths.append(ticket.is_long) or take(ticket, tell)
    )
    assert turns.run(load_clip, str(tmp_path / "5.wav"), report=no_progress).seconds == 5
    assert lengths == [False]
    assert turns.run(load_clip, str(tmp_path / "65.wav"), report=no_progress).seconds == 65
    assert lengths == [False, False, True]
    assert turns.queue.counts == (0, 0)


def test_a_sound_beyond_the_limit_is_refused_with_the_limit(turns, tmp_path):
    (tmp_path / "a.wav").write_bytes(encode_wav(tone(200, 602, 4000)))
    with pytest.raises(AudioError, match="more than 10 minutes, the limit"):
        turns.run(load_clip, str(tmp_path / "a.wav"), report=no_progress)


@pytest.fixture
def theirs(fake_zoo, online, monkeypatch):
    """A visitor's registry on a hub that takes longer than other visitors would wait."""
    monkeypatch.setattr(loading, "VISITOR_SECONDS", 0.0)
    online.add("anna/zoo", files_of(fake_zoo.root))
    return asked(open_registry("hf-hub:anna/zoo", anonymous=True))


def test_one_address_leaves_places_at_the_hub_for_others(theirs, fake_zoo, monkeypatch):
    """It waits for slow answers of the Hub with as many events as it may; another one is let in at once."""
    turns, inside, go_on = Turns(), [], threading.Event()

    def wait(address):
        monkeypatch.setattr(visitor, "here", lambda: visitor.Visitor("s", address))
        with turns.at_hub(theirs.registry) as who:
            inside.append(who)
            go_on.wait(30)

    threads = [threading.Thread(target=wait, args=("10.0.0.1",)) for _ in range(40)]
    for thread in threads:
        thread.start()
    until(lambda: len(inside) == N_AT_HUB_OF_ONE)
    with turns.at_hub(fake_zoo):
        assert len(inside) == N_AT_HUB_OF_ONE, "what is here waits for nobody"
    threads.append(threading.Thread(target=wait, args=("10.0.0.2",)))
    threads[-1].start()
    until(lambda: inside[N_AT_HUB_OF_ONE:] == ["10.0.0.2"])
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert len(inside) == 41


def are_here(selection):
    return [holder.has_all_files(name) for holder, name in selection.found()]


def test_work_waits_for_the_download_of_its_models_and_tells_the_steps(theirs):
    told = []
    assert not any(are_here(theirs))
    assert all(Turns().run(are_here, theirs, report=lambda *step: told.append(step)))
    assert any("Downloading" in words for _, _, words in told)


def test_who_gives_up_does_not_wait_for_a_download(theirs, online):
    online.troubles.append(Trouble("/store/", kind="drip"))
    with pytest.raises(Stopped):
        Turns().run(are_here, theirs, report=lambda *step: None, is_stopped=lambda: True)


def test_a_next_sound_replaces_the_one_before(turns, monkeypatch):
    slot, ask, found = jobs.JobSlot(), session.Options("digits", open_registry()), {}
    monkeypatch.setattr(answers, "analyse", slow_or_refused)

    def look(name):
        sound = session.Sound(name)
        found[name] = answers.newest_analysis(slot, BEN, sound, ask, turns)

    first = threading.Thread(target=look, args=("slow.wav",))
    first.start()
    until(lambda: turns.queue.counts == (0, 1))
    look("next.wav")
    first.join(120)
    assert found == {"slow.wav": None, "next.wav": "next.wav is empty"}


def test_a_stream_that_fails_is_no_stream_that_ended():
    """Nobody else could say so to the visitor."""

    async def failing(scope, receive, send):
        raise KeyError("event")

    async def waiting():
        await asyncio.sleep(10)

    with pytest.raises(KeyError):
        asyncio.run(Presence(failing)({"type": "http", "path": f"{API}/queue/data"}, waiting, None))
