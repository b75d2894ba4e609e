"""Probabilities where the loss wants raw scores: the softmax (or sigmoid) is applied twice."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import FirstBatchEvidence, SetupEvidence
from cnndoctor.evidence.first_batch import OutputFacts
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.losses import expects, is_cross_entropy


@check(
    severity="error",
    grade="A",
    explains=merged(LEARNS_NOTHING, ("vanishing-gradients", "saturated-units", "loss-far-from-chance")),
)
def softmax_before_cross_entropy(
    setup: SetupEvidence, first_batch: FirstBatchEvidence, *, least_spread: float = 0.95
) -> Finding | None:
    """The model's output is already a probability, but the loss applies softmax (or sigmoid) itself.

    What it measures:
        The output of one real batch: whether the scores of every sample are non-negative and sum to one, or lie in
        [0, 1] also when the inputs are scaled up ten times, while the loss is CrossEntropyLoss or BCEWithLogitsLoss. And
        log-probabilities of one sample that never lie further apart than 1, however large the last layer's weights are
        made: a log-softmax of probabilities.
    Why it matters:
        CrossEntropyLoss takes the softmax of what it gets. Of probabilities it can make nothing sharper than a factor
        e between right and wrong: for C classes the loss cannot fall below ln(e + C - 1) - 1 (1.46 for ten classes),
        and gradients are small. The score can still reach 100 %, so that only the loss and the slow training give it
        away.
    How to fix:
        Return raw scores from the model: remove the softmax or sigmoid at its end. Where probabilities are needed for
        prediction, apply ``torch.softmax(scores, dim=1)`` outside of the loss.
    When it is not a fault:
        log_softmax before CrossEntropyLoss is harmless (a second log-softmax changes nothing) and is not reported.

    References:
        - torch.nn.CrossEntropyLoss: "The input is expected to contain the unnormalized logits for each class"
        - Stack Overflow 55675345, "Should I use softmax as output when using cross entropy loss in pytorch?"
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    output, wanted = first_batch.output, expects(setup.loss)
    if wanted in {"scores", "log-probabilities"} and _doubled(output, least_spread):
        return _softmax_twice(output, setup)
    if not first_batch.loss.prediction_is_output or wanted not in {"scores", "binary-scores"}:
        return None
    made_by = _made_by(output)
    if not made_by:
        return None
    fix = f"Remove the {made_by} at the end of the model and return raw scores: {setup.loss.name} applies it itself."
    return Finding(
        message=_message(output, made_by, setup),
        confidence=0.98 if made_by == "softmax" or output.last_activation else 0.92,
        places=(Place(kind="layer", name=output.last_layer), Place(kind="key", name="loss")),
        measured={
            "minimum": output.minimum,
            "maximum": output.maximum,
            "loss_floor": round(_floor(output, setup), 4),
        },
        remedies=(Remedy(text=fix),),
    )


def _doubled(output: OutputFacts, least_spread: float) -> bool:
    """Tell whether log-probabilities saturate at a spread of 1: exp() of them is a softmax of probabilities."""
    width = output.shape[output.class_axis] if output.shape and output.class_axis >= 0 else 1
    return (
        output.class_axis in output.log_sums_to_one
        and width > 1
        and least_spread <= output.log_spread <= 1.0005
    )


def _softmax_twice(output: OutputFacts, setup: SetupEvidence) -> Finding:
    classes = max(2, output.shape[output.class_axis])
    floor = math.log(math.e + classes - 1) - 1
    return Finding(
        message=(
            f"The model applies log-softmax to probabilities: log-probabilities of a sample never differ by more than "
            f"{output.log_spread:.3g}, however large the last layer's weights are made, so that {setup.loss.name} cannot "
            f"fall below {floor:.3f}."
        ),
        confidence=0.93,
        places=(Place(kind="layer", name=output.last_layer), Place(kind="key", name="loss")),
        measured={"log_spread": output.log_spread, "loss_floor": round(floor, 4)},
        remedies=(
            Remedy(
                text="Remove the softmax and keep the log-softmax (or return raw scores to CrossEntropyLoss)."
            ),
        ),
    )


def _made_by(output: OutputFacts) -> str:
    """Return softmax or sigmoid; empty for raw scores, constant outputs and a single unit."""
    width = output.shape[output.class_axis] if output.shape and output.class_axis >= 0 else 1
    varied = output.maximum > output.minimum
    if output.sums_to_one:
        return "softmax" if output.class_axis in output.sums_to_one and width > 1 and varied else ""
    told = "sigmoid" in output.last_activation.lower()
    # A constant output (a zero-initialised head, a dead net) lies in [0, 1] by chance.
    if output.in_unit_interval and varied and (told or output.varies_over_samples > 1e-6):
        return "sigmoid"
    return ""


def _floor(output: OutputFacts, setup: SetupEvidence) -> float:
    """Return the lowest loss that probabilities can reach."""
    if not is_cross_entropy(setup.loss):
        return (
            math.log1p(math.exp(-1)) + math.log(2)
        ) / 2  # BCE of sigmoid(1) on positives and sigmoid(0) on negatives
    classes = max(2, output.shape[output.class_axis] if output.shape else 2)
    return math.log(math.e + classes - 1) - 1


def _message(output: OutputFacts, made_by: str, setup: SetupEvidence) -> str:
    low, high = output.minimum, output.maximum
    seen = (
        "every row of the output sums to 1"
        if made_by == "softmax"
        else f"all outputs lie in [{low:.3g}, {high:.3g}]"
    )
    return (
        f"The model ends in a {made_by} ({seen}), and {setup.loss.name} applies its own on top: the loss cannot fall below "
        f"{_floor(output, setup):.3f} although the score can still reach 100 %, and gradients stay small."
    )
