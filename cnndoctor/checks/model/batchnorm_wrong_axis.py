"""A normalisation layer that treats another axis as its channels."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import EVALUATES_WRONGLY, LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well


@check(severity="error", grade="A", explains=merged(LEARNS_NOTHING, EVALUATES_WRONGLY))
def batchnorm_wrong_axis(
    setup: SetupEvidence, first_batch: FirstBatchEvidence, train: TrainEvidence | None
) -> Finding | None:
    """A normalisation layer normalises over an axis that is not the channel's.

    What it measures:
        The shape that each BatchNorm layer receives and the layout that its neighbours use: BatchNorm takes axis 1 as
        channels.
    Why it matters:
        On [N, T, F] a BatchNorm1d(T) normalises every time step over all features: the differences between features,
        which carry the information, are mixed into one statistic, and the sequence length is baked into the model.
    How to fix:
        ``norm(x.transpose(1, 2)).transpose(1, 2)`` with BatchNorm1d(F), or LayerNorm(F), which works on the last
        axis.
    When it is not a fault:
        A model that learns well with it gets a warning.

    References:
        - torch.nn.BatchNorm1d: input (N, C) or (N, C, L)
    """
    wrong = first_batch.batchnorm_axis_wrong
    if not wrong:
        return None
    layer = next((layer for layer in setup.layers if layer.path == wrong[0]), None)
    shape = f" on {list(layer.input_shape)}" if layer is not None and layer.input_shape else ""
    good = trained_well(train)
    return Finding(
        message=f"{wrong[0]}{shape} takes axis 1 as channels, but its neighbours keep their features on another axis.",
        confidence=0.6 if good else 0.88,
        severity=Severity.WARNING if good else None,
        places=tuple(Place(kind="layer", name=path) for path in wrong[:5]),
        measured={"layers": len(wrong)},
        # A model that begins with a norm is meant to take raw inputs: that it does not is this fault's work.
        rules_out=("inputs-not-scaled",) if _begins_with(wrong[0], first_batch) else (),
        remedies=(
            Remedy(
                text="Transpose the features to axis 1 around the layer, or use LayerNorm on the last axis."
            ),
        ),
    )


def _begins_with(path: str, first_batch: FirstBatchEvidence) -> bool:
    """Return whether this layer is the first that runs."""
    first = min(first_batch.layers, key=lambda layer: layer.position, default=None)
    return first is not None and first.path == path
