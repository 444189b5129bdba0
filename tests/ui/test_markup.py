"""HTML of the page: text, escaping, axes, and a table for every picture."""

import base64
import re
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from fake_analysis import DIGITS, VIEWS, fake_analysis, fake_picture, fake_prediction, fake_row, fake_silence
from markup_reader import EVIL, Page
from PIL import Image

from audioclf.ui.markup import cards, comparison, pictures

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
    assert "62 %" in page.text and "97 %" in page.text and "12 ms" in page.text


@pytest.mark.parametrize(
    "prediction, word",
    [
        (fake_prediction(score=0.97), "sure"),
        (fake_prediction(score=0.55), "unsure"),
        (fake_prediction(known=False), "unknown"),
        (fake_silence(), "unknown"),
    ],
)
def test_certainty_is_a_word_not_only_a_colour(prediction, word):
    page = Page(cards.card(prediction))
    assert re.search(rf"\b{word}\b", page.text)


def test_an_unknown_sound_gets_the_closest_label_but_no_answer():
    text = Page(cards.card(fake_prediction(label="six", known=False))).text
    assert "none of these" in text and "closest: six" in text


def test_silence_gets_no_label_and_no_score():
    page = Page(cards.card(fake_silence()))
    assert "nothing to hear" in page.text
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
    markup = cards.card(prediction) + pictures.figure(picture, None, 1.0)
    markup += comparison.score_table([prediction], {})
    assert len(Page(markup).tags("img")) == 1


def test_a_hostile_file_name_stays_inside_the_audio_address():
    page = Page(pictures.stack(fake_analysis(), (), '/tmp/a" onerror="x/#?%.wav'))
    (audio,) = page.tags("audio")
    assert set(audio) == {"class", "preload", "src"}
    assert audio["src"] == "gradio_api/file=/tmp/a%22%20onerror%3D%22x/%23%3F%25.wav"


# Pictures


def test_every_picture_has_an_alt_text_and_a_table():
    page = Page(pictures.stack(fake_analysis(), fake_analysis().pictures, None))
    assert len(page.tags("figure")) == len(page.tags("details")) == len(page.tags("table")) == len(VIEWS)
    assert all(image["alt"] for image in page.tags("img"))
    assert "−3 dB" in page.text


def test_the_raster_arrives_pixel_by_pixel():
    rgb = np.random.default_rng(0).integers(0, 255, (7, 11, 3), dtype=np.uint8)
    encoded = pictures.data_uri(rgb).removeprefix("data:image/png;base64,")
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(base64.b64decode(encoded)))), rgb)


def test_one_slider_moves_all_pictures():
    page = Page(pictures.stack(fake_analysis(seconds=2.5), fake_analysis().pictures, "/tmp/a.wav"))
    (slider,) = page.having(role="slider")
    assert slider["tabindex"] == "0" and slider["aria-label"]
    assert (slider["aria-valuemin"], slider["aria-valuemax"]) == ("0", "2.50")
    assert len(page.having(class_="ac-seek")) == len(page.having(class_="ac-playhead")) == len(VIEWS)


def test_axis_quantities_units_and_colour_scale_are_written_out():
    text = Page(pictures.figure(fake_picture(), None, 1.0)).text
    assert all(words in text for words in ("Hz", "2000", "dB", "−80"))
    assert "ac-scale" not in pictures.figure(fake_picture("waveform"), None, 1.0)


def test_the_part_used_is_marked_at_its_place():
    (band,) = Page(pictures.figure(fake_picture(), (1.0, 3.0), 4.0)).having(class_="ac-band")
    assert band["style"] == "left:25.000%;right:25.000%"
    assert "1.00 s to 3.00 s" in str(band["title"])


@pytest.mark.parametrize("listened", [None, (0.0, 4.0), (-0.5, 4.5)])
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
    first, _, differ = page.having(role="img", class_="ac-seek")
    assert differ["aria-label"] == f"The models differ: {said}"
    assert "silence" in str(first["aria-label"]) and "two" in str(first["aria-label"])


def test_a_short_clip_has_no_lanes():
    assert comparison.timeline(fake_analysis()) == ""


def test_silence_can_be_compared():
    quiet = tuple(fake_silence(family) for family in ("gmm", "cnn", "rnn"))
    page = Page(comparison.comparison(fake_analysis(predictions=quiet, listened=None), ROWS, None))
    assert not page.having(class_="ac-best")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ((("six", True), ("six", True), ("six", True)), "3 of 3 hear six"),
        ((("six", True), ("six", False), ("nine", False)), "1 of 3 hears six"),
        ((("six", True), ("nine", True), ("nine", True)), "2 of 3 hear nine"),
        ((("six", True), ("nine", True), ("one", True)), "no two models agree"),
        ((("six", False), ("nine", False)), "no model gives an answer"),
    ],
)
def test_agreement_counts_only_answers_that_are_claimed(answers, words):
    predictions = [fake_prediction(label=label, known=known) for label, known in answers]
    assert comparison.agreement(predictions) == words
