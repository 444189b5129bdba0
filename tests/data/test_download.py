"""Downloads are resumed and verified, appear only when complete, and never write outside their folder."""

import hashlib
import io
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import file_server
import numpy as np
import pytest
import soundfile
import tiny_data

from audioclf import audio
from audioclf.data import datasets, download, published, web
from audioclf.data.people import halves_of_takes
from audioclf.data.published.base import Source, samples_digest
from audioclf.data.published.esc10 import LABELS
from audioclf.data.published.fsdkaggle import clips
from audioclf.tasks import DIGITS, TASKS
from audioclf.types import DataError


@pytest.fixture
def files():
    with file_server.serving() as served:
        yield served


def wav(seed: int, sample_rate: int = 8000, n: int = 1200) -> bytes:
    samples = (0.1 * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)
    stream = io.BytesIO()
    soundfile.write(stream, samples, sample_rate, format="WAV", subtype="PCM_16")
    return stream.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def quiet(done: int, total: int, words: str) -> None:
    assert 0 <= done <= total


def source(files, name: str, archive: bytes, n_files: int, **changes) -> dict[str, Source]:
    files.content["/set.archive"] = archive
    url = files.url + "/set.archive?download=1"
    return {name: replace(published.SOURCES[name], url=url, n_files=n_files, **changes)}


FSDD = {
    f"fsdd-1.0.10/recordings/{digit}_jackson_{take}.wav": wav(10 * digit + take)
    for digit in range(10)
    for take in (3, 7)
}
FSDD_OTHER = {"fsdd-1.0.10/README.md": b"words", "fsdd-1.0.10/acquire/0_x.txt": b""}


def fsdd_digest(members: dict[str, bytes]) -> str:
    clips = [audio.load_clip(data) for data in members.values()]
    return samples_digest([{"file": name} for name in members], clips)


def test_digits_are_laid_out_as_training_reads_them(files, tmp_path):
    known = source(files, "digits", zipped(FSDD | FSDD_OTHER), 20, expected=fsdd_digest(FSDD))
    folder = download.get("digits", tmp_path, quiet, known)
    tiny_data.write_voices(tmp_path)
    dataset = datasets.read(DIGITS, tmp_path)
    assert len(dataset.items) == 20
    assert {item.row["split"] for item in dataset.items if "_3." in item.file.name} == {"test"}
    assert dataset.items[0].row["speaker"] == "jackson"
    assert sorted(path.name for path in folder.iterdir()) == ["audio", "manifest.csv"], "no archive is left"
    n_requests = len(files.asked)
    download.get("digits", tmp_path, quiet, known)
    assert len(files.asked) == n_requests, "existing files are not fetched again"


def test_environment_sounds_are_those_of_esc_10(files, tmp_path):
    members = {
        f"ESC-50-x/audio/{fold}-{100 + fold}-A-{target}.wav": wav(fold)
        for fold in range(1, 6)
        for target in (*LABELS, "7")
    }
    known = source(files, "environment", zipped(members), 50, digest=None)
    download.get("environment", tmp_path, quiet, known)
    task = replace(TASKS["environment"], extras=())
    dataset = datasets.read(task, tmp_path)
    assert len(dataset.items) == 50
    assert set(dataset.folds(task.protocols[0])) == set("12345")
    assert {item.row["source"] for item in dataset.items} == {str(100 + fold) for fold in range(1, 6)}


def test_only_the_needed_parts_of_a_large_archive_are_fetched(files, tmp_path):
    chosen = list(clips())[:3]
    members = {f"x{i}": np.random.default_rng(i).bytes(3_000_000) for i in range(3)}
    members |= {stem: wav(i, 44100, 9000) for i, stem in enumerate(chosen)}
    archive = zipped({f"FSDKaggle2018.audio_train/{stem}.wav": data for stem, data in members.items()})
    known = source(files, "instruments", archive, 3, digest=None)
    folder = download.get("instruments", tmp_path, quiet, known)
    assert sorted(path.stem for path in (folder / "audio").iterdir()) == sorted(chosen)
    fetched = sum(int(r.rpartition("-")[2]) - int(r[6:].partition("-")[0]) + 1 for r in files.asked)
    assert fetched < len(archive) / 2
    manifest = (folder / "manifest.csv").read_text().splitlines()
    assert manifest[0] == "file,label,fold,sample_rate,n_samples"


def test_a_server_without_range_requests_is_reported(files, tmp_path):
    known = source(files, "instruments", zipped({"a": b""}), 3)
    files.knows_ranges = False
    with pytest.raises(DataError, match="does not send parts"):
        download.get("instruments", tmp_path, quiet, known)


def test_speech_commands_stay_as_they_were_published(files, tmp_path):
    lists = {"./testing_list.txt": b"zero/00_nohash_0.wav\n", "./validation_list.txt": b""}
    speaker, word, take = next(key for key in halves_of_takes() if key[1] == "bed")
    used = f"bed/{speaker}_nohash_{take}.wav"
    members = lists | {"./bed/0_nohash_0.wav": b"x", f"./{used}": wav(0, 16000)}
    for label in DIGITS.labels:
        members |= {f"./{label}/0{i}_nohash_0.wav": wav(i, 16000) for i in range(2)}
    archive = tarred(members)
    known = source(files, "speech-commands", archive, 20, sha256=hashlib.sha256(archive).hexdigest())
    folder = download.get("speech-commands", tmp_path, quiet, known)
    dataset = datasets.read(DIGITS, folder)
    assert len(dataset.items) == 20
    (held_out,) = dataset.folds(dataset.task.protocols[0]).values()
    assert held_out.sum() == 1
    assert [path.relative_to(folder).as_posix() for path in (folder / word).iterdir()] == [used], (
        "models use it"
    )


def test_an_interrupted_download_is_resumed(files, tmp_path):
    data = np.random.default_rng(0).bytes(300_000)
    files.content["/big"] = data
    files.cut = 100_000
    target = tmp_path / "big"
    with pytest.raises(DataError, match=r"broke off.*again to resume"):
        web.fetch(files.url + "/big", target, quiet)
    assert not target.exists()
    web.fetch(files.url + "/big", target, quiet, hashlib.sha256(data).hexdigest())
    assert target.read_bytes() == data
    assert files.asked == ["", "bytes=100000-"]


def test_without_range_requests_a_download_starts_again(files, tmp_path):
    data = np.random.default_rng(0).bytes(50_000)
    files.content["/big"], files.knows_ranges = data, False
    (tmp_path / "big.part").write_bytes(b"something else")
    web.fetch(files.url + "/big", tmp_path / "big", quiet)
    assert (tmp_path / "big").read_bytes() == data


def test_content_of_another_hash_is_removed(files, tmp_path):
    files.content["/big"] = b"not what was promised"
    with pytest.raises(DataError, match=r"sha256 .* not 0000.*removed"):
        web.fetch(files.url + "/big", tmp_path / "big", quiet, "0" * 64)
    assert not list(tmp_path.iterdir())


def test_recordings_that_are_not_the_published_ones_get_no_manifest(files, tmp_path):
    known = source(files, "digits", zipped(FSDD), 20, expected="another")
    with pytest.raises(DataError, match="not the published ones"):
        download.get("digits", tmp_path, quiet, known)
    assert not (tmp_path / "digits" / "manifest.csv").exists()


def test_a_set_that_lacks_recordings_is_refused(files, tmp_path):
    with pytest.raises(DataError, match="has 20 recordings, not 21"):
        download.get("digits", tmp_path, quiet, source(files, "digits", zipped(FSDD), 21))


@pytest.mark.parametrize("make", [zipped, tarred])
def test_no_member_of_an_archive_leaves_the_folder(files, tmp_path, make):
    inside = tmp_path / "data"
    evil = {"../../0_theo_1.wav": wav(1), "/tmp/0_theo_2.wav": wav(2), "a/../../../0_theo_3.wav": wav(3)}
    known = source(files, "digits", make(evil), 3, digest=None, unpack="zip" if make is zipped else "tar")
    folder = download.get("digits", inside, quiet, known)
    assert sorted(p.name for p in (folder / "audio").iterdir()) == [f"0_theo_{i}.wav" for i in (1, 2, 3)]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert not Path("/tmp/0_theo_2.wav").exists()


@pytest.mark.parametrize("archive", [b"", b"no archive", zipped(FSDD)[:2000]])
def test_a_damaged_archive_is_named(files, tmp_path, archive):
    with pytest.raises(DataError, match="damaged"):
        download.get("digits", tmp_path, quiet, source(files, "digits", archive, 20))


def test_a_failed_download_names_its_cause(files, tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"no data set 'birds'.*digits"):
        download.get("birds", tmp_path, quiet)
    with pytest.raises(DataError, match=r"127\.0\.0\.1.*answers 404"):
        web.fetch(files.url + "/nothing", tmp_path / "x", quiet)
    with pytest.raises(DataError, match=r"cannot be reached.*check the network"):
        web.fetch("http://127.0.0.1:9/x", tmp_path / "x", quiet)
    files.content["/big"] = b"0" * 1000
    monkeypatch.setattr(web, "SPARE_BYTES", 10**18)
    with pytest.raises(DataError, match="make room"):
        web.fetch(files.url + "/big", tmp_path / "x", quiet)


def test_the_clips_of_the_instruments_task_are_fixed():
    rows = clips()
    assert len(rows) == 300
    assert {row["label"] for row in rows.values()} == set(TASKS["instruments"].labels)
    for fold in "12345":
        assert sum(row["fold"] == fold for row in rows.values()) == 60
        assert 55 <= sum(row["source_fold"] == fold for row in rows.values()) <= 65
