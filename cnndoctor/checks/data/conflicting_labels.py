"""Identical inputs carry different labels."""

from __future__ import annotations

from math import prod

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence
from cnndoctor.evidence.data import Duplicates, Split
from cnndoctor.finding import Finding, Place, Remedy, Severity

# Chosen: a file that holds its samples twice has exactly 1 and 1.0; symbols that coincide come in larger groups and agree more.
PAIRED = 1.2  # samples beyond the first, for each group
DISAGREE = 0.8  # share of the groups whose labels differ
MOST_CLASSES = 1000  # whole numbers beyond count something
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
        Training samples whose inputs have equal content (hash) and whose targets differ.
    Why it matters:
        No model can satisfy both labels; the score that can be reached sinks by the share of contradictions.
    How to fix:
        Keep one label per input: settle contradictions by hand or by majority, or move unclear samples to a neutral class.
        When every class is affected, look for labels joined to the wrong rows.
    When it is not a fault:
        Few coarse features (a table of categories) describe different things with the same values: inputs of under
        ``min_elements`` values are not judged, and sequences of symbols get a note, unless equal inputs come in pairs that
        nearly all disagree: chance makes larger groups, and they agree more often. Regression with repeated measurements.

    References:
        - "37 reasons why your neural network is not working", https://blog.slavv.com/37-reasons-why-your-neural-network-is-not-working-4020854bd607
    """
    split, found = data.train, data.train.duplicates
    if not _are_classes(experiment, split) or not found.conflicting_groups or not split.examined:
        return None
    share = found.conflicting_samples / split.examined
    copied = share > GRAVE and _copied(found)
    coarse = split.inputs.kind != "text" and prod(split.inputs.common_shape) < min_elements
    if share <= max_share or (coarse and not copied):
        return None
    symbols = split.inputs.integral and all("x" not in shape for shape in split.inputs.shapes)
    first, other = found.conflicting_examples[0] if found.conflicting_examples else (0, 0)
    return Finding(
        message=f"{found.conflicting_samples} of {split.examined} training samples ({share:.1%}) have an identical twin with "
        f"another label, for example {first} and {other}.",
        confidence=0.95 if share > GRAVE else 0.8,
        # The same few words or symbols mean different things: contexts of a language model do.
        severity=Severity.NOTE
        if symbols and not copied
        else Severity.ERROR
        if share > GRAVE
        else Severity.WARNING,
        places=(
            *split.places((i for pair in found.conflicting_examples for i in pair), 6),
            Place(kind="key", name="data.train"),
        ),
        measured={"samples": found.conflicting_samples, "groups": found.conflicting_groups, "share": share},
        remedies=(Remedy(text="Keep one label per input, or give unclear samples a class of their own."),),
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
