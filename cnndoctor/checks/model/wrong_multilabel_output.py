"""A softmax over labels that do not exclude each other."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, SetupEvidence
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.losses import expects, is_cross_entropy


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        (
            "softmax-before-cross-entropy",
            "wrong-target-format",
            "loss-does-not-fit-task",
            "loss-far-from-chance",
        ),
    ),
)
def wrong_multilabel_output(
    setup: SetupEvidence,
    data: DataEvidence,
    first_batch: FirstBatchEvidence,
    *,
    max_exclusive_share: float = 0.9,
) -> Finding | None:
    """A softmax makes labels compete that may be true together.

    What it measures:
        The share of target vectors with exactly one 1. Below 90 % the labels are not exclusive; a softmax at the end
        of the model (or inside CrossEntropyLoss) still makes their probabilities sum to one.
    Why it matters:
        Two labels that are both true can then get a half each at best, and a sample without any label is impossible.
    How to fix:
        One independent yes or no per label: raw scores, ``BCEWithLogitsLoss``, and ``sigmoid(scores) > 0.5`` to
        predict.
    When it is not a fault:
        One-hot targets and soft targets that sum to one describe exclusive classes.

    References:
        - torch.nn.BCEWithLogitsLoss; torch.nn.MultiLabelSoftMarginLoss
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    loss, output, labels, targets = (
        first_batch.loss,
        first_batch.output,
        data.train.labels,
        data.train.targets,
    )
    vectors = (
        len(loss.target_shape) == 2 and loss.target_shape[1] > 1 and loss.target_shape == loss.output_shape
    )
    binary = targets.integral and targets.minimum >= 0 and targets.maximum == 1
    exclusive = max(labels.one_hot, labels.rows_sum_to_one)
    if not (vectors and binary) or exclusive > max_exclusive_share:
        return None
    softmax = (
        bool(output.sums_to_one)
        and 1 in output.sums_to_one
        and expects(setup.loss) in {"probabilities", "binary-scores"}
    )
    if not softmax and not is_cross_entropy(setup.loss):
        return None
    where = "the model ends in a softmax" if softmax else f"{setup.loss.name} takes a softmax"
    return Finding(
        message=(
            f"Only {exclusive:.0%} of the target vectors have exactly one label, but {where} over the "
            f"{loss.target_shape[1]} labels and forces their probabilities to sum to 1."
        ),
        confidence=0.96,
        places=(Place(kind="key", name="loss"), Place(kind="layer", name=output.last_layer)),
        measured={"exclusive_share": exclusive, "labels": loss.target_shape[1]},
        remedies=(
            Remedy(
                text="Return raw scores and use BCEWithLogitsLoss: one independent decision per label.",
                patch={"loss._target_": "torch.nn.BCEWithLogitsLoss"},
            ),
        ),
    )
