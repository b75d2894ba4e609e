"""Finds modules and parameters in plain lists, tuples, dicts and sets, where torch cannot see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import nn

from cnndoctor.evidence.setup import LooseModule
from cnndoctor.probes.source import attribute_line, source_of

DEEPEST = 4  # containers within containers; deeper ones are data, not structure
MOST_ITEMS = 1_000


def loose_modules(model: nn.Module) -> tuple[LooseModule, ...]:
    """Return modules and parameters held in plain containers of any module and registered nowhere in the model.

    A plain list that only repeats registered modules is fine and left out.
    """
    known = {id(m) for m in model.modules()} | {id(p) for p in model.parameters()}
    found = []
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if name in _OWN_OF_MODULES:
                continue
            for where, item in _held(value, name, 0):
                if id(item) in known:
                    continue
                known.add(id(item))
                known |= {id(p) for p in item.modules()} if isinstance(item, nn.Module) else set()
                found.append(_record(model, path, where, name, item))
    return tuple(found)


_OWN_OF_MODULES = frozenset(vars(nn.Module()))


def _held(value: object, where: str, depth: int) -> Iterator[tuple[str, nn.Module | nn.Parameter]]:
    """Yield (place, module or parameter) of a plain container, nested ones too; nothing for other values."""
    if isinstance(value, nn.Module | nn.Parameter):
        if depth:
            yield where, value
        return
    if depth >= DEEPEST:
        return
    if isinstance(value, Mapping):
        items = [(f"{where}[{key!r}]", item) for key, item in list(value.items())[:MOST_ITEMS]]
    elif type(value) in (list, tuple) or (isinstance(value, tuple) and hasattr(value, "_fields")):
        assert isinstance(value, list | tuple)
        items = [(f"{where}[{index}]", item) for index, item in enumerate(value[:MOST_ITEMS])]
    elif isinstance(value, set | frozenset):
        # A set of modules has no order of its own; by class name it is at least the same on every run.
        ordered = sorted(
            (item for item in value if isinstance(item, nn.Module | nn.Parameter)),
            key=lambda m: type(m).__name__,
        )
        items = [(f"{where}{{{index}}}", item) for index, item in enumerate(ordered)]
    else:
        return
    for place, item in items:
        yield from _held(item, place, depth + 1)


def _record(
    model: nn.Module, path: str, where: str, name: str, item: nn.Module | nn.Parameter
) -> LooseModule:
    own = list(item.parameters()) if isinstance(item, nn.Module) else [item]
    file, line = attribute_line(type(model.get_submodule(path)), name) or source_of(model, path)
    return LooseModule(
        path=f"{path}.{where}" if path else where,
        kind=type(item).__name__,
        parameters=sum(p.numel() for p in own),
        trainable=any(p.requires_grad for p in own),
        source_file=file,
        source_line=line,
    )
