"""The glossary: short, whole, and the same words wherever a term stands."""

import html
import re

import pytest
from markup_reader import Page

from audioclf.ui.markup.glossary import TERMS, explained, family_term, glossary, term
from audioclf.wording import section

MOST_WORDS = 40


def test_every_word_of_the_catalogue_is_in_the_glossary():
    assert {key.split(".")[1] for key in TERMS} == set(section("glossary")) - {"title", "about"}


@pytest.mark.parametrize("name", [key.split(".")[1] for key in TERMS])
def test_a_meaning_is_short_and_stands_in_the_glossary_and_beside_the_word(name):
    word, meaning = section("glossary")[name].split(": ", 1)
    assert 5 <= len(meaning.split()) <= MOST_WORDS
    assert meaning.endswith(".") and meaning[0].isupper()
    assert (
        meaning in Page(glossary()).text
        and meaning in Page(term(name)).text
        and word in Page(term(name)).text
    )


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("MFCC, 20 coefficients and their slopes", ["MFCC", "slopes"]),
        ("Log-mel spectrogram, 64 bands", ["spectrogram", "Log-mel"]),
        ("Wavelet-packet cepstra: energy, <20> coefficients", ["Wavelet-packet", "cepstra"]),
        ("Waveform", []),
    ],
)
def test_words_of_a_title_explain_themselves_and_the_title_stays_as_it_is(title, words):
    names = ("spectrogram", "mfcc", "mel", "wavelet", "cepstrum", "delta")
    page = Page(explained(title, *names))
    assert len(page.having(class_="ac-term")) == len(words)
    markup = explained(title, *names)
    shown = re.sub(r"<span .*?</span>", "", markup)
    assert html.unescape(re.sub("</?button.*?>", "", shown)) == title
    assert sorted(re.findall(r"<button .*?>(.*?)</button>", markup)) == sorted(words)


def test_the_name_of_a_family_explains_itself_if_the_glossary_has_it():
    assert "Gaussian mixture model" in Page(family_term("gmm")).text
    assert family_term("<b>") == "&lt;B&gt;"


def test_a_word_that_the_glossary_lacks_cannot_be_put_on_the_page():
    with pytest.raises(KeyError):
        term("phlogiston")
