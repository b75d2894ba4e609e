"""Describes what a model holds in plain lists, tuples, dicts and sets, where torch cannot see it."""

from __future__ import annotations

from torch import nn

from cnndoctor.evidence.setup import LooseModule
from cnndoctor.patient.loose_parts import LoosePart, loose_parts
from cnndoctor.probes.source import attribute_line, source_of


def loose_modules(model: nn.Module) -> tuple[LooseModule, ...]:
    """Return modules and parameters held in plain containers of any module and registered nowhere in the model."""
    return tuple(_record(model, part) for part in loose_parts(model))


def _record(model: nn.Module, part: LoosePart) -> LooseModule:
    owner = type(model.get_submodule(part.owner))
    file, line = attribute_line(owner, part.name) or source_of(model, part.owner)
    return LooseModule(
        path=f"{part.owner}.{part.where}" if part.owner else part.where,
        kind=type(part.item).__name__,
        parameters=sum(p.numel() for p in part.parameters),
        trainable=any(p.requires_grad for p in part.parameters),
        source_file=file,
        source_line=line,
    )
