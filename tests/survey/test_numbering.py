"""Promises of numbering: a vocabulary that a split built for itself is told, one that was built elsewhere is not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.patient.batches import Members
from cnndoctor.survey.chunks import chunks_of
from cnndoctor.survey.numbering import MOST_SYMBOLS, Numbering
from cnndoctor.survey.sample import sample_of

WORDS, ROWS, LENGTH = 400, 600, 20


def texts(seed: int, *, rows: int = ROWS, words: int = WORDS) -> Tensor:
    """Return rows of words of one language, drawn with Zipf's frequencies and numbered by these, [N, T]."""
    frequencies = 1 / torch.arange(1.0, words + 1)
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.multinomial(frequencies, rows * LENGTH, replacement=True, generator=generator)
    return drawn.reshape(rows, LENGTH)


def numbered_by(rows: Tensor, corpus: Tensor, *, special: int = 0) -> Tensor:
    """Return the rows with each word's place in the vocabulary of a corpus, its most frequent word first."""
    order = torch.bincount(corpus.reshape(-1), minlength=WORDS).argsort(descending=True, stable=True)
    return order.argsort()[rows] + special


def is_of_its_own(rows: Tensor) -> bool:
    """Return what is found of rows that come one by one."""
    numbering = Numbering()
    for chunk in chunks_of(sample_of(n, (row, 0), Members()) for n, row in enumerate(rows)):
        numbering.take(chunk)
    return numbering.by_own_frequency()


@pytest.mark.parametrize("seed", range(5))
def test_a_vocabulary_of_the_splits_own_is_told(seed: int) -> None:
    """Numbers that go down with the split's own frequencies were given by the split; a shared vocabulary's do not."""
    training, own = texts(100 + seed), texts(seed)
    assert is_of_its_own(numbered_by(own, own))
    assert not is_of_its_own(numbered_by(own, training))
    assert not is_of_its_own(own)


@pytest.mark.parametrize("zeros", [0, 10], ids=["whole", "padded"])
def test_special_numbers_come_before_the_vocabulary(zeros: int) -> None:
    """Padding and unknown words, 0 and 1, hide nothing, however often or seldom they occur, and make nothing up."""
    training, own = texts(100), texts(0)
    for corpus, told in ((own, True), (training, False)):
        rows = nn.functional.pad(numbered_by(own, corpus, special=2), (0, zeros))
        assert is_of_its_own(rows) is told


@pytest.mark.parametrize(("special", "told"), [(4, True), (8, False)])
def test_a_few_numbers_may_stand_in_any_order_before_the_words(special: int, told: bool) -> None:
    """Of a small vocabulary, too, up to four special numbers are left out; more that rise are no vocabulary's beginning."""
    words = torch.arange(1000, 700, -10)
    counts = torch.cat([torch.arange(1, 1 + 5 * special, 5), words])
    assert Numbering(counts=counts).by_own_frequency() is told


@pytest.mark.parametrize("seed", range(5))
def test_a_larger_corpus_of_training_makes_a_shared_vocabulary(seed: int) -> None:
    """Validation is often much smaller than what the vocabulary was built from: its own frequencies are then rougher still."""
    training, small = texts(100 + seed, rows=10 * ROWS), texts(seed, rows=ROWS // 4)
    assert not is_of_its_own(numbered_by(small, training))
    assert is_of_its_own(numbered_by(small, small))


def test_the_split_that_a_shared_vocabulary_was_built_from_goes_by_its_own() -> None:
    """Training data do so by rights: what is found of a split says nothing without the other."""
    training = texts(0)
    assert is_of_its_own(numbered_by(training, training, special=1))


OWN = numbered_by(texts(0), texts(0))
# Counts as far apart as those of letters in a long text, no two of which chance would have changed places.
LETTERS = torch.arange(26).repeat_interleave(torch.arange(26, 0, -1) * 200)


@pytest.mark.parametrize(
    "rows",
    [
        OWN % 5,
        OWN.float(),
        OWN - 1,
        OWN + MOST_SYMBOLS,
        OWN[:, 0],
        OWN[:, None],
        OWN[:0],
        LETTERS.reshape(-1, LENGTH),
    ],
    ids=["few symbols", "floats", "negative", "beyond", "numbers", "planes", "none", "letters"],
)
def test_nothing_is_said_of_what_tells_nothing(rows: Tensor) -> None:
    """Few symbols, what numbers no words, and counts that chance would not have mixed either are left alone."""
    assert not is_of_its_own(rows)


def test_chunks_are_counted_together() -> None:
    """What one chunk cannot tell, all of them do; a later one may know more symbols or fewer."""
    numbering = Numbering()
    for chunk in chunks_of(sample_of(n, (row, 0), Members()) for n, row in enumerate(OWN)):
        numbering.take(chunk)
    assert torch.equal(numbering.counts, torch.bincount(OWN.reshape(-1)))
