"""Traces every torch operation of a forward pass: its shapes, where its inputs came from, its layer and source line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnndoctor.patient.batches import tensors
from cnndoctor.probes.source import is_ours, owner_of

OUTSIDE = (
    -1
)  # producer of a tensor that no traced operation made: an input, a parameter, a custom function's output
ATTRIBUTES = {"data", "T", "mT", "H", "mH", "real", "imag"}  # attributes of a tensor that are operations
# Questions about a tensor and orders to autograd: no operations of the forward.
QUESTIONS = {
    "dim", "size", "stride", "is_contiguous", "numel", "__len__", "type", "data_ptr", "is_floating_point", "__format__",
    "register_hook", "backward", "requires_grad_", "retain_grad", "__hash__", "is_complex", "element_size",
}  # fmt: skip
MOST_OPERATIONS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of a torch function or tensor method.

    Attributes:
        index: Its place in the order of execution.
        name: Function name without leading and trailing underscores, for example ``conv2d``, ``view``, ``relu``.
        layer: Path of the innermost module that was running; empty for the model itself.
        in_torch: Whether that module's class is torch's own (the call is then not the user's).
        producers: Index of the operation that made each tensor argument; -1 from outside.
        parameters: Which of the tensor arguments are parameters of the model (or views of one).
        input_shapes: Shape of each tensor argument.
        output_shapes: Shape of each tensor that came out.
        values: Positional and named arguments that are plain numbers, text or tuples of them.
        file: User source file of the call; empty when no frame of it is the user's.
        line: Its 1-based line.
    """

    index: int
    name: str
    layer: str
    in_torch: bool
    producers: tuple[int, ...]
    parameters: tuple[bool, ...]
    input_shapes: tuple[tuple[int, ...], ...]
    output_shapes: tuple[tuple[int, ...], ...]
    values: dict[str | int, Any] = field(default_factory=dict)
    file: str = ""
    line: int = 0

    @property
    def before(self) -> tuple[int, ...]:
        """Return the shape of the first tensor argument."""
        return self.input_shapes[0] if self.input_shapes else ()

    @property
    def after(self) -> tuple[int, ...]:
        """Return the shape of the first output."""
        return self.output_shapes[0] if self.output_shapes else ()

    def value(self, name: str, position: int, default: Any = None) -> Any:  # noqa: ANN401 - arguments are of any kind
        """Return a plain argument by name or by position among all arguments."""
        return self.values.get(name, self.values.get(position, default))


class Trace(TorchFunctionMode):
    """Records operations while it is entered; ``traced`` sets it up."""

    def __init__(self, model: nn.Module, listener: Callable[[Operation, Tensor], None] | None = None) -> None:
        super().__init__()
        self.operations: list[Operation] = []
        self._listener = listener
        self._modules: list[tuple[str, bool]] = []
        self._made: dict[int, int] = {}
        self._alive: list[Tensor] = []  # an id is only good as long as its tensor lives
        self._parameters = {id(p) for p in model.parameters()}

    def made_by(self, tensor: Tensor) -> int:
        """Return the index of the operation that last wrote a tensor; -1 from outside."""
        return self._made.get(id(tensor), OUTSIDE)

    def enter(self, path: str, module: nn.Module) -> None:
        """Note that a module's forward begins."""
        self._modules.append((path, type(module).__module__.startswith("torch.")))

    def leave(self) -> None:
        """Note that the innermost module's forward ended."""
        if self._modules:
            self._modules.pop()

    def release(self) -> None:
        """Let go of every tensor; operations stay."""
        self._alive.clear()
        self._made.clear()

    def __torch_function__(
        self,
        func: Any,  # noqa: ANN401 - builtins, descriptors and functions share no type
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        name = _name_of(func)
        caller = sys._getframe(1).f_code.co_filename  # noqa: SLF001 - cheaper than inspect by orders of magnitude
        if name and len(self.operations) < MOST_OPERATIONS and not is_ours(caller):
            self._note(name, args, kwargs, result)
        return result

    def _note(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: object) -> None:
        given, came = [*tensors((args, kwargs))], [*tensors(result)]
        path, in_torch = self._modules[-1] if self._modules else ("", False)
        file, line = _user_line()
        operation = Operation(
            index=len(self.operations),
            name=name,
            layer=path,
            in_torch=in_torch,
            producers=tuple(self._made.get(id(tensor), OUTSIDE) for tensor in given),
            parameters=tuple(id(tensor) in self._parameters for tensor in given),
            input_shapes=tuple(tuple(tensor.shape) for tensor in given),
            output_shapes=tuple(tuple(tensor.shape) for tensor in came),
            values=_plain_values(args, kwargs),
            file=file,
            line=line,
        )
        self.operations.append(operation)
        if given and came and all(self._parameter_like(t) for t in given):
            self._parameters |= {
                id(tensor) for tensor in came
            }  # a transposed or cast weight is still a weight
        for tensor in came:
            self._made[id(tensor)] = operation.index
            self._alive.append(tensor)
        if self._listener is not None and came:
            self._listener(operation, came[0])

    def _parameter_like(self, tensor: Tensor) -> bool:
        return id(tensor) in self._parameters


@contextmanager
def traced(model: nn.Module, listener: Callable[[Operation, Tensor], None] | None = None) -> Iterator[Trace]:
    """Trace every torch operation inside the block; hooks and mode are gone afterwards.

    Args:
        model: Its modules tell which layer an operation belongs to.
        listener: Told each operation with its first output, at once.
    """
    trace = Trace(model, listener)

    def entering(path: str) -> Callable[..., None]:
        return lambda module, _args: trace.enter(path, module)

    with ExitStack() as stack:
        for path, module in model.named_modules():
            before = module.register_forward_pre_hook(entering(path))
            stack.callback(before.remove)
            after = module.register_forward_hook(lambda _m, _i, _o: trace.leave(), always_call=True)
            stack.callback(after.remove)
        stack.callback(trace.release)
        with trace:
            yield trace


def _name_of(func: Any) -> str:  # noqa: ANN401 - builtins, descriptors and functions share no type
    """Return the plain name of an operation; empty for questions about a tensor, which are none."""
    name = str(getattr(func, "__name__", ""))
    if name == "__get__":
        attribute = str(getattr(getattr(func, "__self__", None), "__name__", ""))
        return attribute if attribute in ATTRIBUTES else ""
    if name == "__set__" or name in QUESTIONS:
        return ""
    return name.strip("_")


def _plain_values(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str | int, Any]:
    values: dict[str | int, Any] = {i: arg for i, arg in enumerate(args) if _plain(arg)}
    values |= {name: value for name, value in kwargs.items() if _plain(value)}
    return values


def _plain(value: object) -> bool:
    if isinstance(value, tuple | list):
        return all(isinstance(item, int | float) for item in value)
    return isinstance(value, bool | int | float | str)


def _user_line() -> tuple[str, int]:
    """Return file and line of the call in the user's code; ("", 0) when a library of others made it, or nobody."""
    frame: FrameType | None = sys._getframe(3)  # noqa: SLF001 - inspect.stack would read source files for every frame
    while frame is not None:
        file = frame.f_code.co_filename
        owner = owner_of(file)
        if owner == "user":
            return file, frame.f_lineno
        if owner != "torch":
            break
        frame = frame.f_back
    return "", 0
