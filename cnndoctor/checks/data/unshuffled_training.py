"""Training samples come sorted, or in the same order every epoch."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.data import Split
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.batch_order import MAX_EXCESS, sorted_by_label
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import lifts

OWN_ORDER = (
    "",
    "SequentialSampler",
    "RandomSampler",
    "_InfiniteConstantSampler",  # torch's stand-in for a stream, which has an order of its own
)  # samplers of the loader itself; others are the user's decision
SHUFFLED = "shuffled"


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
    trials: TrialsEvidence | None,
    *,
    max_excess: float = MAX_EXCESS,
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
        well: at most a note, unless paired runs in random order get clearly further on two seeds.

    References:
        - Bengio 2012, Practical recommendations, arXiv:1206.5533
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    split, loader = data.train, data.train.loader
    if loader.batches == 1 or not loader.batch_size:
        return NotApplicable(reason="one batch is the whole epoch")
    if not sorted_by_label(loader, max_excess):
        return _fixed_order(split) if loader.shuffles is False and split.size > 1 else None
    own = loader.sampler not in OWN_ORDER or "data.loader.batch_sampler" in experiment.lines
    well = trained_well(train, data.baseline)
    gained = lifts(trials, SHUFFLED)
    if gained:
        return _proven(split, gained)
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


def _proven(split: Split, gained: float) -> Finding:
    """Say what random order gains, whoever made the order."""
    loader = split.loader
    return Finding(
        message=f"Batches hold few labels each ({loader.distinct_labels_per_batch:.0%} of what random batches hold); in random "
        f"order the same run gets {gained:.0%} of the way from chance to perfect further, with two seeds.",
        confidence=0.95,
        severity=Severity.ERROR,
        places=(Place(kind="key", name="data.loader.shuffle"), Place(kind="key", name="data.loader")),
        measured={
            "excess": loader.label_run_excess,
            "distinct labels": loader.distinct_labels_per_batch,
            "gained": gained,
        },
        remedies=(
            Remedy(
                text="Shuffle the training data every epoch; a sampler of batches has to put them in another order each time.",
                patch={"data.loader.shuffle": True}
                if split.map_style and loader.sampler in OWN_ORDER
                else {},
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
