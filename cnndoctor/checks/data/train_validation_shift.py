"""Validation is preprocessed differently than training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import permutations
from statistics import median

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.evidence.data import InputTensor, SimpleBaseline, Split, TensorFacts
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import HELD_OUT_IS_BAD
from cnndoctor.signs.success import evaluation_gain, gain

COLOURS = {"1", "3", "4"}
GRAVE_RATIO = 5.0  # of standard deviations: no augmentation does that
ABOUT = 0.15  # how near to mean 0 and standard deviation 1 counts as standardised
MOST_ORDERED = 4  # channels whose orders are tried
LOST = 0.25  # gain lost between training and validation that confirms the harm
# Simple models tell that validation means something else where they lose most of what they learn in training, though validation
# by itself teaches them half as much and more. Chosen; codes given anew to each split leave -0.06 of the way to perfect where
# 0.22 is learnt within either.
STRANGE, ALIKE, TOLD = 0.25, 0.5, 0.1
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
        augmentation stays below both), up to four channels in another order; confirmed by scores that fall on validation. Of
        several input tensors each; of rows of numbers also each feature that one split alone standardises (mean 0 and standard
        deviation 1), while in the other it is over five times as wide and more than that width away. And, where a model of
        training fails on validation, whether simple models learn as much within validation: then its inputs mean something
        else there. Of symbols, whether validation numbers them in the order of its own frequencies, where those of a shared
        vocabulary would often stand the other way round.
    Why it matters:
        A network sees unscaled validation images as noise: training looks fine and validation is at chance.
    How to fix:
        Give both splits the same deterministic preprocessing (resize, scaling, ``Normalize`` with the training split's
        statistics, one encoder and one vocabulary for both), and augment training only.
    When it is not a fault:
        Another domain on purpose, or a network that copes: when validation scores as training does, nothing is said, unless
        the spreads are more than five times apart, as units are.

    References:
        - Breck et al. 2019, Data validation for machine learning (training-serving skew)
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    validation = data.validation
    pairs = _pairs(data.train, validation) if validation is not None else []
    if not pairs:
        return NotApplicable(reason="no validation inputs to compare")
    here, there = (
        (evaluation_gain(train.train), evaluation_gain(train.validation))
        if train is not None
        else (math.nan, math.nan)
    )
    served = there >= SERVED * here and there > 0
    found = None
    for ours, theirs in pairs:
        words, severity = _difference(ours, theirs, max_ratio, max_shift)
        if words and not (served and not _another_unit(ours.facts, theirs.facts)):
            found = ours, theirs, words, severity
            break
        words = "" if words or served else _features_of_other_units(ours, theirs)
        if words:
            found = ours, theirs, words, Severity.WARNING
            break
    if found is None:
        own = validation is not None and validation.own_vocabulary and here - there > LOST
        return _of_own_vocabulary(here, there) if own else _of_another_meaning(data.baseline, here, there)
    ours, theirs, words, severity = found
    baseline = data.baseline
    lost = (
        here - there > LOST
        or gain(baseline.train, baseline.chance) - gain(baseline.validation, baseline.chance) > LOST
    )
    return Finding(
        message=f"Validation is not preprocessed as training is{ours.said}: {words}.",
        confidence=0.95 if lost else 0.85 if severity is Severity.ERROR else 0.6,
        severity=Severity.ERROR if lost else severity,
        places=(Place(kind="key", name="data.validation"), Place(kind="key", name="data.train")),
        measured={
            "training mean": ours.facts.mean,
            "training std": ours.facts.std,
            "validation mean": theirs.facts.mean,
            "validation std": theirs.facts.std,
        },
        remedies=(
            Remedy(text="Give both splits the same scaling and normalisation; augment training only."),
        ),
    )


def _of_own_vocabulary(here: float, there: float) -> Finding:
    """Say that the symbols of validation are numbered by validation itself: the same number is another word in training."""
    return Finding(
        message="The numbers of validation's symbols follow the order of their frequencies in validation itself: its "
        "vocabulary was built from validation, and the same number stands for another symbol in training; the network gets "
        f"{here:.0%} of the way to perfect on training data and {max(0.0, there):.0%} on validation.",
        confidence=0.95,
        severity=Severity.ERROR,
        places=(Place(kind="key", name="data.validation"), Place(kind="key", name="data.train")),
        measured={"gain on training data": here, "gain on validation": there},
        remedies=(
            Remedy(text="Build the vocabulary from the training split alone, and give it to validation."),
        ),
    )


def _of_another_meaning(baseline: SimpleBaseline, here: float, there: float) -> Finding | None:
    """Say that the inputs of validation mean something else than those of training, though they look alike.

    Args:
        baseline: What simple models learn of either split.
        here: Gain of the network on training data.
        there: Gain on validation.
    """
    chance = max(0.0, baseline.chance)
    inside, outside, within, renumbered = (
        gain(score, chance)
        for score in (
            baseline.train, baseline.validation, baseline.validation_within, baseline.validation_permuted,
        )
    )  # fmt: skip
    told = inside >= TOLD and baseline.train > baseline.train_shuffled + 3 * baseline.train_shuffled_std
    strange = outside <= STRANGE * inside and within >= ALIKE * inside
    if not told or not strange or renumbered > inside / 2 or not (here >= ALIKE and there <= STRANGE * here):
        return None
    return Finding(
        message=f"The inputs of validation look like those of training but mean something else: a simple model that reaches "
        f"{baseline.metric} {baseline.train:.2f} within training, and {baseline.validation_within:.2f} within validation, "
        f"comes to {baseline.validation:.2f} from one to the other (chance {chance:.2f}); the network gets {here:.0%} of the "
        f"way to perfect on training data and {max(0.0, there):.0%} on validation.",
        confidence=0.9,
        severity=Severity.ERROR,
        places=(Place(kind="key", name="data.validation"), Place(kind="key", name="data.train")),
        measured={
            f"within training ({baseline.metric})": baseline.train,
            "within validation": baseline.validation_within,
            "from training to validation": baseline.validation,
            "chance": chance,
        },
        remedies=(
            Remedy(
                text="Fit encoders, vocabularies and scalers on the training split alone and use the same ones for validation; "
                "check that both read their columns in one order."
            ),
        ),
    )


def _pairs(train: Split, validation: Split) -> list[tuple[InputTensor, InputTensor]]:
    """Return the input tensors that both splits hold under one name, those with numbers in both."""
    theirs = {one.name: one for one in validation.each_input}
    pairs = [(one, theirs[one.name]) for one in train.each_input if one.name in theirs]
    return [(ours, other) for ours, other in pairs if ours.facts.count and other.facts.count]


def _another_unit(ours: TensorFacts, theirs: TensorFacts) -> bool:
    """Return whether the spreads differ as units do (0 to 255 against normalised): meant by nobody, whatever the score."""
    low, high = sorted((ours.std, theirs.std))
    return high > GRAVE_RATIO * low > 0


def _features_of_other_units(ours: InputTensor, theirs: InputTensor) -> str:
    """Return which features of a row are standardised in one split alone, in words; empty when none are.

    A feature that goes on in time lies elsewhere in validation, too, but narrower; one with a few huge values is wider, but
    about the same mean. In its own units a feature is both wider and more than its own spread away.
    """
    here, there = ours.facts, theirs.facts
    if ours.axes != 1 or theirs.axes != 1:
        return ""
    columns = zip(
        here.channel_means, here.channel_stds, there.channel_means, there.channel_stds, strict=False
    )
    odd = [number for number, column in enumerate(columns) if _is_standardised_in_one(*column)]
    if not odd:
        return ""
    first = odd[0]
    others = f" (features {', '.join(map(str, odd[:8]))} alike)" if len(odd) > 1 else ""
    return (
        f"feature {first} has mean {here.channel_means[first]:.3g} and standard deviation {here.channel_stds[first]:.3g} in "
        f"training, {there.channel_means[first]:.3g} and {there.channel_stds[first]:.3g} in validation{others}"
    )


def _is_standardised_in_one(mean: float, std: float, other_mean: float, other_std: float) -> bool:
    (_, low, near), (_, high, far) = sorted([(std, std, mean), (other_std, other_std, other_mean)])
    standardised = abs(near) < ABOUT and abs(low - 1) < ABOUT
    return standardised and high > GRAVE_RATIO * low and abs(far - near) > high


def _difference(
    ours: InputTensor, theirs: InputTensor, max_ratio: float, max_shift: float
) -> tuple[str, Severity]:
    here, there = ours.facts, theirs.facts
    dtypes = _most(here.dtypes), _most(there.dtypes)
    if dtypes[0] != dtypes[1] and ("float" in dtypes[0]) != ("float" in dtypes[1]):
        return f"inputs are {dtypes[0]} in training and {dtypes[1]} in validation", Severity.ERROR
    shapes = _most(here.shapes).split("x"), _most(there.shapes).split("x")
    if len(shapes[0]) == len(shapes[1]) == 3 and _swapped(*shapes):
        return (
            f"samples are {'x'.join(shapes[0])} in training and {'x'.join(shapes[1])} in validation",
            Severity.ERROR,
        )
    if here.integral and len(shapes[0]) < 3 and ("float" not in dtypes[0] or ours.name):
        return "", Severity.WARNING  # symbols have no scale, nor have keys and masks beside other tensors
    if reordered := _another_order(here, there, max_shift):
        return reordered, Severity.ERROR
    words, severity = _statistics(here, there, max_ratio, max_shift, stays=1.0)
    # What augmentation adds at each read is not how samples are prepared: without its variance the splits may agree.
    agree = (
        ours.random_variance
        and not _statistics(here, there, max_ratio, max_shift, stays=1 - ours.random_variance)[0]
    )
    return ("", Severity.WARNING) if agree else (words, severity)


def _another_order(ours: TensorFacts, theirs: TensorFacts, max_shift: float) -> str:
    """Return in words that validation has its channels in another order, blue first where training has red; empty if not.

    The means that lie far apart channel by channel are then those of training, one by one, once they are put in order.
    """
    means, spreads = ours.channel_means, ours.channel_stds
    if not 2 <= len(means) == len(theirs.channel_means) <= MOST_ORDERED or min(spreads) <= 0:
        return ""

    def apart(order: Sequence[int]) -> float:
        return max(
            max(abs(theirs.channel_means[j] - means[i]), abs(theirs.channel_stds[j] - spreads[i]))
            / spreads[i]
            for i, j in enumerate(order)
        )

    order = min(permutations(range(len(means))), key=apart)
    if apart(range(len(means))) <= max_shift or apart(order) > ABOUT:
        return ""
    said = (", ".join(f"{mean:.3g}" for mean in one.channel_means) for one in (ours, theirs))
    return "channels have the means {} in training and the same in another order, {}, in validation".format(
        *said
    )


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
