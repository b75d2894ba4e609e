"""The axes of the inputs are not in the order that the first layer wants."""

from __future__ import annotations

import re

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FailuresEvidence, SetupEvidence
from cnndoctor.evidence.setup import Parameter
from cnndoctor.finding import Finding, Place, Remedy, Severity, UserFailure
from cnndoctor.signs.effects import LEARNS_NOTHING, merged

CONVOLUTIONS = {"Conv1d": 1, "Conv2d": 2, "Conv3d": 3, "LazyConv1d": 1, "LazyConv2d": 2, "LazyConv3d": 3}
COLOURS = (1, 3, 4)
# What conv2d says of the number of channels, for example of a batch [8, 32, 32, 3] that should be [8, 3, 32, 32].
CHANNELS = re.compile(r"expected input\[([\d, ]+)\] to have (\d+) channels, but got (\d+) channels")
# What conv2d says of the number of axes.
DIMENSIONS = re.compile(
    r"Expected \dD \(unbatched\) or \dD \(batched\) input to conv\dd, but got input of size: \[([\d, ]+)\]"
)


@check(
    severity=Severity.ERROR,
    grade="B",
    explains=merged(
        LEARNS_NOTHING,
        (
            "user-code-raises",
            "early-downsampling",
            "scrambled-reshape",
            "batchnorm-wrong-axis",
            "train-validation-shift",
            "constant-inputs",
            "wrong-input-dtype",
        ),
    ),
)
def wrong_input_layout(
    data: DataEvidence, failures: FailuresEvidence, setup: SetupEvidence | None
) -> Finding | None:
    """The axes of the inputs are in another order than the first layer wants, or one is missing.

    What it measures:
        The shape of samples against the channels of the first convolution, and what torch says when it refuses them.
    Why it matters:
        A convolution that gets channels last takes image rows for channels: it raises when the numbers differ, and learns
        nonsense in silence when they happen to agree.
    How to fix:
        ``image.permute(2, 0, 1)`` turns [H, W, C] into [C, H, W] (``view`` or ``reshape`` would scramble it);
        ``torchvision.transforms.ToTensor`` does it for PIL images and arrays. A missing channel axis: ``image.unsqueeze(0)``.
    When it is not a fault:
        Models that permute inside forward, spectral images with many channels, spectrograms.

    References:
        - https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html (input [N, C, H, W])
    """
    shape = data.train.inputs.common_shape
    failure, wanted = _refused(failures)
    if failure is not None and shape:
        return _from_failure(failure, wanted, shape)
    if setup is None or not shape or any(f.phase == "forward" for f in failures.failures):
        return None
    return _silent(setup, shape)


def _refused(failures: FailuresEvidence) -> tuple[UserFailure | None, int]:
    """Return the failure in which a convolution refused its input, and the channels it wanted (0 when not told)."""
    for failure in failures.failures:
        match = CHANNELS.search(failure.message)
        if match:
            return failure, int(match[2])
        if DIMENSIONS.search(failure.message):
            return failure, 0
    return None, 0


def _from_failure(failure: UserFailure, wanted: int, shape: tuple[int, ...]) -> Finding | None:
    got = CHANNELS.search(failure.message)
    sizes = [int(size) for size in got[1].split(",")] if got else []
    # Only the network's own input is the data's fault: a layer further in that is refused is a mistake in the model.
    if got and not (_is_data(sizes, shape) or sizes == list(shape)):
        return None
    told = "x".join(map(str, shape))
    last = len(shape) >= 3 and shape[-1] == wanted and shape[0] != wanted
    missing = (
        bool(got and sizes[1:] == list(shape) and len(shape) == len(sizes) - 1 and len(sizes) == 3) or not got
    )
    text, sure = _advice(last=last, missing=missing)
    if wanted and not last and not missing and wanted not in shape:
        text, sure = f"Bring the inputs to {wanted} channels, or build the first layer for {shape[0]}.", 0.85
    return Finding(
        message=f"Samples have shape {told}, and the first convolution refuses them: {failure.message}",
        confidence=sure,
        places=(
            Place(kind="key", name="data.train"),
            *(
                (Place(kind="source", name=failure.file, file=failure.file, line=failure.line),)
                if failure.file
                else ()
            ),
        ),
        measured={"sample shape": told, "channels wanted": wanted},
        remedies=(Remedy(text=text),),
    )


def _is_data(sizes: list[int], shape: tuple[int, ...]) -> bool:
    return sizes[1:] == list(shape)


def _advice(*, last: bool, missing: bool) -> tuple[str, float]:
    if last:
        return "Put the channels first: image.permute(2, 0, 1), or torchvision's ToTensor.", 0.98
    if missing:
        return "Give each sample its channel axis: image.unsqueeze(0).", 0.95
    return "Put the axes in the order [channels, height, width].", 0.85


def _silent(setup: SetupEvidence, shape: tuple[int, ...]) -> Finding | None:
    """Find the case that raises nothing: as many rows as channels wanted, and colours in the last axis."""
    first = min(
        (layer for layer in setup.layers if layer.position >= 0 and layer.parameters),
        key=lambda layer: layer.position,
        default=None,
    )
    if first is None or CONVOLUTIONS.get(first.kind) != 2 or len(shape) != 3:
        return None
    weight = next((p for p in setup.parameters if p.layer == first.path and len(p.shape) == 4), None)
    if weight is None or first.input_shape[1:] != shape or not _rows_for_channels(weight, shape):
        return None
    told = "x".join(map(str, shape))
    return Finding(
        message=f"Samples have shape {told}: {first.path} takes {shape[0]} image rows for channels, and "
        f"the {shape[-1]} colours for "
        "columns.",
        confidence=0.85,
        places=(Place(kind="key", name="data.train"), Place(kind="layer", name=first.path)),
        measured={"sample shape": told, "in_channels": shape[0]},
        remedies=(
            Remedy(
                text="Put the channels first (image.permute(2, 0, 1)) and give the first layer that many."
            ),
        ),
    )


def _rows_for_channels(weight: Parameter, shape: tuple[int, ...]) -> bool:
    rows, columns, colours = shape
    return rows == columns and rows > max(COLOURS) * 2 and colours in COLOURS and weight.shape[1] == rows
