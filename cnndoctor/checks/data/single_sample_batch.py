"""A batch of one sample meets BatchNorm."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FailuresEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well

REFUSAL = "Expected more than 1 value per channel when training"


@check(
    severity=Severity.ERROR,
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        (
            "user-code-raises",
            "batchnorm-small-batch",
            "train-eval-gap",
            "batchnorm-statistics-stale",
            "loss-oscillates",
            "noisy-gradients",
        ),
    ),
)
def single_sample_batch(
    data: DataEvidence, setup: SetupEvidence, failures: FailuresEvidence, train: TrainEvidence | None
) -> Finding | NotApplicable | None:
    """A batch of a single sample meets BatchNorm.

    What it measures:
        The size of the first and of the last training batch, beside BatchNorm layers in training mode, and what torch says.
    Why it matters:
        BatchNorm has no variance of one value per channel: torch raises in the last step of the first epoch ("Expected more
        than 1 value per channel when training"), or, on images, normalises by statistics of a single picture.
    How to fix:
        ``drop_last: true`` for a last batch of one; a larger batch, GroupNorm or LayerNorm for a batch size of 1.
    When it is not a fault:
        Layers kept in eval mode, InstanceNorm and GroupNorm; large maps that train well.

    References:
        - https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
    """
    active = {path for path in setup.normalisation if path not in setup.in_eval_on_purpose}
    layers = [layer for layer in setup.layers if "BatchNorm" in layer.kind and layer.path in active]
    if not layers:
        return NotApplicable(reason="the model has no BatchNorm in training mode")
    loader, refused = data.train.loader, next((f for f in failures.failures if REFUSAL in f.message), None)
    always = loader.batch_size == 1
    if not always and (loader.last_batch_size != 1 or loader.drop_last):
        return None
    flat = refused is not None or any(
        len(layer.input_shape) == 2 or _single_position(layer.input_shape) for layer in layers
    )
    well = trained_well(train, data.baseline)
    which = "Every training batch" if always else "The last training batch of an epoch"
    end = (
        f"torch refuses it: {refused.message}"
        if refused is not None
        else f"layer {layers[0].path} has no variance of it"
    )
    return Finding(
        message=f"{which} holds a single sample, and {end}.",
        confidence=0.97 if refused is not None else 0.9 if flat else 0.6,
        severity=Severity.ERROR if flat else Severity.NOTE if well or not always else Severity.WARNING,
        places=(
            Place(kind="key", name="data.loader.batch_size"),
            *(Place(kind="layer", name=layer.path) for layer in layers[:3]),
        ),
        measured={"batch size": loader.batch_size, "last batch": loader.last_batch_size},
        remedies=(
            Remedy(text="Use a larger batch, or GroupNorm instead of BatchNorm.")
            if always
            else Remedy(text="Drop the incomplete last batch.", patch={"data.loader.drop_last": True}),
        ),
    )


def _single_position(shape: tuple[int, ...]) -> bool:
    return len(shape) > 2 and all(length == 1 for length in shape[2:])
