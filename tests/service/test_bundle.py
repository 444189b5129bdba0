"""The bundle is complete, and its command lines reproduce its numbers."""

import csv
import io
import json
import shlex
import zipfile
from hashlib import sha256

import numpy as np
import pytest
import sounds
from fakes import asked, joined, swell
from paths import SEVEN
from paths import ZOO as ROOT

from audioclf import audio
from audioclf.cli.entry import main
from audioclf.lab.sweep import Plan
from audioclf.service import bundle
from audioclf.service.analysis import analyse
from audioclf.service.records import to_records
from audioclf.zoo.hub import Snapshot
from audioclf.zoo.registry import Registry

PLAN = Plan("snr", (20.0, 10.0, -10.0), {"reverb": 0.3}, seed=5)
ALL = asked(Registry(ROOT))
ONE = asked(Registry(ROOT), "digits-gmm")


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def packed() -> tuple[bytes, bytes]:
    return bundle.pack(SEVEN, PLAN, ALL)


@pytest.fixture(scope="module")
def files(packed) -> dict[str, bytes]:
    return unpacked(packed[0])


def test_the_clip_has_the_same_samples(files):
    clip, kept = audio.load_clip(SEVEN), audio.load_clip(files["clip.wav"])
    assert kept.sample_rate == clip.sample_rate
    assert np.array_equal(kept.samples, clip.samples)


def test_each_model_has_its_hashes_features_answers_and_explanation(files):
    registry = Registry(ROOT)
    models = json.loads(files["models.json"])
    features = np.load(io.BytesIO(files["features.npz"]), allow_pickle=False)
    answers = [record["model"] for record in json.loads(files["answers.json"])]
    assert answers == list(models) == registry.models_for("digits")
    for name in models:
        for file, digest in models[name]["sha256"].items():
            assert sha256((ROOT / name / file).read_bytes()).hexdigest() == digest
        n_windows, n_bins, n_frames = features[f"{name}.values"].shape
        assert n_windows == 1 and n_bins > 10
        assert features[f"{name}.seconds"].shape == (n_frames,)
        assert f"explain/{name}.json" in files
        assert files[f"pictures/explain-{name}.png"].startswith(b"\x89PNG")
    levels = json.loads(files["sweep.json"])
    for i, row in enumerate(list(csv.reader(files["sweep.csv"].decode().splitlines()))[2:]):
        assert float(row[0]) == levels["levels"][i]
        assert [float(share) for share in row[1::2]] == [m["scores"][i] for m in levels["models"]]


def test_the_table_of_all_scores_is_also_given_beside_the_zip(packed, files):
    assert packed[1] == files["answers.csv"]
    head, *rows = packed[1].decode().splitlines()
    assert head.startswith("model,label") and head.endswith(",none of these") and len(rows) == 3
    for row, record in zip(rows, json.loads(files["answers.json"]), strict=True):
        assert [float(cell) for cell in row.split(",")[4:]] == list(record["probabilities"].values())


def test_its_command_lines_reproduce_the_numbers(files, tmp_path, monkeypatch, capsys):
    (tmp_path / "clip.wav").write_bytes(files["clip.wav"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUDIOCLF_ZOO", str(ROOT))
    readme = files["README.txt"].decode()
    lines = [shlex.split(line) for line in readme.splitlines() if line.startswith("  python -m audioclf ")]
    assert [line[3] for line in lines] == ["classify", "compare", "explain", "explain", "explain"]
    for line in lines:
        assert main(line[3:]) == 0
        printed = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
        if line[3] == "explain":
            assert printed == [json.loads(files[f"explain/{line[line.index('--model') + 1]}.json"])]
        elif line[3] == "compare":
            assert printed == [json.loads(files["sweep.json"])]
        else:
            kept = json.loads(files["answers.json"])
            assert [{**r, "model_seconds": 0} for r in printed] == [{**r, "model_seconds": 0} for r in kept]


def test_its_command_lines_name_the_registry_but_no_path(real_zoo, monkeypatch, tmp_path):
    folder = real_zoo.root.resolve()
    for line in bundle.commands(PLAN, asked(real_zoo), ["digits-cnn"]):
        assert line.endswith(f" --zoo {folder.name}") and str(folder) not in line
    monkeypatch.setenv("AUDIOCLF_ZOO", str(folder))
    assert bundle.commands(PLAN, asked(), ["digits-cnn"])[0].endswith(f" --zoo {folder.name}")
    commit = "0123456789abcdef0123456789abcdef01234567"
    (tmp_path / commit).symlink_to(folder)
    far = Registry(tmp_path / commit, Snapshot("owner/repo", "main", tmp_path / commit))
    assert bundle.commands(PLAN, asked(far), [])[0].endswith(f" --zoo hf-hub:owner/repo@{commit}")
    assert "--zoo" not in bundle.commands(PLAN, ALL, [])[0]


def test_progress_is_one_count_over_all_explanations(real_zoo):
    told = []
    bundle.pack(swell(), PLAN, asked(real_zoo), lambda *step: told.append(step))
    for words, n in (("silencing", 3), ("drawing", 1)):
        steps = [(done, total) for done, total, said in told if words in said]
        assert len(steps) >= n and steps == sorted(steps) and len({total for _, total in steps}) == 1
    assert told[-1][2] == "digits-rnn, drawing"  # slow drawing reports progress and can be cancelled, too


def test_the_degraded_sound_and_its_answers_are_included(files):
    stressed = audio.load_clip(files["stressed.wav"])
    records = json.loads(files["answers-stressed.json"])
    again = to_records(analyse(stressed, ALL, pictures=False), "stressed.wav")
    assert [r["scores"] for r in records] == [r["scores"] for r in again]


def test_of_a_long_recording_the_loudest_part_is_packed(monkeypatch):
    monkeypatch.setattr(bundle, "MAX_SECONDS", 5.0)
    clip = joined(sounds.noise(7.0, 8000, rms=0.002), swell(1.0), sounds.noise(2.0, 8000, rms=0.002))
    kept = audio.load_clip(unpacked(bundle.pack(clip, Plan("snr", (0.0,)), ONE)[0])["clip.wav"])
    assert kept.seconds == pytest.approx(bundle.MAX_SECONDS)
    assert np.abs(kept.samples).max() == pytest.approx(np.abs(clip.samples).max())


def test_silence_can_be_packed_too():
    files = unpacked(bundle.pack(sounds.silence(1.0, 8000), Plan("snr", (0.0,)), ONE)[0])
    assert not [name for name in files if name.startswith("explain/")]
    assert json.loads(files["answers.json"])[0]["label"] is None
