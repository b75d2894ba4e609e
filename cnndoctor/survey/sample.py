"""One sample as the model would get it: inputs and targets as tensors, without the batch axis."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnndoctor.patient.batches import Members

LARGEST_INT = 2**53  # beyond it a detour over a floating number might round


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Inputs or targets of one sample.

    Attributes:
        kind: tensor, number, text, none or other.
        value: Its first tensor; None for text and for what holds no tensor.
        text: The text, where it is one.
        parts: Number of tensors inside.
    """

    kind: str
    value: Tensor | None = None
    text: str = ""
    parts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample of a split, with the index it was read by (or its position in a stream).

    Attributes:
        index: Index or position.
        inputs: Its inputs.
        targets: Its targets.
        extra: The members behind the targets (lengths of a CTC sample), as the data set gave them.
    """

    index: int
    inputs: Side
    targets: Side
    extra: tuple[object, ...] = ()


def sample_of(index: int, raw: object, members: Members) -> Sample:
    """Describe a sample that holds its members without a batch axis.

    Args:
        index: Its index.
        raw: What the data set gave: tuple, list, mapping, dataclass or tensor.
        members: Which members are inputs and targets.
    """
    extra = tuple(raw[2:]) if isinstance(raw, tuple | list) else ()
    return Sample(
        index=index,
        inputs=side_of(members.inputs_of(raw)),
        targets=side_of(members.targets_of(raw)),
        extra=extra,
    )


def side_of(value: object) -> Side:
    """Describe inputs or targets; numbers and arrays become tensors of the dtype that torch's collate gives them."""
    if (
        type(value) is Tensor and value.is_cpu and value.layout is torch.strided
    ):  # nearly every side: the short way
        plain = value.detach() if value.requires_grad else value
        return Side(kind="tensor" if plain.ndim else "number", value=plain)
    if type(value) is int and abs(value) < LARGEST_INT:  # half of what torch.tensor costs
        return Side(kind="number", value=torch.scalar_tensor(value, dtype=torch.int64))
    if value is None:
        return Side(kind="none", parts=0)
    if isinstance(value, str | bytes):
        return Side(kind="text", text=value if isinstance(value, str) else value.decode("utf-8", "replace"))
    if isinstance(value, bool | int | float | np.generic):
        number = as_tensor(value)
        return Side(kind="number" if number is not None else "other", value=number)
    found = as_tensor(value)
    if found is not None:
        return Side(kind="number" if found.ndim == 0 else "tensor", value=found)
    inside = [tensor for tensor in map(as_tensor, _leaves(value)) if tensor is not None]
    return Side(kind="other", value=inside[0] if inside else None, parts=len(inside))


def as_tensor(value: object) -> Tensor | None:
    """Return a tensor of a tensor, array or number; None when it is none of these or torch has no such dtype."""
    if isinstance(value, Tensor):
        plain = value.detach()
        return plain.to_dense().cpu() if plain.layout is not torch.strided else plain.cpu()
    if isinstance(value, bool | int):
        return torch.tensor(value)
    if isinstance(value, float):
        return torch.tensor(value, dtype=torch.float64)
    if isinstance(value, np.ndarray | np.generic):
        try:
            return torch.as_tensor(np.ascontiguousarray(value))
        except (TypeError, ValueError):
            return None
    return None


def _leaves(value: object) -> list[object]:
    """Return the leaves of a nested container, in order."""
    if isinstance(value, Mapping):
        return [leaf for member in value.values() for leaf in _leaves(member)]
    if isinstance(value, tuple | list):
        return [leaf for member in value for leaf in _leaves(member)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [leaf for f in dataclasses.fields(value) for leaf in _leaves(getattr(value, f.name))]
    return [value]
