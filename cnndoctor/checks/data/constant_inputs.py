"""Samples, channels or the whole input never change."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.evidence.data import Split
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well

IMAGE_AXES = 3  # a sample with three axes or more has channels; a constant feature of a vector (a border pixel) is usual
FEWEST_VALUES = (
    16  # chosen: of so many numbers not all are equal by chance, be they whole numbers from 0 to 9
)

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
        examined samples.
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
    """
    split = data.train
    if split.examined < 2 or not split.inputs.count:
        return None
    # A handful of numbers, a row of a truth table, are equal by chance and tell something all the same.
    blank = split.inputs.constant_sample_count / split.examined if _values(split) >= FEWEST_VALUES else 0.0
    same = split.duplicates.extra / (split.examined - 1)
    well = trained_well(train, data.baseline)
    if split.inputs.maximum == split.inputs.minimum or blank > most_share or same > 1 - 1e-9:
        share = 1.0 if split.inputs.maximum == split.inputs.minimum else max(blank, same)
        return _finding(
            split,
            f"{share:.0%} of the training inputs are constant or identical",
            0.6 if well else 0.97,
            well=well,
        )
    if blank > max_share:
        words = f"{split.inputs.constant_sample_count} of {split.examined} training inputs are a single value throughout"
        # Blank pictures under several labels contradict each other, whatever else the run learns.
        contrary = _axes(split) >= IMAGE_AXES and split.duplicates.blank_labels > 1
        labelled = f", under {split.duplicates.blank_labels} different labels" if contrary else ""
        return _finding(
            split,
            f"{words} (more than {max_share:.0%}){labelled}",
            0.75,
            well=well and not contrary,
            severity=Severity.WARNING,
        )
    if split.inputs.constant_channels and _axes(split) >= IMAGE_AXES:
        listed = ", ".join(map(str, split.inputs.constant_channels[:8]))
        words = f"Channel {listed} of {len(split.inputs.channel_means)} never changes over {split.examined} samples"
        # One of four may be an unused alpha channel; two of a colour image are pictures decoded to grey, or not filled.
        lost = (
            len(split.inputs.channel_means) in COLOUR and len(split.inputs.constant_channels) >= FEWEST_LOST
        )
        severity = Severity.WARNING if lost or (train is not None and not well) else Severity.NOTE
        return _finding(split, words, 0.8 if lost else 0.6, well=well and not lost, severity=severity)
    return None


def _values(split: Split) -> int:
    """Return how many numbers the smallest sample has."""
    return min(
        (math.prod(int(side) for side in shape.split("x")) for shape in split.inputs.shapes if shape),
        default=1,
    )


def _axes(split: Split) -> int:
    return max((shape.count("x") + 1 for shape in split.inputs.shapes if shape), default=0)


def _finding(
    split: Split, words: str, confidence: float, *, well: bool, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(
        message=f"{words}: such inputs carry no information.",
        confidence=confidence,
        severity=Severity.NOTE if well else severity,
        places=(*split.places(split.inputs.constant_samples), Place(kind="key", name="data.train")),
        measured={
            "constant samples": split.inputs.constant_sample_count,
            "examined": split.examined,
            "minimum": split.inputs.minimum,
            "maximum": split.inputs.maximum,
        },
        remedies=(
            Remedy(
                text="Look at the samples after all transforms; search for integer division, clipping or a wrong cast."
            ),
        ),
    )
