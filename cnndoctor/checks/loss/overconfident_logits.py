"""Scores so far apart that the loss snaps to zero or to huge values."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.losses import expects
from cnndoctor.signs.success import trained_well


@check(severity="warning", grade="C")
def overconfident_logits(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    data: DataEvidence | None,
    train: TrainEvidence | None,
    *,
    max_std: float = 20.0,
) -> Finding | None:
    """Scores differ by so much that every prediction is certain.

    What it measures:
        The standard deviation of the raw scores of the first batch, before any step.
    Why it matters:
        A gap of 20 between two scores means odds of 500 million to one. The loss is either 0.0000 or huge, gradients
        likewise.
    How to fix:
        Normalise features before the head, scale inputs, use a smaller initialisation of the last layer, or a
        temperature.
    When it is not a fault:
        Always a hint; silent where the run learns well.

    References:
        - Guo et al. 2017, "On Calibration of Modern Neural Networks"
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    output = first_batch.output
    if expects(setup.loss) not in {"scores", "binary-scores"} or output.std <= max_std:
        return None
    if trained_well(train, data.baseline if data else None):
        return None
    return Finding(
        message=f"Before any step the scores spread over {output.std:.3g} (standard deviation; limit {max_std:g}).",
        confidence=0.5,
        places=(Place(kind="layer", name=output.last_layer),),
        measured={"std": output.std},
        remedies=(
            Remedy(text="Scale the inputs, normalise before the head, or start with a smaller last layer."),
        ),
    )
