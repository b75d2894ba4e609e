"""What a sample or batch is: a tuple, list, mapping or dataclass of tensors; its inputs, its targets, its size."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

PLAIN = (tuple, list)


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

    def are_all_inputs(self, batch: object) -> bool:
        """Return whether a batch holds nothing but inputs: what is learnt is then made of them, and changes with them."""
        return len(list(tensors(self.inputs_of(batch)))) == len(list(tensors(batch)))

    def unknown(self, batch: object) -> tuple[tuple[str, str], ...]:
        """Return (setting, words) for each member that the experiment names and a batch does not have; a tuple has no names."""
        if not _is_keyed(batch) and type(batch) not in PLAIN:
            return ()
        keys = set(names_in(batch))
        named = (("data.inputs", self.inputs), ("data.targets", self.targets))
        wanted = ((setting, key if isinstance(key, tuple) else (key,)) for setting, key in named)
        there = ", ".join(map(repr, names_in(batch))) or "no names: its members are told by position, from 0"
        return tuple(
            (setting, f"{setting} names {name!r}, but a batch has {there}")
            for setting, names in wanted
            for name in names
            if isinstance(name, str) and name not in keys
        )

    def with_inputs(self, batch: object, inputs: object) -> Any:  # noqa: ANN401
        """Return the batch with its inputs replaced; containers are rebuilt, nothing is changed in place."""
        if isinstance(self.inputs, tuple):
            for key, value in zip(self.inputs, inputs, strict=True):  # type: ignore[call-overload]
                batch = _put(batch, key, value)
            return batch
        return _put(batch, self.inputs, inputs)

    def with_targets(self, batch: object, targets: object) -> Any:  # noqa: ANN401
        """Return the batch with its targets, a single member, replaced; containers are rebuilt.

        Raises:
            TypeError: The targets are several members.
        """
        if isinstance(self.targets, tuple):
            raise TypeError("several targets cannot be replaced by one")
        return _put(batch, self.targets, targets)


def names_in(batch: object) -> tuple[str, ...]:
    """Return the keys of a batch; none of a tuple or list."""
    return tuple(map(str, batch.keys())) if _is_keyed(batch) else ()  # type: ignore[attr-defined]


def is_there(batch: object, device: torch.device) -> bool:
    """Return whether a batch is a plain tuple or list of tensors, all of them on ``device``: in nearly every step on a CPU."""
    if type(batch) not in PLAIN:
        return False
    # A loop: this is asked at every step, and a generator would cost as much as moving.
    for value in batch:  # type: ignore[attr-defined]  # noqa: SIM110
        if type(value) is not Tensor or value.device != device:
            return False
    return True


def move(batch: Any, device: torch.device, *, non_blocking: bool = False) -> Any:  # noqa: ANN401
    """Return the batch with every tensor on ``device``; a batch class of the user's own is moved by its ``to``."""
    if isinstance(batch, PackedSequence) or (_is_opaque(batch) and hasattr(batch, "to")):
        return batch.to(device)

    def moved(tensor: Tensor) -> Tensor:
        # Asking where a tensor is costs a tenth of a call that finds out the same.
        return tensor if tensor.device == device else tensor.to(device, non_blocking=non_blocking)

    return transform(batch, moved)


def transform(batch: Any, function: Callable[[Tensor], Tensor]) -> Any:  # noqa: ANN401
    """Return the batch with ``function`` applied to every tensor in it; containers are rebuilt and keep their type."""
    if isinstance(batch, Tensor):
        return function(batch)
    if type(batch) in PLAIN:  # nearly every batch: not worth asking all the questions below at every step
        return type(batch)(
            [function(value) if isinstance(value, Tensor) else transform(value, function) for value in batch]
        )
    if isinstance(batch, PackedSequence):  # its other members are lengths and orders
        return batch._replace(data=function(batch.data))
    if _is_keyed(batch):
        return _with(batch, {key: transform(batch[key], function) for key in batch.keys()})  # noqa: SIM118 - no Mapping
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
    return batch


def tensors(batch: object) -> Iterator[Tensor]:
    """Yield every tensor of a nested structure, depth first, in order."""
    if isinstance(batch, Tensor):
        yield batch
    elif _is_keyed(batch):
        for key in batch.keys():  # type: ignore[attr-defined]  # noqa: SIM118 - no Mapping
            yield from tensors(batch[key])  # type: ignore[index]
    elif isinstance(batch, tuple | list):
        for value in batch:
            yield from tensors(value)
    elif dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        for field in dataclasses.fields(batch):
            yield from tensors(getattr(batch, field.name))


def first_tensor(batch: object, *, floating: bool = False) -> Tensor | None:
    """Return the first tensor inside, or the first floating one; None when there is none."""
    if isinstance(batch, Tensor):
        return batch if not floating or batch.is_floating_point() else None
    return next((t for t in tensors(batch) if not floating or t.is_floating_point()), None)


def as_bytes(tensor: Tensor) -> Tensor:
    """Return the content of a tensor as its bytes in memory, whatever its dtype and however it lies there.

    Args:
        tensor: Any tensor; bfloat16, which NumPy does not know, too.

    Returns:
        [numel * itemsize] uint8, on the CPU.
    """
    flat = tensor.detach().cpu().reshape(-1)
    # A single element out of a column keeps the column's stride, counts as contiguous, and cannot be viewed as bytes.
    return (flat if flat.stride(0) == 1 else flat.clone(memory_format=torch.contiguous_format)).view(
        torch.uint8
    )


def size_of(batch: object) -> int:
    """Return the number of samples: the length of the first axis of the first tensor; 1 when there is none."""
    first: object = batch
    if type(batch) in PLAIN and batch:
        first = batch[0]  # type: ignore[index]
    tensor = first if isinstance(first, Tensor) else first_tensor(batch)
    return int(tensor.shape[0]) if tensor is not None and tensor.ndim else 1


def _pick(batch: Any, key: str | int | tuple[str | int, ...], *, bare: object) -> Any:  # noqa: ANN401
    if type(batch) in PLAIN and type(key) is int:
        return batch[key] if key < len(batch) else None
    if isinstance(key, tuple):
        return tuple(_pick(batch, one, bare=None) for one in key)
    if isinstance(batch, Tensor):
        return bare
    if _is_keyed(batch):
        if isinstance(key, str):
            return batch[key] if key in batch.keys() else None  # noqa: SIM118 - no Mapping, perhaps no get()
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


def _is_keyed(batch: object) -> bool:
    """Return whether members are found by key: a mapping, or BatchEncoding and its like."""
    return isinstance(batch, Mapping) or (hasattr(batch, "keys") and hasattr(batch, "__getitem__"))


def _is_opaque(batch: object) -> bool:
    """Return whether nothing is known of how the batch holds its tensors."""
    known = isinstance(batch, Tensor | tuple | list) or _is_keyed(batch)
    return not known and not dataclasses.is_dataclass(batch)


def _with(batch: Any, members: dict[Any, Any]) -> Any:  # noqa: ANN401
    """Return a copy of a keyed batch with these members; a plain dict where its class does not allow that."""
    try:
        changed = copy.copy(batch)
        for name, value in members.items():
            changed[name] = value
    except (TypeError, AttributeError):
        return {**{name: batch[name] for name in batch.keys()}, **members}  # noqa: SIM118 - no Mapping
    return changed


def _field_name(batch: Any, position: int) -> str:  # noqa: ANN401
    names = [field.name for field in dataclasses.fields(batch)]
    return names[position] if position < len(names) else ""


def _put(batch: Any, key: str | int, value: object) -> Any:  # noqa: ANN401
    if isinstance(batch, Tensor):
        return value
    if _is_keyed(batch):
        name = key if isinstance(key, str) else list(batch.keys())[key]
        return _with(batch, {name: value})
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
