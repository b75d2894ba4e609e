"""Whether the targets of a CTC loss hold the blank itself, which nothing can be trained to read."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from cnndoctor.probes.loss_call import LossCall

TARGETS, LENGTHS = (1, "targets"), (3, "target_lengths")  # of torch's CTC loss


def share_with_blank(call: LossCall, blank: int) -> float:
    """Return the share of samples whose target, as far as its length says, holds the blank's index; 0 where none can be read.

    Args:
        call: A call of torch's CTC loss: targets [N, S] or [sum of lengths], lengths [N].
        blank: The blank's index.
    """
    targets, lengths = _argument(call, *TARGETS), _argument(call, *LENGTHS)
    if not isinstance(targets, Tensor) or targets.ndim not in {1, 2} or lengths is None:
        return 0.0
    counts = torch.as_tensor(lengths).reshape(-1).tolist()
    held = [bool((target == blank).any()) for target in _cut(targets, counts)]
    return sum(held) / len(held) if held else 0.0


def _argument(call: LossCall, position: int, name: str) -> object:
    return call.args[position] if len(call.args) > position else call.kwargs.get(name)


def _cut(targets: Tensor, counts: list[int]) -> Iterator[Tensor]:
    """Yield the target of each sample without its padding."""
    if targets.ndim == 2:
        yield from (row[:count] for row, count in zip(targets, counts, strict=False))
    elif sum(counts) == len(targets):
        yield from torch.split(targets, counts)
