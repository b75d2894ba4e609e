"""Accumulated gradients that are summed instead of averaged."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    LrRangeEvidence,
    SetupEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import BLOWS_UP, merged
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import rescue


@check(
    severity="warning",
    grade="A",
    explains=merged(
        BLOWS_UP, ("learning-rate-too-high", "per-class-failure", "underfitting", "stopped-too-early")
    ),
)
def accumulation_not_normalised(  # noqa: PLR0917 - the evidence it needs
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    data: DataEvidence | None,
    lr_range: LrRangeEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
) -> Finding | None:
    """Gradients of several batches are summed, and the loss is not divided by their number.

    What it measures:
        ``train.accumulate`` with ``normalise: false``, the kind of optimizer, and whether the run learns; after a training
        that stayed behind, paired runs that divide by the number of batches.
    Why it matters:
        Under SGD the step is as many times larger as batches are accumulated: the learning rate is multiplied in
        secret.
    How to fix:
        ``accumulate: 4`` (which divides the loss by four), or a learning rate divided by the number of batches.
    When it is not a fault:
        Adam and its relatives divide the scale of the gradient away; a rate chosen for the sum works too: then it is
        a note.

    References:
        - Hugging Face, "Gradient accumulation", loss division
    """
    if experiment.accumulate < 2 or experiment.accumulate_normalised:
        return None
    adaptive = setup.optimizer.adaptive
    good = trained_well(train, data.baseline if data else None)
    band = lr_range.band if lr_range else ()
    above = lr_range is not None and len(band) == 2 and lr_range.configured_peak > band[1]
    broken = train is not None and not good
    cured = rescue(trials, "averaged")
    harmless = not cured and (adaptive or good or not (above or broken))
    grave = bool(cured) or above or (train is not None and train.nonfinite is not None)
    if cured:
        harm = f"averaged, the same run gets {cured:.0%} of the way to perfect further"
    elif adaptive:
        harm = f"{setup.optimizer.name} divides the scale away"
    elif good:
        harm = "the run does well with it"
    else:
        harm = f"the learning rate acts {experiment.accumulate} times as strongly"
    return Finding(
        message=f"Gradients of {experiment.accumulate} batches are summed and not averaged: {harm}.",
        confidence=0.95 if cured else 0.85,
        severity=_severity(harmless=harmless, grave=grave),
        places=(Place(kind="key", name="train.accumulate"),),
        measured={"accumulate": experiment.accumulate},
        remedies=(
            Remedy(
                text="Divide the loss by the number of batches.",
                patch={"train.accumulate": experiment.accumulate},
            ),
        ),
    )


def _severity(*, harmless: bool, grave: bool) -> Severity | None:
    """Return a note for what does no harm, an error for what is seen to; None leaves what the check says of itself."""
    if harmless:
        return Severity.NOTE
    return Severity.ERROR if grave else None
