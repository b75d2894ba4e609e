"""Images shrunk to almost nothing by the first layers."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import SetupEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.setup import Layer
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.early_strides import early_stride, looking, spatial_layers
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import AS_CONFIGURED, CLEARLY, best_gain, lifts, worst_gain

FINER = "finer"


@check(
    severity="warning",
    grade="C",
    explains=merged(LEARNS_NOTHING, ("overfitting", "too-little-data", "stopped-too-early", "underfitting")),
)
def early_downsampling(
    setup: SetupEvidence,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    min_side: int = 2,
    max_input: int = 64,
    max_depth_share: float = 0.5,
) -> Finding | None:
    """Large strides or pooling shrink small images to a point in the first half of the convolutions.

    What it measures:
        The side of the feature map after every convolution and pooling layer: it falls below 2 before half of the
        convolutions. And whether the first convolution strides over at least half of its input without reading it. Where
        images of up to 64 pixels are down to a quarter of their sides before the second convolution, paired runs with a stride
        of 1 in the last layer that shrinks them tell whether that is what keeps the run back.
    Why it matters:
        Convolutions on a single pixel only see its neighbours' padding: they are dense layers with eight ninths of
        their weights unused. Networks for 224-pixel images, used on 32 pixels, do this.
    How to fix:
        Remove the first pooling and set the first stride to 1 for small images (ResNet for CIFAR does), or enlarge
        the images.
    When it is not a fault:
        Patch embeddings keep many patches. A run that learns well gets a note at most, unless those paired runs go a tenth of
        the way from chance to perfect further, on two seeds, and leave half of its error.

    References:
        - He et al. 2016, section 4.2: ResNets for CIFAR-10 start with a 3x3 convolution and no pooling
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    proven = _proven(setup, trials)
    if proven is not None:
        return proven
    skipping = _skipping(setup)
    if skipping is not None:
        return _told(skipping, trained=trained_well(train))
    convolutions = looking(spatial_layers(setup))
    if (
        len(convolutions) < 4
        or not convolutions[0].input_shape
        or max(convolutions[0].input_shape[2:]) > max_input
    ):
        return None
    alive = [layer for layer in convolutions if layer.input_shape and min(layer.input_shape[2:]) >= min_side]
    share = len(alive) / len(convolutions)
    if share > max_depth_share or min(convolutions[0].input_shape[2:]) < 2 * min_side:
        return None
    point = convolutions[len(alive)]
    return Finding(
        message=(
            f"Images of {convolutions[0].input_shape[2]}x{convolutions[0].input_shape[3]} are down to "
            f"a single pixel at {point.path}: "
            f"{len(convolutions) - len(alive)} of {len(convolutions)} convolutions work on one pixel."
        ),
        confidence=0.6,
        severity=Severity.NOTE if trained_well(train) else None,
        places=(Place(kind="layer", name=point.path),),
        measured={"share_with_space": share},
        remedies=(
            Remedy(
                text="Use stride 1 and no pooling in the first layers for small images, or enlarge the images."
            ),
        ),
    )


def _proven(setup: SetupEvidence, trials: TrialsEvidence | None) -> Finding | None:
    """Accuse the early stride where the run goes clearly further without it, on two seeds, as with no other change."""
    gained, layer = lifts(trials, FINER), early_stride(setup)
    if gained < CLEARLY or layer is None:
        return None
    whole = looking(spatial_layers(setup))[0].input_shape[2:]
    left = layer.output_shape[2:]
    return Finding(
        message=(
            f"Images of {whole[0]}x{whole[1]} are down to {left[0]}x{left[1]} behind {layer.path}, before the second "
            f"convolution: with a stride of 1 there the same run gets {worst_gain(trials, FINER):.0%} of the way from "
            f"chance to perfect instead of {best_gain(trials, AS_CONFIGURED):.0%}."
        ),
        confidence=0.9,
        confirmed=True,
        places=(Place(kind="layer", name=layer.path),),
        measured={"gained": gained},
        remedies=(
            Remedy(
                text="Start with a convolution of 3x3 and stride 1, without pooling, as ResNets for CIFAR do."
            ),
        ),
    )


def _skipping(setup: SetupEvidence) -> Layer | None:
    """Return the first convolution when its stride is at least twice what its kernel reaches; a 1x1 projection is none."""
    convolutions = [y for y in setup.layers if y.position >= 0 and y.kind.startswith("Conv")]
    first = min(convolutions, key=lambda y: y.position, default=None)
    if first is None:
        return None
    kernel, stride, dilation = (first.settings.get(key, "") for key in ("kernel_size", "stride", "dilation"))
    if not (kernel.isdigit() and stride.isdigit() and dilation.isdigit()) or kernel == "1":
        return None
    return first if int(stride) >= 2 * (int(dilation) * (int(kernel) - 1) + 1) else None


def _told(layer: Layer, *, trained: bool) -> Finding:
    kernel, stride = layer.settings["kernel_size"], layer.settings["stride"]
    return Finding(
        message=(
            f"{layer.path} reads {kernel} of every {stride} positions along an axis: with a stride of {stride} most of the "
            f"input is never seen."
        ),
        confidence=0.75,
        severity=Severity.NOTE if trained else None,
        places=(Place(kind="layer", name=layer.path),),
        measured={"kernel": int(kernel), "stride": int(stride)},
        remedies=(Remedy(text=f"Use a stride of at most {kernel} in {layer.path}, and more layers."),),
    )
