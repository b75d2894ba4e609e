"""Puts a model back as it was after an experiment on it: weights, buffers, gradients, modes and randomness."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from cnndoctor.patient.randomness import preserved_randomness


@contextmanager
def untouched(model: nn.Module, *, gradients: bool = True) -> Iterator[None]:
    """Let a block do what it likes with a model and the random state; afterwards both are bit for bit as before.

    Python attributes that a user's forward sets on its modules are not covered.

    Args:
        model: The model.
        gradients: Also put gradients back; without, they stay as the block leaves them.
    """
    parameters = [p for p in model.parameters() if not isinstance(p, UninitializedParameter)]
    values = [(p, p.detach().clone()) for p in parameters]
    buffers = []
    for module in model.modules():
        for name, buffer in module._buffers.items():  # noqa: SLF001 - no public way tells a buffer's owner
            buffers.append(_owned(module, name, buffer))
    before = [(p, p.grad, p.requires_grad) for p in parameters]
    kept = [grad.detach().clone() if grad is not None else None for _, grad, _ in before]
    modes = [(module, module.training) for module in model.modules()]
    with preserved_randomness():
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, value in values:
                    if not torch.equal(parameter, value):
                        parameter.copy_(value)
                for owner, name, kept_buffer, value_before in buffers:
                    _put_back(owner, name, kept_buffer, value_before)
                for (parameter, gradient, requires), copy in zip(before, kept, strict=True):
                    parameter.requires_grad_(requires)
                    if gradients:
                        _give_back(parameter, gradient, copy)
            for module, training in modes:
                module.training = training


def _give_back(parameter: nn.Parameter, gradient: Tensor | None, value: Tensor | None) -> None:
    """Let a parameter hold the gradient tensor that it held, with the values that it had."""
    parameter.grad = gradient
    if gradient is not None and value is not None:
        gradient.copy_(value)


def _owned(
    module: nn.Module, name: str, buffer: Tensor | None
) -> tuple[nn.Module, str, Tensor | None, Tensor | None]:
    usable = buffer is not None and not isinstance(buffer, UninitializedBuffer)
    return module, name, buffer, buffer.detach().clone() if usable and buffer is not None else None


def _put_back(module: nn.Module, name: str, buffer: Tensor | None, value: Tensor | None) -> None:
    """Restore one buffer, also when the block replaced the tensor object or deleted it."""
    if isinstance(module, torch.jit.ScriptModule) and buffer is None:
        return
    if buffer is not None and value is not None:
        buffer.detach().copy_(value)
    if module._buffers.get(name) is not buffer:  # noqa: SLF001 - see above
        module._buffers[name] = buffer  # noqa: SLF001
