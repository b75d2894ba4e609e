"""What a sample or batch is: a tuple, list, mapping or dataclass of tensors; its inputs, its targets, its size."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Which members of a sample or batch are inputs and targets.

    Attributes:
        inputs: Key (mapping), attribute (dataclass) or position, or several of them for a model with several arguments.
        targets: Likewise for the targets.
    """

    inputs: str | int | tuple[str | int, ...] = 0
    targets: str | int | tuple[str | int, ...] = 1

    def inputs_of(self, batch: object) -> Any:  # noqa: ANN401 - a batch holds what the user put in
        """Return the inputs; the batch itself when it is a bare tensor. Several members come as a tuple."""
        return _pick(batch, self.inputs, bare=batch)

    def targets_of(self, batch: object) -> Any:  # noqa: ANN401
        """Return the targets; None when the batch has none."""
        return _pick(batch, self.targets, bare=None)

    def with_inputs(self, batch: object, inputs: object) -> Any:  # noqa: ANN401
        """Return the batch with its inputs replaced; containers are rebuilt, nothing is changed in place."""
        if isinstance(self.inputs, tuple):
            for key, value in zip(self.inputs, inputs, strict=True):  # type: ignore[call-overload]
                batch = _put(batch, key, value)
            return batch
        return _put(batch, self.inputs, inputs)


def move(batch: Any, device: torch.device, *, non_blocking: bool = False) -> Any:  # noqa: ANN401
    """Return the batch with every tensor on ``device``."""
    return transform(batch, lambda tensor: tensor.to(device, non_blocking=non_blocking))


def transform(batch: Any, function: Callable[[Tensor], Tensor]) -> Any:  # noqa: ANN401
    """Return the batch with ``function`` applied to every tensor in it, containers rebuilt."""
    if isinstance(batch, Tensor):
        return function(batch)
    if isinstance(batch, Mapping):
        return {key: transform(value, function) for key, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        members = (transform(value, function) for value in batch)
        return type(batch)(*members)
    if isinstance(batch, tuple | list):
        return type(batch)(transform(value, function) for value in batch)
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        values = {
            f.name: transform(getattr(batch, f.name), function) for f in dataclasses.fields(batch) if f.init
        }
        return dataclasses.replace(batch, **values)
    if hasattr(batch, "to") and hasattr(batch, "keys"):  # BatchEncoding and its like
        return {key: transform(batch[key], function) for key in batch.keys()}  # noqa: SIM118 - no Mapping
    return batch


def tensors(batch: object) -> Iterator[Tensor]:
    """Yield every tensor of a nested structure, depth first, in order."""
    if isinstance(batch, Tensor):
        yield batch
    elif isinstance(batch, Mapping):
        for value in batch.values():
            yield from tensors(value)
    elif isinstance(batch, tuple | list):
        for value in batch:
            yield from tensors(value)
    elif dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        for field in dataclasses.fields(batch):
            yield from tensors(getattr(batch, field.name))
    elif hasattr(batch, "keys") and hasattr(batch, "__getitem__"):
        for key in batch.keys():  # noqa: SIM118 - no Mapping
            yield from tensors(batch[key])


def first_tensor(batch: object, *, floating: bool = False) -> Tensor | None:
    """Return the first tensor inside, or the first floating one; None when there is none."""
    return next((t for t in tensors(batch) if not floating or t.is_floating_point()), None)


def size_of(batch: object) -> int:
    """Return the number of samples: the length of the first axis of the first tensor; 1 when there is none."""
    tensor = first_tensor(batch)
    return int(tensor.shape[0]) if tensor is not None and tensor.ndim else 1


def _pick(batch: Any, key: str | int | tuple[str | int, ...], *, bare: object) -> Any:  # noqa: ANN401
    if isinstance(key, tuple):
        return tuple(_pick(batch, one, bare=None) for one in key)
    if isinstance(batch, Tensor):
        return bare
    if isinstance(batch, Mapping) or (hasattr(batch, "keys") and hasattr(batch, "__getitem__")):
        if isinstance(key, str):
            return batch[key] if key in batch else None  # noqa: SIM401 - not every such object has get()
        values = [batch[name] for name in batch.keys()]  # noqa: SIM118 - BatchEncoding has no __iter__ over keys
        return values[key] if key < len(values) else None
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        name = key if isinstance(key, str) else _field_name(batch, key)
        return getattr(batch, name, None) if name else None
    if isinstance(batch, tuple | list):
        if isinstance(key, str):
            return getattr(batch, key, None)
        return batch[key] if key < len(batch) else None
    return bare


def _field_name(batch: Any, position: int) -> str:  # noqa: ANN401
    names = [field.name for field in dataclasses.fields(batch)]
    return names[position] if position < len(names) else ""


def _put(batch: Any, key: str | int, value: object) -> Any:  # noqa: ANN401
    if isinstance(batch, Tensor):
        return value
    if isinstance(batch, Mapping):
        name = key if isinstance(key, str) else list(batch)[key]
        return {**batch, name: value}
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        name = key if isinstance(key, str) else _field_name(batch, key)
        return dataclasses.replace(batch, **{name: value})
    if isinstance(batch, tuple) and hasattr(batch, "_replace"):
        fields: tuple[str, ...] = batch._fields  # type: ignore[attr-defined]  # a namedtuple
        name = key if isinstance(key, str) else fields[key]
        return batch._replace(**{name: value})
    if isinstance(batch, tuple | list) and isinstance(key, int):
        return type(batch)(value if i == key else member for i, member in enumerate(batch))
    return batch
