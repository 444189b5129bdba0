"""`compare` and `explain` print, draw and pack the results of the functions behind the page."""

import json

import pytest
from fakes import asked, swell
from PIL import Image
from sounds import silence

from audioclf import audio
from audioclf.inference import loading
from audioclf.lab import stress, sweep
from audioclf.lab.explain import explain
from audioclf.service import lab, records


@pytest.fixture
def tone(tmp_path):
    path = tmp_path / "tone.wav"
    audio.encode_wav(swell(0.8), path)
    return path


def models(registry):
    return loading.load_models(asked(registry))


def test_compare_prints_the_results_of_a_sweep(cli, fake_zoo, tone):
    status, out, err = cli("compare", tone, "--stress", "snr", "--levels", "20,0,-10", "--seed", 2, "--json")
    assert (status, err) == (0, "")
    plan = sweep.Plan("snr_white", (20.0, 0.0, -10.0), seed=2)
    found = sweep.sweep(audio.load_clip(tone), plan, models(fake_zoo))
    assert json.loads(out) == json.loads(json.dumps(records.sweep_record(found, "digits")))


def test_other_stresses_can_be_held_at_a_level(cli, fake_zoo, tone):
    _, out, _ = cli(
        "compare", tone, "--stress", "pitch", "--with", "reverb=0.5", "--with", "mp3=16", "--json"
    )
    record = json.loads(out)
    assert record["settings"] == {"reverb": 0.5, "mp3": 16.0}
    assert record["levels"] == list(stress.STRESSES["pitch"].levels)


def test_without_json_there_is_a_table_and_the_sentence(cli, fake_zoo, tone):
    status, out, _ = cli("compare", tone, "--stress", "gain", "--model", "digits-cnn")
    assert status == 0
    *_, last = out.splitlines()
    found = sweep.sweep(audio.load_clip(tone), sweep.Plan("gain"), models(fake_zoo)[1:2])
    assert last.strip() == found.sentence
    label = found.curves[0].label
    head = " ".join(out.split("\n")[0].split())
    assert head == f"Gain, dB digits-cnn, probability of {label} digits-cnn says"
    assert len(out.splitlines()) == 1 + 1 + 16 + 1


def test_silence_is_not_called_none_of_these(cli, fake_zoo, tmp_path):
    audio.encode_wav(silence(1.0, 8000), tmp_path / "quiet.wav")
    _, out, _ = cli("compare", tmp_path / "quiet.wav", "--levels", "20,0")
    assert "none of these" not in out and "digits-gmm says" in out and "nothing" in out


def test_explain_prints_and_draws_an_explanation(cli, fake_zoo, tone, tmp_path):
    picture = tmp_path / "map.png"
    status, out, err = cli("explain", tone, "--model", "digits-cnn", "--out", picture, "--json")
    assert (status, err) == (0, "")
    found = explain(audio.load_clip(tone), models(fake_zoo)[1])
    assert json.loads(out) == json.loads(json.dumps(records.explanation_record(found)))
    assert Image.open(picture).size[0] > 500
    _, out, _ = cli("explain", tone, "--model", "digits-cnn", "--label", "nine")
    assert out.strip() == explain(audio.load_clip(tone), models(fake_zoo)[1], "nine").sentence


def test_the_commands_give_the_results_of_the_page_for_the_same_sound(cli, fake_zoo, tone):
    settings = {"snr_white": 10.0, "gain": -5.0}
    held = [word for name, level in settings.items() for word in ("--with", f"{name}={level}")]
    chosen = asked(fake_zoo, "digits-cnn")
    _, out, _ = cli("explain", tone, "--model", "digits-cnn", *held, "--seed", 3, "--json")
    found = lab.explained(str(tone), None, chosen, settings=settings, seed=3)
    assert json.loads(out) == json.loads(json.dumps(records.explanation_record(found[0].explanation)))
    _, out, _ = cli("explain", tone, "--model", "digits-cnn", *held)
    assert out.splitlines()[1:] and "Gain −5 dB" in out.splitlines()[1]
    _, out, _ = cli("compare", tone, "--model", "digits-cnn", "--stress", "mp3", *held, "--seed", 3, "--json")
    swept = lab.find_breaking_point(str(tone), lab.plan("mp3", settings=settings, seed=3), chosen)
    assert json.loads(out) == json.loads(json.dumps(records.sweep_record(swept, "digits")))


def test_compare_draws_and_packs(cli, tone, tmp_path):
    chart, packed = tmp_path / "chart.png", tmp_path / "all.zip"
    argv = ("compare", tone, "--levels", "0", "--model", "digits-cnn", "--out", chart, "--bundle", packed)
    assert cli(*argv)[0] == 0
    assert Image.open(chart).size[0] > 500
    assert packed.read_bytes().startswith(b"PK")


@pytest.mark.parametrize("command", ["compare", "explain"])
def test_a_picture_gets_its_folder_and_is_called_a_png(cli, tone, tmp_path, command):
    options = ("--levels", "0") if command == "compare" else ("--model", "digits-gmm")
    out = tmp_path / "new" / "chart.PNG"
    assert cli(command, tone, *options, "--out", out)[0] == 0
    assert Image.open(out).format == "PNG"
    status, _, err = cli(command, tone, *options, "--out", tmp_path / "chart.jpg")
    assert status == 2 and "end its name in .png" in err


def test_the_error_for_a_file_that_cannot_be_written_is_a_sentence(cli, tone, tmp_path):
    status, _, err = cli("compare", tone, "--levels", "0", "--out", tone / "chart.png")
    assert status == 1 and "is not a folder; choose another folder" in err


def test_silence_has_no_breaking_point_and_nothing_to_explain(cli, tmp_path):
    path = tmp_path / "quiet.wav"
    audio.encode_wav(silence(1.0, 8000), path)
    status, out, _ = cli("compare", path, "--levels", "0")
    assert status == 0
    assert "no answer to lose" in out
    status, _, err = cli("explain", path, "--model", "digits-cnn")
    assert status == 1
    assert "nothing to explain" in err
