"""Most parameters sit in one dense layer, too many for the data."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.success import trained_well


@check(severity="warning", grade="C", explains=("overfitting",))
def oversized_dense_layer(
    setup: SetupEvidence, data: DataEvidence, train: TrainEvidence | None,
    *, max_share: float = 0.9, max_per_sample: float = 100.0, min_convolutions: int = 1,
) -> Finding | None:  # fmt: skip
    """One dense layer of a convolutional network holds nearly all parameters.

    What it measures:
        The largest linear layer's share of all parameters, and its parameters per training sample, in a network with
        convolutions.
    Why it matters:
        A flattened feature map times many hidden units gives millions of weights that memorise places instead of
        shapes.
    How to fix:
        Global average pooling before the head, a 1x1 convolution to fewer channels, fewer hidden units, or two thin
        factors in place of the layer where its spectrum allows. Where the layer reads one-hot columns, embeddings for
        high-cardinality categories: ``nn.Embedding`` of 8 to 50 numbers for each category with more than about 20 values,
        rare values merged into one.
    When it is not a fault:
        Enough data or strong regularisation: it is a note unless the run overfits.

    References:
        - Lin et al. 2014, "Network In Network"
        - limits are ours; saved runs of scripts/clinic.py hold ``min_convolutions``, the others are chosen
          (docs/thresholds.md)
    """
    convolutions = [layer for layer in setup.layers if layer.kind.startswith("Conv")]
    dense = [layer for layer in setup.layers if layer.kind == "Linear"]
    total = sum(layer.parameters for layer in setup.layers)
    samples = data.train.size or data.train.examined
    if len(convolutions) < min_convolutions or not dense or not samples or not total:
        return None
    largest = max(dense, key=lambda layer: layer.parameters)
    share, each = largest.parameters / total, largest.parameters / samples
    if share <= max_share or each <= max_per_sample:
        return None
    return Finding(
        message=f"{largest.path} holds {share:.0%} of all parameters, {each:.0f} per training sample "
        f"(limit {max_per_sample:g}).",
        confidence=0.6,
        severity=Severity.NOTE if trained_well(train) else None,
        places=(Place(kind="layer", name=largest.path),),
        measured={"share": share, "parameters": largest.parameters, "per_sample": each},
        remedies=(
            Remedy(
                text="Average over space before the head (nn.AdaptiveAvgPool2d(1)), or use fewer hidden units."
            ),
        ),
    )
