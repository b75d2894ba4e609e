"""A model that predicts per pixel, but throws the places away on its way."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.success import trained_well


@check(
    severity="warning", grade="C", explains=("underfitting", "per-class-failure", "cannot-overfit-tiny-set")
)
def pooling_in_dense_prediction(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    data: DataEvidence | None,
    train: TrainEvidence | None,
    *,
    max_reduction: int = 16,
) -> Finding | None:
    """A segmentation model shrinks its map so far that places are lost.

    What it measures:
        The smallest side of a feature map between the input and the output of a segmentation model that does not learn well.
    Why it matters:
        Pooling makes an answer independent of the place. A mask is nothing but places: what a map of one sixteenth of the side
        has lost, no upsampling brings back.
    How to fix:
        Skip connections from early layers (U-Net), dilated convolutions in place of pooling, fewer pooling layers; strided
        convolution for pooling, which learns what to keep (``Conv2d(c, c, 3, stride=2, padding=1)`` for ``MaxPool2d(2)``).
    When it is not a fault:
        With skip connections the narrow middle only adds context; silent where the run learns well.

    References:
        - Ronneberger et al. 2015, "U-Net"; Chen et al. 2017, "Rethinking Atrous Convolution"
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if experiment.task != "segmentation" or trained_well(train, data.baseline if data else None):
        return None
    maps = [layer for layer in setup.layers if layer.position >= 0 and len(layer.output_shape) == 4]
    if not maps or not maps[0].input_shape:
        return None
    side = min(maps[0].input_shape[2:])
    narrow = min(maps, key=lambda layer: min(layer.output_shape[2:]))
    smallest = min(narrow.output_shape[2:])
    if smallest * max_reduction > side:
        return None
    return Finding(
        message=f"Maps shrink from {side} pixels to {smallest} at {narrow.path}, and the answer is wanted for every pixel.",
        confidence=0.4,
        places=(Place(kind="layer", name=narrow.path),),
        measured={"side": side, "smallest": smallest},
        remedies=(Remedy(text="Add skip connections (U-Net), or dilated convolutions in place of pooling."),),
    )
