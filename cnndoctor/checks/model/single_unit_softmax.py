"""A softmax over a single unit: the output is always one, and no gradient flows."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.losses import is_cross_entropy
from cnndoctor.signs.success import trained_well


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        (
            "output-ignores-input",
            "vanishing-gradients",
            "parameters-not-updating",
            "output-cannot-reach-targets",
            "loss-does-not-fit-task",
            "loss-far-from-chance",
            "detached-graph",
            "dead-relu",
            "output-width-mismatch",
            "logits-into-probability-loss",
        ),
    ),
)
def single_unit_softmax(
    setup: SetupEvidence, first_batch: FirstBatchEvidence, train: TrainEvidence | None
) -> Finding | None:
    """Softmax is taken over one single unit, which gives 1 for every input.

    What it measures:
        The width of the output along the axis that a softmax (in the model, or inside CrossEntropyLoss) normalises
        over; and, within the forward, a softmax over the only output of a layer that gives one for each place, as an
        attention's scores.
    Why it matters:
        exp(x) / exp(x) is 1 whatever x is. The output is constant, its gradient exactly zero, and nothing is learnt.
    How to fix:
        For two classes with one unit: no softmax, ``BCEWithLogitsLoss``, targets as floats in the output's shape. Or
        give the head two units and use ``CrossEntropyLoss`` with class indices. For regression: no softmax,
        ``MSELoss``. An attention's scores [N, T, 1] are normalised over the places: ``dim=1``.
    When it is not a fault:
        Never: a softmax over one unit has no use.

    References:
        - Stack Overflow 68093457; Neuralint rule "single-unit softmax"
    """
    output = first_batch.output
    if not output.shape:
        return None
    single = [
        axis
        for axis in output.sums_to_one
        if axis > 0 and axis < len(output.shape) and output.shape[axis] == 1
    ]
    named = output.last_activation.lower().replace("_", "") in {
        "softmax",
        "logsoftmax",
        "softmin",
        "gumbelsoftmax",
    }
    width = output.shape[output.class_axis] if 0 < output.class_axis < len(output.shape) else output.shape[-1]
    narrow = len(output.shape) > 1 and width == 1
    inside = (
        is_cross_entropy(setup.loss)
        and narrow
        and first_batch.loss.prediction_is_output
        and _accepted(first_batch)
    )
    if not (single or (named and narrow) or inside):
        return _within(first_batch, train) if first_batch.single_softmaxes else None
    where = (
        f"{setup.loss.name} takes the softmax of"
        if inside and not (single or named)
        else "The model ends in a softmax over"
    )
    return Finding(
        message=f"{where} a single unit (output {list(output.shape)}): it is 1 for every input and "
        f"its gradient is exactly 0.",
        confidence=0.99,
        places=(Place(kind="layer", name=output.last_layer), Place(kind="key", name="loss")),
        measured={"width": 1, "minimum": output.minimum, "maximum": output.maximum},
        remedies=(
            Remedy(
                text="For two classes: no softmax, and BCEWithLogitsLoss on targets of the output's shape."
            ),
            Remedy(text="Or give the head one unit per class, for CrossEntropyLoss with class indices."),
            Remedy(text="For regression: no softmax, and MSELoss."),
        ),
    )


def _within(first_batch: FirstBatchEvidence, train: TrainEvidence | None) -> Finding:
    """Say that scores of places are normalised one by one, so that each has the weight 1."""
    places = first_batch.single_softmaxes
    axis = first_batch.softmax_axes.get(places[0], "an axis of one entry")
    return Finding(
        message=f"The softmax at {places[0]} normalises over {axis}, the only output of the layer before it: every place gets "
        "the weight 1 whatever its score is, and what makes the scores is never trained.",
        confidence=0.97,
        severity=Severity.WARNING if trained_well(train) else None,
        places=tuple(Place(kind="layer", name=place) for place in places[:3]),
        measured={"softmaxes": len(places)},
        remedies=(
            Remedy(text="Normalise over the places: dim=1 of [N, T, 1], so that their weights sum to one."),
        ),
    )


def _accepted(first_batch: FirstBatchEvidence) -> bool:
    """Tell whether the loss took the targets: of index targets torch refuses every label but 0 by itself."""
    loss = first_batch.loss
    return loss.target_shape == loss.output_shape or loss.value == 0
