"""Finds the modules and parameters that a model holds in plain lists, tuples, dicts and sets, where torch cannot see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import nn

DEEPEST = 4  # containers within containers; deeper ones are data, not structure
MOST_ITEMS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoosePart:
    """A module or parameter in a plain container.

    Attributes:
        owner: Path of the module that has the container.
        name: The container's attribute name.
        where: That name with the key inside the container, for example ``layers[0]``.
        item: The module or parameter.
    """

    owner: str
    name: str
    where: str
    item: nn.Module | nn.Parameter

    @property
    def parameters(self) -> list[nn.Parameter]:
        """Return its parameters; a parameter is its own only one."""
        return list(self.item.parameters()) if isinstance(self.item, nn.Module) else [self.item]


def loose_parts(model: nn.Module) -> Iterator[LoosePart]:
    """Yield modules and parameters held in plain containers of any module and registered nowhere in the model.

    A plain list that only repeats registered modules is fine and left out.
    """
    known = {id(m) for m in model.modules()} | {id(p) for p in model.parameters()}
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if name in _OWN_OF_MODULES:
                continue
            for where, item in _held(value, name, 0):
                if id(item) in known:
                    continue
                known.add(id(item))
                known |= {id(p) for p in item.modules()} if isinstance(item, nn.Module) else set()
                yield LoosePart(owner=path, name=name, where=where, item=item)


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
