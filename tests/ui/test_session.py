"""From a sound to the page: failures become sentences, sounds become files, the last five takes are kept."""

import io
import wave
from pathlib import Path

import gradio as gr
import pytest
from fake_analysis import fake_analysis

from audioclf.types import AudioError
from audioclf.ui import answers, session
from audioclf.ui.tabs import microphone
from audioclf.wording import text
from audioclf.zoo.registry import BUNDLED, open_registry

ASK = session.Options("digits", open_registry(BUNDLED))


@pytest.fixture
def owner(tmp_path, monkeypatch):
    """A component of a page whose cache is the test's own folder."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with gr.Blocks(analytics_enabled=False) as page:
        html = gr.HTML()
    html.page_files = page.temp_file_sets
    return html


@pytest.mark.parametrize(
    ("error", "said", "logged"),
    [
        (AudioError("x.wav is empty"), "x.wav is empty", False),
        (RuntimeError("/srv/secret/model.bin is gone"), text("waiting.broken"), True),
    ],
)
def test_only_an_internal_failure_is_logged_and_shown_without_details(
    monkeypatch, caplog, error, said, logged
):
    def analyse(*args, **kwargs):
        raise error

    monkeypatch.setattr(answers, "analyse", analyse)
    assert answers.analysis_of(session.Sound("/tmp/x.wav"), ASK) == said
    assert (str(error) in caplog.text) == logged


def test_a_deleted_sound_reveals_no_path(tmp_path):
    sentence = answers.analysis_of(session.Sound(str(tmp_path / "gone.wav")), ASK)
    assert isinstance(sentence, str) and str(tmp_path) not in sentence


def test_a_sound_gets_its_name_on_the_page(monkeypatch):
    monkeypatch.setattr(answers, "analyse", lambda *args, **kwargs: fake_analysis("audio.wav"))
    found = answers.analysis_of(session.Sound("/tmp/audio.wav", "Your recording"), ASK)
    assert found.clip.name == "Your recording"


def test_the_playable_sound_is_written_once_and_registered_for_deletion(owner, tmp_path):
    clip = fake_analysis(seconds=0.5).clip
    path = answers.playable(clip, owner)
    assert answers.playable(clip, owner) == path
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [Path(path)]
    assert any(path in files for files in owner.page_files)
    with wave.open(io.BytesIO(Path(path).read_bytes())) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(clip.seconds)


def test_takes_are_the_last_five_newest_first():
    takes = ()
    for i in range(7):
        takes = microphone.remember(takes, f"/tmp/gradio/{i}/audio.wav", fake_analysis())
    assert [take.path for take in takes] == [f"/tmp/gradio/{i}/audio.wav" for i in (6, 5, 4, 3, 2)]
    assert "GMM seven · CNN seven · RNN seven" in takes[0].words


def test_a_take_that_is_opened_again_is_no_new_take():
    takes = microphone.remember((), "/tmp/gradio/a/audio.wav", fake_analysis())
    takes = microphone.remember(takes, "/tmp/gradio/b/audio.wav", fake_analysis())
    assert microphone.remember(takes, "/tmp/gradio/a/audio.wav", fake_analysis()) == takes


def test_a_take_whose_file_is_gone_says_so():
    takes = microphone.remember((), "/tmp/gradio/gone/audio.wav", fake_analysis())
    with pytest.raises(gr.Error, match="was deleted"):
        microphone.reopened(0, takes)
