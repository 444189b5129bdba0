"""HTML of the page: text, escaping, axes, and a table for every picture."""

import base64
import re
from dataclasses import replace
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from fake_analysis import (
    DIGITS,
    VIEWS,
    fake_analysis,
    fake_picture,
    fake_prediction,
    fake_row,
    fake_silence,
    part,
)
from hypothesis import given
from hypothesis import strategies as st
from markup_reader import EVIL, Page
from PIL import Image

from audioclf.ui.markup import cards, comparison, pictures
from audioclf.wording import NONE, probability

ROWS = {
    f"digits-{family}": fake_row(f"digits-{family}", accuracy=0.876, protocol="new", bytes=123_456)
    for family in ("gmm", "cnn", "rnn")
}


def everything(analysis) -> str:
    return (
        cards.answer(analysis)
        + pictures.stack(analysis, analysis.pictures, "/tmp/a.wav")
        + comparison.comparison(analysis, ROWS, None)
    )


# Cards


def test_there_is_one_card_per_model_with_its_three_likeliest_labels():
    page = Page(cards.answer(fake_analysis()))
    assert [card["data-family"] for card in page.having(class_="ac-card")] == ["gmm", "cnn", "rnn"]
    assert len(page.having(class_="ac-percent")) == 9
    assert "61 %" in page.text and "95 %" in page.text and "12 ms" in page.text


@pytest.mark.parametrize(
    "prediction, word",
    [
        (fake_prediction(score=0.97), "sure"),
        (fake_prediction(score=0.55), "unsure"),
        (fake_prediction(known=False), "unknown"),
        (fake_silence(), "silent"),
    ],
)
def test_certainty_is_a_word_not_only_a_colour(prediction, word):
    page = Page(cards.card(prediction))
    assert re.search(rf"\b{word}\b", page.text)


def test_an_unknown_sound_gets_the_closest_label_but_no_answer():
    text = Page(cards.card(fake_prediction(label="six", known=False))).text
    assert "none of these" in text and "closest: six" in text


def shares(markup: str) -> list[tuple[str, str]]:
    """The bars of a card: their labels and numbers."""
    return re.findall(r'ac-label">([^<]+)<.*?ac-percent">([^<]+)<', markup)


@pytest.mark.parametrize("label", ["seven", "two"])
@given(score=st.floats(0.11, 1), none=st.floats(0, 1))
def test_the_answer_of_a_card_is_its_longest_bar_and_the_chip_speaks_of_these_bars(label, score, none):
    prediction = fake_prediction(label=label, score=score, unknown_score=none)
    listed = shares(cards.card(prediction))
    answer = NONE if prediction.answer is None else prediction.answer
    assert listed[0] == (answer, probability(prediction.probabilities.max()))
    assert cards.answer_words(prediction).startswith(answer)
    sentence = cards.reason(prediction)
    assert sentence.lower().startswith(prediction.certainty)
    for name, share in ((label, prediction.probability), (NONE, prediction.none_of_these)):
        assert re.search(rf"\b{name}\b[^;]* {re.escape(probability(share))}", sentence), sentence


def test_none_of_these_is_listed_wherever_it_decides():
    scores = np.array([0.82, 0.08, 0.07, 0.03, 0, 0, 0, 0, 0, 0])
    prediction = fake_prediction(scores=scores, unknown_score=0.06)
    assert prediction.certainty == "unsure"
    assert prediction.top(3)[-1] != (None, prediction.none_of_these)
    assert [label for label, _ in shares(cards.card(prediction))] == ["zero", "one", NONE]
    sure = fake_prediction(scores=np.array([0.7, 0.2, 0.07, 0.03, 0, 0, 0, 0, 0, 0]), unknown_score=0.0)
    assert NONE not in [label for label, _ in shares(cards.card(sure))]


def test_each_chip_is_a_button_that_says_why():
    for prediction in (fake_prediction(), fake_prediction(known=False), fake_silence()):
        page = Page(cards.card(prediction))
        (button,) = page.having(class_="ac-chip")
        (said,) = page.having(class_="ac-words", id=button["popovertarget"])
        assert button["popovertarget"] == said["id"]
        assert cards.reason(prediction) in page.text


def test_silence_gets_no_label_and_no_score():
    page = Page(cards.card(fake_silence()))
    assert "nothing to judge" in page.text
    assert not set(page.text.split()) & set(DIGITS)
    assert "%" not in page.text


def test_the_empty_answer_has_the_outline_of_a_full_one():
    full, empty = (Page(markup) for markup in (cards.answer(fake_analysis()), cards.empty_answer("hint")))
    for name in ("ac-verdict", "ac-card", "ac-answer", "ac-bars", "ac-bar"):
        assert len(empty.having(class_=name)) == len(full.having(class_=name))


def test_a_failure_is_announced_and_leaves_empty_cards():
    page = Page(cards.failed_answer("too short: 0.02 s, at least 0.1 s"))
    assert page.having(role="alert") and "at least 0.1 s" in page.text
    assert len(page.having(class_="ac-card", data_state="empty")) == 3


# Escaping


@pytest.mark.parametrize("evil", [EVIL, "${alert(1)}{{7*7}}.wav", "</section></script><script>"])
def test_a_visitors_file_name_never_becomes_markup(evil):
    tame = Page(everything(fake_analysis("tame.wav")))
    page = Page(everything(fake_analysis(evil, notices=(evil,), verdict=evil)))
    # One more notice in the answer and one in the comparison; nothing else.
    assert len(page.elements) == len(tame.elements) + 2
    assert evil in "".join(page.words)
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)


def test_labels_models_and_pictures_are_escaped_too():
    prediction = fake_prediction(model=EVIL, labels=(EVIL, *DIGITS[1:]), label="one")
    picture = fake_picture()
    picture = type(picture)(**{**vars(picture), "title": EVIL, "alt": EVIL, "y_label": EVIL, "unit": EVIL})
    markup = cards.card(prediction) + pictures.figure(picture, (), 1.0)
    markup += comparison.score_table([prediction], {})
    assert len(Page(markup).tags("img")) == 1


def test_a_hostile_file_name_stays_inside_the_audio_address():
    page = Page(pictures.stack(fake_analysis(), (), '/tmp/a" onerror="x/#?%.wav'))
    (audio,) = page.tags("audio")
    assert set(audio) == {"class", "preload", "src"}
    assert audio["src"] == "gradio_api/file=/tmp/a%22%20onerror%3D%22x/%23%3F%25.wav"


# Pictures


def test_silence_has_pictures_but_no_window():
    silence = fake_analysis(predictions=(fake_silence(),), listened=())
    page = Page(pictures.stack(silence, silence.pictures, None))
    assert len(page.tags("figure")) == len(VIEWS) and not page.having(class_="ac-marked")


def test_every_picture_has_an_alt_text_and_a_table():
    page = Page(pictures.stack(fake_analysis(), fake_analysis().pictures, None))
    assert len(page.tags("figure")) == len(page.tags("details")) == len(page.tags("table")) == len(VIEWS)
    assert all(image["alt"] for image in page.tags("img"))
    assert "−3 dB" in page.text


def test_a_raster_with_a_palette_arrives_in_its_colours():
    rng = np.random.default_rng(0)
    levels, palette = (
        rng.integers(0, 255, (7, 11), dtype=np.uint8),
        rng.permutation(768).reshape(256, 3) % 256,
    )
    palette = palette.astype(np.uint8)
    encoded = pictures.data_uri(levels, palette).removeprefix("data:image/png;base64,")
    read = np.asarray(Image.open(BytesIO(base64.b64decode(encoded))).convert("RGB"))
    np.testing.assert_array_equal(read, palette[levels])


def test_the_raster_arrives_pixel_by_pixel():
    rgb = np.random.default_rng(0).integers(0, 255, (7, 11, 3), dtype=np.uint8)
    encoded = pictures.data_uri(rgb).removeprefix("data:image/png;base64,")
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(base64.b64decode(encoded)))), rgb)


def test_one_slider_moves_all_pictures():
    page = Page(pictures.stack(fake_analysis(seconds=2.5), fake_analysis().pictures, "/tmp/a.wav"))
    (slider,) = page.having(role="slider")  # the waveform
    assert slider["tabindex"] == "0" and slider["aria-label"]
    assert (slider["aria-valuemin"], slider["aria-valuemax"]) == ("0", "2.50")
    assert len(page.having(class_="ac-seek")) == len(page.having(class_="ac-playhead")) == len(VIEWS)


def test_axis_quantities_units_and_colour_scale_are_written_out():
    text = Page(pictures.figure(fake_picture(), (), 1.0)).text
    assert all(words in text for words in ("Hz", "2000", "dB", "−80"))
    assert "ac-scale" not in pictures.figure(fake_picture("waveform"), (), 1.0)


def test_the_part_used_is_marked_at_its_place():
    (band,) = Page(pictures.figure(fake_picture(), [part(1.0, 3.0)], 4.0)).having(class_="ac-band")
    assert band["style"] == "left:25.000%;right:25.000%"
    found = fake_analysis(seconds=4.0, listened=(part(1.0, 3.0),))
    text = Page(pictures.stack(found, (fake_picture(),), None)).text
    assert "1.00 s to 3.00 s" in text, "in words that need no pointer"


def test_what_a_model_gets_is_marked_with_its_own_part_and_the_sound_with_all():
    found = fake_analysis(seconds=9.0, listened=(part(1.0, 2.0, "gmm"), part(5.0, 6.0, "cnn", "rnn")))
    chosen = [replace(fake_picture(), family=family) for family in ("", "gmm", "cnn")]
    page = Page(pictures.stack(found, chosen, None))
    lefts = [float(re.search(r"left:([\d.]+)%", band["style"])[1]) for band in page.having(class_="ac-band")]
    assert lefts == pytest.approx([100 / 9, 500 / 9, 100 / 9, 500 / 9], abs=0.01)
    assert "GMM from 1.00 s to 2.00 s and CNN and RNN from 5.00 s to 6.00 s" in page.text


@pytest.mark.parametrize(("seconds", "said"), [(1.2, False), (3.0, True)])
def test_features_of_a_sound_longer_than_a_window_say_how_they_are_drawn(seconds, said):
    found = fake_analysis(seconds=seconds)
    assert ("one window of 1 s" in Page(pictures.stack(found, found.pictures, None)).text) is said
    assert "one window" not in pictures.stack(found, found.pictures[:3], None)


@pytest.mark.parametrize("listened", [(), (part(0.0, 4.0),)])
def test_nothing_is_marked_when_the_whole_clip_is_used(listened):
    assert "ac-band" not in pictures.figure(fake_picture(), listened, 4.0)


@pytest.mark.parametrize("seconds", [0.1, 0.37, 0.62, 1.0, 1.7, 6.0, 29.5, 60.0, 599.0])
def test_time_ticks_are_few_round_and_evenly_apart(seconds):
    ticks = pictures.time_ticks(0.0, seconds)
    steps = np.diff(ticks)
    assert 3 <= len(ticks) <= 11
    np.testing.assert_allclose(steps, steps[0])
    assert ticks[0] == 0 and ticks[-1] <= seconds * 1.000001
    assert float(f"{steps[0]:.0e}") == pytest.approx(steps[0]) and f"{steps[0]:.0e}"[0] in "125"


def test_empty_pictures_have_the_outline_of_full_ones():
    full = Page(pictures.stack(fake_analysis(), fake_analysis().pictures, "/tmp/a.wav"))
    empty = Page(pictures.empty_stack())
    for name in ("ac-figure", "ac-frame", "ac-player", "ac-times"):
        assert len(empty.having(class_=name)) == len(full.having(class_=name))


# Comparison


def test_the_table_has_a_row_per_label_and_a_column_per_model():
    page = Page(comparison.score_table(fake_analysis().predictions, ROWS))
    assert len(page.having(scope="col")) == 1 + 3
    assert [label for label in DIGITS if label not in page.text] == []
    assert len(page.having(class_="ac-best")) == 3
    assert all(words in page.text for words in ("0.1 MB", "61,234", "87.6 %", "12.3 ms"))


def test_unknown_facts_of_a_model_are_dashes():
    text = Page(comparison.score_table([fake_prediction()], {})).text
    assert "Size –" in text and "Parameters –" in text and "Accuracy –" in text


def split_into_windows(labels: list[str | None], hop: float = 0.5) -> object:
    """A prediction with one-second windows every `hop` seconds, each sure of one label, or silent."""
    rows = np.zeros((len(labels), len(DIGITS)))
    for row, label in zip(rows, labels, strict=True):
        if label:
            row[DIGITS.index(label)] = 1.0
    starts = np.arange(len(labels)) * hop
    return fake_prediction(
        window_scores=rows,
        window_seconds=np.stack([starts, starts + 1], axis=1),
        clip_seconds=starts[-1] + 1,
        focus=None,
    )


def test_runs_cover_the_clip_without_gap_and_join_equal_neighbours():
    prediction = split_into_windows(["one", "one", None, "two", "two", "two", "one"])
    runs = comparison.runs(prediction)
    assert [label for _, _, label, _ in runs] == ["one", None, "two", "one"]
    assert runs[0][0] == 0.0 and runs[-1][1] == prediction.clip_seconds
    assert all(before[1] == after[0] for before, after in pairwise(runs))
    # Windows centred at 0.5, 1.0 and 1.5 s: the border of the second and third lies half-way.
    assert runs[0][1] == pytest.approx(1.25)


def test_a_focus_window_off_the_grid_takes_its_place_in_time():
    prediction = split_into_windows(["one", "two", "one"])
    spans = np.vstack([prediction.window_seconds, [[0.2, 1.2]]])
    scores = np.vstack([prediction.window_scores, prediction.window_scores[1:2]])
    mixed = fake_prediction(window_scores=scores, window_seconds=spans, clip_seconds=2.0, focus=3)
    assert [label for _, _, label, _ in comparison.runs(mixed)] == ["one", "two", "one"]


def test_a_lane_shows_none_of_these_where_the_model_rejects_a_window_although_a_label_has_the_best_score():
    prediction = split_into_windows(["one", "two", "two", None])
    rows = prediction.window_probabilities.copy()
    rows[1:3, -1], rows[1:3, :-1] = 0.7, 0.3 * rows[1:3, :-1]
    rejecting = replace(prediction, window_probabilities=rows)
    runs = comparison.runs(rejecting)
    assert [label for _, _, label, _ in runs] == ["one", NONE, None]
    assert runs[1][3] == pytest.approx(0.7)
    lanes = comparison.timeline(fake_analysis(seconds=2.5, predictions=(rejecting,)))
    assert NONE in Page(lanes).text and "two" not in lanes


def test_models_differ_where_their_answers_do():
    gmm, cnn = (
        comparison.runs(split_into_windows(labels, hop=1.0))
        for labels in (["one", "one", "two", "two"], ["one", "six", "six", "two"])
    )
    assert comparison.differences([gmm, cnn]) == [(1.0, 3.0)]
    assert comparison.differences([gmm, gmm]) == []


@pytest.mark.parametrize(("last", "said"), [("two", "nowhere"), ("one", "2.0 to 3.0 s")])
def test_a_long_clip_has_a_lane_per_model_and_one_where_they_differ(last, said):
    predictions = tuple(split_into_windows(["one", None, word], hop=1.0) for word in ("two", last))
    page = Page(comparison.timeline(fake_analysis(seconds=3.0, predictions=predictions)))
    first, _, differ = page.having(role="application", class_="ac-seek")
    assert differ["aria-label"] == f"The models differ: {said}"
    assert "silence" in str(first["aria-label"]) and "two" in str(first["aria-label"])


def test_a_short_clip_has_no_lanes():
    assert comparison.timeline(fake_analysis()) == ""


def test_silence_can_be_compared():
    quiet = tuple(fake_silence(family) for family in ("gmm", "cnn", "rnn"))
    page = Page(comparison.comparison(fake_analysis(predictions=quiet, listened=()), ROWS, None))
    assert not page.having(class_="ac-best")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ((("six", True), ("six", True), ("six", True)), "3 of 3 say six"),
        ((("six", True), ("six", False), ("nine", False)), "2 of 3 say none of these"),
        ((("six", True), ("nine", True), ("nine", True)), "2 of 3 say nine"),
        ((("six", True), ("nine", True), ("one", True)), "no two models agree"),
        ((("six", False), ("nine", False)), "2 of 2 say none of these"),
        ((("six", True),), "1 of 1 says six"),
    ],
)
def test_agreement_counts_answers_and_none_of_these_is_one(answers, words):
    predictions = [fake_prediction(label=label, known=known) for label, known in answers]
    assert comparison.agreement(predictions) == words
