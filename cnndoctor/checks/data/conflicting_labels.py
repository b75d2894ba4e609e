"""Identical inputs carry different labels."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence
from cnndoctor.evidence.data import IMAGE_AXES, Duplicates, Split
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.recurrence import meet_again

# Chosen: a file that holds its samples twice has exactly 1 and 1.0; symbols that coincide come in larger groups and agree more.
PAIRED = 1.2  # samples beyond the first, for each group
DISAGREE = 0.8  # share of the groups whose labels differ
MOST_CLASSES = 1000  # whole numbers beyond count something
# Chosen: among rows drawn at random of so few kinds that half have a twin, groups hold 2.2 rows on average, over PAIRED.
TWICE = 0.5  # share of samples with a twin
UNLIKE = 0.5  # of the variance of all targets; repeated measurements of any use stay well below
GRAVE = 0.05  # share of samples that contradict each other


@check(
    severity=Severity.ERROR,
    grade="A",
    explains=(
        "noisy-labels",
        "cannot-overfit-tiny-set",
        "underfitting",
        "duplicate-samples",
        "overfitting",
        "per-class-failure",
        "chance-accuracy",
        "loss-flat",
        "labels-unrelated-to-inputs",
        "constant-predictions",
        "model-too-small",
        "loss-oscillates",
    ),
)
def conflicting_labels(
    experiment: ExperimentEvidence, data: DataEvidence, *, max_share: float = 0.005, min_elements: int = 16
) -> Finding | None:
    """Identical inputs carry different labels.

    What it measures:
        Training samples whose inputs have equal content (hash, over all tensors of a sample) and whose targets differ. In
        regression equal inputs that come in pairs whose targets are as unlike as those of any two samples.
    Why it matters:
        No model can satisfy both labels; the score that can be reached sinks by the share of contradictions.
    How to fix:
        Keep one label per input: settle contradictions by hand or by majority, or move unclear samples to a neutral class.
        When every class is affected, look for labels joined to the wrong rows.
    When it is not a fault:
        Few coarse features (a table of categories) describe different things with the same values: inputs of under
        ``min_elements`` values are not judged, and sequences of symbols get a note, unless equal inputs come in pairs that
        nearly all disagree: chance makes larger groups, and they agree more often. Positions of a game, and other whole
        numbers that meet again in crowds, likewise. Records of
        several tensors with keys (a user, an item) are judged only where most have such a twin. Regression with repeated
        measurements, whose targets lie near each other.

    References:
        - "37 reasons why your neural network is not working", https://blog.slavv.com/37-reasons-why-your-neural-network-is-not-working-4020854bd607
        - limits are ours; saved runs of scripts/clinic.py hold ``min_elements``, the other is chosen
          (docs/thresholds.md)
    """
    split, found = data.train, data.train.duplicates
    if not found.conflicting_groups or not split.examined:
        return None
    share = found.conflicting_samples / split.examined
    coarse = split.inputs.kind != "text" and split.values < min_elements
    copied = share > (TWICE if _are_records(split) else GRAVE) and _copied(found)
    if experiment.task == "regression":
        return _unlike(split, share, coarse=coarse or _are_records(split)) if copied else None
    if not _are_classes(experiment, split) or share <= max_share:
        return None
    if (coarse or _are_records(split)) and not copied:
        return None
    symbols = split.inputs.integral and all("x" not in shape for shape in split.inputs.shapes)
    # The same few words or symbols mean different things: contexts of a language model do, and positions of a game.
    by_nature = (symbols or meet_again(split)) and not copied
    severity = Severity.NOTE if by_nature else Severity.ERROR if share > GRAVE else Severity.WARNING
    return _finding(split, share, "another label", 0.95 if share > GRAVE else 0.8, severity)


def _unlike(split: Split, share: float, *, coarse: bool) -> Finding | None:
    """Judge equal inputs of a regression: measured twice they have targets near each other, joined wrongly any."""
    spread = split.duplicates.target_spread
    if not spread >= UNLIKE or (coarse and share <= TWICE):
        return None
    words = f"a target as unlike as that of any other sample ({spread:.0%} of all targets' variance)"
    return _finding(split, share, words, 0.9, Severity.ERROR)


def _finding(split: Split, share: float, other: str, confidence: float, severity: Severity) -> Finding:
    found = split.duplicates
    first, twin = found.conflicting_examples[0] if found.conflicting_examples else (0, 0)
    return Finding(
        message=f"{found.conflicting_samples} of {split.examined} training samples ({share:.1%}) have an identical "
        f"twin{split.alike_in} with {other}, for example {first} and {twin}.",
        confidence=confidence,
        severity=severity,
        places=(
            *split.places((i for pair in found.conflicting_examples for i in pair), 6),
            Place(kind="key", name="data.train"),
        ),
        measured={"samples": found.conflicting_samples, "groups": found.conflicting_groups, "share": share},
        remedies=(
            Remedy(
                text="Keep one label per input: look for tables joined to the wrong rows, or give unclear samples a class."
            ),
        ),
    )


def _are_records(split: Split) -> bool:
    """Return whether samples are records of several tensors, keys among them: a user may see an item again and decide anew."""
    return len(split.tensors) > 1 and any(
        one.facts.integral and one.axes < IMAGE_AXES for one in split.tensors
    )


def _are_classes(experiment: ExperimentEvidence, split: Split) -> bool:
    """Return whether targets are labels; of a step of one's own, where they begin with one small whole number a sample."""
    if experiment.task != "custom":
        return experiment.task in {"classification", "multilabel"}
    targets = split.targets
    return (
        targets.integral
        and set(targets.shapes) == {""}
        and 0 <= targets.minimum <= targets.maximum < MOST_CLASSES
    )


def _copied(found: Duplicates) -> bool:
    """Return whether samples stand there twice with two labels, rather than coincide now and then."""
    in_pairs = found.extra <= PAIRED * found.groups
    return in_pairs and found.conflicting_groups >= DISAGREE * found.groups
