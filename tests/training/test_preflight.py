"""What cannot work is refused before anything is trained, all of it at once, and no registry is harmed."""

import errno
import shutil
from pathlib import Path

import fakes
import pytest
import soundfile
import sounds
from fake_hub import files_of

from audioclf.cli.entry import main
from audioclf.training import preflight
from audioclf.training.job import Job
from audioclf.training.preflight import Order, make_jobs
from audioclf.types import AudioclfError
from audioclf.zoo.registry import open_registry


@pytest.fixture
def birds(tmp_path, monkeypatch):
    """Two labels with three sounds each; a started training fails the test."""
    monkeypatch.setattr(Job, "pool", lambda job: pytest.fail("training began"))
    for i, label in enumerate(("owl", "crow")):
        (tmp_path / "birds" / label).mkdir(parents=True)
        for k in range(3):
            clip = sounds.tone(300 * (i + 1) + k, 0.5, 8000)
            soundfile.write(tmp_path / "birds" / label / f"{k}.wav", clip.samples, 8000)
    return tmp_path / "birds"


@pytest.fixture
def order(birds):
    """The jobs of an order that can be carried out, but for the changes."""

    def order(**changes):
        place = {"data": birds, "out": birds.parent / "zoo", "runs": birds.parent / "runs"}
        return make_jobs(Order(**{"model_id": "birds-gmm", "like": "environment", **place, **changes}))

    return order


def test_an_order_that_can_be_carried_out_makes_a_job_for_each_seed(order):
    assert [job.seed for job in order(seeds=(3, 1))] == [3, 1]


@pytest.mark.parametrize(
    "model_id",
    ["Birds-gmm", "../x-gmm", "a/b-gmm", "bird song-gmm", "-gmm", "vögel-gmm", "a--b-gmm", ".x-gmm", "x\n-gmm",
     "birds-svm", "birds", "digits-gmm", "b" * 300 + "-gmm", "birds-GMM", "\udcff-gmm", "", "a\0-gmm"],
)  # fmt: skip
def test_an_id_that_the_index_refuses_is_refused_first(birds, model_id, capsys):
    zoo = fakes.build_zoo(birds.parent / "zoo", fakes.config("cnn"))
    before = files_of(birds.parent)
    options = ["--like", "environment", "--data", birds, "--out", zoo.root, "--runs", birds.parent / "runs"]
    assert main(["train", *map(str, options), "--", model_id]) == 1
    err = capsys.readouterr().err
    assert "Traceback" not in err and ("id" in err or "recipe" in err)
    assert files_of(birds.parent) == before
    assert open_registry(zoo.root).ids() == ["digits-cnn"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seeds": (-1,)}, "seeds -1 cannot be used"),
        ({"seeds": (1, 1)}, "seeds 1, 1"),
        ({"seeds": (2**40,)}, "from 0 to 2147483647"),
        ({"epochs": 0}, "0 epochs cannot be trained"),
        ({"epochs": 10**9}, "from 1 to"),
        ({"out": "{birds}/zoo"}, "lies in the folder of your sounds"),
        ({"runs": "{birds}"}, "lies in the folder of your sounds"),
        ({"out": "{birds}/owl/0.wav"}, "cannot be written to"),
        ({"out": "{birds}/owl/0.wav/zoo"}, "cannot be written to"),
        ({"runs": "{birds}/../" + "r" * 300}, "cannot be written to.*--runs"),
        ({"out": "/proc/nothing"}, "cannot be written to.*--out"),
        ({"out": "{birds}/.."}, "holds other files and is no model registry"),
        ({"out": "hf-hub:anna/zoo"}, "not a folder to write to"),
        ({"like": "whales"}, "no task 'whales'"),
    ],
)
def test_what_cannot_work_is_refused(order, birds, changes, words):
    placed = {k: v.format(birds=birds) if isinstance(v, str) else v for k, v in changes.items()}
    with pytest.raises(AudioclfError, match=words):
        order(**placed)


def test_everything_is_listed_at_once(order, birds):
    (birds / "heron").mkdir()
    (birds / "heron" / "only.wav").touch()
    with pytest.raises(AudioclfError) as caught:
        order(model_id="Birds-gmm", epochs=0, runs=birds / "runs", out=birds / "owl" / "0.wav")
    text = str(caught.value)
    for words in ("Birds-gmm", "such as birds-gmm", "0 epochs", "--runs", "--out", "heron has 1 sound"):
        assert words in text
    assert text.startswith("5 things")


def test_a_folder_that_cannot_be_written_to_is_refused(order, birds, monkeypatch):
    def read_only(dir):
        raise (
            PermissionError(errno.EACCES, "Permission denied")
            if Path(dir).name == "closed"
            else AssertionError
        )

    (birds.parent / "closed").mkdir()
    monkeypatch.setattr(preflight.tempfile, "TemporaryFile", read_only)
    for name in ("out", "runs"):
        with pytest.raises(AudioclfError, match=rf"Permission denied.*--{name}"):
            order(
                **{
                    "out": birds.parent / "closed",
                    "runs": birds.parent / "closed",
                    name: birds.parent / "closed",
                }
            )


def test_litter_and_an_empty_folder_are_no_obstacle(order, birds):
    zoo = birds.parent / "zoo"
    zoo.mkdir()
    (zoo / ".DS_Store").touch()
    assert order(out=zoo)


def test_a_folder_inside_a_registry_is_refused_with_the_name_of_the_registry(order, birds, fake_families):
    zoo = fakes.build_zoo(birds.parent / "zoo", fakes.config("cnn"))
    before = files_of(birds.parent)
    for name in ("new", "digits-cnn"):
        with pytest.raises(AudioclfError, match="lies in the registry zoo; name zoo itself"):
            order(out=zoo.root / name)
    assert files_of(birds.parent) == before


def test_a_registry_that_could_not_be_indexed_is_refused_first(order, birds):
    zoo = fakes.build_zoo(birds.parent / "zoo", fakes.config("cnn"), fakes.config("gmm", id="birds-gmm"))
    (zoo.root / "birds-gmm" / "config.json").write_text("{}")
    assert order(), "the model itself may be replaced"
    shutil.copytree(zoo.root / "digits-cnn", zoo.root / "Copy of digits-cnn")
    with pytest.raises(AudioclfError, match="holds the model digits-cnn"):
        order()
    shutil.rmtree(zoo.root / "Copy of digits-cnn")
    (zoo.root / "digits-cnn" / "config.json").write_text("{}")
    with pytest.raises(AudioclfError, match="digits-cnn"):
        order()


def test_too_little_space_is_told_with_what_is_needed(order, monkeypatch):
    monkeypatch.setattr(preflight, "free_bytes", lambda folder: 1000)
    with pytest.raises(AudioclfError, match=r"need 0\.\d GB below .*runs, where 0\.0 GB are free.*--runs"):
        order()


def test_all_unusable_recordings_are_named_and_the_others_decoded_once(order, birds, monkeypatch):
    (birds / "owl" / "bad.wav").write_text("no sound")
    (birds / "crow" / "empty.mp3").touch()
    (birds / "crow" / "gone.wav").symlink_to(birds / "nowhere.wav")
    (job,) = order()
    (notice,) = job.dataset.notices
    lines = notice.splitlines()
    assert lines[0] == "left out 3 files that cannot be used:"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "crow/empty.mp3",
        "crow/gone.wav",
        "owl/bad.wav",
    ]
    assert len(job.dataset.items) == 6
    from audioclf.data import unusable

    unusable._decoding_problem.cache_clear()  # as in the next process
    decoded, load = [], unusable.audio.load_clip
    monkeypatch.setattr(unusable.audio, "load_clip", lambda file: decoded.append(file.name) or load(file))
    assert order()[0].dataset.notices == job.dataset.notices
    assert sorted(decoded) == ["bad.wav", "empty.mp3"]


def test_a_label_without_a_usable_recording_stops_the_training(order, birds):
    for k in range(3):
        (birds / "owl" / f"{k}.wav").write_text("no sound")
    with pytest.raises(AudioclfError, match=r"no file of owl can be used(.|\n)*owl/2\.wav"):
        order()


def test_the_notices_are_printed_before_the_training(birds, monkeypatch, capsys):
    class Begun(Exception):
        pass

    def begin(job):
        raise Begun

    monkeypatch.setattr(Job, "pool", begin)
    (birds / "owl" / "notes.txt").touch()
    options = [
        "--like",
        "environment",
        "--data",
        birds,
        "--out",
        birds.parent / "z",
        "--runs",
        birds.parent / "r",
    ]
    for command in ("train", "evaluate"):
        with pytest.raises(Begun):
            main([command, "birds-gmm", *map(str, options)])
        assert "skipped 1 file that by name is no sound: owl/notes.txt" in capsys.readouterr().err


def test_checking_leaves_nothing_behind(order, birds):
    before = {path for path in birds.parent.rglob("*") if "runs" not in path.parts}
    order()
    assert {path for path in birds.parent.rglob("*") if "runs" not in path.parts} == before
