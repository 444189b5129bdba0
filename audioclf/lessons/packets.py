"""The discrete wavelet transform and the packet tree band by band, and compression by the largest coefficients."""

import numpy as np
import pywt
from numpy.typing import NDArray

from audioclf.effects.codec import Codec
from audioclf.lessons.excerpt import Samples, excerpt, power_db, rms, samples_of, sound_of
from audioclf.lessons.panels import time_axis, waveform
from audioclf.lessons.view import Axis, Curve, Field, Mark, Panel, Sound, View, range_of, signed
from audioclf.types import Clip
from audioclf.wording import percent, text

FAMILIES = {"haar": "haar", "db4": "db4", "sym8": "sym8"}
N_COLUMNS = 256
BITS = 8  # of a kept coefficient, sign included
CODECS = {"mp3": "MP3", "opus": "Opus"}
LEAST_KBPS = 8  # of an MP3
MODE = "periodization"  # as many coefficients as samples


def bands_of(
    samples: NDArray, wavelet: str, depth: int, tree: str
) -> list[tuple[float, float, Samples, Samples]]:
    """The bands of a tree from low to high: its ends as shares of half the rate, coefficients, and the band alone.

    tree: "dwt" splits only the lower half again, "packets" splits every band; these come in the order of frequency,
    which is the Gray code of their paths (Mallat 2009, section 8.1.2).
    """
    n = len(samples)
    padded = np.pad(samples, (0, -n % 2**depth))
    if tree == "dwt":
        parts = pywt.wavedec(padded, wavelet, mode=MODE, level=depth)
        limits = [0.0, *(2.0 ** -(depth - i) for i in range(depth)), 1.0]
        found = []
        for i, part in enumerate(parts):
            alone = [part if j == i else np.zeros_like(other) for j, other in enumerate(parts)]
            found.append((limits[i], limits[i + 1], part, pywt.waverec(alone, wavelet, mode=MODE)[:n]))
        return found
    packet = pywt.WaveletPacket(padded, wavelet, mode=MODE, maxlevel=depth)
    nodes = packet.get_level(depth, order="freq")
    found = []
    for i, node in enumerate(nodes):
        only = pywt.WaveletPacket(None, wavelet, mode=MODE, maxlevel=depth)
        only[node.path] = node.data
        found.append((i / len(nodes), (i + 1) / len(nodes), node.data, only.reconstruct(update=False)[:n]))
    return found


def packets(clip: Clip, tree: str, wavelet: str, depth: int) -> View:
    """The bands of a wavelet tree over time, the energy of each, and each band alone to hear."""
    part = excerpt(clip)
    found = bands_of(samples_of(part), FAMILIES[wavelet], depth, tree)
    top = part.sample_rate / 2
    energies = np.array([float(np.sum(coefficients**2)) for _, _, coefficients, _ in found])
    shares = energies / max(float(energies.sum()), 1e-300)
    best = int(shares.argmax())
    ends = [(low * top, high * top) for low, high, _, _ in found]
    said = text(
        "wavelets.packets_said",
        n=len(found),
        low=f"{ends[best][0]:.0f}",
        high=f"{ends[best][1]:.0f}",
        share=percent(float(shares[best])),
    )
    numbers = np.arange(1, len(found) + 1)
    return View(
        panels=(
            Panel(
                text("wavelets.bands_title", n=len(found)),
                time_axis(part),
                Axis("Hz", 0.0, top, "Hz"),
                said,
                field=Field(_map(found), -60.0, 0.0, "dB"),
                size="tall",
            ),
            Panel(
                text("wavelets.share_title"),
                Axis(
                    text("wavelets.node"),
                    0.4,
                    len(found) + 0.6,
                    ticks=tuple((float(i), str(i)) for i in numbers),
                ),
                Axis("%", 0.0, 100.0, "%"),
                text("wavelets.share_alt", node=best + 1, share=percent(float(shares[best]))),
                (Curve(numbers.astype(float), 100 * shares, "", "bars", 1, part="d"),),
                size="low",
            ),
        ),
        said=said,
        facts=(
            (text("wavelets.nodes"), str(len(found))),
            (text("wavelets.coefficients"), f"{sum(len(c) for _, _, c, _ in found):,}"),
            (
                text("wavelets.energy_kept"),
                percent(float(energies.sum() / max(np.sum(samples_of(part) ** 2), 1e-300))),
            ),
        ),
        sounds=(
            Sound(text("explore.original"), part),
            *(
                Sound(
                    text("wavelets.hear_node", node=i + 1, low=f"{ends[i][0]:.0f}", high=f"{ends[i][1]:.0f}"),
                    sound_of(alone, part.sample_rate),
                )
                for i, (_, _, _, alone) in enumerate(found)
            ),
        ),
        arrays={"share": shares, **{f"node_{i + 1}": c for i, (_, _, c, _) in enumerate(found)}},
    )


def _map(found: list[tuple[float, float, Samples, Samples]]) -> NDArray:
    """(64, N_COLUMNS) dB: each band as high as it is wide, its mean square over time."""
    rows = np.zeros((64, N_COLUMNS))
    for low, high, _, alone in found:
        cut = alone[: len(alone) // N_COLUMNS * N_COLUMNS]
        columns = np.square(cut.reshape(N_COLUMNS, -1)).mean(axis=1) if len(cut) else np.zeros(N_COLUMNS)
        rows[round(64 * low) : round(64 * high)] = columns / (high - low)
    return power_db(rows, 60.0)


def largest(samples: NDArray, wavelet: str, share: float) -> tuple[Samples, int, Samples]:
    """Samples rebuilt from the largest share (0 to 1) of the wavelet coefficients; how many; all of them, sorted."""
    n, level = len(samples), 6
    padded = np.pad(samples, (0, -n % 2**level))
    parts = pywt.wavedec(padded, wavelet, mode=MODE, level=level)
    flat = np.concatenate(parts)
    n_kept = max(1, round(share * len(flat)))
    kept = np.zeros(len(flat), dtype=bool)
    kept[np.argsort(-np.abs(flat), kind="stable")[:n_kept]] = True
    borders = np.cumsum([len(part) for part in parts])[:-1]
    rebuilt = pywt.waverec(np.split(np.where(kept, flat, 0.0), borders), wavelet, mode=MODE)[:n]
    return rebuilt, n_kept, np.sort(np.abs(flat))[::-1]


def bit_rate(n_kept: int, n_all: int, seconds: float) -> float:
    """Bits a second: BITS for each kept coefficient, and the entropy of which ones are kept."""
    p = n_kept / n_all
    places = 0.0 if p in (0.0, 1.0) else n_all * -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    return float((n_kept * BITS + places) / seconds)


def snr_db(clean: NDArray, other: NDArray) -> float:
    """Signal-to-noise ratio in dB of a sound against the clean one, within ±99."""
    noise, signal = rms(other - clean), rms(clean)
    if signal == 0 or noise == 0:
        return 99.0 if noise == 0 else -99.0
    return float(np.clip(20 * np.log10(signal / noise), -99.0, 99.0))


def compress(clip: Clip, keep: float, wavelet: str) -> View:
    """The sound from its largest wavelet coefficients alone."""
    part = excerpt(clip)
    samples = samples_of(part)
    rebuilt, n_kept, sizes = largest(samples, FAMILIES[wavelet], keep / 100)
    rate = bit_rate(n_kept, len(sizes), part.seconds)
    snr, energy = snr_db(samples, rebuilt), float(np.sum(rebuilt**2) / max(np.sum(samples**2), 1e-300))
    raw = 16.0 * part.sample_rate
    said = text(
        "wavelets.compress_said",
        keep=f"{keep:g}",
        n=f"{n_kept:,}",
        energy=percent(energy),
        snr=signed(snr),
        rate=f"{rate / 1000:.1f}",
    )
    drawn = np.unique(np.geomspace(1, len(sizes), 400).astype(int))
    shown = 20 * np.log10(np.maximum(sizes[drawn - 1] / max(float(sizes[0]), 1e-300), 1e-6))
    low, high = range_of(samples)
    return View(
        panels=(
            Panel(
                text("wavelets.sizes_title"),
                Axis(text("wavelets.rank"), 1.0, float(len(sizes)), is_log=True),
                Axis("dB", -120.0, 3.0, "dB"),
                text("wavelets.sizes_alt", n=f"{n_kept:,}", all=f"{len(sizes):,}"),
                (Curve(drawn.astype(float), shown, text("wavelets.sizes"), tone=1, part="d"),),
                marks=(Mark(text("wavelets.kept"), x=float(n_kept)),),
            ),
            Panel(
                text("wavelets.rebuilt_title"),
                time_axis(part),
                Axis(text("explore.amplitude"), low, high),
                said,
                (
                    waveform(samples, part.sample_rate, text("explore.original"), 7),
                    waveform(rebuilt, part.sample_rate, text("wavelets.rebuilt"), 1),
                    waveform(samples - rebuilt, part.sample_rate, text("wavelets.error"), 2),
                ),
            ),
        ),
        said=said,
        facts=(
            (text("wavelets.kept"), f"{n_kept:,} / {len(sizes):,}"),
            (text("wavelets.snr"), f"{signed(snr)} dB"),
            (text("wavelets.rate"), f"{rate / 1000:.1f} kbit/s"),
            (text("wavelets.raw_rate"), f"{raw / 1000:.0f} kbit/s"),
        ),
        sounds=(
            Sound(text("explore.original"), part),
            Sound(text("wavelets.hear_rebuilt"), sound_of(rebuilt, part.sample_rate)),
            Sound(text("wavelets.hear_error"), sound_of(samples - rebuilt, part.sample_rate)),
        ),
        arrays={"rebuilt": rebuilt, "sizes": sizes},
    )


def compress_sounds(clip: Clip, keep: float, wavelet: str) -> tuple[Sound, ...]:
    """MP3 and Opus at about the bit rate of the kept coefficients, with their sizes and signal-to-noise ratios."""
    part = excerpt(clip)
    _, n_kept, sizes = largest(samples_of(part), FAMILIES[wavelet], keep / 100)
    kbps = max(LEAST_KBPS, round(bit_rate(n_kept, len(sizes), part.seconds) / 1000))
    return tuple(_coded(part, name, kbps) for name in ("mp3", "opus"))


def _coded(part: Clip, name: str, kbps: int) -> Sound:
    codec = Codec(name, kbps)
    coded = codec.encoded(part)
    heard = codec.decoded(coded, part)
    words = text(
        "wavelets.hear_codec",
        name=CODECS[name],
        rate=kbps,
        kilobytes=f"{len(coded) / 1000:.1f}",
        snr=signed(snr_db(samples_of(part), samples_of(heard))),
    )
    return Sound(words, heard)
