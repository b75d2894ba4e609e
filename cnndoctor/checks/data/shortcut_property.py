"""One number of an image, such as its brightness, already tells the class."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity


@check(severity=Severity.NOTE, grade="C")
def shortcut_property(data: DataEvidence, *, min_gain: float = 0.75) -> Finding | NotApplicable | None:
    """One simple property of an image (brightness, contrast, size, colour…) nearly tells its class.

    What it measures:
        For brightness, contrast, sharpness, size, aspect ratio and tint, each alone: twenty bins of equal size, the class that
        is most frequent in a bin relative to its size, learnt on one half of the training images and asked on the other. The
        mean share of each class told right, from chance (0) to all (1), against ``min_gain``. Chosen: the embedded digits and
        MNIST come to 0.2 at most.
    Why it matters:
        A network learns the simplest thing that works. When each class was photographed with another camera, size or light, it
        learns camera, size or light, and fails on new pictures although training and validation look perfect.
    How to fix:
        Find out why the property follows the class (one folder for each source, another scanner, another crop). Equalise it
        before training (resize, normalise each image, augment brightness and colour), or collect classes under the same
        conditions.
    When it is not a fault:
        The property is what is asked for: day or night, ripe or unripe, counting ink.

    References:
        - Geirhos et al. 2020, Shortcut learning in deep neural networks, https://arxiv.org/abs/2004.07780
        - cleanlab Datalab, spurious correlations
        - the limit is ours, chosen; no sound run and no planted fault decides it (docs/thresholds.md)
    """
    images = data.train.images
    if not images.properties:
        return NotApplicable(reason="no images with class labels")
    best = max(images.properties, key=lambda one: one.score)
    chance = 1 / best.classes
    gain = (best.score - chance) / (1 - chance)
    if gain < min_gain:
        return None
    return Finding(
        message=(
            f"The {best.name} of an image alone tells {best.score:.0%} of its class right (chance {chance:.0%}, "
            f"{best.classes} classes)."
        ),
        confidence=0.4,
        places=(Place(kind="key", name="data.train"),),
        measured={"property": best.name, "score": best.score, "chance": chance},
        remedies=(
            Remedy(
                text=f"Find out why {best.name} follows the class; unless it is what is asked for, equalise it "
                f"before training."
            ),
        ),
    )
