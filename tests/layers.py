"""Layers and their weights as evidence: what several checks' tests put in place of the healthy network's."""

from __future__ import annotations

from typing import Any

from cnndoctor.evidence.first_batch import LayerSignal, ParameterStep
from cnndoctor.evidence.setup import Parameter

DEPTH = 12


def deep_stack(
    *, weight_std: float = 0.07, growth: float = 1.0, gradient_growth: float = 10.0, kind: str = "Linear"
) -> dict[str, object]:
    """Return the facts of twelve dense layers of 64 units, as ``evidence_with`` takes them.

    Args:
        weight_std: Standard deviation of every weight; torch's default is about 0.07.
        growth: Factor of the signal's standard deviation from layer to layer.
        gradient_growth: Factor of the gradient from layer to layer: above 1 it vanishes towards the input.
        kind: Class name of the layers whose signals are seen.
    """
    return {
        "setup.parameters": tuple(
            Parameter(
                name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=weight_std
            )
            for i in range(DEPTH)
        ),
        "first_batch.parameters": tuple(
            ParameterStep(name=f"{i}.weight", gradient_rms=gradient_growth ** (i - DEPTH))
            for i in range(DEPTH)
        ),
        "first_batch.layers": tuple(
            LayerSignal(path=str(i), kind=kind, position=i, std=growth**i) for i in range(DEPTH)
        ),
    }


def body_and_head(body: str = "features", **of_body: Any) -> tuple[Parameter, Parameter]:
    """Return the weights of a convolutional body and of the dense head behind it.

    Args:
        body: Name of the body.
        **of_body: Fields of the body's parameter, for example ``trainable=False``.
    """
    return (
        Parameter(name=f"{body}.weight", layer=body, kind="Conv2d", shape=(64, 64), **of_body),
        Parameter(name="head.weight", layer="head", kind="Linear", shape=(10, 64)),
    )
