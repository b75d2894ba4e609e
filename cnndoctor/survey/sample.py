"""One sample as the model would get it: inputs and targets as tensors, without the batch axis."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnndoctor.patient.batches import Members

FLAT = {tuple, list, dict}
LARGEST_INT = 2**53  # beyond it a detour over a floating number might round


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Inputs or targets of one sample.

    Attributes:
        kind: tensor, number, text, none or other.
        value: Its first tensor; None for text and for what holds no tensor.
        text: The text, where it is one; of several members all texts.
        parts: Number of tensors inside.
        named: Of several members (kind other): every tensor with its name, in order.
        whole: Whether tensors and texts say everything that is inside.
        plain: Of several members: a tuple, list or dict of tensors, arrays and numbers, and nothing deeper.
    """

    kind: str
    value: Tensor | None = None
    text: str = ""
    parts: int = 1
    named: tuple[tuple[str, Tensor], ...] = ()
    whole: bool = True
    plain: bool = False


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
        inputs=side_of(members.inputs_of(raw), keys_of(members.inputs)),
        targets=side_of(members.targets_of(raw)),
        extra=extra,
    )


def side_of(value: object, keys: Sequence[str] = ()) -> Side:
    """Describe inputs or targets; numbers and arrays become tensors of the dtype that torch's collate gives them.

    Args:
        value: What the data set gave.
        keys: What the members of a tuple are called, where the configuration named several.
    """
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
    return _several(value, keys)


def keys_of(members: str | int | tuple[str | int, ...]) -> tuple[str, ...]:
    """Return what the tensors of several configured members are called; nothing for a single member."""
    return tuple(map(str, members)) if isinstance(members, tuple) and _all_text(members) else ()


def _all_text(members: Sequence[object]) -> bool:
    return all(isinstance(key, str) for key in members)


def _several(value: object, keys: Sequence[str]) -> Side:
    named: list[tuple[str, Tensor]] = []
    texts: list[str] = []
    whole = True
    members = dict(zip(keys, value, strict=True)) if keys and isinstance(value, tuple) else value
    for name, leaf in leaves(members, ""):
        tensor = as_tensor(leaf)
        if tensor is not None:
            named.append((name, tensor))
        elif isinstance(leaf, str | bytes):
            texts.append(leaf if isinstance(leaf, str) else leaf.decode("utf-8", "replace"))
        else:
            whole = whole and leaf is None
    return Side(
        kind="other",
        value=named[0][1] if named else None,
        text="\n".join(texts),
        parts=len(named),
        named=tuple(named),
        whole=whole,
        plain=type(value) in FLAT and len(named) == len(value),  # type: ignore[arg-type]  # all of them have a length
    )


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
            return torch.as_tensor(np.ascontiguousarray(value) if value.ndim else value)
        except (TypeError, ValueError):
            return None
    return None


def leaves(value: object, name: str) -> Iterator[tuple[str, object]]:
    """Yield the leaves of a nested container in order, each with its name: keys joined by dots, positions in brackets."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from leaves(member, f"{name}.{key}" if name else str(key))
    elif isinstance(value, tuple | list):
        for place, member in enumerate(value):
            yield from leaves(member, f"{name or 'inputs'}[{place}]")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for f in dataclasses.fields(value):
            yield from leaves(getattr(value, f.name), f"{name}.{f.name}" if name else f.name)
    else:
        yield name, value
