"""Gradient: does backward compute the gradient of what forward computes? Held against differences in float64.

A copy of the model is made double, its weights are moved a little off the corners they may sit on, and every parameter
tensor is checked along one random direction; coordinates follow where that is not enough. When something is wrong, custom
functions and modules are checked one by one to find whose backward it is, and what differs on purpose is left out.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from cnndoctor.errors import CnndoctorError, UserCodeError
from cnndoctor.evidence import GradientEvidence
from cnndoctor.evidence.gradient import ModuleCheck, TensorCheck
from cnndoctor.experiment import Experiment
from cnndoctor.patient.batches import first_tensor, move, size_of, transform
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Session
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.probes.custom_functions import BACKWARD_SEED, Judged, custom_functions
from cnndoctor.probes.double_precision import InDouble, default_double
from cnndoctor.probes.guilty_modules import guilty_functions, guilty_modules, module_check
from cnndoctor.probes.numeric_gradient import (
    OK,
    WRONG,
    Comparison,
    along_gradient,
    compare,
    coordinate_direction,
    coordinate_step,
    direction_step,
    random_direction,
)
from cnndoctor.probes.replay import Replay
from cnndoctor.stages.seen import Context, Seen

BATCHES = 3  # a kink of one batch is none of the next
JITTER = 0.05  # of a tensor's root mean square; moves zero biases and dead heads off the points where gradients lie
SMALLEST_JITTER = 0.01
FEW_TENSORS = 16  # below it a few coordinates of every tensor are checked too
FEW_COORDINATES = 3
NOISY = 1e-10  # relative difference of two evaluations of the same point
NO_LIMIT = 3_600.0
SMOKE_SECONDS = 3.0
NAMES_IN_REASON = 4
FLAT = 1e-6  # numeric over analytic derivative below which the loss does not change at all


@dataclass(slots=True, kw_only=True)
class _Bench:
    """The double copy and all that is needed to evaluate it again and again."""

    session: Session
    batches: list[Any]
    replay: Replay
    mode: InDouble
    generator: torch.Generator
    box: TimeBox
    evaluations: int = 0
    batch: Any = field(default=None)

    def loss(self) -> Tensor:
        """Compute the loss of the present batch at the present weights, graph included."""
        self.evaluations += 1
        self.replay.restore()
        with preserved_randomness(), self.mode:
            return self.session.compute(self.batch).loss

    def value(self) -> float:
        """Compute the loss as a number."""
        return float(self.loss().detach())


class _NotCheckable(Exception):
    """The gradient cannot be held against differences; the message says why."""


def run(context: Context) -> Seen[GradientEvidence]:
    """Check every parameter's gradient numerically.

    Args:
        context: The experiment and who is told.
    """
    started = time.perf_counter()
    try:
        with default_double():
            evidence = _checked(context)
    except _NotCheckable as error:
        evidence = GradientEvidence(checkable=False, reason=str(error))
    except UserCodeError as error:
        reason = (
            f"{error.failure.phase} does not run in float64: {error.failure.type}: {error.failure.message}"
        )
        evidence = GradientEvidence(checkable=False, reason=reason)
    except CnndoctorError:
        raise
    except Exception as error:  # noqa: BLE001 - a user's code may refuse in float64 what it takes in training: no fault
        reason = f"the experiment does not run in float64: {type(error).__name__}: {_first_line(error)}"
        evidence = GradientEvidence(checkable=False, reason=reason)
    evidence = replace(evidence, seconds=time.perf_counter() - started)
    _tell(context, evidence)
    return Seen(evidence=evidence, note=_note(evidence))


def _checked(context: Context) -> GradientEvidence:
    knobs = context.experiment.config.stages.gradient
    seconds = min(knobs.seconds or NO_LIMIT, SMOKE_SECONDS if context.effort == "smoke" else NO_LIMIT)
    bench = _bench(context.experiment, knobs.samples, TimeBox(seconds))
    base, functions = _first_evaluation(bench)
    tensors, untested = _check_all(bench, context, base, knobs.coordinates)
    evidence = GradientEvidence(
        checkable=True,
        samples=size_of(bench.batches[0]),
        tensors=tuple(tensors),
        custom_functions=tuple(functions),
        untested=tuple(untested),
    )
    # Where gradients vanish no tensor shows what a custom function does wrong, so these are checked in any case.
    if functions or any(tensor.verdict in {"uneasy", "wrong"} for tensor in tensors):
        evidence = _explained(bench, evidence, list(functions.values()))
    return replace(evidence, evaluations=bench.evaluations)


def _bench(experiment: Experiment, samples: int, box: TimeBox) -> _Bench:
    """Build the double copy on batches of a few samples; on larger ones where the model insists."""
    with _default_of_user():
        session = experiment.fresh()
        batches = _usable_batches(experiment, session, samples)
    session.model = _own_copy(session.model)
    if session.device.type == "mps":  # has no float64
        session.device = torch.device("cpu")
    session.precision = "fp32"  # no autocast
    session.model.to(session.device).double().train()
    if isinstance(session.loss, nn.Module):
        session.loss = copy.deepcopy(session.loss).to(session.device).double()
    generator = torch.Generator().manual_seed(session.seed)
    _move_off_corners(session.model, generator)
    doubled = [transform(move(batch, session.device), _double) for batch in batches]
    return _Bench(
        session=session,
        batches=doubled,
        batch=doubled[0],
        replay=Replay(session.model, session.loss),
        mode=InDouble(),
        generator=generator,
        box=box,
    )


@contextmanager
def _default_of_user() -> Iterator[None]:
    """Build as the user does: in float32."""
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float64)


def _usable_batches(experiment: Experiment, session: Session, samples: int) -> list[Any]:
    """Return the first batches that the model accepts: of the user's loader with few samples, sliced, or whole."""
    last: UserCodeError | None = None
    for batches in _candidates(experiment, session, samples):
        if not batches:
            continue
        try:
            with preserved_randomness():
                session.precision = "fp32"
                session.compute(session.prepare(batches[0]))
        except UserCodeError as error:
            last = error
            continue
        return batches
    raise last or _NotCheckable("the training loader gave no batch")


def _candidates(experiment: Experiment, session: Session, samples: int) -> Iterator[list[Any]]:
    loader = session.train_loader
    if isinstance(loader, DataLoader) and experiment.train_data is not None and loader.batch_size is not None:
        few = experiment.plain_loader(
            experiment.train_data,
            training=True,
            batch_size=min(samples, loader.batch_size),
            num_workers=0,
            prefetch_factor=None,
            persistent_workers=False,
        )
        yield _first(few)
    whole = _first(loader)
    yield [_sliced(batch, samples) for batch in whole]
    yield whole


def _first(loader: Iterable[Any]) -> list[Any]:
    try:
        return [batch for batch, _ in zip(loader, range(BATCHES), strict=False)]
    except Exception:  # noqa: BLE001 - what the user's data set raises is told by the data stage
        return []


def _sliced(batch: object, samples: int) -> Any:  # noqa: ANN401
    size = size_of(batch)
    return transform(batch, lambda t: t[:samples] if t.ndim and t.shape[0] == size else t)


def _own_copy(model: nn.Module) -> nn.Module:
    """Return a copy that nobody else holds; the model itself where it cannot be copied. Compiled ones are unwrapped."""
    model = getattr(model, "_orig_mod", model)
    try:
        return copy.deepcopy(model)
    except Exception:  # noqa: BLE001 - tensors with a graph kept as attributes, open files: the session is ours anyway
        return model


def _move_off_corners(model: nn.Module, generator: torch.Generator) -> None:
    """Add a little noise: zero biases on black pixels sit on ReLU's corner, zero heads hide what lies before them."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad and parameter.is_floating_point() and parameter.numel():
                rms = float(parameter.norm()) / math.sqrt(parameter.numel())
                noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
                parameter.add_(noise.to(parameter.device), alpha=max(JITTER * rms, SMALLEST_JITTER))


def _double(tensor: Tensor) -> Tensor:
    return tensor.double() if tensor.is_floating_point() else tensor


def _first_evaluation(bench: _Bench) -> tuple[float, dict[str, Any]]:
    """Make sure that the loss is a number that can be differentiated and repeated."""
    loss = bench.loss()
    if loss.numel() != 1:
        raise _NotCheckable(f"the loss has {loss.numel()} elements")
    if not loss.requires_grad:
        raise _NotCheckable("the loss has no graph")
    if bench.mode.lower_precision or loss.dtype != torch.float64:
        raise _NotCheckable(
            "the model computes in lower precision whatever its weights are (autocast, or compiled code)"
        )
    base, again = float(loss.detach()), bench.value()
    if not math.isfinite(base):
        raise _NotCheckable(f"the loss is {base}")
    if abs(base - again) > NOISY * max(abs(base), abs(again)):
        message = f"two evaluations of the same batch differ by {abs(base - again):.2g} although every generator was replayed"
        raise _NotCheckable(message)
    return base, custom_functions(loss)


def _check_all(
    bench: _Bench, context: Context, base: float, coordinates: int
) -> tuple[list[TensorCheck], list[str]]:
    """Check the input and every trainable tensor; in an order that covers the whole depth before time runs out."""
    leaves = _leaves(bench)
    few = FEW_COORDINATES if len(leaves) <= FEW_TENSORS else 0
    gradients = _gradients(bench, [leaf for _, leaf in leaves])
    checks: dict[int, TensorCheck] = {}
    for done, index in enumerate(_spread(len(leaves))):
        if bench.box.over:
            break
        name, leaf = leaves[index]
        context.tell.progress(done, len(leaves), "holding gradients against differences")
        checks[index] = _check_tensor(
            bench, name, leaf, gradients[index], base=base, few=few, coordinates=coordinates
        )
        if _kinky(checks[index]):
            checks[index] = _with_other_batches(bench, index, checks[index], coordinates)
    return [checks[i] for i in sorted(checks)], [leaves[i][0] for i in range(len(leaves)) if i not in checks]


def _leaves(bench: _Bench) -> list[tuple[str, Tensor]]:
    """Return the trainable float tensors, and the input where it is one; each batch's input becomes a leaf."""
    found: list[tuple[str, Tensor]] = [
        (name, p)
        for name, p in bench.session.model.named_parameters()
        if p.requires_grad and p.dtype == torch.float64
    ]
    inputs = first_tensor(bench.session.members.inputs_of(bench.batch))
    if inputs is not None and inputs.dtype == torch.float64 and inputs.numel():
        found.append(("input", inputs.requires_grad_()))
    return found


def _gradients(bench: _Bench, leaves: list[Tensor]) -> list[Tensor | None]:
    """Run backward as training does (autograd.grad refuses reentrant checkpointing) and take the gradients."""
    everything = [*bench.session.model.parameters(), *leaves]
    for leaf in everything:
        leaf.grad = None
    loss = bench.loss()
    bench.mode.listening = False
    try:
        with preserved_randomness(), bench.mode:
            # In training the generator has moved on by now: a backward that draws must not get the forward's numbers again.
            torch.manual_seed(BACKWARD_SEED)
            loss.backward()  # type: ignore[no-untyped-call]
    finally:
        bench.mode.listening = True
    gradients = [leaf.grad for leaf in leaves]
    for leaf in everything:
        leaf.grad = None
    return [g.detach().to_dense().double() if g is not None else None for g in gradients]


def _check_tensor(
    bench: _Bench,
    name: str,
    leaf: Tensor,
    gradient: Tensor | None,
    *,
    base: float,
    few: int,
    coordinates: int,
) -> TensorCheck:
    """Check one tensor along a random direction, then coordinates where that is not enough."""
    layer = name.rpartition(".")[0] if name != "input" else ""
    if gradient is None:
        return TensorCheck(name=name, layer=layer, error=0.0, verdict="unchecked")
    if not bool(gradient.isfinite().all()):
        return TensorCheck(name=name, layer=layer, error=math.nan, verdict="unchecked")
    step = direction_step(leaf)
    along = compare(
        bench.value, leaf, gradient, random_direction(leaf, bench.generator), step=step, base=base
    )
    if along.unsure and bool(gradient.any()):
        along = compare(
            bench.value, leaf, gradient, along_gradient(gradient, bench.generator), step=step, base=base
        )
    count = coordinates if along.error > OK and not along.unsure else few
    singles = [
        compare(
            bench.value, leaf, gradient, coordinate_direction(leaf, i), step=coordinate_step(leaf), base=base
        )
        for i in _chosen(gradient, count, bench.generator)
        if not bench.box.over
    ]
    return _tensor_check(name, layer, along, singles)


def _chosen(gradient: Tensor, count: int, generator: torch.Generator) -> list[int]:
    """Return the elements to check: those of largest and of median gradient, then random ones."""
    size = gradient.numel()
    if count <= 0 or not size:
        return []
    order = gradient.abs().flatten().argsort(descending=True)
    random = torch.randint(0, size, (count,), generator=generator).tolist()
    wanted = [int(order[0]), int(order[size // 2]), *random]
    return list(dict.fromkeys(wanted))[:count]


def _tensor_check(name: str, layer: str, along: Comparison, singles: list[Comparison]) -> TensorCheck:
    everything = [along, *singles]
    judged = [one for one in everything if not one.unsure and not one.kink]
    worst = max(judged, key=lambda one: one.error, default=along)
    if judged:
        verdict = "ok" if worst.error <= OK else "uneasy" if worst.error <= WRONG else "wrong"
    else:
        verdict = "zero" if all(one.vanishes for one in everything) else "unchecked"
    return TensorCheck(
        name=name,
        layer=layer,
        error=worst.error if judged else 0.0,
        direction_error=0.0 if along.vanishes else along.error,
        coordinates=len(singles),
        kinks=sum(one.kink for one in everything),
        verdict=verdict,
        analytic=worst.analytic,
        numeric=worst.numeric,
    )


def _kinky(check: TensorCheck) -> bool:
    """Return whether kinks were in the way and what remains is not clean."""
    return check.kinks > 0 and check.verdict != "ok"


def _with_other_batches(bench: _Bench, index: int, check: TensorCheck, coordinates: int) -> TensorCheck:
    """Check again on other samples: a kink moves away, an error stays. The mildest result counts."""
    first = bench.batch
    try:
        for batch in bench.batches[1:]:
            bench.batch = batch
            leaves = _leaves(bench)
            if index >= len(leaves):
                break
            name, leaf = leaves[index]
            gradient = _gradients(bench, [leaf])[0]
            again = _check_tensor(
                bench, name, leaf, gradient, base=bench.value(), few=0, coordinates=coordinates
            )
            if again.verdict in {"ok", "uneasy", "wrong"} and (
                check.verdict == "unchecked" or again.error < check.error
            ):
                check = replace(again, kinks=check.kinks + again.kinks)
            if check.verdict == "ok":
                break
    finally:
        bench.batch = first
    return check


def _spread(count: int) -> list[int]:
    """Return 0 … count−1 in an order whose every beginning is spread over the whole range."""
    strides = [2**k for k in range(max(1, count.bit_length()), -1, -1)]
    return list(dict.fromkeys(i for stride in strides for i in range(0, count, stride)))


def _explained(bench: _Bench, evidence: GradientEvidence, functions: list[Any]) -> GradientEvidence:
    """Find whose backward it is; take back the verdict where values leave the graph on purpose."""
    model = bench.session.model
    judged = guilty_functions(bench.loss, model, functions, bench.generator, bench.mode)
    wrong = [one for one in judged if one.error > OK and not one.meant]
    if wrong:
        guilty = _worst_first(wrong)
        shown = any(tensor.verdict == "wrong" for tensor in evidence.tensors)
        tensors = evidence.tensors if shown else (*evidence.tensors, _as_tensor(guilty[0]))
        return replace(evidence, tensors=tensors, modules=tuple(_module_of(model, one) for one in guilty))
    if all(tensor.verdict not in {"uneasy", "wrong"} for tensor in evidence.tensors):
        return evidence
    meant = _meant(bench, judged, evidence.tensors)
    if meant:
        tensors = tuple(
            replace(t, verdict="unchecked") if t.verdict in {"uneasy", "wrong"} else t
            for t in evidence.tensors
        )
        return replace(evidence, tensors=tensors, reason=meant)
    modules = guilty_modules(bench.loss, model, bench.generator, bench.mode, bench.box)
    return replace(evidence, modules=tuple(modules))


def _meant(bench: _Bench, judged: list[Judged], tensors: tuple[TensorCheck, ...]) -> str:
    """Say why gradients may differ on purpose; empty when nothing speaks for it."""
    bad = [t for t in tensors if t.verdict in {"uneasy", "wrong"}]
    kinds = sorted({f"{one.call.function.__name__} is {_ARTICLES[one.meant]}" for one in judged if one.meant})
    left = sorted(bench.mode.left_graph - ({"data"} if bench.mode.silent_writes else set()))
    hooked = sorted(name for name, p in bench.session.model.named_parameters() if p._backward_hooks)  # noqa: SLF001
    if left:
        kinds.append(
            f"values leave the graph or gradients are changed by {', '.join(left[:NAMES_IN_REASON])}"
        )
    if hooked or _has_backward_hooks(bench.session.model):
        kinds.append("backward hooks may change gradients")
    if not kinds and all(abs(t.numeric) <= FLAT * abs(t.analytic) for t in bad):
        kinds.append("the loss is piecewise constant, so backward is a straight-through estimator")
    return (
        f"differences and backward disagree, which is meant as far as can be seen: {'; '.join(kinds)}"
        if kinds
        else ""
    )


_ARTICLES = {
    "straight-through": "a straight-through estimator",
    "identity": "an identity whose only purpose is another gradient",
}


def _has_backward_hooks(model: nn.Module) -> bool:
    return any(m._backward_hooks or m._backward_pre_hooks for m in model.modules())  # noqa: SLF001


def _worst_first(judged: list[Judged]) -> list[Judged]:
    worst: dict[tuple[str | None, str], Judged] = {}
    for one in sorted(judged, key=lambda one: -one.error):
        worst.setdefault((one.call.layer, one.call.function.__name__), one)
    return list(worst.values())


def _as_tensor(judged: Judged) -> TensorCheck:
    """Return the input of a guilty function as a checked tensor."""
    return TensorCheck(
        name=f"input of {judged.call.function.__name__}",
        layer=judged.call.layer or "",
        error=judged.error,
        direction_error=judged.error,
        verdict="wrong" if judged.error > WRONG else "uneasy",
        analytic=judged.analytic,
        numeric=judged.numeric,
    )


def _module_of(model: nn.Module, judged: Judged) -> ModuleCheck:
    return module_check(
        model, judged.call.layer, judged.error, (judged.call.function.__name__,), judged.call.function
    )


def _tell(context: Context, evidence: GradientEvidence) -> None:
    for index, tensor in enumerate(evidence.tensors):
        context.tell.scalar("gradient/relative-error", tensor.error, index)
    rows = [
        f"| {t.name} | {t.verdict} | {t.error:.1e} | {t.analytic:.3g} | {t.numeric:.3g} | {t.coordinates} | {t.kinks} |"
        for t in evidence.tensors
    ]
    head = [
        "| tensor | verdict | relative error | analytic | numeric | coordinates | kinks |",
        "|---|---|---|---|---|---|---|",
    ]
    said = evidence.reason or f"{len(evidence.tensors)} tensors, {evidence.evaluations} evaluations"
    context.tell.text("gradient/tensors", "\n".join([said, "", *head, *rows]))


def _note(evidence: GradientEvidence) -> str:
    """Return one phrase for the stage table."""
    if not evidence.checkable:
        return f"not checkable: {evidence.reason}"
    wrong = [t.name for t in evidence.tensors if t.verdict == "wrong"]
    if wrong:
        where = f" ({evidence.modules[0].path or evidence.modules[0].kind})" if evidence.modules else ""
        return f"{len(wrong)} of {len(evidence.tensors)} gradients wrong{where}"
    cut = f", {len(evidence.untested)} left out by the time box" if evidence.untested else ""
    worst = max((t.error for t in evidence.tensors if t.verdict in {"ok", "uneasy"}), default=0.0)
    return f"{len(evidence.tensors)} tensors agree to {worst:.0e}{cut}"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
