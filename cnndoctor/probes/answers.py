"""What a model answers to a batch, and to the same batch in which samples swap their inputs: one pass each, whoever asks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from cnndoctor.patient.batches import first_tensor, transform
from cnndoctor.probes.passes import Forward, output_of


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers of a model in eval mode to one batch; a pass is made when it is first asked for.

    Attributes:
        forward: Runs the model on inputs.
        inputs: Inputs of one batch.
    """

    forward: Forward
    inputs: Any
    _known: dict[str, Tensor | None] = field(default_factory=dict)

    def as_it_is(self) -> Tensor | None:
        """Return the first floating output for the inputs; None without one."""
        if "as it is" not in self._known:
            self._known["as it is"] = self.to(self.inputs)
        return self._known["as it is"]

    def swapped(self) -> Tensor | None:
        """Return the output where each sample gets its neighbour's inputs; None without one."""
        if "swapped" not in self._known:
            self._known["swapped"] = self.to(rolled(self.inputs))
        return self._known["swapped"]

    def to(self, inputs: Any) -> Tensor | None:  # noqa: ANN401 - inputs are of any shape
        """Return the output for other inputs; None without one."""
        return output_of(self.forward, inputs)


def rolled(inputs: Any) -> Any:  # noqa: ANN401
    """Give each sample the inputs of its neighbour: every tensor as long as the first one is moved on by one."""
    first = first_tensor(inputs)
    size = int(first.shape[0]) if first is not None and first.ndim else 0
    return transform(inputs, lambda t: t.roll(1, 0) if t.ndim and t.shape[0] == size else t)


def relative_change(base: Tensor | None, other: Tensor | None) -> float:
    """Return how far an output moves from another, relative to its scale.

    Args:
        base: The output as it is.
        other: The output of a control.

    Returns:
        NaN where there is none, in other shapes, where it is not finite, and beside a base that is zero throughout.
    """
    if base is None or other is None or other.shape != base.shape:
        return math.nan
    scale, change = (float(one.square().mean().sqrt()) for one in (base, other - base))
    return change / scale if scale > 0 and math.isfinite(change) else math.nan
