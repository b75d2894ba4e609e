"""Augmentation destroys what the label depends on."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.train import Evaluation
from cnndoctor.evidence.trials import Trial
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import evaluation_gain, gain
from cnndoctor.signs.trial_gains import AS_CONFIGURED, rescue

AT_CHANCE = 0.1  # gain on training data below which nothing is learnt
LEARNT = 0.6  # of the way from chance to perfect, on the augmented training data
APART = 0.1  # likewise, chosen: what held-out data, which are not augmented, may score less


@check(
    severity=Severity.ERROR,
    grade="B",
    explains=merged(
        LEARNS_NOTHING,
        (
            "validation-better-than-train",
            "train-validation-shift",
            "noisy-labels",
            "labels-unrelated-to-inputs",
        ),
    ),
)
def destructive_augmentation(
    experiment: ExperimentEvidence,
    data: DataEvidence,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    min_gain: float = 0.15,
    max_random: float = 0.9,
) -> Finding | NotApplicable | None:
    """Augmentation destroys what the label depends on.

    What it measures:
        Paired short runs from the same start, with and without augmentation, scored on the same un-augmented held-out data;
        without augmentation they must do better by ``min_gain`` of the way from chance to perfect on every seed, and better
        than the whole configured run: augmentation that only needs more steps has had them. And, in a run at chance, the share
        of the inputs' variance that is drawn anew at each read.
    Why it matters:
        A flipped 6 is a 9, a crop without the object has no label: the network is taught contradictions.
    How to fix:
        Look at augmented samples with their labels (TensorBoard, ``data/train/samples``): could you still tell? Weaken or drop
        the transform that makes you doubt: flips for digits and text, large crops, strong colour changes where colour matters.
    When it is not a fault:
        Strong augmentation that needs more steps than the configured run has: it then gains in a longer one.

    References:
        - Z. Emam, Troubleshooting Convolutional Neural Nets (https://gist.github.com/zeyademam)
        - limits are ours; saved runs of scripts/clinic.py hold ``min_gain``, the other is chosen (docs/thresholds.md)
    """
    drowned = _drowned(experiment, data, train, max_random)
    if drowned is not None:
        return drowned
    if not data.train.random_reads or trials is None:
        return NotApplicable(reason="no paired run without augmentation was needed")
    if _held_out_is_apart(train) or not rescue(trials, "plain-inputs", clearly=min_gain):
        return None
    first, without = trials.of(AS_CONFIGURED)[0], trials.of("plain-inputs")[0]
    pairs = len(trials.of("plain-inputs"))
    return Finding(
        message=f"Without augmentation the same run scores {_score(without):.2f} instead of "
        f"{_score(first):.2f} on held-out data "
        f"({pairs} paired runs).",
        confidence=0.9,
        places=(Place(kind="key", name="data.train"),),
        measured={"augmented": _score(first), "plain": _score(without), "pairs": pairs},
        remedies=(
            Remedy(
                text="Look at augmented samples with their labels, and weaken or drop what destroys the label."
            ),
        ),
    )


def _held_out_is_apart(train: TrainEvidence | None) -> bool:
    """Return whether the augmented data themselves are learnt, and held-out data are not: prepared in another way."""
    if train is None or train.train is None or _learnt(train.train) <= LEARNT:
        return False
    return train.validation is None or _learnt(train.validation) < _learnt(train.train) - APART


def _learnt(judged: Evaluation) -> float:
    """Return how far a split is learnt, by the score that the pairs are compared by, where there is one.

    The mean recall of a mask with little in the foreground is high where the foreground is painted too wide.
    """
    by_score = gain(judged.score, judged.chance)
    return by_score if math.isfinite(by_score) else evaluation_gain(judged)


def _score(trial: Trial) -> float:
    return trial.validation_score if trial.validation_score == trial.validation_score else trial.train_score


def _drowned(
    experiment: ExperimentEvidence, data: DataEvidence, train: TrainEvidence | None, max_random: float
) -> Finding | None:
    """Say that hardly anything of a sample survives its augmentation, where the run learns nothing from it."""
    share = data.train.random_variance
    if share <= max_random or train is None or experiment.task not in {"classification", "multilabel"}:
        return None
    if not evaluation_gain(train.train) < AT_CHANCE:
        return None
    return Finding(
        message=f"{share:.0%} of the variance of the training inputs is drawn anew each time a sample is read "
        f"(limit {max_random:.0%}), and nothing is learnt from what is left.",
        confidence=0.85,
        places=(Place(kind="key", name="data.train"),),
        measured={"random share of variance": share},
        remedies=(
            Remedy(
                text="Look at augmented samples with their labels; weaken the augmentation until a person can tell them."
            ),
        ),
    )
