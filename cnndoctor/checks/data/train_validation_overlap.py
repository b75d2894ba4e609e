"""The same samples stand in training and in validation."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence
from cnndoctor.evidence.data import Overlap, Split
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.recurrence import has_few_kinds, meet_again

FEWEST = 3  # shared samples that make an error; one or two happen in any collection
BEYOND = 10.0  # times as many equal records as expected, and more than that: chosen
MOSTLY = 0.5  # of the equal inputs; chosen: of sets that coincide all carry another target, of copies none
BY_COINCIDENCE = 3.0  # times the share of copies within training: sequences of symbols repeat by nature
MOST_NEAR = 0.1  # share of near copies; frames of one video reach far more


@check(
    severity=Severity.ERROR,
    grade="A",
    explains=("validation-better-than-train", "duplicate-samples", "metric-out-of-range"),
)
def train_validation_overlap(
    experiment: ExperimentEvidence, data: DataEvidence, *, max_share: float = 0.01, min_elements: int = 16
) -> Finding | NotApplicable | None:
    """The same samples stand in training and in validation.

    What it measures:
        Content hashes of all examined inputs of both splits (over all tensors of a sample), indices of subsets of one data set.
        Records of less than ``min_elements`` numbers count where far more of them are equal than their values make probable.
        Images of 8 pixels or more are also compared by how they look, for copies that were brightened, re-encoded, resized, or
        (from 20 pixels on) shifted by a pixel; examples of such pairs are then compared pixel by pixel and in colour. Blank
        samples do not count.
    Why it matters:
        Validation then rewards memory: its score is too good, and overfitting stays unseen until the model meets new data.
    How to fix:
        Split once, before copies or augmented versions are made, and by group: all pictures of a person, patient or video on
        one side (``GroupShuffleSplit``). Compare the lists: ``set(train_files) & set(validation_files)``.
    When it is not a fault:
        One or two copies in a large collection; coarse features that coincide by chance, which measured targets that
        differ between equal inputs tell; positions of a game, which meet again within training as well and have
        other outcomes there; memorising on purpose
        (``intent: {memorise: true}``).

    References:
        - Barz and Denzler 2020, Do we train on test data?, doi:10.3390/jimaging6060041 (3 to 10 % of CIFAR)
        - limits are ours; saved runs of scripts/clinic.py hold ``min_elements``, the other is chosen
          (docs/thresholds.md)
    """
    validation, overlap = data.validation, data.overlap
    if validation is None or not validation.examined:
        return NotApplicable(reason="no validation split")
    small = validation.inputs.kind != "text" and validation.values < min_elements
    if overlap.same_object or (small and not _beyond_chance(data.train, validation, overlap)):
        return None
    share = overlap.exact / validation.examined
    copies = data.train.duplicates.extra / max(1, data.train.examined)
    recurs = _few_values(validation) or meet_again(data.train)
    coincidence = (recurs and share <= BY_COINCIDENCE * copies) or _drawn_apart(data)
    seen = data.train.examined / data.train.size if data.train.cut and data.train.size else 1.0
    if overlap.exact:
        grave = (
            not coincidence
            and share > max_share * seen
            and overlap.exact >= FEWEST
            and not experiment.intent_memorise
        )
        part = f" (with {seen:.0%} of training examined)" if seen < 1 else ""
        pair = (
            f", for example train[{overlap.examples[0][0]}] and validation[{overlap.examples[0][1]}]"
            if overlap.examples
            else ""
        )
        return Finding(
            message=f"{overlap.exact} of {validation.examined} validation samples ({share:.1%}, limit "
            f"{max_share:.0%}) also stand in "
            f"training{validation.alike_in}{part}{pair}.",
            confidence=0.96 if grave else 0.6,
            severity=_severity(
                grave=grave,
                # A short line of words or symbols is said twice by nature, also where none is within training.
                meant=coincidence
                or (recurs and overlap.exact < FEWEST)
                or len(validation.tensors) > 1
                or experiment.intent_memorise,
            ),
            places=_places(data.train, validation, overlap.examples),
            measured={"exact": overlap.exact, "near": overlap.near, "share": share},
            remedies=(Remedy(text="Split once and by group, before copies or augmented versions are made."),),
        )
    return _near(experiment, data.train, validation, overlap)


def _severity(*, grave: bool, meant: bool) -> Severity:
    """Return an error for many copies, a note for what comes together by nature or on purpose, a warning between."""
    if grave:
        return Severity.ERROR
    return Severity.NOTE if meant else Severity.WARNING


def _near(
    experiment: ExperimentEvidence, train: Split, validation: Split, overlap: Overlap
) -> Finding | None:
    """Judge pictures that look alike: a warning only where their pixels prove them copies."""
    compared = overlap.near_compared > 0
    share = overlap.near_copies / overlap.near_compared if compared else 1.0
    copies = round(share * overlap.near)
    if copies < FEWEST:
        return None
    near = copies / validation.examined
    many = compared and overlap.near_copies >= FEWEST and near > MOST_NEAR and not experiment.intent_memorise
    pairs = overlap.near_examples[: overlap.near_copies] if compared else overlap.near_examples
    ours, theirs = pairs[0] if pairs else (0, 0)
    how = f"; of {overlap.near_compared} pairs {overlap.near_copies} agree pixel by pixel" if compared else ""
    return Finding(
        message=f"{copies} of {validation.examined} validation images ({near:.1%}, limit {MOST_NEAR:.0%}) look almost the "
        f"same as a training image, for example train[{ours}] and validation[{theirs}]{how}.",
        confidence=0.7 if many else 0.4,
        severity=Severity.WARNING if many else Severity.NOTE,
        places=_places(train, validation, pairs),
        measured={"near": copies, "share": near, "compared": overlap.near_compared},
        remedies=(
            Remedy(text="Split by group: all frames of a video, all pictures of a subject on one side."),
        ),
    )


def _places(train: Split, validation: Split, pairs: tuple[tuple[int, int], ...]) -> tuple[Place, ...]:
    named = [place for a, b in pairs[:4] for place in (*train.places([a]), *validation.places([b]))]
    return (*named, Place(kind="key", name="data.validation"))


def _beyond_chance(train: Split, validation: Split, overlap: Overlap) -> bool:
    """Return whether far more small records stand in both splits than agree by chance: of measurements next to none do."""
    chance = train.equal_by_chance * train.examined * validation.examined
    return math.isfinite(chance) and overlap.exact > BEYOND * max(1.0, chance)


def _drawn_apart(data: DataEvidence) -> bool:
    """Return whether equal inputs mostly carry other measured targets: drawn twice, not copied. Classes may be relabelled."""
    targets, overlap = data.validation.targets if data.validation else None, data.overlap
    measured = targets is not None and targets.kind in {"tensor", "number"} and not targets.integral
    return measured and overlap.other_targets > MOSTLY * overlap.exact


def _few_values(split: Split) -> bool:
    """Tell whether inputs are rows of symbols, texts or records of several tensors, which coincide without copying."""
    flat = all("x" not in shape for shape in split.inputs.shapes)
    symbols = split.inputs.integral or has_few_kinds(split)
    return split.inputs.kind == "text" or len(split.tensors) > 1 or (symbols and flat)
