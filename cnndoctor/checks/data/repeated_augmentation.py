"""Workers or epochs repeat the same random stream."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity


@check(severity=Severity.WARNING, grade="A", explains=("overfitting",))
def repeated_augmentation(data: DataEvidence) -> Finding | NotApplicable | None:
    """Workers or epochs repeat the same random augmentation.

    What it measures:
        One training sample, read eight times in an epoch through the configured workers, two epochs long: two workers, or two
        epochs, that give the identical sequence of different pictures.
    Why it matters:
        Augmentation is meant to show new variants; here each epoch shows the same ones, or every worker makes the same, and the
        data are effectively several times smaller.
    How to fix:
        Do not keep a generator in the data set (``np.random.default_rng(0)`` in ``__init__`` is copied into every worker). Draw
        from torch's generator, or seed in ``worker_init_fn`` from ``torch.initial_seed()``, which differs per worker and epoch.
    When it is not a fault:
        A fixed set of augmented variants on purpose.

    References:
        - https://docs.pytorch.org/docs/stable/notes/faq.html#my-data-loader-workers-return-identical-random-numbers
        - https://github.com/pytorch/pytorch/issues/5059
    """
    split = data.train
    if split.repeated_reads is None:
        return NotApplicable(
            reason="training samples are not augmented at random, take too few variants to compare, or cannot be read by index"
        )
    if not split.repeated_reads:
        return None
    return Finding(
        message=f"With {split.loader.workers} workers, augmentation repeats the identical random "
        f"sequence in another worker or the "
        "next epoch.",
        confidence=0.95,
        places=(Place(kind="key", name="data.train"), Place(kind="key", name="data.loader.num_workers")),
        measured={"workers": split.loader.workers},
        remedies=(
            Remedy(text="Draw from torch's generator, or seed worker_init_fn from torch.initial_seed()."),
        ),
    )
