"""Which layers ran in a forward pass, in which order, how often and on which shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from cnndoctor.patient.batches import first_tensor

CONTAINERS = (nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
# A layer's hook: path, module, its inputs (positional and named) and its output.
Listener = Callable[[str, nn.Module, Any, Any], None]


@dataclass(slots=True, kw_only=True)
class Calls:
    """The calls of one layer.

    Attributes:
        count: How often it ran.
        position: Order of its first completed call, from 0.
        input_shape: Shape of its first tensor input; empty when unknown.
        output_shape: Shape of its first tensor output; empty when unknown.
    """

    count: int
    position: int
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]


def layers_of(model: nn.Module) -> dict[str, nn.Module]:
    """Return path → module of every layer: modules that own parameters, and those without children.

    Containers that only hold others are left out; a shared module appears under its first path.
    """
    found = {}
    for path, module in model.named_modules():
        own = next(module.parameters(recurse=False), None) is not None
        leaf = next(module.children(), None) is None
        if (own or leaf) and not isinstance(module, CONTAINERS):
            found[path] = module
    return found


@contextmanager
def listening(layers: dict[str, nn.Module], listener: Listener) -> Iterator[None]:
    """Call ``listener`` after each forward of each layer; every hook is gone afterwards.

    Args:
        layers: Path → module.
        listener: Told path, module, inputs (a pair of positional and named ones) and output.
    """

    def hook_for(path: str) -> Callable[..., None]:
        def hook(
            module: nn.Module, args: tuple[object, ...], kwargs: dict[str, object], output: object
        ) -> None:
            listener(path, module, (args, kwargs), output)

        return hook

    with ExitStack() as stack:
        for path, module in layers.items():
            handle = module.register_forward_hook(hook_for(path), with_kwargs=True)
            stack.callback(handle.remove)
        yield


@contextmanager
def recorded_calls(model: nn.Module) -> Iterator[dict[str, Calls]]:
    """Record which layers run inside the block; the mapping fills up as they do.

    Args:
        model: Its layers are hooked, and left without hooks.
    """
    calls: dict[str, Calls] = {}

    def note(path: str, _module: nn.Module, inputs: object, output: object) -> None:
        if path in calls:
            calls[path].count += 1
            return
        calls[path] = Calls(
            count=1,
            position=len(calls),
            input_shape=_shape(first_tensor(inputs)),
            output_shape=_shape(first_tensor(output)),
        )

    with listening(layers_of(model), note):
        yield calls


def _shape(tensor: Tensor | None) -> tuple[int, ...]:
    return tuple(tensor.shape) if tensor is not None else ()
