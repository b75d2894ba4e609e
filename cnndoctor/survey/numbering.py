"""Whether a split numbers its symbols by its own frequencies: a vocabulary that was built from this split alone."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from cnndoctor.survey.chunks import Chunk

MOST_SYMBOLS = 2**17
SPECIAL = 4  # numbers below may stand for padding, unknown words, beginnings and ends
# Neighbours in a vocabulary of another corpus change places by chance wherever they are about as frequent. Chosen: so many are
# to be expected before their absence says anything, and so few may be seen. Ten expected and none seen is one in 20,000.
EXPECTED, SEEN = 10.0, 0.1


@dataclass(slots=True)
class Numbering:
    """How often each symbol occurs in the rows of a split.

    Attributes:
        counts: Occurrences by number, [largest number so far + 1].
    """

    counts: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.int64))

    def take(self, chunk: Chunk) -> None:
        """Count the symbols of rows of whole numbers, [N, T]; anything else holds none."""
        rows = chunk.inputs
        if rows is None or rows.ndim != 2 or rows.dtype not in {torch.int64, torch.int32} or not rows.numel():
            return
        low, high = rows.aminmax()
        if int(low) < 0 or int(high) >= MOST_SYMBOLS:
            return
        seen = torch.bincount(rows.reshape(-1).long(), minlength=len(self.counts))
        seen[: len(self.counts)] += self.counts
        self.counts = seen

    def by_own_frequency(self) -> bool:
        """Return whether numbers go by this split's own frequencies, where chance would have mixed neighbours."""
        return any(_falls(self.counts[start:].tolist()) for start in range(SPECIAL + 1))


def _falls(counts: list[int]) -> bool:
    """Return whether hardly any neighbours stand the wrong way round, though many would in another corpus."""
    pairs = [(a, b) for a, b in itertools.pairwise(counts) if a != b]
    expected = sum(0.5 * math.erfc(abs(a - b) / math.sqrt(2 * (a + b))) for a, b in pairs)
    return expected >= EXPECTED and sum(b > a for a, b in pairs) <= SEEN * expected
