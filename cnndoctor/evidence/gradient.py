"""Numeric against analytic gradients, tensor by tensor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorCheck:
    """One tensor checked in float64 by centred differences.

    Attributes:
        name: Parameter name, or ``input``.
        layer: Module path.
        error: Relative error that survived smaller steps and other samples.
        direction_error: The same along one random direction.
        coordinates: Coordinates checked.
        kinks: Coordinates left out because one-sided differences disagreed.
        verdict: ok, uneasy, wrong, zero (both gradients vanish), noisy (two evaluations differ) or unchecked.
        analytic: Analytic derivative at the worst coordinate.
        numeric: Numeric derivative there.
    """

    name: str
    layer: str
    error: float
    direction_error: float = 0.0
    coordinates: int = 0
    kinks: int = 0
    verdict: str = "ok"
    analytic: float = 0.0
    numeric: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCheck:
    """One module checked alone after the whole failed (wrong backward of a custom function).

    Attributes:
        path: Module path.
        kind: Class name.
        error: Relative error of its own input and parameter gradients.
        functions: Names of custom autograd functions in its graph.
        source_file: File of its class.
        source_line: 1-based line.
        backward_file: File of the guilty custom function's backward, where it is known.
        backward_line: Its 1-based line.
    """

    path: str
    kind: str
    error: float
    functions: tuple[str, ...] = ()
    source_file: str = ""
    source_line: int = 0
    backward_file: str = ""
    backward_line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingCall:
    """One call by which values leave the graph.

    Attributes:
        name: detach, detach_, data or no_grad.
        file: The user's file that makes it.
        line: Its 1-based line.
    """

    name: str
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientEvidence:
    """The gradient check.

    Attributes:
        checkable: Whether the model runs in float64 deterministically.
        reason: Why not. Where it does: why disagreements are taken as meant (a straight-through estimator, a detached
            value); the tensors concerned are then unchecked, never wrong. Empty otherwise.
        samples: Samples in the checked batch.
        tensors: One entry per checked tensor.
        modules: Filled once something is wrong: modules by error, worst first.
        custom_functions: Names of custom autograd functions found in the graph.
        evaluations: Forward passes made.
        seconds: Wall time.
        untested: Tensors left out by the time box.
        cut_parameters: Parameters, in the model's order, whose gradient is another one when no value leaves the graph; empty
            where it is seen that the cut is meant (a surrogate gradient, a reference, an objective of its own).
        cut_by: The calls that take values out of the graph there.
    """

    checkable: bool
    reason: str = ""
    samples: int = 0
    tensors: tuple[TensorCheck, ...] = ()
    modules: tuple[ModuleCheck, ...] = ()
    custom_functions: tuple[str, ...] = ()
    evaluations: int = 0
    seconds: float = 0.0
    untested: tuple[str, ...] = ()
    cut_parameters: tuple[str, ...] = ()
    cut_by: tuple[LeavingCall, ...] = ()
