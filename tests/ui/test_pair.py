"""The second recording of Compare: what may be chosen, what is missing, and its markup."""

from pathlib import Path

import pytest
from fakes import asked, swell
from markup_reader import Page
from paths import SEVEN
from sounds import noise

from audioclf.service import pairs
from audioclf.ui import session
from audioclf.ui.markup import giving
from audioclf.ui.markup import pair as markup
from audioclf.ui.tabs.compare import pair
from audioclf.ui.tabs.compare.chosen_sound import LATEST
from audioclf.wording import text
from audioclf.zoo.registry import BUNDLED, open_registry

ASK = session.Options("digits", open_registry(BUNDLED))
TAKE = session.Take("/kept/abc/take.wav", "12:00:01 · GMM seven · CNN seven · RNN seven")
EVIL = '<img src=x onerror="alert(1)">'


def second(chosen: str, own: str | None = None, latest: session.Sound | None = None, predict: bool = False):
    return pair.second(chosen, own, (TAKE,), "seven", ASK, latest, predict, ())


def test_a_second_sound_is_an_example_the_latest_sound_a_take_or_a_file():
    latest = session.Sound("/kept/x/latest.wav")
    assert second("three").example.id == "three"
    assert second(LATEST, latest=latest).sound == latest
    assert second("abc", latest=latest).sound.path == TAKE.path
    assert second(pair.OWN, "/kept/y/mine.wav", latest).sound == session.Sound("/kept/y/mine.wav")


def test_what_is_offered_tells_no_path_and_no_answer():
    offers = pair._offers("/kept/y/mine.wav", ASK, True, (TAKE,))
    words = " ".join(title for title, _ in offers)
    assert "seven" not in words and "/" not in words + "".join(value for _, value in offers)
    assert "12:00:01" in words and "mine.wav" in words
    assert pair._offered("abc", None, ASK, False, (TAKE,))["value"] == "abc"
    assert pair._offered("abc", None, ASK, False, ())["value"] == offers[2][1], "a take that is gone"
    changed = pair._offered("three", None, ASK, False, (), first="three")
    assert changed["value"] not in ("three", LATEST)
    strange = session.Options("birds", open_registry(BUNDLED))
    assert pair._offered(LATEST, None, strange, False, (), first=LATEST)["value"] == LATEST, "the only sound"


@pytest.mark.parametrize(
    ("chosen", "predict", "key"),
    [(LATEST, False, "pair.no_second"), ("abc", False, "pair.gone"), ("three", True, "pair.guess")],
)
def test_a_missing_second_sound_is_said(chosen, predict, key):
    assert pair.missing(second(chosen, predict=predict)) == text(key)


def test_a_sound_of_the_visitor_needs_no_guess(tmp_path):
    mine = tmp_path / "mine.wav"
    mine.write_bytes(SEVEN.read_bytes()[:-2])
    assert pair.missing(second(pair.OWN, str(mine), predict=True)) == ""


def test_the_markup_plays_three_sounds_and_escapes_names(fake_zoo):
    found = pairs.compared(swell(), noise(), asked(fake_zoo), names=(EVIL, EVIL))
    played = []

    def playable(clip):
        played.append(clip)
        return str(Path("/kept", str(len(played)), "sound.wav"))

    drawn = markup.pair(found, playable)
    assert EVIL not in drawn
    assert [clip.seconds for clip in played] == [found.seconds] * 3
    assert drawn.count("<audio") == drawn.count('<section class="ac-stack"') == 3
    assert len(Page(drawn).having(class_="ac-seek")) == 6
    for sentence in (found.change, found.alignment, found.views[0].sentence):
        assert sentence in Page(drawn).text


def test_the_button_for_a_file_takes_what_the_upload_takes():
    assert ".flac" in giving.second_file("pair-hand") and 'data-hand="pair-hand"' in giving.second_file(
        "pair-hand"
    )
