"""Takes the activation off a model's output: what a run whose last layer should be linear is treated with."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

ACTIVATIONS = frozenset(
    {"softmax", "log_softmax", "sigmoid", "hardsigmoid", "relu", "relu6", "tanh", "hardtanh", "softplus"}
    | {"leaky_relu", "elu", "selu", "celu", "gelu", "silu", "softsign"}
)


def take_off_last_activation(model: nn.Module) -> None:
    """Let every forward of the model return what its last activation, a module or a function, was given.

    A forward whose output is not what an activation made raises a RuntimeError: there is nothing to take off then.

    Args:
        model: Changed in place.
    """
    forward = model.forward

    def bare(*arguments: Any, **named: Any) -> Tensor:  # noqa: ANN401 - whatever the user's forward takes
        last = _LastActivation()
        with last:
            output = forward(*arguments, **named)
        if last.given is None or last.made is not output:
            raise RuntimeError("the output was not made by an activation: there is none to take off")
        return last.given

    model.forward = bare


class _LastActivation(TorchFunctionMode):
    """Keeps what the last activation was given and what it made of it; one in place keeps nothing.

    Attributes:
        given: Its input, [N, …]; None before the first.
        made: Its output, of the same shape.
    """

    def __init__(self) -> None:
        super().__init__()
        self.given: Tensor | None = None
        self.made: Tensor | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401 - torch's own
        """Call everything as it is."""
        made = func(*args, **(kwargs or {}))
        if getattr(func, "__name__", "") in ACTIVATIONS and args and made is not args[0]:
            self.given, self.made = args[0], made
        return made
