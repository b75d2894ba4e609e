"""Samples, channels or the whole input never change."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.evidence.data import IMAGE_AXES, InputTensor, Split
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well

# Chosen: of so many numbers not all are equal by chance, be they whole numbers from 0 to 9.
FEWEST_VALUES = 16

COLOUR, FEWEST_LOST = (3, 4), 2  # channels of a colour image; of these, constant ones that no format explains


@check(
    severity=Severity.ERROR,
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        (
            "output-ignores-input",
            "conflicting-labels",
            "duplicate-samples",
            "train-validation-overlap",
            "validation-missing",
            "labels-unrelated-to-inputs",
            "noisy-labels",
            "inputs-scaled-twice",
            "train-validation-shift",
            "dead-relu",
            "vanishing-gradients",
            "samples-mixed-in-batch",
        ),
    ),
)
def constant_inputs(
    data: DataEvidence, train: TrainEvidence | None, *, max_share: float = 0.05, most_share: float = 0.5
) -> Finding | None:
    """Inputs carry no information: samples, or a whole channel, are constant.

    What it measures:
        Samples whose values are all equal, samples that are all the same, and channels of images that never change over all
        examined samples. Of several input tensors each pair of pictures, and each row of float numbers beside one of its form.
    Why it matters:
        A network cannot tell apart what looks the same; it learns the class frequencies and stops.
    How to fix:
        Look at the pictures in TensorBoard (``data/train/samples``). Usual sources: integer division (``image // 255``), a cast
        to ``uint8`` after scaling to 0..1, an unreadable file that becomes zeros, an array that is overwritten, clipping.
    When it is not a fault:
        Single blank samples, rows of a few numbers that happen to be equal; in a run that trains well blank pictures under
        one label (empty tiles), constant border pixels of flattened images, an unused alpha channel (not two
        or three channels of a colour image).

    References:
        - Zhang et al., AutoTrainer, ICSE 2021 (data checks before training)
        - limits are ours, chosen; no sound run and no planted fault decides them (docs/thresholds.md)
    """
    split = data.train
    if split.examined < 2 or not any(one.facts.count for one in split.each_input):
        return None
    same = split.duplicates.extra / (split.examined - 1)
    well = trained_well(train, data.baseline)
    if len(split.tensors) > 1 and same <= 1 - 1e-9 and not all(map(_is_constant, split.tensors)):
        return _one_of_several(split, train, max_share, well=well)
    one = split.each_input[0]
    # A handful of numbers, a row of a truth table, are equal by chance and tell something all the same.
    blank = one.facts.constant_sample_count / split.examined if _values(one) >= FEWEST_VALUES else 0.0
    if _is_constant(one) or blank > most_share or same > 1 - 1e-9:
        share = 1.0 if _is_constant(one) else max(blank, same)
        return _finding(
            split,
            one,
            f"{share:.0%} of the training inputs are constant or identical",
            0.6 if well else 0.97,
            well=well,
        )
    if blank > max_share:
        words = f"{one.facts.constant_sample_count} of {split.examined} training inputs are a single value throughout"
        # Blank pictures under several labels contradict each other, whatever else the run learns.
        contrary = one.axes >= IMAGE_AXES and split.duplicates.blank_labels > 1
        labelled = f", under {split.duplicates.blank_labels} different labels" if contrary else ""
        return _finding(
            split,
            one,
            f"{words} (more than {max_share:.0%}){labelled}",
            0.75,
            well=well and not contrary,
            severity=Severity.WARNING,
        )
    if one.facts.constant_channels and one.axes >= IMAGE_AXES:
        channels = len(one.facts.channel_means)
        # One of four may be an unused alpha channel; two of a colour image are pictures decoded to grey, or not filled.
        lost = channels in COLOUR and len(one.facts.constant_channels) >= FEWEST_LOST
        severity = Severity.WARNING if lost or (train is not None and not well) else Severity.NOTE
        words, sure = _channels(split, one), 0.8 if lost else 0.6
        return _finding(split, one, words, sure, well=well and not lost, severity=severity)
    return None


def _one_of_several(
    split: Split, train: TrainEvidence | None, max_share: float, *, well: bool
) -> Finding | None:
    """Judge each of several input tensors; masks, first states of a recurrence and placeholders are constant by nature."""
    grave = Severity.WARNING if train is not None and not well else Severity.NOTE
    for one in split.tensors:
        if one.facts.minimum == one.facts.maximum == 1 or _values(one) < FEWEST_VALUES:
            continue
        pictures, twin = one.axes >= IMAGE_AXES, _has_twin(one, split.tensors)
        if _is_constant(one) and (pictures or (twin and _is_float(one))):
            sure = pictures and twin
            words = f"Every training sample's {one.name} is the single value {one.facts.minimum:.4g}"
            return _finding(
                split,
                one,
                words,
                0.9 if sure else 0.6,
                well=well,
                severity=Severity.ERROR if sure else grave,
            )
        if pictures and twin and one.facts.constant_sample_count > max_share * split.examined:
            words = (
                f"{one.name} is a single value throughout in {one.facts.constant_sample_count} of {split.examined} training "
                f"samples (more than {max_share:.0%})"
            )
            return _finding(split, one, words, 0.75, well=well, severity=grave)
    told = next(
        (one for one in split.tensors if one.facts.constant_channels and one.axes >= IMAGE_AXES), None
    )
    return (
        _finding(split, told, _channels(split, told), 0.6, well=well, severity=Severity.NOTE)
        if told
        else None
    )


def _has_twin(one: InputTensor, tensors: tuple[InputTensor, ...]) -> bool:
    """Return whether another tensor of the same shape and type changes, as the other picture of a pair does."""
    return any(
        other.facts.common_shape == one.facts.common_shape
        and other.facts.dtypes.keys() == one.facts.dtypes.keys()
        and not _is_constant(other)
        for other in tensors
        if other is not one
    )


def _is_float(one: InputTensor) -> bool:
    return all("float" in dtype for dtype in one.facts.dtypes)


def _is_constant(one: InputTensor) -> bool:
    return one.facts.maximum == one.facts.minimum


def _channels(split: Split, one: InputTensor) -> str:
    listed = ", ".join(map(str, one.facts.constant_channels[:8]))
    return f"Channel {listed} of {len(one.facts.channel_means)}{one.said} never changes over {split.examined} samples"


def _values(one: InputTensor) -> int:
    """Return how many numbers the smallest sample has."""
    return min(
        (math.prod(int(side) for side in shape.split("x")) for shape in one.facts.shapes if shape), default=1
    )


def _finding(
    split: Split,
    one: InputTensor,
    words: str,
    confidence: float,
    *,
    well: bool,
    severity: Severity = Severity.ERROR,
) -> Finding:
    return Finding(
        message=f"{words}: such inputs carry no information.",
        confidence=confidence,
        severity=Severity.NOTE if well else severity,
        places=(*split.places(one.facts.constant_samples), Place(kind="key", name="data.train")),
        measured={
            "constant samples": one.facts.constant_sample_count,
            "examined": split.examined,
            "minimum": one.facts.minimum,
            "maximum": one.facts.maximum,
        },
        remedies=(
            Remedy(
                text="Look at the samples after all transforms; search for integer division, clipping or a wrong cast."
            ),
        ),
    )
