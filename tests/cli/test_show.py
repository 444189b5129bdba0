"""`audioclf show`: one picture of several views, and the numbers behind them."""

import numpy as np
import pytest
from paths import SEVEN
from PIL import Image

from audioclf.cli.choosing import UsageError
from audioclf.cli.entry import main
from audioclf.cli.show import settings_of


def test_views_are_drawn_into_one_picture_with_their_numbers(tmp_path, capsys):
    picture, numbers = tmp_path / "views.png", tmp_path / "numbers.npz"
    given = [
        "--view",
        "mfcc",
        "--view",
        "cwt",
        "--set",
        "coefficients=20",
        "--out",
        str(picture),
        "--npz",
        str(numbers),
    ]
    assert main(["show", str(SEVEN), *given]) == 0
    assert "mfcc: 20 × 99" in capsys.readouterr().out
    assert Image.open(picture).height > Image.open(picture).width / 2
    with np.load(numbers, allow_pickle=False) as found:
        assert found["mfcc/mfcc"].shape == (20, 99) and {"cwt/power", "cwt/hz"} <= set(found)


def test_a_setting_is_for_every_view_that_has_it_or_for_the_one_named():
    found = settings_of(["mel", "bands"], ["n_mels=20", "bands.n_mels=30"])
    assert (found["mel"]["n_mels"], found["bands"]["n_mels"], found["mel"]["axis"]) == (20, 30, "mel")


@pytest.mark.parametrize(
    ("given", "words"),
    [("colour=red", "mel: n_mels, axis"), ("n_mels=x", "8 … 40"), ("cwt.n_mels=9", "no view")],
)
def test_a_wrong_setting_says_what_there_is(given, words):
    with pytest.raises(UsageError, match=words):
        settings_of(["mel"], [given])


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path, capsys):
    assert main(["show", "no.wav", "--view", "mel", "--out", str(tmp_path / "x.png")]) == 1
    assert "no file no.wav" in capsys.readouterr().err and not (tmp_path / "x.png").exists()
