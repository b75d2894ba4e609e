"""The very first loss is far above that of a model that knows nothing."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, OverfitEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import NO_PROGRESS, merged
from cnndoctor.signs.losses import expects
from cnndoctor.signs.success import trained_well


@check(severity="warning", grade="B", explains=merged(("overconfident-logits",), NO_PROGRESS))
def loss_far_from_chance(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    data: DataEvidence | None,
    overfit: OverfitEvidence | None,
    train: TrainEvidence | None,
    *,
    max_ratio: float = 3.0,
) -> Finding | None:
    """The first loss is far above that of a constant prediction.

    What it measures:
        The loss of the first batch before any step, over the loss of the best constant prediction (ln C for C
        balanced classes).
    Why it matters:
        Before training all classes should look alike. A loss several times as high means that the model is sure and
        wrong: weights or inputs are far too large, and the first steps are spent on unlearning.
    How to fix:
        Scale the inputs; keep the default initialisation, or make the last layer smaller (weights near zero); look at
        the loss's arguments.
    When it is not a fault:
        A pretrained head, class weights, custom losses and steps that add up several losses are not judged. Where the run
        learns well it does not matter; where it ends below that of a constant prediction and learns a few samples by heart, it
        is a note.

    References:
        - Karpathy, "A Recipe for Training Neural Networks", "verify loss @ init"; Stack Exchange 352036
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    loss = first_batch.loss
    if (
        expects(setup.loss) not in {"scores", "binary-scores", "log-probabilities"}
        or setup.loss.has_class_weights
    ):
        return None
    if (
        setup.loss.reduction == "sum"
        or not (math.isfinite(loss.value) and math.isfinite(loss.expected))
        or loss.expected <= 0
    ):
        return None
    ratio = (loss.value - loss.penalty) / loss.expected
    if ratio <= max_ratio or trained_well(train, data.baseline if data else None):
        return None
    failed = overfit is not None and not overfit.configured.reached
    # What ends above a constant prediction's loss has spent all of its training on unlearning.
    end = train.train.loss if train is not None and train.train is not None else math.nan
    output = first_batch.output
    reach = f": outputs reach {max(abs(output.minimum), abs(output.maximum)):.3g}" if output.shape else ""
    return Finding(
        message=(
            f"The loss before training is {loss.value:.3g}; knowing nothing would cost "
            f"{loss.expected:.3g} (ratio {ratio:.1f}, "
            f"limit {max_ratio:g}){reach}."
            + (f" At the end of training it is still above: {end:.3g}." if end > loss.expected else "")
        ),
        confidence=0.7 if end > loss.expected else 0.6 if failed else 0.5,
        severity=None if failed or train is not None else Severity.NOTE,
        places=(Place(kind="layer", name=output.last_layer),) if output.last_layer else (),
        measured={"loss": loss.value, "expected": loss.expected, "ratio": ratio},
        remedies=(
            Remedy(text="Scale the inputs, and start with the default initialisation or a small last layer."),
        ),
    )
