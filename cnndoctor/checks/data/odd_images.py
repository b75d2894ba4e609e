"""A few images look unlike all others of their split."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence
from cnndoctor.evidence.data import OddImages, Split
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity

TOLD = 4  # samples of each kind


@check(severity=Severity.NOTE, grade="C")
def odd_images(data: DataEvidence, *, max_share: float = 0.1) -> Finding | NotApplicable | None:
    """A few images are dark, bright, blank, blurred, or of odd size or shape.

    What it measures:
        For every image its light (on a grid of 8×8 cells), its sharpness (spread of the Laplacian over the spread of the
        image), its size and its aspect. An image is odd against the rest of its split: dark when even its brightest cell lies
        in the lowest fifth of the range though most images reach the upper half, bright likewise; blurred, or of odd size or
        aspect, when it lies more than three quartile distances outside and differs by a factor.
    Why it matters:
        Broken files, blank pages, thumbnails and frames before the shutter opened carry a label all the same.
    How to fix:
        Look at the samples that are named; repair them or leave them out.
    When it is not a fault:
        Night scenes, soft focus and panoramas may be what the model must learn. Where more than ``max_share`` of the images
        are odd in one way, it is the nature of the data and nothing is said.

    References:
        - cleanvision, https://github.com/cleanlab/cleanvision (the same kinds of issue, with absolute limits)
        - J. Tukey, Exploratory Data Analysis, 1977 (fences)
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    splits = [split for split in (data.train, data.validation) if split is not None and split.images.examined]
    if not splits:
        return NotApplicable(reason="the inputs are no images")
    found = [(split, odd) for split in splits for odd in split.images.odd if _is_rare(split, odd, max_share)]
    if not found:
        return None
    listed = "; ".join(f"{odd.count} {odd.kind} in {split.name} ({_indices(odd)})" for split, odd in found)
    return Finding(
        message=f"Some images look unlike the rest of their split: {listed}.",
        confidence=0.5,
        places=(
            *(place for split, odd in found for place in split.places(odd.samples, TOLD)),
            Place(kind="key", name=f"data.{found[0][0].name}"),
        ),
        measured={f"{split.name} {odd.kind}": odd.count for split, odd in found},
        remedies=(Remedy(text="Look at these samples; repair or leave out what carries no information."),),
    )


def _is_rare(split: Split, odd: OddImages, max_share: float) -> bool:
    return odd.count <= max_share * split.images.examined


def _indices(odd: OddImages) -> str:
    shown = ", ".join(map(str, odd.samples[:TOLD]))
    return f"{shown}, …" if odd.count > TOLD else shown
