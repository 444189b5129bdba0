"""Formulas of the lessons as MathML, whose terms light up together with the curves that they stand for."""

from collections.abc import Sequence
from html import escape

from audioclf.wording import text


def i(name: str, part: str = "") -> str:
    """A variable."""
    return _lit(f"<mi>{name}</mi>", part)


def n(value: str) -> str:
    """A number."""
    return f"<mn>{value}</mn>"


def o(sign: str) -> str:
    """An operator; square brackets keep their size."""
    size = ' stretchy="false"' if sign in "[]" else ""
    return f"<mo{size}>{escape(sign)}</mo>"


def row(*terms: str, part: str = "") -> str:
    """Terms side by side."""
    return _lit(f"<mrow>{''.join(terms)}</mrow>", part)


def over(top: str, bottom: str) -> str:
    """A fraction."""
    return f"<mfrac>{row(top)}{row(bottom)}</mfrac>"


def sub(base: str, index: str, part: str = "") -> str:
    """A base with an index."""
    return _lit(f"<msub>{base}{index}</msub>", part)


def sup(base: str, power: str) -> str:
    """A base with an exponent."""
    return f"<msup>{base}{row(power)}</msup>"


def total(index: str, end: str, term: str) -> str:
    """A sum."""
    return row(f"<munderover><mo>∑</mo>{row(index)}{row(end)}</munderover>", term)


def root(term: str) -> str:
    """A square root."""
    return f"<msqrt>{term}</msqrt>"


def at(name: str, argument: str, part: str = "") -> str:
    """x[n]: a sequence at a place."""
    return row(i(name), o("["), i(argument), o("]"), part=part)


def of(name: str, argument: str) -> str:
    """A function of an argument."""
    return row(i(name), o("("), argument, o(")"))


def size(term: str) -> str:
    """An absolute value."""
    return row(o("|"), term, o("|"))


def _lit(markup: str, part: str) -> str:
    return markup.replace(">", f' data-part="{part}">', 1) if part else markup


FS = sub(i("f"), i("s"))
# Name -> the key of what its letters mean, and its lines.
FORMULAS: dict[str, Sequence[str]] = {
    "alias": (
        "formula.alias",
        row(sub(i("f"), i("alias"), "alias"), o("="), size(row(i("f", "f"), o("−"), i("k"), FS))),
        row(at("x", "n", "xn"), o("="), of("x", over(i("n"), FS))),
    ),
    "level": (
        "formula.level",
        row(
            i("L", "rms"), o("="), n("10"), sub(i("log"), n("10")),
            row(
                o("("), over(n("1"), i("N")),
                total(row(i("n"), o("="), n("1")), i("N"), sup(at("x", "n", "x"), n("2"))), o(")")),
        ),
    ),
    "window": (
        "formula.window",
        row(sub(i("x"), i("w"), "X"), o("["), i("n"), o("]"), o("="), at("x", "n", "x"), o("·"), at("w", "n", "w")),
    ),
    "fourier": (
        "formula.fourier",
        row(
            at("X", "k", "X"), o("="),
            total(row(i("n"), o("="), n("0")), row(i("N"), o("−"), n("1")), row(
                at("x", "n", "x"), sup(i("e"), row(o("−"), n("2"), i("π"), i("i"), i("k"), i("n"), o("/"), i("N"))))),
        ),
    ),
    "density": (
        "formula.density",
        row(
            of("S", i("f")), o("="), over(n("2"), row(FS, total(i("n"), "", sup(at("w", "n"), n("2"))))),
            sup(size(of("X", i("f"))), n("2")), part="S",
        ),
    ),
    "mel": (
        "formula.mel",
        row(
            i("m", "m"), o("="), n("2595"), sub(i("log"), n("10")),
            row(o("("), n("1"), o("+"), over(i("f"), n("700")), o(")")),
        ),
    ),
    "dct": (
        "formula.dct",
        row(
            at("c", "k"), o("="), total(row(i("b"), o("="), n("1")), i("B"), row(
                i("log"), sub(i("E"), i("b")), i("cos"),
                row(o("("), over(row(i("π"), i("k"), row(o("("), i("b"), o("−"), n("½"), o(")"))), i("B")), o(")")))),
        ),
    ),
    "cepstrum": (
        "formula.cepstrum",
        row(
            at("c", "q", "c"), o("="), sup(i("F"), row(o("−"), n("1"))),
            row(o("("), i("log"), size(at("X", "k", "X")), o(")"))),
    ),
    "mfcc": (
        "formula.mfcc",
        row(
            at("c", "k", "c"), o("="), total(row(i("b"), o("="), n("1")), i("B"), row(
                i("log"), sub(i("E"), i("b"), "E"), i("cos"),
                row(o("("), over(row(i("π"), i("k"), row(o("("), i("b"), o("−"), n("½"), o(")"))), i("B")), o(")")))),
        ),
    ),
    "wavelet": (
        "formula.wavelet",
        row(
            of("W", row(i("a"), o(","), i("b"))), o("="), over(n("1"), i("a")), o("∫"), of("x", i("t")),
            sup(i("ψ", "psi"), o("*")), row(o("("), over(row(i("t"), o("−"), i("b")), i("a")), o(")")), i("dt"),
        ),
    ),
    "dwt": (
        "formula.dwt",
        row(sub(i("d"), i("j"), "d"), o("["), i("k"), o("]"), o("="), total(i("n"), "", row(
            at("g", "n"), sub(i("a"), row(i("j"), o("−"), n("1"))), o("["), n("2"), i("k"), o("−"), i("n"), o("]")))),
    ),
    "threshold": (
        "formula.threshold",
        row(
            i("soft"), o(":"), of("sgn", i("d")), i("max"),
            row(o("("), size(i("d")), o("−"), i("t", "t"), o(","), n("0"), o(")"))),
        row(i("t", "t"), o("="), i("σ"), root(row(n("2"), i("ln"), i("n")))),
    ),
    "largest": (
        "formula.largest",
        row(over(total(row(i("i"), o("="), n("1")), i("K"), sup(sub(i("d"), i("i"), "d"), n("2"))),
                 total(row(i("i"), o("="), n("1")), i("N"), sup(sub(i("d"), i("i"), "d"), n("2"))))),
    ),
    "mixture": (
        "formula.mixture",
        row(
            of("p", i("x")), o("="), total(row(i("k"), o("="), n("1")), i("K"), row(
                sub(i("w"), i("k")),
                row(
                    i("N"), o("("), i("x"), o(";"), sub(i("μ"), i("k")), o(","), sub(i("Σ"), i("k")), o(")"),
                    part="N"))),
        ),
        row(
            sub(i("r"), i("nk"), "r"), o("="),
            over(row(sub(i("w"), i("k")), sub(i("N"), i("k")), o("("), sub(i("x"), i("n")), o(")")),
                 of("p", sub(i("x"), i("n")))),
        ),
    ),
    "bic": (
        "formula.bic",
        row(i("BIC", "BIC"), o("="), i("p"), i("ln"), i("n"), o("−"), n("2"), i("ln"), i("L")),
    ),
    "alarm": (
        "formula.alarm",
        row(i("log"), of("p", i("x")), o("<"), i("θ"), part="p"),
    ),
    "convolution": (
        "formula.convolution",
        row(of("y", row(i("t"), o(","), i("f"))), o("="), i("max"),
            row(o("("), n("0"), o(","), i("s"), o("+"), i("b"), o(")")), part="y"),
        row(i("s"), o("="), total(row(i("i"), o(","), i("j")), "", row(
            i("w", "w"), row(o("["), i("i"), o(","), i("j"), o("]")),
            i("x", "x"), row(o("["), i("t"), o("+"), i("i"), o(","), i("f"), o("+"), i("j"), o("]"))))),
    ),
    "gate": (
        "formula.gate",
        row(
            sub(i("h"), i("t"), "h"), o("="), row(o("("), n("1"), o("−"), sub(i("z"), i("t"), "z"), o(")")),
            sub(i("n"), i("t")), o("+"), sub(i("z"), i("t")), sub(i("h"), row(i("t"), o("−"), n("1")))),
        row(i("answer"), o("←"), total(i("t"), "", row(sub(i("a"), i("t"), "a"), sub(i("h"), i("t"))))),
    ),
    "loss": (
        "formula.loss",
        row(i("L", "L"), o("="), o("−"), i("ln"), i("p")),
    ),
    "map": (
        "formula.map",
        row(i("ML"), o(":"), i("max"), row(i("p"), o("("), i("x"), o("|"), i("label"), o(")"), part="p")),
        row(i("MAP"), o(":"), i("max"), row(of("P", i("label")), o("·"),
            row(i("p"), o("("), i("x"), o("|"), i("label"), o(")")), part="P")),
    ),
    "accuracy": (
        "formula.accuracy",
        row(i("A", "A"), o("="), over(i("right"), i("tested"))),
    ),
    "temperature": (
        "formula.temperature",
        row(i("p"), o("="), over(n("1"), row(n("1"), o("+"), sup(i("e"), row(o("−"), i("d"), o("/"), i("T", "T")))))),
        row(i("ECE", "E"), o("="), total(i("b"), "", row(
            over(sub(i("n"), i("b")), i("n")), size(row(sub(i("right"), i("b")), o("−"), sub(i("said"), i("b"))))))),
    ),
    "trade": (
        "formula.trade",
        row(i("Δt"), o("="), over(i("n_fft"), FS), o(","), i("Δf"), o("="), over(FS, i("n_fft"))),
        row(i("Δt"), o("·"), i("Δf"), o("="), n("1")),
    ),
}  # fmt: skip


def formula(name: str) -> str:
    """The lines of a formula as HTML, and what its letters mean; empty without a name."""
    if not name:
        return ""
    meaning, *found = FORMULAS[name]
    lines = "".join(f'<math display="block">{line}</math>' for line in found)
    return f'<div class="ac-formula">{lines}<p>{escape(text(meaning))}</p></div>'
