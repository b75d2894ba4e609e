"""Small images that lose most of their places before the second convolution: which layer to let step by one."""

from __future__ import annotations

from cnndoctor.evidence.setup import Layer, SetupEvidence

# Chosen, as the largest images of ``early-downsampling``: stems made for 224 pixels leave a quarter of each axis.
SMALL_SIDE = 64
QUARTER = 4  # of each axis is gone before the second convolution that looks around itself
# Convolutions that look around themselves, as for ``early-downsampling``; a patch embedding has one.
FEWEST = 4
STEPPING = ("Conv", "MaxPool", "AvgPool", "LPPool")  # class names of layers with a stride begin with these


def spatial_layers(setup: SetupEvidence) -> list[Layer]:
    """Return the layers that put out images [N, C, H, W], in order of execution."""
    return sorted(
        (layer for layer in setup.layers if layer.position >= 0 and len(layer.output_shape) == 4),
        key=lambda layer: layer.position,
    )


def looking(layers: list[Layer]) -> list[Layer]:
    """Return the convolutions with a kernel beyond one pixel."""
    return [layer for layer in layers if layer.kind.startswith("Conv") and kernel_of(layer) > 1]


def early_stride(setup: SetupEvidence) -> Layer | None:
    """Return the last layer before the second convolution that shrinks, where small images are down to a quarter there.

    None where the images are large, keep more of their sides, or meet few convolutions.

    Args:
        setup: The layers, with the shapes of one forward.
    """
    layers = spatial_layers(setup)
    convolutions = looking(layers)
    if len(convolutions) < FEWEST or len(convolutions[0].input_shape) != 4:
        return None
    whole, left = convolutions[0].input_shape[2:], convolutions[1].input_shape[2:]
    if max(whole) > SMALL_SIDE or len(left) != 2 or min(whole) < QUARTER * min(left):
        return None
    stem = [layer for layer in layers if layer.position < convolutions[1].position and _shrinks(layer)]
    return stem[-1] if stem else None


def kernel_of(layer: Layer) -> int:
    """Return the longer side of a kernel; 3 where it is unknown."""
    told = layer.settings.get("kernel_size", "3").strip("()").split(",")
    return max((int(part) for part in told if part.strip().isdigit()), default=3)


def _shrinks(layer: Layer) -> bool:
    steps = layer.kind.startswith(STEPPING) and len(layer.input_shape) == 4
    return steps and min(layer.input_shape[2:]) >= 2 * min(layer.output_shape[2:])
