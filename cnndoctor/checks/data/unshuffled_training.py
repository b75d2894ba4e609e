"""Training samples come sorted, or in the same order every epoch."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, TrainEvidence
from cnndoctor.evidence.data import Split
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well

OWN_ORDER = (
    "",
    "SequentialSampler",
    "RandomSampler",
    "_InfiniteConstantSampler",  # torch's stand-in for a stream, which has an order of its own
)  # samplers of the loader itself; others are the user's decision
DISTINCT = 0.8  # of the labels that a random batch of this size holds


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=merged(
        LEARNS_NOTHING,
        (
            "noisy-gradients",
            "batchnorm-statistics-stale",
            "train-eval-gap",
            "overfitting",
            "loss-diverges",
            "no-learning-rate-decay",
            "validation-better-than-train",
            "stopped-too-early",
        ),
    ),
)
def unshuffled_training(
    experiment: ExperimentEvidence,
    data: DataEvidence,
    train: TrainEvidence | None,
    *,
    max_excess: float = 5.0,
) -> Finding | NotApplicable | None:
    """Training samples come sorted by label, or in the same order every epoch.

    What it measures:
        The order of two epochs, and the labels of their batches: how much more of one label a batch holds than random batches
        of the same data would (in standard deviations; above ``max_excess``: chosen, random order stays below 4).
    Why it matters:
        A batch of one class pulls the network to that class, the next batch to another: the loss swings, BatchNorm sees
        statistics of one class, and the last class wins.
    How to fix:
        ``shuffle: true`` in ``data.loader`` (the default here). A stream is shuffled at its source, or through a buffer
        (webdataset ``.shuffle(1000)``).
    When it is not a fault:
        A sampler of the user's own (classes per batch for metric learning, lengths for text), a single batch, a run that trains
        well: at most a note.

    References:
        - Bengio 2012, Practical recommendations, arXiv:1206.5533
    """
    split, loader = data.train, data.train.loader
    if loader.batches == 1 or not loader.batch_size:
        return NotApplicable(reason="one batch is the whole epoch")
    runs = loader.label_run_excess > max_excess and loader.distinct_labels_per_batch < DISTINCT
    if not runs:
        return _fixed_order(split) if loader.shuffles is False and split.size > 1 else None
    own = loader.sampler not in OWN_ORDER or "data.loader.batch_sampler" in experiment.lines
    well = trained_well(train, data.baseline)
    grave = train is not None and not well and not own
    return Finding(
        message=f"Batches hold few labels each ({loader.distinct_labels_per_batch:.0%} of what random batches hold; "
        f"{loader.label_run_excess:.0f} standard deviations, limit {max_excess:g}): training data come sorted by label.",
        confidence=0.93 if grave else 0.5 if own or well else 0.85,
        severity=Severity.NOTE if own or well else Severity.ERROR if grave else Severity.WARNING,
        places=(Place(kind="key", name="data.loader.shuffle"), Place(kind="key", name="data.loader")),
        measured={"excess": loader.label_run_excess, "distinct labels": loader.distinct_labels_per_batch},
        remedies=(
            Remedy(
                text="Shuffle the training data every epoch.",
                patch={"data.loader.shuffle": True} if split.map_style else {},
            ),
        ),
    )


def _fixed_order(split: Split) -> Finding:
    return Finding(
        message="Training samples come in the same order every epoch.",
        confidence=0.6,
        severity=Severity.NOTE,
        places=(Place(kind="key", name="data.loader"),),
        measured={"sampler": split.loader.sampler},
        remedies=(
            Remedy(
                text="Shuffle the training data every epoch.",
                patch={"data.loader.shuffle": True} if split.map_style else {},
            ),
        ),
    )
