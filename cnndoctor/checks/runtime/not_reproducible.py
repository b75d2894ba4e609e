"""The same seed, another curve."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import ExperimentEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity


@check(severity=Severity.NOTE, grade="B")
def not_reproducible(
    experiment: ExperimentEvidence, train: TrainEvidence, *, max_difference: float = 1e-3
) -> Judgement:
    """The same seed gives another curve.

    What it measures:
        The losses of the first steps against those of a second run, freshly built with the same seed: the largest difference,
        relative to the loss. On a CPU they should be equal bit for bit; 0.001 leaves room for kernels of an accelerator.
    Why it matters:
        A change cannot be told from luck.
    How to fix:
        Draw from the global generators of torch, numpy and random, which the seed sets, or seed your own: look for
        ``np.random.default_rng()`` and ``torch.Generator()`` without a seed, for hashes and for sets whose order varies.
    When it is not a fault:
        Non-deterministic kernels of an accelerator, within rounding.

    References:
        - https://docs.pytorch.org/docs/stable/notes/randomness.html
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if not math.isfinite(train.repeat_difference):
        return NotApplicable(reason="the first steps were not repeated")
    if train.repeat_difference <= max_difference:
        return None
    return Finding(
        message=(
            f"With seed {experiment.seed}, two runs differ by {train.repeat_difference:.2%} of the loss within the first steps "
            f"(limit {max_difference:.1%})."
        ),
        confidence=0.85,
        places=(Place(kind="key", name="data.train"),),
        measured={"difference": train.repeat_difference},
        remedies=(
            Remedy(
                text="Seed every generator of your own: np.random.default_rng(seed), torch.Generator().manual_seed(seed)."
            ),
        ),
    )
