"""Validation is preprocessed differently than training."""

from __future__ import annotations

import math
from statistics import median

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.evidence.data import Split, TensorFacts
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import HELD_OUT_IS_BAD
from cnndoctor.signs.success import evaluation_gain, gain

COLOURS = {"1", "3", "4"}
GRAVE_RATIO = 5.0  # of standard deviations: no augmentation does that
LOST = 0.25  # gain lost between training and validation that confirms the harm
SERVED = 0.8  # share of the training gain that validation reaches when the shift does no harm


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=(*HELD_OUT_IS_BAD, "validation-labels-misaligned", "class-index-mismatch"),
)
def train_validation_shift(
    data: DataEvidence, train: TrainEvidence | None, *, max_ratio: float = 2.2, max_shift: float = 1.0
) -> Finding | NotApplicable | None:
    """Validation inputs have other statistics, another type or another layout than training inputs.

    What it measures:
        dtype, order of axes, and mean and standard deviation per channel (the median over channels) of both splits: a ratio of
        standard deviations above ``max_ratio`` or means more than ``max_shift`` standard deviations apart (chosen: heavy
        augmentation stays below both); confirmed by scores that fall on validation.
    Why it matters:
        A network sees unscaled validation images as noise: training looks fine and validation is at chance.
    How to fix:
        Give both splits the same deterministic preprocessing (resize, scaling, ``Normalize`` with the training split's
        statistics), and augment training only.
    When it is not a fault:
        Another domain on purpose, or a network that copes: when validation scores as training does, nothing is said, unless
        the spreads are more than five times apart, as units are.

    References:
        - Breck et al. 2019, Data validation for machine learning (training-serving skew)
    """
    validation = data.validation
    if validation is None or not validation.inputs.count or not data.train.inputs.count:
        return NotApplicable(reason="no validation inputs to compare")
    words, severity = _difference(data.train, validation, max_ratio, max_shift)
    if not words:
        return None
    here, there = (
        (evaluation_gain(train.train), evaluation_gain(train.validation))
        if train is not None
        else (math.nan, math.nan)
    )
    if there >= SERVED * here and there > 0 and not _another_unit(data.train.inputs, validation.inputs):
        return None
    baseline = data.baseline
    lost = (
        here - there > LOST
        or gain(baseline.train, baseline.chance) - gain(baseline.validation, baseline.chance) > LOST
    )
    return Finding(
        message=f"Validation is not preprocessed as training is: {words}.",
        confidence=0.95 if lost else 0.85 if severity is Severity.ERROR else 0.6,
        severity=Severity.ERROR if lost else severity,
        places=(Place(kind="key", name="data.validation"), Place(kind="key", name="data.train")),
        measured={
            "training mean": data.train.inputs.mean,
            "training std": data.train.inputs.std,
            "validation mean": validation.inputs.mean,
            "validation std": validation.inputs.std,
        },
        remedies=(
            Remedy(text="Give both splits the same scaling and normalisation; augment training only."),
        ),
    )


def _another_unit(ours: TensorFacts, theirs: TensorFacts) -> bool:
    """Return whether the spreads differ as units do (0 to 255 against normalised): meant by nobody, whatever the score."""
    low, high = sorted((ours.std, theirs.std))
    return high > GRAVE_RATIO * low > 0


def _difference(train: Split, validation: Split, max_ratio: float, max_shift: float) -> tuple[str, Severity]:
    ours, theirs = train.inputs, validation.inputs
    dtypes = _most(ours.dtypes), _most(theirs.dtypes)
    if dtypes[0] != dtypes[1] and ("float" in dtypes[0]) != ("float" in dtypes[1]):
        return f"inputs are {dtypes[0]} in training and {dtypes[1]} in validation", Severity.ERROR
    shapes = _most(ours.shapes).split("x"), _most(theirs.shapes).split("x")
    if len(shapes[0]) == len(shapes[1]) == 3 and _swapped(*shapes):
        return (
            f"samples are {'x'.join(shapes[0])} in training and {'x'.join(shapes[1])} in validation",
            Severity.ERROR,
        )
    if "float" not in dtypes[0] and ours.integral and len(shapes[0]) < 3:
        return "", Severity.WARNING  # symbols have no scale
    words, severity = _statistics(ours, theirs, max_ratio, max_shift, stays=1.0)
    # What augmentation adds at each read is not how samples are prepared: without its variance the splits may agree.
    agree = (
        train.random_variance
        and not _statistics(ours, theirs, max_ratio, max_shift, stays=1 - train.random_variance)[0]
    )
    return ("", Severity.WARNING) if agree else (words, severity)


def _swapped(ours: list[str], theirs: list[str]) -> bool:
    last = [shape[-1] in COLOURS and shape[0] not in COLOURS for shape in (ours, theirs)]
    first = [shape[0] in COLOURS and shape[-1] not in COLOURS for shape in (ours, theirs)]
    return (first[0] and last[1]) or (last[0] and first[1])


def _statistics(
    ours: TensorFacts, theirs: TensorFacts, max_ratio: float, max_shift: float, *, stays: float
) -> tuple[str, Severity]:
    """Compare mean and standard deviation; ``stays`` is the share of the training variance that is not augmentation."""
    kept = math.sqrt(max(0.0, stays))
    channels = list(
        zip(ours.channel_means, ours.channel_stds, theirs.channel_means, theirs.channel_stds, strict=False)
    )
    known = [c for c in channels if c[1] > 0 or c[3] > 0]
    if not known:
        return "", Severity.WARNING
    tiny = 1e-12
    ratio = math.exp(median(math.log((c[3] + tiny) / (c[1] * kept + tiny)) for c in known))
    shift = median((c[2] - c[0]) / max(c[1] * kept, c[3], tiny) for c in known)
    far = max(ratio, 1 / ratio)
    if far <= max_ratio and abs(shift) <= max_shift:
        return "", Severity.WARNING
    words = (
        f"mean {ours.mean:.3g} and standard deviation {ours.std:.3g} in training, "
        f"{theirs.mean:.3g} and {theirs.std:.3g} in validation"
    )
    return words, Severity.ERROR if far > GRAVE_RATIO else Severity.WARNING


def _most(counts: object) -> str:
    assert isinstance(counts, dict)
    return max(counts, key=lambda name: counts[name], default="")
