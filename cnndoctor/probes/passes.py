"""One pass of a model in eval mode, the same every time: its output, and what went into and out of every layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from cnndoctor.patient.batches import first_tensor, tensors
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.probes.calls import layers_of, listening

SEED = 20_240_501  # of the controls' own noise; any number would do, but always the same
# Differences below this share of the scale are rounding: other algorithms, other order of sums.
ROUNDING = 1e-5
Forward = Callable[[Any], Any]  # inputs → outputs, without gradients
Record = list[tuple[str, list[Tensor], list[Tensor]]]  # layer, inputs, outputs, in order of execution


def output_of(forward: Forward, inputs: Any) -> Tensor | None:  # noqa: ANN401
    """Return the first floating output in double precision, with the random state of every pass the same."""
    with preserved_randomness(), torch.no_grad():
        torch.manual_seed(SEED)
        output = first_tensor(forward(inputs), floating=True)
    return wide(output) if output is not None else None


def wide(tensor: Tensor) -> Tensor:
    """Return a detached copy in the widest precision the device has."""
    return tensor.detach().float() if tensor.device.type == "mps" else tensor.detach().double()


def recorded(
    model: nn.Module,
    forward: Forward,
    inputs: Any,  # noqa: ANN401
    *,
    seeded: bool,
) -> tuple[Tensor | None, Record]:
    """Run a pass and keep a copy of what went into and out of every layer.

    Args:
        model: The model whose layers are listened to.
        forward: Runs it on inputs.
        inputs: Inputs of one batch.
        seeded: Whether the random state is the same in every pass; otherwise the pass goes on from the caller's.
    """
    record: Record = []

    def note(path: str, _module: nn.Module, given: object, output: object) -> None:
        record.append((path, _copies(given), _copies(output)))

    layers = {path: module for path, module in layers_of(model).items() if path}
    with listening(layers, note), torch.no_grad():
        if seeded:
            with preserved_randomness():
                torch.manual_seed(SEED)
                output = first_tensor(forward(inputs), floating=True)
        else:
            output = first_tensor(forward(inputs), floating=True)
    return (wide(output) if output is not None else None), record


def _copies(value: object) -> list[Tensor]:
    return [t.detach().clone() for t in tensors(value) if t.is_floating_point()]
