"""Layers of a small residual network behind a stem, for tests of what shrinks images early."""

from __future__ import annotations

from cnndoctor.evidence.setup import Layer


def stem(side: int = 24, *, stride: int = 2, pool: int = 2, convolutions: int = 5) -> tuple[Layer, ...]:
    """Return a strided convolution, a pooling and further convolutions of 3x3, with the shapes of a batch of 32.

    Args:
        side: Of the images.
        stride: Of the first convolution.
        pool: Stride of the pooling behind it.
        convolutions: All of them.
    """
    half = side // stride
    quarter = half // pool
    later = tuple(
        _layer(f"conv{number}", "Conv2d", number + 1, (8, quarter), (8, quarter), "3")
        for number in range(1, convolutions)
    )
    return (
        _layer("stem.0", "Conv2d", 0, (1, side), (8, half), "7"),
        _layer("stem.1", "MaxPool2d", 1, (8, half), (8, quarter), "3"),
        *later,
    )


def _layer(
    path: str, kind: str, position: int, before: tuple[int, int], after: tuple[int, int], kernel: str
) -> Layer:
    return Layer(
        path=path,
        kind=kind,
        position=position,
        input_shape=(32, before[0], before[1], before[1]),
        output_shape=(32, after[0], after[1], after[1]),
        settings={"kernel_size": kernel},
    )
