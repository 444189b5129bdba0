"""`analyse`: predictions, verdict, notices and pictures, and models that are loaded once."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import fakes
import numpy as np
import pytest
from fakes import asked, joined, swell
from sounds import silence

from audioclf.service.analysis import analyse, playable_wav, preload
from audioclf.service.catalogue import task_choices
from audioclf.service.examples import list_examples
from audioclf.service.records import to_records
from audioclf.types import Clip, ZooError
from audioclf.wording import NONE, text
from audioclf.zoo.registry import Registry
from audioclf.zoo.writing import build_index, save_model


def answers(source, registry, *models, task="digits"):
    return analyse(source, asked(registry, *models, task=task), pictures=False)


def test_all_models_of_the_task_answer_classical_before_deep(fake_zoo):
    analysis = answers(swell(), fake_zoo)
    assert [p.model for p in analysis.predictions] == ["digits-gmm", "digits-cnn", "digits-rnn"]
    assert analysis.verdict.endswith(".")
    assert set(analysis.timings) == {"decode", "pictures", "total", *fake_zoo.ids()}
    assert analysis.timings["total"] >= sum(p.model_seconds for p in analysis.predictions)
    assert analysis.pictures == ()


def test_only_the_models_asked_for_answer_and_each_once(fake_zoo):
    analysis = answers(swell(), fake_zoo, "digits-rnn", "digits-cnn", "digits-rnn")
    assert [p.model for p in analysis.predictions] == ["digits-rnn", "digits-cnn"]


def test_the_scores_are_those_of_the_classifier_alone(fake_zoo):
    import audioclf

    clip = joined(silence(0.7, 8000), swell(), silence(1.2, 8000))
    for prediction in answers(clip, fake_zoo).predictions:
        alone = audioclf.load(prediction.model, fake_zoo)(clip)
        np.testing.assert_array_equal(prediction.scores, alone.scores)


def test_path_bytes_and_clip_give_the_same(fake_zoo, tmp_path):
    data = playable_wav(swell(1.7))
    (tmp_path / "a.wav").write_bytes(data)
    clip = Clip(np.frombuffer(data[44:], "<i2").astype(np.float32) / 32768, 8000)
    expected = answers(clip, fake_zoo)
    for source in (tmp_path / "a.wav", str(tmp_path / "a.wav"), data):
        found = answers(source, fake_zoo)
        assert found.verdict == expected.verdict
        for p, q in zip(found.predictions, expected.predictions, strict=True):
            np.testing.assert_allclose(p.scores, q.scores, atol=1e-6)


def test_silence_gets_a_verdict_but_no_label(fake_zoo):
    analysis = answers(silence(2.0), fake_zoo)
    assert analysis.verdict == text("verdict.silent")
    assert analysis.listened == ()
    assert analysis.notices == (text("verdict.silent_advice"),)
    for record in to_records(analysis, "silence.wav"):
        assert record["label"] is None
        assert record["known"] is False
        assert set(record["scores"].values()) == {0.0}
        assert record["note"] == text("verdict.silent")


def test_the_loud_part_of_a_long_clip_is_used(fake_zoo):
    analysis = answers(joined(silence(2.0, 8000), swell(), silence(2.5, 8000)), fake_zoo)
    (part,) = analysis.listened
    assert part.end - part.start == pytest.approx(1.0)
    assert (part.start + part.end) / 2 == pytest.approx(2.25, abs=0.02)
    assert any("The answer rests on 1 s" in notice for notice in analysis.notices)


def test_a_short_clip_is_used_from_end_to_end(fake_zoo):
    (part,) = answers(swell(0.5), fake_zoo).listened
    assert (part.start, part.end) == (0.0, 0.5)


def test_a_model_of_another_task_is_refused(fake_families, tmp_path):
    cnn = fakes.config("cnn")
    registry = fakes.build_zoo(tmp_path, cnn, replace(cnn, id="noises-cnn", task="noises"))
    with pytest.raises(ZooError, match="noises-cnn is made for task 'noises', not for 'digits'"):
        answers(swell(), registry, "noises-cnn")
    assert [p.model for p in answers(swell(), registry, task="noises").predictions] == ["noises-cnn"]


def test_a_task_without_models_is_an_error_that_names_tasks_with_models(fake_zoo):
    with pytest.raises(ZooError, match=r"no model for task 'birds' .* models for digits"):
        answers(swell(), fake_zoo, task="birds")


def test_records_hold_exactly_what_the_analysis_holds(fake_zoo):
    analysis = answers(swell(), fake_zoo)
    records = json.loads(json.dumps(to_records(analysis, "folder/a.wav")))
    for record, p in zip(records, analysis.predictions, strict=True):
        assert list(record) == [
            "file", "task", "model", "label", "known", "certainty", "probabilities", "scores",
            "clip_seconds", "model_seconds",
        ]  # fmt: skip
        assert record["file"] == "folder/a.wav"
        assert record["label"] == p.label
        assert list(record["scores"]) == list(p.labels)
        assert list(record["probabilities"]) == [*p.labels, NONE]
        np.testing.assert_array_equal(list(record["probabilities"].values()), p.probabilities)
        np.testing.assert_array_equal(list(record["scores"].values()), p.scores)


def test_no_record_has_a_path_key_that_gradio_takes_for_a_file(fake_zoo):
    for clip in (swell(), silence()):
        assert '"path":' not in json.dumps(to_records(answers(clip, fake_zoo), "a.wav"))


def test_a_model_is_loaded_once_for_many_threads(fake_zoo, monkeypatch):
    loads = []
    load = Registry.load
    monkeypatch.setattr(Registry, "load", lambda self, name: loads.append(name) or load(self, name))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: answers(swell(), fake_zoo), range(6)))
    assert sorted(loads) == fake_zoo.ids()


@pytest.mark.parametrize("part", ["weights", "config"])
def test_a_model_whose_weights_or_config_have_changed_is_loaded_again(fake_zoo, part):
    """Calibration is in config.json: the weights' hash does not change with it."""
    before = answers(swell(), fake_zoo, "digits-cnn").predictions[0]
    config, model = fake_zoo.load("digits-cnn")
    if part == "weights":
        model.randomise(99)
    else:
        config = replace(config, calibration={"temperature": 9.0, "known_threshold": 0.5})
    save_model(fake_zoo.root / "digits-cnn", config, model)
    build_index(fake_zoo.root)
    after = answers(swell(), fake_zoo, "digits-cnn").predictions[0]
    assert not np.allclose(before.scores, after.scores)


def test_task_choices_are_the_tasks_with_models(fake_zoo):
    assert task_choices(fake_zoo) == [("Spoken digits", "digits")]


def test_examples_are_files_that_can_be_read(fake_zoo):
    examples = list_examples("digits")
    assert len(examples) >= 5
    for example in examples:
        assert example.title and example.expect
        assert (example.label is None) or example.label in fakes.DIGITS
        assert answers(example.path, fake_zoo).predictions
    assert list_examples("no such task") == ()


@pytest.mark.parametrize(
    "clip", [swell(0.5), swell(3.2, sample_rate=44_100), silence(1.0)], ids=["short", "long", "silent"]
)
def test_pictures_show_the_whole_clip_at_the_models_rate(fake_zoo, clip):
    drawn = analyse(clip, asked(fake_zoo)).pictures
    assert [picture.name for picture in drawn][:3] == ["spectrogram", "scalogram", "waveform"]
    assert {picture.name.rpartition("-")[0] for picture in drawn[3:]} == set(fake_zoo.ids())
    for picture in drawn:
        assert picture.start == 0
        assert picture.end == pytest.approx(clip.seconds, abs=1 / 8000)
        assert picture.alt.endswith(".")
    hz = [text for picture in drawn[:2] for _, text in picture.ticks]
    assert "2k" in hz
    assert not {"8k", "16k"} & set(hz), "the models' rate is 8 kHz"


def test_after_preload_no_model_is_loaded_again(fake_zoo, monkeypatch):
    preload(asked(fake_zoo))
    monkeypatch.setattr(Registry, "load", lambda self, name: pytest.fail("loaded again"))
    assert analyse(swell(), asked(fake_zoo)).predictions


def test_an_analysis_uses_one_thread(fake_zoo):
    """With more, small models would wait for each other on a shared machine."""
    import torch
    from threadpoolctl import threadpool_info, threadpool_limits

    with threadpool_limits(2):
        torch.set_num_threads(2)
        answers(swell(), fake_zoo)
        assert torch.get_num_threads() == 1
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
