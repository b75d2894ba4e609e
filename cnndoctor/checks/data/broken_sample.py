"""Some samples cannot be read, or do not fit into a batch."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FailuresEvidence
from cnndoctor.evidence.data import Split
from cnndoctor.finding import Finding, Place, Remedy, Severity, UserFailure
from cnndoctor.signs.effects import LEARNS_NOTHING, merged

# What torch says when the samples of a batch have different shapes (collate, with and without workers).
UNEQUAL = (
    "stack expects each tensor to be equal size",
    "resize storage that is not resizable",
    "equal size, but got",
)


@check(severity=Severity.ERROR, grade="A", explains=merged(("user-code-raises",), LEARNS_NOTHING))
def broken_sample(data: DataEvidence, failures: FailuresEvidence) -> Finding | None:
    """The data set raises on some samples, or gives them another shape than the rest.

    What it measures:
        Each sample is read by its index; what raises is noted with its traceback and the pass goes on. Different shapes count
        only when the loader then fails to build a batch.
    Why it matters:
        Training stops at a random moment of the first epoch, when shuffling happens to reach such a sample.
    How to fix:
        Open the named samples. Repair or drop unreadable files; bring images to one size and one number of channels
        (``.convert("RGB")``, ``Resize``, ``CenterCrop``), pad sequences in a ``collate_fn``.
    When it is not a fault:
        Samples of different shapes with a ``collate_fn`` that handles them raise nothing and are not mentioned.

    References:
        - https://docs.pytorch.org/docs/stable/data.html#working-with-collate-fn
    """
    for split in (data.train, data.validation):
        if split is not None and split.broken:
            return _unreadable(split)
    unequal = next((f for f in failures.failures if any(words in f.message for words in UNEQUAL)), None)
    split = next(
        (s for s in (data.train, data.validation) if s and len(s.inputs.shapes) + len(s.targets.shapes) > 2),
        None,
    )
    return _unequal(split, unequal) if split is not None and unequal is not None else None


def _unreadable(split: Split) -> Finding:
    failure = split.broken[0]
    first = split.broken_samples[0]
    source = (
        (Place(kind="source", name=failure.file, file=failure.file, line=failure.line),)
        if failure.file
        else ()
    )
    return Finding(
        message=f"Reading {split.name}[{first}] raises {failure.type}: {failure.message} "
        f"({split.examined} other samples are fine, "
        f"at least {len(split.broken_samples)} raise.)",
        confidence=0.97,
        places=(*split.places(split.broken_samples), *source),
        measured={"broken samples": len(split.broken_samples), "examined": split.examined},
        remedies=(Remedy(text="Repair or drop these samples, or handle them in the data set."),),
    )


def _unequal(split: Split, failure: UserFailure) -> Finding:
    shapes = split.inputs.shapes if len(split.inputs.shapes) > 1 else split.targets.shapes
    what = "inputs" if len(split.inputs.shapes) > 1 else "targets"
    (common, many), *others = sorted(shapes.items(), key=lambda item: -item[1])
    listed = ", ".join(shape or "a number" for shape, _ in others[:3])
    return Finding(
        message=f"The {what} of {split.name} have {len(shapes)} shapes ({many} are {common}, others "
        f"{listed}), and no batch can "
        f"be built from them: {failure.message}",
        confidence=0.96,
        places=(Place(kind="key", name=f"data.{split.name}"),),
        measured={"shapes": len(shapes)},
        remedies=(Remedy(text="Resize or crop to one shape in the data set, or pad in a collate_fn."),),
    )
