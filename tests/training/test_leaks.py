"""No test sound leaks into training: no clip, speaker or source, nor any sound made from one."""

import hashlib
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import tiny_data
from near_duplicates import ALIKE
from scipy import fft

from audioclf.data import datasets, other_sounds
from audioclf.data.datasets import Item
from audioclf.data.manifest import known_clips, rows_of
from audioclf.data.people import HOME, people
from audioclf.data.speakers import ROLES, recordings, roles, takes_to_learn, trials
from audioclf.data.strangers import OTHERS, QUIET, strangers
from audioclf.evaluation.adaptation import adapting
from audioclf.evaluation.folds import LEAKY
from audioclf.evaluation.leaky_split import split_into_windows
from audioclf.tasks import DIGITS, ENVIRONMENT, TASKS
from audioclf.training.sound_pool import Pool, plan_sounds, sources_of

REAL = os.environ.get(datasets.DATA_VARIABLE)
needs_data = pytest.mark.skipif(not REAL, reason=f"needs the data sets: set {datasets.DATA_VARIABLE}")
# Columns whose values must not be on both sides either. The official split of digits shares speakers, as its title
# says, and the folds of instruments by clip share sources.
APART = {("environment", "folds"): ("source",)}
SESSION = 1000  # Freesound ids closer than this may belong to one upload session of one person
SIMILAR = 0.5  # correlation of spectrally flattened sounds from which they count as alike
CERTAIN = 0.8  # … from which they are one recording


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return tiny_data.write_digits(tmp_path_factory.mktemp("leaks"))


def pool_of(dataset: datasets.Dataset, copies: int = 2) -> Pool:
    """The pool's plan without its sounds."""
    plan = plan_sounds(dataset, copies, 0)
    sources = np.array([sources_of(dataset, sound) for sound in plan])
    extra = np.array([kind == "extra" for kind, *_ in plan])
    return Pool(np.zeros((len(plan), 1, 1), np.float16), np.zeros(len(plan), int), sources, extra)


def check(dataset: datasets.Dataset) -> None:
    pool = pool_of(dataset)
    files = np.array([str(item.file) for item in dataset.items])
    assert len(set(files)) == len(files)
    extras = {str(item.file) for item in dataset.extras}
    assert not extras & set(files)
    for protocol in (p for p in dataset.task.protocols if not p.other):
        for held_out in dataset.folds(protocol).values():
            assert 0 < held_out.sum() < len(files)
            rows = pool.training_rows(held_out)
            used = set(pool.sources[rows].ravel().tolist()) - {-1}
            assert used == set(np.flatnonzero(~held_out).tolist())
            for column in (protocol.column, *APART.get((dataset.task.name, protocol.name), ())):
                values = np.array([item.row[column] for item in dataset.items])
                assert not set(values[held_out]) & set(values[~held_out]), f"{protocol.name}: {column}"


def check_unknown_files(dataset: datasets.Dataset, root) -> None:
    """No unknown sound is a training sound or has a training speaker or a label of the task."""
    learnt = {item.file for item in dataset.extras} | {item.file for item in dataset.items}
    voices = {item.row.get("speaker") for item in dataset.extras} - {None}
    found = other_sounds.unknown_files(dataset, root)
    for name, files in found.items():
        assert files
        assert not learnt & set(files)
        rows = {root / name / row["file"]: row for row in rows_of(root / name / "manifest.csv")}
        assert not {rows[file].get("speaker") for file in files} & voices
        assert not {rows[file].get("label") for file in files} & set(dataset.task.labels)
        assert {rows[file].get("role", "test") for file in files} == {"test"}


def check_other_test_sets(dataset: datasets.Dataset, root) -> None:
    """No test synthesiser, soundfont or person of another data set is in training; for studios see below."""
    used = (*dataset.items, *dataset.extras)
    for protocol in (p for p in dataset.task.protocols if p.other):
        items = other_sounds.other_test_items(dataset.task, protocol, root)
        assert items
        assert not {item.file for item in items} & {item.file for item in used}
        if "studio" in items[0].row:
            continue
        who = "engine" if "engine" in items[0].row else "speaker"
        assert not {item.row[who] for item in items} & {item.row.get(who) for item in used}


def test_no_toy_recording_is_on_both_sides(toy):
    dataset = datasets.read(DIGITS, toy)
    check(dataset)
    check_other_test_sets(dataset, toy)


def test_unknown_sounds_of_the_toy_are_not_trained_on(toy):
    dataset = datasets.read(DIGITS, toy)
    check_unknown_files(dataset, toy)
    assert set(other_sounds.unknown_files(dataset, toy)) == {"speech-commands", "voices"}


def test_the_leaky_protocol_leaks_recordings_but_no_window(toy):
    windows = split_into_windows(datasets.read(DIGITS, toy), 0)
    pool, owners = pool_of(windows), np.array(windows.owners)
    for held_out in windows.folds(LEAKY).values():
        used = set(pool.sources[pool.training_rows(held_out)].ravel().tolist()) - {-1}
        assert not used & set(np.flatnonzero(held_out).tolist())
    places = list(zip(owners.tolist(), windows.starts, strict=True))
    assert len(set(places)) == len(places)


@needs_data
@pytest.mark.parametrize("model_id", [f"{task}-{family}" for task in TASKS for family in TASKS[task].recipes])
def test_no_recording_is_on_both_sides(model_id):
    dataset, _ = datasets.choose(model_id, REAL)
    root = datasets.data_folder(dataset.task, REAL)
    check(dataset)
    check_unknown_files(dataset, root)
    check_other_test_sets(dataset, root)


@needs_data
@pytest.mark.parametrize("family", DIGITS.recipes)
def test_no_judging_stranger_teaches_digits(family):
    dataset, _ = datasets.choose(f"digits-{family}", REAL)
    root = datasets.data_folder(dataset.task, REAL)
    used = (*dataset.items, *dataset.extras)
    for name in (HOME, QUIET, OTHERS):
        judging = strangers(root, name)
        assert judging
        assert not {item.file for item in judging} & {item.file for item in used}
        assert not {item.row["speaker"] for item in judging} & {item.row.get("speaker") for item in used}
    dev = strangers(root, HOME, "dev")
    assert not {i.row["speaker"] for i in dev} & {i.row["speaker"] for i in strangers(root, HOME)}
    everybody = {row["speaker"] for row in rows_of(root / HOME / "manifest.csv")}
    assert everybody == people("dev") | people("test")


def test_nobody_both_teaches_and_judges():
    assert people("dev") and people("test") and not people("dev") & people("test")


@needs_data
def test_no_judging_stranger_adapts_a_model():
    dataset = adapting(REAL)
    root = datasets.data_folder(dataset.task, REAL)
    judging = [item for name in (HOME, QUIET, OTHERS) for item in strangers(root, name)]
    assert {item.row["speaker"] for item in dataset.extras} <= people("dev")
    for of in (lambda item: item.row["speaker"], lambda item: item.file):
        assert not set(map(of, dataset.extras)) & set(map(of, judging))
    assert {item.file.parents[1].name for item in dataset.items} == {dataset.task.name}


def test_no_source_of_instruments_is_on_both_sides_of_a_fold_by_source():
    """Uploaders are not recorded, but Freesound numbers its sounds in the order of upload."""
    for label in TASKS["instruments"].labels:
        rows = [row for row in known_clips("instruments").values() if row["label"] == label]
        rows.sort(key=lambda row: int(row["freesound_id"]))
        assert len(rows) == len({row["freesound_id"] for row in rows}) == 30
        for before, after in pairwise(rows):
            near = int(after["freesound_id"]) - int(before["freesound_id"]) <= SESSION
            assert not near or before["source_fold"] == after["source_fold"], (before, after)


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_no_recording_is_there_twice_under_another_name(task):
    dataset = datasets.read(task, REAL)
    hashes = [hashlib.sha256(dataset.load(i).samples.tobytes()).digest() for i in range(len(dataset.items))]
    primary = next(protocol for protocol in task.protocols if protocol.primary)
    for held_out in dataset.folds(primary).values():
        training = {hashes[i] for i in np.flatnonzero(~held_out)}
        assert not training & {hashes[i] for i in np.flatnonzero(held_out)}


class Cuts:
    """Clips of `rate` samples a second that may be cuts of a recording no longer than `seconds`."""

    def __init__(self, clips: list[np.ndarray], rate: int, seconds: float) -> None:
        longest = max([round(seconds * rate), *map(len, clips)])
        self.clips, self.rate, self.n = clips, rate, 1 << (2 * longest - 1).bit_length()
        self.spectra = fft.rfft(np.stack([np.pad(clip, (0, self.n - len(clip))) for clip in clips]))

    def alike(self, recording: np.ndarray) -> list[float]:
        """Similarity of the recording and each clip at the best offset, 0 to 1; 0 if they overlap too little."""
        product = fft.irfft(self.spectra * np.conj(fft.rfft(recording, self.n)), self.n)
        return [self._alike(clip, row, recording) for clip, row in zip(self.clips, product, strict=True)]

    def _alike(self, clip: np.ndarray, row: np.ndarray, recording: np.ndarray) -> float:
        at = int(np.abs(row).argmax())
        lag = at if at < self.n // 2 else at - self.n
        first, last = max(0, -lag), min(len(recording), len(clip) - lag)
        energy = np.linalg.norm(recording[first:last]) * np.linalg.norm(clip[first + lag : last + lag])
        enough = last - first >= min(2 * self.rate, 0.9 * len(clip)) and energy > 1e-3
        return float(abs(row[at]) / energy) if enough else 0.0


def test_a_cut_of_a_recording_is_found_in_it_and_noise_is_not():
    rng = np.random.default_rng(0)
    recording, other = rng.normal(0, 1, 20_000), rng.normal(0, 1, 12_000)
    same, different = Cuts([0.3 * recording[5000:15_000], other], 4000, 5.0).alike(recording)
    assert same > 0.95 and different < 0.2


@needs_data
@pytest.mark.slow
def test_no_sound_of_games_is_a_recording_of_the_environment_set():
    """Unless the list names it as the source, as both may come from one archive."""
    rate, seconds = 16_000, 5
    dataset, _ = datasets.choose("environment-cnn", REAL)
    root = datasets.data_folder(dataset.task, REAL)
    games = root / "games"
    sources = {
        item.file: item.row["source"] for item in dataset.extras if item.label and games in item.file.parents
    }

    cuts = Cuts([flattened(file, rate, seconds) for file in sources], rate, seconds)
    for item in dataset.items:
        found = dict(zip(sources, cuts.alike(flattened(item.file, rate, seconds)), strict=True))
        same = {
            file.name
            for file, share in found.items()
            if share > SIMILAR and sources[file] != item.row["source"]
        }
        assert not same, item.file.name


@needs_data
@pytest.mark.slow
def test_no_recording_of_other_studios_is_a_training_recording_of_instruments():
    """Nor a cut of one. Dull and short bass drums are similar without being the same recording."""
    rate, seconds = 16_000, 6
    dataset = datasets.read(TASKS["instruments"], REAL)
    protocol = next(p for p in dataset.task.protocols if p.other == "studios")
    judged = other_sounds.other_test_items(dataset.task, protocol, datasets.data_folder(dataset.task, REAL))
    assert {item.label for item in judged} == set(dataset.task.labels)
    for label in dataset.task.labels:
        sounds = [flattened(item.file, rate, seconds) for item in judged if item.label == label]
        cuts = Cuts(sounds, rate, seconds)
        for item in (item for item in dataset.items if item.label == label):
            length = datasets.decoded(item.file, rate).seconds
            for start in np.arange(0, max(length - seconds / 2, 1), seconds / 2):
                part = flattened(item.file, rate, seconds, float(start))
                assert max(cuts.alike(part)) < CERTAIN, f"{item.file.name} from {start} s"


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("task", ALIKE)
def test_similar_recordings_of_different_folds_are_listed(task):
    rate, seconds = 16_000, 6
    items, found = datasets.read(TASKS[task], REAL).items, []
    for label in TASKS[task].labels:
        chosen = [item for item in items if item.label == label]
        sounds = [flattened(item.file, rate, seconds) for item in chosen]
        cuts = Cuts(sounds, rate, seconds)
        for item, sound in zip(chosen, sounds, strict=True):
            pairs = zip(chosen, cuts.alike(sound), strict=True)
            found += [
                {item.file.stem, other.file.stem}
                for other, share in pairs
                if share > SIMILAR and other.row["fold"] != item.row["fold"]
            ]
    assert all(any(pair <= group for group in ALIKE[task]) for pair in found), found
    assert set().union(*found) == set().union(*ALIKE[task])


def flattened(file: Path, rate: int, seconds: float, start: float = 0.0) -> np.ndarray:
    """A part with emphasised high frequencies, which distinguish recordings, scaled to norm 1."""
    samples = datasets.decoded(file, rate).samples[round(start * rate) : round((start + seconds) * rate)]
    samples = np.diff(samples.astype(np.float64))
    return samples / (np.linalg.norm(samples) + 1e-9)


def test_a_sound_cut_from_a_recording_is_held_out_with_it():
    items = [Item(Path(f"{i}.wav"), label, {"source": str(i)}) for i, label in enumerate(ENVIRONMENT.labels)]
    extras = [Item(Path(f"extra-{source}.wav"), "rain", {"source": source}) for source in ("3", "game/x", "")]
    dataset = datasets.Dataset(ENVIRONMENT, tuple(items), tuple(extras))
    pool = pool_of(dataset)
    kinds = [kind for kind, *_ in plan_sounds(dataset, 2, 0)]
    for i in range(len(items)):
        held_out = np.arange(len(items)) == i
        left = [row for row in pool.training_rows(held_out) if kinds[row] == "extra"]
        assert len(left) == (2 if i == 3 else 3)


def test_everybody_in_a_trial_of_voices_has_one_role():
    """And no one of the people who calibrate stands on a side of a trial that judges."""
    found = {role: {(r.dataset, r.speaker) for side in ("enrol", "test") for r in recordings(side, role)}
             for role in ROLES}  # fmt: skip
    assert not found["develop"] & found["judge"]
    assert found["develop"] | found["judge"] <= set(roles())
    for role in ROLES:
        enrolled, tested = recordings("enrol", role), recordings("test", role)
        pairs = list(trials(enrolled, tested))
        same = [enrolled[i].speaker == tested[j].speaker for i, j in pairs]
        assert sum(same) > 500 and len(same) > 10 * sum(same)
        assert all(enrolled[i].dataset == tested[j].dataset for i, j in pairs)
        for i, j in pairs[::50]:
            assert not set(enrolled[i].files.split()) & set(tested[j].files.split())


def test_no_voice_that_judges_or_calibrates_is_learnt_from(tmp_path):
    known = [speaker for dataset, speaker in roles() if dataset == HOME]
    folder = tmp_path / HOME
    folder.mkdir()
    rows = "".join(f"audio/{i}.flac,one,{speaker}\n" for i, speaker in enumerate([*known, "anna"]))
    (folder / "manifest.csv").write_text("file,label,speaker\n" + rows)
    assert list(takes_to_learn(tmp_path)) == ["anna"]


@needs_data
def test_voices_that_are_learnt_from_are_in_no_trial():
    assert REAL
    takes = takes_to_learn(Path(REAL))
    learnt = {file.name for own in takes.values() for file in own}
    tried = [r for side in ("enrol", "test") for role in ROLES for r in recordings(side, role)]
    assert len(takes) > 900
    assert not learnt & {name for r in tried if r.dataset == HOME for name in r.files.split()}
    assert not set(takes) & {r.speaker for r in tried}
    missing = {name for r in tried for name in r.files.split()
               if not (Path(REAL) / r.dataset / "audio" / name).is_file()}  # fmt: skip
    assert not missing
