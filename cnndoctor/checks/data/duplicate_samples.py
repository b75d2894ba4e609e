"""Many training samples are exact copies of others."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence
from cnndoctor.evidence.data import Split
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.recurrence import has_few_bits, meet_again

MANY = 0.3  # share of all samples from which a note becomes a warning: chosen


@check(severity=Severity.WARNING, grade="B", explains=("overfitting", "too-little-data"))
def duplicate_samples(
    data: DataEvidence, *, max_share: float = 0.02, min_elements: int = 16
) -> Finding | None:
    """Many training samples are exact copies of each other.

    What it measures:
        Training samples whose inputs have the same content (hash) as an earlier one, in all their tensors; blank samples
        apart. Images that only look like an earlier one (brightened, noisy, re-encoded) are a note.
    Why it matters:
        Copies count several times: the data are smaller than they look, and a random split puts copies on both sides.
    How to fix:
        Remove copies before splitting; look for a list that was concatenated with itself.
    When it is not a fault:
        Oversampling on purpose, rows of categories that meet again with other labels, patterns of few bits, coarse features
        with few values (under ``min_elements`` values nothing is said), records of several tensors (a user, an item) that come
        together again: a note. Where a step gets whole samples, equal inputs beside other tensors (the partners of a triplet)
        are no copies.

    References:
        - Barz and Denzler 2020, Do we train on test data?, doi:10.3390/jimaging6060041
        - limits are ours; saved runs of scripts/clinic.py hold ``min_elements``, the other is chosen
          (docs/thresholds.md)
    """
    split, found = data.train, data.train.duplicates
    share = found.extra / split.examined if split.examined else 0.0
    if share <= max_share < found.near / max(1, split.examined):
        return _near(split, max_share)
    if share <= max_share or (split.inputs.kind != "text" and split.values < min_elements):
        return None
    # The same user and item come together again by nature; so do rows of few categories, and answer differently.
    many = share > MANY and not split.tensors and not meet_again(split) and not has_few_bits(split)
    first, other = found.examples[0] if found.examples else (0, 0)
    return Finding(
        message=f"{found.extra} of {split.examined} training samples ({share:.0%}, limit "
        f"{max_share:.0%}) are exact copies of another{split.alike_in}, "
        f"for example {first} and {other}.",
        confidence=0.7 if many else 0.5,
        severity=Severity.WARNING if many else Severity.NOTE,
        places=(
            *split.places((i for pair in found.examples for i in pair), 6),
            Place(kind="key", name="data.train"),
        ),
        measured={"copies": found.extra, "groups": found.groups, "share": share},
        remedies=(
            Remedy(text="Remove copies before the data are split; look for a list concatenated with itself."),
        ),
    )


def _near(split: Split, max_share: float) -> Finding:
    """Tell of images that look like others without being equal: frames of a video, versions of one picture."""
    found = split.duplicates
    first, other = found.near_examples[0] if found.near_examples else (0, 0)
    return Finding(
        message=f"{found.near} of {split.examined} training images ({found.near / split.examined:.0%}, limit "
        f"{max_share:.0%}) look almost the same as another, for example {first} and {other}.",
        confidence=0.4,
        severity=Severity.NOTE,
        places=(
            *split.places((i for pair in found.near_examples for i in pair), 6),
            Place(kind="key", name="data.train"),
        ),
        measured={"near": found.near},
        remedies=(Remedy(text="Keep one of each, and split by what they come from (video, subject)."),),
    )
