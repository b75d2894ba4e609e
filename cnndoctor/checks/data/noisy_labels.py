"""A share of the training labels looks wrong."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.success import evaluation_gain, gain

KNOWN = 0.5  # gain on held-out data that shows that the rule behind the labels was learnt; chosen, as for a trained run
FAIR_BASELINE = 0.5  # gain over chance under which simple models cannot be trusted to tell a wrong label from a hard sample
CONFIDENT_SHARE = 0.3  # of the simple models' mistakes: overlapping classes make unsure mistakes, wrong labels confident ones
GRAVE = 0.2  # share of wrong labels that is an error, not a warning: chosen
FEWEST = 5  # chosen: two or three odd samples of a small set are no share of anything


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=(
        "overfitting",
        "underfitting",
        "per-class-failure",
        "loss-oscillates",
        "seed-sensitive",
        "best-epoch-lost",
        "validation-better-than-train",
        "cannot-overfit-tiny-set",
        "noisy-gradients",
        "loss-and-metric-disagree",
    ),
)
def noisy_labels(
    experiment: ExperimentEvidence,
    data: DataEvidence,
    train: TrainEvidence | None,
    *,
    max_share: float = 0.03,
    min_gap: float = 0.12,
    min_doubted: float = 0.08,
) -> Finding | NotApplicable | None:
    """A share of the training labels looks wrong.

    What it measures:
        Cross-validated ridge and nearest-neighbour models: samples whose given label both contradict clearly, out of fold
        (the idea of confident learning), as a share of all, and of the simple models' mistakes. Above ``max_share`` (chosen:
        clean digits give 0.2 %, 10 % random flips give 9.5 %). Or, with held-out labels that are right: network and simple
        models both score ``min_gap`` better on validation than on the (un-augmented) training data themselves; where simple
        models cannot judge, the network alone by twice as much; where they can, they must contradict some of those labels
        clearly (``min_doubted``, chosen: 14 to 70 % of them in noisy sets, 3 to 4 % where validation holds the easy samples).
    Why it matters:
        The network first ignores wrong labels and then learns them by heart: validation stops improving early, and every score
        is capped by the share of errors.
    How to fix:
        Look at the named samples, worst first, and correct them. Until then: label smoothing, early stopping, a robust loss.
    When it is not a fault:
        Hard but right samples: where the network itself predicts held-out labels better than that share
        allows, nothing is said.

    References:
        - Northcutt et al. 2021, Confident learning, doi:10.1613/jair.1.12125
        - limits are ours; saved runs of scripts/clinic.py hold ``min_gap``, the others are chosen
          (docs/thresholds.md)
    """
    cleaner = _only_training_is_noisy(data, train, min_gap, min_doubted)
    if cleaner is not None:
        return cleaner
    baseline = data.baseline
    if experiment.task != "classification" or baseline.metric != "accuracy":
        return NotApplicable(reason="needs class labels that simple models can judge")
    if not gain(baseline.train, baseline.chance) >= FAIR_BASELINE:
        return NotApplicable(reason="simple models do not know these classes well enough to doubt a label")
    share = baseline.suspicious_share
    if share <= max_share or share < CONFIDENT_SHARE * (1 - baseline.train):
        return None
    if share * data.train.examined < FEWEST:
        return None
    held_out = train.validation.score if train is not None and train.validation is not None else float("nan")
    # Labels that a network predicts without having seen them are right, however odd they look to a simple model.
    if held_out > 1 - share / 2 and not _cleaner_validation(data):
        return None
    fitted = train.train.score if train is not None and train.train is not None else float("nan")
    if fitted > 1 - share / 2 and held_out > 1 - share / 2:
        return None
    return Finding(
        message=f"{share:.1%} of the training labels contradict both simple models clearly (limit "
        f"{max_share:.0%}), which otherwise "
        f"reach {baseline.train:.0%}.",
        confidence=min(0.9, 0.6 + 3 * (share - max_share)),
        severity=Severity.ERROR if share > GRAVE else Severity.WARNING,
        places=(*data.train.places(baseline.suspicious, 10), Place(kind="key", name="data.train")),
        measured={"suspicious share": share, "cross-validated accuracy": baseline.train},
        remedies=(
            Remedy(
                text="Look at the named samples and correct their labels; until then use label smoothing and early stopping."
            ),
        ),
    )


def _cleaner_validation(data: DataEvidence) -> bool:
    """Tell whether simple models do better on validation than within training: only training labels are wrong then."""
    return data.baseline.validation > data.baseline.train + data.baseline.suspicious_share / 2


def _only_training_is_noisy(
    data: DataEvidence, train: TrainEvidence | None, min_gap: float, min_doubted: float
) -> Finding | None:
    """Say that training labels are wrong where everything that is fitted to them does better on held-out data."""
    baseline = data.baseline
    if train is None or train.train is None or train.validation is None:
        return None
    if data.train.random_reads > 0 or train.metric not in {"accuracy", "pixel-accuracy"}:
        return None
    ours = train.validation.score - train.train.score
    theirs = baseline.validation - baseline.train if baseline.metric == "accuracy" else math.nan
    # Alone the network must show twice the gap, and only far above chance.
    alone = not baseline.metric and ours > 2 * min_gap and evaluation_gain(train.validation) > KNOWN
    both = ours > min_gap and theirs > min_gap
    if not (both or alone) or not train.validation.score > 0:
        return None
    share = 1 - train.train.score / train.validation.score
    if both and baseline.suspicious_share < min_doubted * share:
        return None  # hard samples, not wrong labels: nobody is sure of another one
    likewise = (
        ""
        if alone
        else f", and simple models do likewise ({baseline.validation:.0%} against {baseline.train:.0%})"
    )
    return Finding(
        message=f"The network is right on {train.validation.score:.0%} of held-out samples but agrees with only "
        f"{train.train.score:.0%} of the training labels in eval mode{likewise}: about {share:.0%} of the training "
        "labels are wrong.",
        confidence=0.7 if alone else 0.85,
        severity=Severity.ERROR if share > GRAVE and not alone else Severity.WARNING,
        places=(*data.train.places(baseline.suspicious, 10), Place(kind="key", name="data.train")),
        measured={
            "validation accuracy": train.validation.score,
            "training accuracy in eval mode": train.train.score,
            "estimated share": share,
        },
        remedies=(
            Remedy(
                text="Look at the named samples and at how training labels are made; validation labels are fine."
            ),
        ),
    )
