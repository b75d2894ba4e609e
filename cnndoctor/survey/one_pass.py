"""Everything that one pass over a split gathers, a few hundred samples at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from cnndoctor.survey.accumulator import Accumulator
from cnndoctor.survey.appearance import Appearance
from cnndoctor.survey.baseline import Kept
from cnndoctor.survey.chunks import Chunk
from cnndoctor.survey.copies import Fingerprints
from cnndoctor.survey.gallery import MOST as MOST_PICTURED
from cnndoctor.survey.labels import LabelTally
from cnndoctor.survey.numbering import Numbering
from cnndoctor.survey.prints import label_print, tensor_prints
from cnndoctor.survey.rereads import REREADS, FirstRead
from cnndoctor.survey.sample import Sample
from cnndoctor.survey.scramble import Scramble
from cnndoctor.survey.source import Source
from cnndoctor.survey.turned import Turned

MOST_TENSORS = 64  # of one sample that are described one by one
SMALL_ELEMENTS = 4_000_000  # elements of pictured samples kept at most


@dataclass(slots=True, kw_only=True)
class Pass:
    """Everything one pass over a split gathers."""

    source: Source
    labels: LabelTally
    kept: Kept
    prints: Fingerprints
    looks: Appearance
    scramble: Scramble = field(default_factory=Scramble)
    numbering: Numbering = field(default_factory=Numbering)
    turned: Turned = field(default_factory=Turned)
    inputs: Accumulator = field(default_factory=Accumulator)
    tensors: dict[str, Accumulator] = field(default_factory=dict)  # of inputs of several members, by name
    targets: Accumulator = field(default_factory=Accumulator)
    first: dict[int, FirstRead] = field(default_factory=dict)
    label_by_index: dict[int, int] = field(default_factory=dict)
    pictured: list[tuple[Tensor, int | None]] = field(default_factory=list)
    examined: int = 0
    cut: bool = False

    def take(self, chunk: Chunk) -> None:
        """Take samples into every count."""
        self.examined += len(chunk)
        for name, part in chunk.parts.items():
            if name in self.tensors or len(self.tensors) < MOST_TENSORS:
                one = self.tensors.setdefault(name, Accumulator())
                one.take(chunk.indices, "tensor" if part.ndim > 1 else "number", part)
        for seen, kind, batch, sides in (
            (self.inputs, chunk.kinds[0], chunk.inputs, [sample.inputs for sample in chunk.told]),
            (self.targets, chunk.kinds[1], chunk.targets, [sample.targets for sample in chunk.told]),
        ):
            if batch is not None:
                seen.take(chunk.indices, kind, batch)
            elif seen is self.inputs and chunk.parts:
                first = next(iter(chunk.parts.values()))
                seen.take(chunk.indices, kind, first)
            else:
                for sample, side in zip(chunk.told, sides, strict=True):
                    seen.add(sample.index, side)
        self.labels.take(chunk)
        self.prints.take(chunk)
        self.looks.take(chunk)
        self.scramble.take(chunk)
        self.numbering.take(chunk)
        pairs = zip(chunk.indices, chunk.labels, strict=True)
        self.label_by_index.update((index, label) for index, label in pairs if label is not None)
        if not self._has_all:
            for sample, label in zip(chunk.each(), chunk.labels, strict=True):
                self._keep(sample, label)

    @property
    def _has_all(self) -> bool:
        return self.kept.full and len(self.first) >= REREADS and len(self.pictured) >= MOST_PICTURED

    def _keep(self, sample: Sample, label: int | None) -> None:
        """Keep what is needed of single samples."""
        self.kept.add(sample)
        self.turned.add(sample)
        if len(self.first) < REREADS:
            content = tensor_prints(sample.inputs)
            if content:
                self.first[sample.index] = FirstRead(content, label_print(sample.targets))
        value = sample.inputs.value
        if (
            value is not None
            and len(self.pictured) < MOST_PICTURED
            and value.numel() <= SMALL_ELEMENTS // MOST_PICTURED
        ):
            self.pictured.append((value.clone(), label))
