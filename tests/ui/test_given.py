"""What every tab that takes a sound has."""

import gradio as gr
import pytest
from gradio.components.file import ListFiles
from gradio.data_classes import FileData

from audioclf.ui.page import build_demo
from audioclf.zoo.registry import BUNDLED, open_registry


@pytest.fixture(scope="module")
def takers():
    """The components of the page and of the endpoints that take files and are no players."""
    found = [one for one in build_demo(open_registry(BUNDLED)).blocks.values() if isinstance(one, gr.File)]
    assert len(found) >= 6
    return found


def test_what_takes_files_makes_none(takers, tmp_path):
    sound = tmp_path / "a.wav"
    sound.write_bytes(b"a")
    for taker in takers:
        taker.GRADIO_CACHE = str(tmp_path)
        one = FileData(path=str(sound))
        given = taker.preprocess(ListFiles([one, one]) if taker.file_count == "multiple" else one)
        assert given == ([str(sound)] * 2 if taker.file_count == "multiple" else str(sound))
        assert list(tmp_path.iterdir()) == [sound]
