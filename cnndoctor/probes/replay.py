"""Puts everything a forward pass may change back, so that evaluating twice gives the same value twice."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

# Torch's own bookkeeping: not state of a forward pass, and parameters must stay the objects they are.
MACHINERY = {"_parameters", "_buffers", "_modules", "_flat_weights", "_flat_weight_refs"}


class Replay:
    """Remembers buffers, plain attributes and private random generators of modules; ``restore`` puts them back."""

    def __init__(self, *modules: object) -> None:
        """Remember the present state of these modules and all inside them; what is no module is left out."""
        inside = [part for module in modules if isinstance(module, nn.Module) for part in module.modules()]
        self._buffers = [(b, b.detach().clone()) for part in inside for b in part.buffers(recurse=False)]
        # A forward may rebind a buffer; scripted modules keep theirs where nobody can.
        self._names = [(p, dict(p._buffers)) for p in inside if type(p._buffers) is dict]  # noqa: SLF001
        self._attributes = [(part, _plain(part)) for part in inside]
        self._generators = [
            (value, _state(value))
            for part in inside
            for value in vars(part).values()
            if _state(value) is not None
        ]

    def restore(self) -> None:
        """Put everything back."""
        for part, names in self._names:
            part._buffers.update(names)  # noqa: SLF001
        for part, attributes in self._attributes:
            for name, value in attributes.items():
                vars(part)[name] = value.clone() if _is_plain(value) else value
            for name in set(vars(part)) - attributes.keys() - MACHINERY:
                del vars(part)[name]
        with torch.no_grad():
            for buffer, value in self._buffers:
                buffer.copy_(value)
        for generator, state in self._generators:
            _set_state(generator, state)


def _plain(part: nn.Module) -> dict[str, Any]:
    """Return a module's own attributes; tensors are copied, everything else is kept as the object it is."""
    return {name: _copied(value) for name, value in vars(part).items() if name not in MACHINERY}


def _copied(value: Any) -> Any:  # noqa: ANN401
    return value.detach().clone() if _is_plain(value) else value


def _is_plain(value: object) -> bool:
    return isinstance(value, Tensor) and not isinstance(value, nn.Parameter)


def _state(generator: object) -> Any:  # noqa: ANN401
    if isinstance(generator, torch.Generator):
        return generator.get_state()
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    if isinstance(generator, random.Random):
        return generator.getstate()
    return None


def _set_state(generator: object, state: Any) -> None:  # noqa: ANN401
    if isinstance(generator, torch.Generator):
        generator.set_state(state)
    elif isinstance(generator, np.random.Generator):
        generator.bit_generator.state = state
    elif isinstance(generator, random.Random):
        generator.setstate(state)
