"""A few hundred samples that are looked at together: one operation on a batch costs a tenth of so many on single samples."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from cnndoctor.survey.class_label import label_of, labels_of
from cnndoctor.survey.extremes import extremes_of
from cnndoctor.survey.prints import label_print, label_prints
from cnndoctor.survey.sample import LARGEST_INT, Sample, Side, as_tensor

MOST_SAMPLES = 256
MOST_ELEMENTS = 2_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Chunk:
    """Samples whose inputs have one form.

    Attributes:
        indices: Of the samples.
        inputs: [N, ...] their inputs; None where these are no single tensors.
        targets: [N, ...] their targets; None where these are no single tensors of one shape.
        told: The samples one by one; empty where inputs and targets say everything.
        parts: Of inputs of several members: name → [N, ...] each tensor.
    """

    indices: Sequence[int]
    inputs: Tensor | None
    targets: Tensor | None
    told: Sequence[Sample] = ()
    parts: Mapping[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.indices)

    def each(self) -> Iterator[Sample]:
        """Yield the samples one by one."""
        if self.told or self.inputs is None or self.targets is None:
            yield from self.told
            return
        kinds = self.kinds
        for place, index in enumerate(self.indices):
            yield Sample(
                index=index,
                inputs=Side(kind=kinds[0], value=self.inputs[place]),
                targets=Side(kind=kinds[1], value=self.targets[place]),
            )

    @property
    def kinds(self) -> tuple[str, str]:
        """Return what inputs and targets are, as ``Side.kind`` says it."""
        if self.told or self.inputs is None or self.targets is None:
            return self.told[0].inputs.kind, self.told[0].targets.kind
        return _kind(self.inputs), _kind(self.targets)

    @cached_property
    def extremes(self) -> tuple[Tensor, Tensor] | None:
        """Return the lowest and the highest value of each sample's inputs, [N] each; NaN where a value is."""
        if self.inputs is None or not self.inputs[:1].numel():
            return None
        return extremes_of(self.inputs.reshape(len(self), -1))

    @cached_property
    def labels(self) -> Sequence[int | None]:
        """Return the class of each sample, None where its target is no single label."""
        if self.targets is None:
            return [label_of(sample.targets.value) for sample in self.told]
        return labels_of(self.targets)

    @cached_property
    def prints(self) -> Sequence[Hashable | None]:
        """Return what tells the targets apart."""
        if self.targets is None:
            return [label_print(sample.targets) for sample in self.told]
        return label_prints(self.targets)


def chunk_of(indices: Sequence[int], inputs: Sequence[object], targets: Sequence[object]) -> Chunk | None:
    """Return a chunk of raw inputs and targets; None for what has to be described sample by sample.

    Args:
        indices: Of the samples.
        inputs: As the data set gave them.
        targets: Likewise.
    """
    stacked, truth = _column(inputs), _column(targets)
    if stacked is None or truth is None:
        return None
    return Chunk(indices=indices, inputs=stacked, targets=truth)


def chunks_of(samples: Iterable[Sample]) -> Iterator[Chunk]:
    """Gather samples one after the other as long as their inputs have one form.

    Args:
        samples: In the order in which they were read.
    """
    waiting: list[Sample] = []
    for sample in samples:
        if waiting and (_is_full(waiting) or _form(sample.inputs) != _form(waiting[0].inputs)):
            yield _gathered(waiting)
            waiting = []
        waiting.append(sample)
    if waiting:
        yield _gathered(waiting)


def room_for(chunk: Chunk) -> int:
    """Return how many samples like these make a chunk."""
    each = chunk.inputs[0].numel() if chunk.inputs is not None else 0
    each += sum(part[0].numel() for part in chunk.parts.values())
    return min(MOST_SAMPLES, max(1, MOST_ELEMENTS // max(1, each)))


def _gathered(samples: list[Sample]) -> Chunk:
    inputs = [sample.inputs for sample in samples]
    targets = [sample.targets for sample in samples]
    return Chunk(
        indices=[sample.index for sample in samples],
        inputs=_stacked(inputs),
        targets=_stacked(targets) if len({_form(side) for side in targets}) == 1 else None,
        told=samples,
        parts=_parts(inputs),
    )


def _parts(sides: Sequence[Side]) -> dict[str, Tensor]:
    """Return the tensors of inputs of several members of one form, stacked by name."""
    names = [name for name, _ in sides[0].named]
    columns = zip(*(side.named for side in sides), strict=True)
    return {
        name: torch.stack([value for _, value in column]) for name, column in zip(names, columns, strict=True)
    }


def _stacked(sides: Sequence[Side]) -> Tensor | None:
    """Return the tensors of sides of one form, stacked; None where they are none, or one of several."""
    if sides[0].kind not in {"tensor", "number"}:
        return None
    return torch.stack([side.value for side in sides if side.value is not None])


def _column(values: Sequence[object]) -> Tensor | None:
    """Return plain tensors or numbers, stacked [N, ...], of the dtype that each has by itself."""
    kinds = set(map(type, values))
    if kinds == {int}:
        small = all(-LARGEST_INT < one < LARGEST_INT for one in values)  # type: ignore[operator]
        return torch.tensor(values) if small else None
    if kinds == {Tensor}:
        found: list[Tensor] = list(values)  # type: ignore[arg-type]
    elif kinds == {np.ndarray}:
        found = [one for one in map(as_tensor, values) if one is not None]
    else:
        return None
    return _stack(found) if len(found) == len(values) else None


def _stack(found: Sequence[Tensor]) -> Tensor | None:
    first = found[0]
    if not first.is_cpu or first.layout is not torch.strided or len({one.dtype for one in found}) > 1:
        return None
    try:
        return torch.stack(tuple(found)).detach()
    except RuntimeError:  # another shape or device among them
        return None


def _form(side: Side) -> tuple[object, ...]:
    if side.named:
        return (side.kind, side.whole, *((name, one.shape, one.dtype) for name, one in side.named))
    value = side.value
    return (side.kind, side.parts) if value is None else (side.kind, side.parts, value.shape, value.dtype)


def _kind(batch: Tensor) -> str:
    return "tensor" if batch.ndim > 1 else "number"


def _is_full(waiting: Sequence[Sample]) -> bool:
    one = waiting[0].inputs
    elements = one.value.numel() if one.value is not None else 0
    elements = sum(value.numel() for _, value in one.named) or elements
    return len(waiting) >= MOST_SAMPLES or len(waiting) * elements > MOST_ELEMENTS
