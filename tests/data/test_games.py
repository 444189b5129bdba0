"""The data set of game sounds: the files of a package, their pieces, and the manifest."""

from collections import Counter

import numpy as np
import pytest
import soundfile
from fake_hub import files_of

from audioclf.data import games
from audioclf.data.games import (
    COLUMNS,
    MAX_PIECES,
    PIECE_SECONDS,
    PackagedSound,
    cut,
    make_games,
    packaged_sounds,
)
from audioclf.data.manifest import rows_of
from audioclf.tasks import ENVIRONMENT, TASKS
from audioclf.types import Clip, DataError

RATE = 22_050
DOG = PackagedSound("kennel-data", "usr/share/kennel/sounds/bark.wav", "dog_bark")
RAIN = PackagedSound("weather-data", "usr/share/weather/sounds/rain.ogg", "rain")
WIND = PackagedSound("weather-data", "usr/share/weather/sounds/wind.wav", "")


def tone(seconds: float, hz: float = 500.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)


@pytest.fixture
def debian(tmp_path):
    """An unpack of packages that hold a second of a bark, a minute of rain, and wind that is no sound file."""
    asked = []

    def unpack(package, paths, into):
        asked.append((package, tuple(paths)))
        if package == "not-there":
            raise DataError("not-there skipped; apt-get does not find it")
        for path in paths:
            file = into / path.replace("/", "_")
            if path == WIND.path:
                file.write_bytes(b"gust")
            else:
                soundfile.write(file, tone(60.0 if path == RAIN.path else 1.0), RATE)
            yield path, file

    return unpack, asked


def test_the_manifest_names_every_piece_and_its_source(debian, tmp_path):
    unpack, _ = debian
    seen = []
    report = make_games(
        tmp_path / "made", (DOG, RAIN, WIND), unpack, progress=lambda *counts: seen.append(counts)
    )
    rows = rows_of(tmp_path / "made" / "manifest.csv")
    assert tuple(rows[0]) == COLUMNS
    assert {row["file"] for row in rows} | {"manifest.csv"} == set(files_of(tmp_path / "made"))
    assert Counter(row["label"] for row in rows) == {"dog_bark": 1, "rain": MAX_PIECES}
    assert {row["source"] for row in rows} == {f"{sound.package}/{sound.path}" for sound in (DOG, RAIN)}
    assert {row["role"] for row in rows} == {"train"}, "no sound serves as a test or unknown sound"
    assert report.n_clips == {"kennel-data": 1, "weather-data": MAX_PIECES}
    assert report.n_refused == {"weather-data": 1} and not report.skipped
    assert seen[-1] == (3, 3, "weather-data")


def test_existing_pieces_are_not_unpacked_again(debian, tmp_path):
    unpack, asked = debian
    make_games(tmp_path / "made", (DOG, RAIN), unpack)
    before = files_of(tmp_path / "made")
    (tmp_path / "made" / f"{RAIN.stem}-A.flac").unlink()
    asked.clear()
    make_games(tmp_path / "made", (DOG, RAIN), unpack)
    assert asked == [("weather-data", (RAIN.path,))]
    assert files_of(tmp_path / "made") == before


def test_an_unavailable_package_is_skipped_unless_all_are(debian, tmp_path):
    unpack, _ = debian
    gone = PackagedSound("not-there", "usr/share/sounds/x.wav", "rain")
    report = make_games(tmp_path / "made", (DOG, gone), unpack)
    assert report.n_clips == {"kennel-data": 1} and report.skipped.keys() == {"not-there"}
    with pytest.raises(DataError, match="not-there skipped"):
        make_games(tmp_path / "none", (gone,), unpack)
    assert not (tmp_path / "none").exists()


def test_a_long_sound_gives_pieces_from_all_over_it():
    ramp = np.linspace(0.1, 1, round(47 * RATE)) * tone(47.0) * 2
    pieces = cut(Clip(ramp.astype(np.float32), RATE))
    assert len(pieces) == MAX_PIECES
    assert all(piece.seconds == pytest.approx(PIECE_SECONDS) for piece in pieces)
    loudness = [float(np.abs(piece.samples).max()) for piece in pieces]
    assert loudness == sorted(loudness) and loudness[-1] == pytest.approx(0.9, abs=0.01)
    assert loudness[0] < 0.3


def test_a_short_sound_loses_the_silence_around_it_and_silence_is_refused():
    silence = np.zeros(RATE)
    (piece,) = cut(Clip(np.concatenate([silence, tone(0.5), silence]).astype(np.float32), RATE))
    assert piece.seconds == pytest.approx(0.5 + 2 * games.EDGE_SECONDS, abs=0.01)
    assert cut(Clip(silence.astype(np.float32), RATE)) == []


def test_the_list_has_every_label_unlabelled_sounds_and_no_file_twice():
    wanted = packaged_sounds()
    assert {sound.label for sound in wanted} == {*ENVIRONMENT.labels, ""}
    assert len({sound.stem for sound in wanted}) == len(wanted)
    assert len({(sound.package, sound.path) for sound in wanted}) == len(wanted)


def test_no_protocol_tests_on_games():
    assert all(protocol.other != "games" for task in TASKS.values() for protocol in task.protocols)
