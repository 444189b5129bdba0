"""A sound is the same clip in whatever form a Python program holds it; what is no sound gets a sentence."""

import io
import subprocess
import sys
import tarfile
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import sounds

from audioclf.audio import load_clip
from audioclf.types import AudioError, Clip

RATE = 16_000
TONE = sounds.tone().samples
STEREO = np.stack([TONE, TONE / 2], axis=1)
WAV = sounds.sndfile_bytes(TONE, RATE, "WAV", "FLOAT")

FORMS = {
    "clip": Clip(TONE, RATE),
    "bytes": WAV,
    "bytearray": bytearray(WAV),
    "memoryview": memoryview(WAV),
    "open file": io.BytesIO(WAV),
    "Gradio": (RATE, TONE),
    "librosa": (TONE, RATE),
    "list pair": [TONE, RATE],
    "float rate": (TONE, 16000.0),
    "numpy rate": (np.int64(RATE), TONE),
    "array rate": (np.array(RATE), TONE),
    "list of numbers": (TONE.tolist(), RATE),
    "float64": (TONE.astype(np.float64), RATE),
    "not contiguous": (np.repeat(TONE, 2)[::2], RATE),
    "mono column": (TONE[:, None], RATE),
    "mono row": (TONE[None], RATE),
    "batch of one": (TONE[None, None], RATE),
    "datasets": {"array": TONE, "sampling_rate": RATE, "path": "/home/me/take.wav"},
    "datasets, not decoded": {"bytes": WAV, "path": None},
    "transformers": {"raw": TONE, "sampling_rate": RATE},
    "pyannote": {"waveform": TONE[None], "sample_rate": RATE},
    "torchcodec": SimpleNamespace(get_all_samples=lambda: SimpleNamespace(data=TONE[None], sample_rate=RATE)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_clip(form):
    clip = load_clip(FORMS[form])
    assert clip.sample_rate == RATE and isinstance(clip.sample_rate, int)
    np.testing.assert_array_equal(clip.samples, TONE)


def test_samples_may_come_with_the_rate_beside_them(tmp_path):
    for clip in (load_clip(TONE, RATE), load_clip(TONE, sample_rate=RATE), load_clip(TONE, "take", RATE)):
        np.testing.assert_array_equal(clip.samples, TONE)
    assert load_clip(TONE, "/some/folder/take", RATE).name == "take"


def test_files_of_other_kinds_are_read(tmp_path):
    (tmp_path / "take.wav").write_bytes(WAV)
    with (tmp_path / "take.wav").open("rb") as file:
        assert load_clip(file).name == "take.wav"
    written = io.BytesIO()
    soundfile.write(written, TONE, RATE, format="WAV")  # leaves the file at its end
    assert load_clip(written).seconds == 1
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        archive.add(tmp_path / "take.wav", "take.wav")
    with tarfile.open(tmp_path / "all.tar") as archive:
        assert load_clip(archive.extractfile("take.wav")).seconds == 1


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.uint8, np.uint16, ">i2"])
def test_pcm_is_scaled_to_full_scale_one(dtype):
    info = np.iinfo(dtype)
    half, middle = (info.max - info.min) / 2, (info.max + info.min + 1) / 2
    pcm = np.clip(np.rint(TONE * half + middle), info.min, info.max).astype(dtype)
    np.testing.assert_allclose(load_clip((RATE, pcm)).samples, TONE, atol=1.5 / half)
    lowest = load_clip((RATE, np.tile(np.array([info.min, info.max], dtype), RATE)))
    assert lowest.samples.min() == -1 and lowest.samples.max() <= 1


@pytest.mark.parametrize("dtype, atol", [(np.float16, 5e-4), (np.longdouble, 0)])
def test_floats_of_any_width_stay_as_they_are(dtype, atol):
    np.testing.assert_allclose(load_clip((TONE.astype(dtype), RATE)).samples, TONE, atol=atol)


@pytest.mark.parametrize("values", [STEREO, STEREO.T, np.asfortranarray(STEREO), STEREO.T[None]])
def test_channels_may_come_first_or_last_and_are_averaged(values):
    np.testing.assert_allclose(load_clip((values, RATE)).samples, TONE * 0.75, atol=1e-7)


def test_int16_stereo_does_not_overflow():
    loud = np.full((RATE, 2), -32768, np.int16)
    assert (load_clip((RATE, loud)).samples == -1).all()


@pytest.mark.parametrize("kind", ["float32", "float64", "bfloat16", "float16", "int16"])
def test_tensors_are_read(kind):
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(TONE[None])
    tensor = (tensor * 32768).to(torch.int16) if kind == "int16" else tensor.to(getattr(torch, kind))
    tensor = tensor if kind == "int16" else tensor.requires_grad_()
    np.testing.assert_allclose(load_clip((tensor, RATE)).samples, TONE, atol=2e-3)
    np.testing.assert_allclose(load_clip(tensor, torch.tensor(RATE)).samples, TONE, atol=2e-3)


def test_arrays_do_not_load_torch():
    code = "import sys, numpy, audioclf; audioclf.load_clip((8000, numpy.zeros(8000))); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def changed(value: float) -> np.ndarray:
    samples = TONE.astype(np.float64)
    samples[7] = value
    return samples


class Broken:
    def __array__(self, *args, **kwargs):
        raise RuntimeError("gone")

    def read(self, n):
        raise RuntimeError("gone")


REFUSED = {
    "no rate": (TONE, "is 16000 samples without a sample rate; give"),
    "stereo without rate": (STEREO, "is 16000 samples without a sample rate"),
    "dict without rate": ({"array": TONE}, "without a sample rate"),
    "rate 0": ((0, TONE), "a sample rate of 0 Hz is not positive"),
    "negative rate": ((-16000, TONE), "a sample rate of -16000 Hz is not positive"),
    "rate too high": ((768_001, TONE), "a sample rate of 768001 Hz"),
    "rate as a file's": ((200_000, TONE), "200000 Hz; 4 to 192 kHz can be used"),
    "half a Hz": ((16000.5, TONE), "a sample rate of 16000.5 Hz"),
    "NaN Hz": ((float("nan"), TONE), "a sample rate of nan Hz"),
    "infinite Hz": ((float("inf"), TONE), "a sample rate of inf Hz"),
    "bool": ((True, TONE), "'True' is no sample rate"),
    "bool of numpy": ((np.True_, TONE), "'True' is no sample rate"),
    "None": ((None, TONE), "without a sample rate"),
    "complex rate": ((1j, TONE), "'1j' is no sample rate"),
    "NaN": ((RATE, changed(np.nan)), "not finite numbers"),
    "infinity": ((RATE, changed(-np.inf)), "not finite numbers"),
    "beyond float32": ((RATE, changed(1e300)), "not finite numbers"),
    "16-bit numbers as floats": ((RATE, TONE * 32768), "where full scale is 1"),
    "64-bit integers": ((RATE, (TONE * 32768).astype(np.int64)), "type int64, whose full scale is unknown"),
    "list of integers": ((RATE, [1, 2, 3]), "whose full scale is unknown"),
    "complex": ((RATE, TONE + 0j), "not a sound; give a path"),
    "bools": ((RATE, TONE > 0), "not a sound; give a path"),
    "words": ((RATE, ["a", "b", "c"]), "not a sound; give a path"),
    "objects": ((RATE, np.array([None, 1.0, 2.0])), "not a sound; give a path"),
    "ragged": ((RATE, [[1.0], [1.0, 2.0], [3.0]]), "not a sound; give a path"),
    "empty": ((RATE, np.zeros(0)), "has no samples"),
    "empty stereo": ((RATE, np.zeros((2, 0))), "has no samples"),
    "too short": ((RATE, np.zeros(100)), "lasts 6 ms; at least 100 ms"),
    "too long": ((4_000, np.zeros(4_000 * 601)), "lasts more than 10 minutes"),
    "a picture": ((RATE, np.zeros((100, 200))), r"has the shape \(100, 200\)"),
    "a batch": ((RATE, np.zeros((4, 2, 8000))), r"has the shape \(4, 2, 8000\)"),
    "channels that cancel": ((RATE, np.stack([TONE, -TONE])), "cancel each other out"),
    "a number": (3, "is a int, not a sound; give a path"),
    "None at all": (None, "is a NoneType, not a sound; give a path"),
    "an object": (object(), "is a object, not a sound; give a path"),
    "a set": ({1.0, 2.0}, "is a set, not a sound; give a path"),
    "an empty list": ([], "has no samples"),
    "a dict": ({"audio": TONE}, "is a dict with the keys audio; give a path"),
    "three of them": ((RATE, TONE, "x"), "is a tuple, not a sound; give a path"),
    "text file": (io.StringIO("hello"), "gives str when it is read, not bytes; open it with mode 'rb'"),
    "empty file": (io.BytesIO(), "is empty"),
    "broken array": ((RATE, Broken()), "cannot be read|not a sound"),
    "broken file": (Broken(), r"cannot be read \(RuntimeError\)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_sound_gets_one_sentence(case):
    source, words = REFUSED[case]
    with pytest.raises(AudioError, match=words) as caught:
        load_clip(source)
    assert str(caught.value).startswith("clip") and "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_closed_file_gets_a_sentence():
    file = io.BytesIO(WAV)
    file.close()
    with pytest.raises(AudioError, match="cannot be read"):
        load_clip(file)


@pytest.mark.parametrize("source", [WAV, "take.wav", io.BytesIO(WAV), (RATE, TONE), Clip(TONE, RATE)])
def test_a_second_sample_rate_is_refused(source):
    with pytest.raises(AudioError, match="has its own sample rate; leave sample_rate away"):
        load_clip(source, sample_rate=8_000)


def test_arrays_given_stay_as_they_are():
    own = TONE.copy()
    clip = load_clip((RATE, own))
    own[0] = 1
    assert own.flags.writeable and not clip.samples.flags.writeable


def test_masked_samples_are_not_taken_for_sound():
    masked = np.ma.masked_where(0.5 * TONE.max() < TONE, TONE)
    with pytest.raises(AudioError, match="masked samples; fill them"):
        load_clip((masked, RATE))
    np.testing.assert_array_equal(load_clip((np.ma.array(TONE), RATE)).samples, TONE)
