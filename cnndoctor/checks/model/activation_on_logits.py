"""A ReLU, tanh or similar on the scores that a softmax or sigmoid loss takes."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.evidence.first_batch import OutputFacts
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.losses import expects, is_cross_entropy
from cnndoctor.signs.success import trained_well

SQUASHING = {"tanh", "softsign", "hardtanh", "relu6", "hardsigmoid"}


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        (
            "dead-relu",
            "saturated-units",
            "vanishing-gradients",
            "output-ignores-input",
            "parameters-not-updating",
        ),
    ),
)
def activation_on_logits(
    setup: SetupEvidence, first_batch: FirstBatchEvidence, train: TrainEvidence | None
) -> Finding | None:
    """The class scores pass through an activation that cuts or squashes them.

    What it measures:
        Whether the scores that go into CrossEntropyLoss or BCEWithLogitsLoss are never negative (also for negated and
        scaled inputs), which of them are zero for every sample, and whether the last operation is a squashing one.
    Why it matters:
        A score that a ReLU holds at zero has no gradient: its class cannot be learnt any more, and with
        BCEWithLogitsLoss no probability below one half can be said at all. A tanh keeps scores in (-1, 1), so that no
        prediction can be sure.
    How to fix:
        Let the last layer be linear: remove the activation after it. Softmax or sigmoid belong to the loss.
    When it is not a fault:
        Scores capped at a large value (10 * tanh(x / 10)) and negative distances as scores are not reported; a run
        that learns well in spite of a ReLU on its scores gets a warning.

    References:
        - "37 reasons why your neural network is not working", 26: wrong activation on the last layer
    """
    output = first_batch.output
    if expects(setup.loss) not in {"scores", "binary-scores"} or not first_batch.loss.prediction_is_output:
        return None
    last = output.last_activation.lower().replace("_", "")
    spread = output.maximum > output.minimum
    squashed = last in SQUASHING and len(output.bounds) == 2 and max(map(abs, output.bounds)) <= 6
    relu_like = "relu" in last and "leaky" not in last and last not in {"prelu", "rrelu"}
    cut = output.never_negative and not output.in_unit_interval and (spread or relu_like)
    cut = cut and (output.zero_share > 0 or bool(last))
    if output.sums_to_one or not (squashed or cut):
        return None
    good = trained_well(train)
    return Finding(
        message=_message(output, setup, last or "rectifier", cut=cut),
        confidence=0.97 if last else 0.88,
        severity=Severity.WARNING if good or (squashed and not cut) else None,
        places=(Place(kind="layer", name=output.last_layer),),
        measured={
            "minimum": output.minimum,
            "zero_share": output.zero_share,
            "zero_scores": output.always_zero_columns,
        },
        remedies=(
            Remedy(
                text="Remove the activation after the last layer: scores must be free to be negative and large."
            ),
        ),
    )


def _message(output: OutputFacts, setup: SetupEvidence, name: str, *, cut: bool) -> str:
    if not cut:
        low, high = output.bounds
        classes = output.shape[output.class_axis] if output.shape and output.class_axis >= 0 else 2
        floor = math.log(math.exp(high) + (classes - 1) * math.exp(low)) - high
        least = f": the loss cannot fall below {floor:.2f}" if is_cross_entropy(setup.loss) else ""
        return f"The scores for {setup.loss.name} pass through {name}, which keeps them in [{low:g}, {high:g}]{least}."
    dead = output.always_zero_columns
    stuck = f", and {dead} scores are 0 for every sample and receive no gradient" if dead else ""
    return (
        f"The scores for {setup.loss.name} are never negative ({name} after the last layer): "
        f"{output.zero_share:.0%} of them are exactly 0{stuck}."
    )
