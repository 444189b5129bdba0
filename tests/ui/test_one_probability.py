"""A model's probability of an answer is the same number on the page, on the command line, in JSON and in tables."""

import csv
import html
import io
import json
import re
import zipfile

import numpy as np
import pytest
from paths import EXAMPLES, ZOO

from audioclf import audio
from audioclf.cli.entry import main
from audioclf.inference.loading import Selection
from audioclf.lab.sweep import Plan
from audioclf.service import bundle, records
from audioclf.service.analysis import analyse
from audioclf.service.catalogue import row
from audioclf.types import Analysis, Clip, Prediction
from audioclf.ui.markup import cards, comparison
from audioclf.ui.tabs.compare.segments import segment_table
from audioclf.wording import NONE, family_name, probability, readable
from audioclf.zoo.registry import Registry

REGISTRY = Registry(ZOO)
SILENT = "silence.wav"
# Unsure or unknown examples, a silent one, and clips longer than the window of each kind of pooling.
CLIPS = (("digits", "six-cafe.wav"), ("digits", SILENT), ("digits", "long"), ("environment", "siren.flac"),
         ("environment", "long"))  # fmt: skip


class Answers:
    """One clip on its way through every form in which answers are given."""

    def __init__(self, task: str, file: str, folder) -> None:
        self.path = str(folder / "long.wav" if file == "long" else EXAMPLES / file)
        if file == "long":
            parts = ("six-cafe.wav", "seven.wav") if task == "digits" else ("siren.flac", "dog.flac")
            clips = [audio.resample(audio.load_clip(EXAMPLES / part), 16_000) for part in parts]
            long = Clip(np.concatenate([clip.samples for clip in clips]), 16_000)
            (folder / "long.wav").write_bytes(audio.encode_exact(long))
        self.selection = Selection(REGISTRY, task, ())
        self.page: Analysis = analyse(self.path, self.selection, pictures=False)

    def models(self) -> dict[str, dict[str, float]]:
        """Model -> answer -> probability, as the page has it."""
        return {p.model: numbers(p) for p in self.page.predictions}


def numbers(prediction: Prediction) -> dict[str, float]:
    return dict(zip((*prediction.labels, NONE), prediction.probabilities.tolist(), strict=True))


@pytest.fixture(scope="module", params=CLIPS, ids=["-".join(clip) for clip in CLIPS])
def answers(request, tmp_path_factory) -> Answers:
    return Answers(*request.param, tmp_path_factory.mktemp("clip"))


def parted(markup: str, start: str) -> dict[str, str]:
    """Family -> the elements of one model, which begin with `start` and carry its family."""
    pieces = markup.split(start)[1:]
    return {re.search(r'data-family="(\w+)"', piece)[1]: piece for piece in pieces}


def near(found: dict[str, dict[str, float]], wanted: dict[str, dict[str, float]]) -> None:
    """Fails unless all models have the same answers with the same probabilities."""
    assert found.keys() == wanted.keys()
    for model, shares in found.items():
        assert shares == pytest.approx(wanted[model], rel=0, abs=1e-9), model


def test_a_card_shows_these_probabilities_in_bars_and_in_the_words_of_its_chip(answers):
    found = parted(cards.answer(answers.page), '<article class="ac-card" ')
    for p in answers.page.predictions:
        card, shares = found[p.family], {readable(k): v for k, v in numbers(p).items()}
        rows = re.findall(r'ac-label">(.*?)</span>.*?ac-percent">(.*?)</span>', card)
        assert len(rows) == cards.N_BARS
        if not p.heard:
            assert set(rows) == {("–", "–")} and "%" not in cards.reason(p)
            continue
        assert rows == [(label, probability(shares[label])) for label, _ in rows]
        assert rows[0][0] == readable(p.top(1)[0][0])
        for answer in (p.label, None):
            assert probability(shares[readable(answer)]) in cards.reason(p)
        assert html.escape(cards.reason(p)) in card


def test_the_table_shows_these_probabilities_of_every_answer(answers):
    rows = {p.model: row(REGISTRY, p.model) for p in answers.page.predictions}
    table = comparison.score_table(answers.page.predictions, rows)
    for i, label in enumerate((*answers.page.predictions[0].labels, None)):
        line = re.search(rf'<tr><th scope="row">{readable(label)}</th>(.*?)</tr>', table)[1]
        scores = [float(score) for score in re.findall(r'data-score="(.*?)"', line)]
        texts = re.findall(r'<span class="ac-percent">(.*?)</span>', line)
        for p, score, text in zip(answers.page.predictions, scores, texts, strict=True):
            assert score == pytest.approx(p.probabilities[i], rel=0, abs=1e-9)
            assert text == (probability(p.probabilities[i]) if p.heard else "–")


def test_the_lanes_and_the_table_of_answers_over_time_have_the_means_of_the_windows(answers):
    lanes = parted(comparison.timeline(answers.page).split("ac-differ")[0], '<div class="ac-lane" ')
    table = list(csv.DictReader(io.StringIO(segment_table(answers.page.predictions).decode())))
    for p in answers.page.predictions:
        runs = comparison.runs(p)
        said = [f"{readable(label)} {probability(share)}" for _, _, label, share in runs if label]
        assert re.findall(r's: (.*?)"', lanes[p.family]) == said if p.family in lanes else len(runs) < 2
        own = [float(line["probability"]) for line in table if line["model"] == p.model]
        assert own == pytest.approx([share for *_, share in runs], rel=0, abs=1e-9)
        if len(p.window_probabilities) == 1 and p.heard:
            assert own == pytest.approx([p.probabilities.max()], rel=0, abs=1e-9)


def test_the_command_line_prints_these_probabilities_and_the_sentence(answers, capsys):
    n_answers = len(answers.page.predictions[0].probabilities)
    task = ["--task", answers.page.task, "--zoo", str(ZOO)]
    assert main(["classify", answers.path, "--top", str(n_answers), *task]) == 0
    text = capsys.readouterr().out
    assert answers.page.verdict in text
    blocks = re.split(r"^  (?=\w+-(?:gmm|cnn|rnn) )", text, flags=re.MULTILINE)[1:]
    for p, block in zip(answers.page.predictions, blocks, strict=True):
        assert block.startswith(p.model)
        for label, share in numbers(p).items() if p.heard else ():
            assert re.search(rf"\b{label} +{re.escape(probability(share))}", block), (label, block)
        assert p.certainty in block if p.heard else "%" not in block
    assert main(["classify", answers.path, "--json", *task]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    near({line["model"]: line["probabilities"] for line in lines}, answers.models())


def test_the_endpoint_returns_these_probabilities(answers):
    found = records.analysed(answers.path, answers.selection)
    near({one["model"]: one["probabilities"] for one in found}, answers.models())
    for p, one in zip(answers.page.predictions, found, strict=True):
        assert (one["label"], one["known"], one["certainty"]) == (p.label, p.known, p.certainty)


def test_the_zip_holds_these_probabilities_as_json_and_as_a_table(answers, monkeypatch):
    monkeypatch.setattr(bundle, "explain_all", lambda *_, **__: ())
    packed, table = bundle.pack(answers.path, Plan("snr", (10.0,)), answers.selection)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        kept = json.loads(archive.read("answers.json"))
        sweep = json.loads(archive.read("sweep.json"))
        assert answers.page.verdict in archive.read("README.txt").decode()
    near({one["model"]: one["probabilities"] for one in kept}, answers.models())
    lines = list(csv.DictReader(io.StringIO(table.decode())))
    facts = ("model", "label", "known", "certainty")
    near(
        {line["model"]: {k: float(v) for k, v in line.items() if k not in facts} for line in lines},
        answers.models(),
    )
    # The sweep uses one window; where that is the whole clip, its first number is the card's.
    for p, curve in zip(answers.page.predictions, sweep["models"], strict=True):
        if len(p.window_probabilities) == 1 and p.heard:
            assert curve["clean_score"] == pytest.approx(p.probabilities.max(), rel=0, abs=1e-6), family_name(
                p.family
            )
