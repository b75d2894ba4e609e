"""Looks closely at one batch: signals and gradients of every layer, control experiments, and three real optimizer steps."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn.parameter import UninitializedParameter

from cnndoctor.errors import StageUnable, UserCodeError
from cnndoctor.evidence.first_batch import FirstBatchEvidence, LossCallFacts, OutputFacts, ReshapeFact
from cnndoctor.finding import UserFailure
from cnndoctor.loop import end_epoch, endless, mode, steps
from cnndoctor.patient.batches import first_tensor, size_of, tensors, transform
from cnndoctor.patient.randomness import preserved_randomness, seed_everything
from cnndoctor.patient.session import Computed, Session
from cnndoctor.probes.agreement import gradient_agreement
from cnndoctor.probes.calls import Calls, recorded_calls
from cnndoctor.probes.chains import linear_chains
from cnndoctor.probes.chance import expected_loss
from cnndoctor.probes.controls import (
    curvature,
    eval_noise,
    input_dependence,
    noise_like,
    sample_mixing,
    scaled,
    sliced,
    wake,
)
from cnndoctor.probes.graph import Unreached, cut_point, unreached
from cnndoctor.probes.loss_call import LOSS_CALLS, LossCall, recorded_loss, taker
from cnndoctor.probes.modes import compare_modes
from cnndoctor.probes.norms import recorded_norms
from cnndoctor.probes.outputs import WIDER, confirmed, hard_limits, last_operation, output_facts, widened
from cnndoctor.probes.reshapes import batch_axes, norms_over_wrong_axis, softmax_axes, suspicious_reshapes
from cnndoctor.probes.signals import recorded_signals
from cnndoctor.probes.speed import speeds
from cnndoctor.probes.trace import OUTSIDE, Operation, traced
from cnndoctor.probes.untouched import untouched
from cnndoctor.probes.updates import Updates, reached, weight_decay_pull
from cnndoctor.stages.seen import Context, Seen
from cnndoctor.user_code import user_code

STEPS = 3
MOST_TRIES = (
    12  # steps taken until three count: a warm-up from rate 0 and a gradient scaler's first skips do not
)
MOST_ACCUMULATED = 8
AGREEMENT_AFTER = (
    0,
    10,
)  # steps; at the start alone many healthy runs have gradients that share next to nothing
SPEED_SECONDS = 20.0
AGREEMENT_SECONDS = 10.0  # a slow model is looked at less
HALF_SCALE = 1024.0  # fp16 gradients would underflow without a scale
IGNORES = 1e-6  # an output that moves less with its input is asked again after the steps (a head that starts at zero)
MOST_ROWS = 400
Result = TypeVar("Result")


@dataclass(slots=True, kw_only=True)
class _Patient:
    """A session with the batch it is looked at with.

    Attributes:
        session: Before any step.
        batch: The first batch, prepared.
        failures: What the user's code raised.
    """

    session: Session
    batch: Any
    failures: list[UserFailure] = field(default_factory=list)

    @property
    def inputs(self) -> Any:  # noqa: ANN401
        """Return the inputs of the batch."""
        return self.session.members.inputs_of(self.batch)

    def outputs(self, inputs: Any) -> Any:  # noqa: ANN401
        """Run the model on other inputs, through the user's step where there is one."""
        if self.session.step is None:
            with self.session.autocast():
                return self.session.forward(inputs)
        count = size_of(inputs)
        batch = sliced(self.batch, count) if count < size_of(self.batch) else self.batch
        return self.run(self.session.members.with_inputs(batch, inputs))[1]

    def run(self, batch: Any) -> tuple[Computed, Any]:  # noqa: ANN401
        """Run forward and loss; return them with the model's outputs, which a step may hide."""
        seen: list[Any] = []
        handle = self.session.model.register_forward_hook(lambda _m, _i, output: seen.append(output))
        try:
            computed = self.session.compute(batch)
        finally:
            handle.remove()
        outputs = computed.outputs if computed.outputs is not None else (seen[-1] if seen else None)
        return computed, outputs


@dataclass(slots=True, kw_only=True)
class _FirstPass:
    """What one training-mode forward and backward showed."""

    facts: dict[str, Any] = field(default_factory=dict)
    output: OutputFacts | None = None
    last_layer: str = ""
    operations: tuple[Operation, ...] = ()
    calls: Mapping[str, Calls] = field(default_factory=dict)
    connected: Mapping[str, bool] = field(default_factory=dict)
    loss: LossCallFacts = field(default_factory=lambda: LossCallFacts(value=math.nan, value_eval=math.nan))
    loss_made: int = OUTSIDE
    classes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passed:
    """A forward and loss that went through; tensors still carry their graph."""

    call: LossCall
    computed: Computed
    outputs: Any
    made: int


def run(context: Context) -> Seen[FirstBatchEvidence]:
    """Look at one real batch and make three real optimizer steps.

    Where the user's code raises, what was measured before is kept and the exception is among the failures.

    Args:
        context: What every stage gets.

    Raises:
        UserCodeError: The data could not be read or the experiment not built: there is nothing to look at.
    """
    # Tracing shifts the line that a warning of the user's points at, and every pass would repeat it; other stages show it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _run(context)


def _run(context: Context) -> Seen[FirstBatchEvidence]:
    tell = context.tell.progress
    session = context.experiment.fresh()
    session.accumulate = min(session.accumulate, MOST_ACCUMULATED)
    batches = _read(session.train_loader, STEPS * session.accumulate)
    if not batches:
        return Seen(evidence=None, note="the training loader gave no batch")
    with user_code("move batch to device", stage="first-batch"):
        patient = _Patient(session=session, batch=session.prepare(batches[0]))
    tell(0, 4, "forward and backward")
    first = _first_pass(context, patient)
    tell(1, 4, "control experiments")
    facts: dict[str, Any] = {"batch_size": size_of(patient.batch), **first.facts}
    facts |= _controls(patient)
    facts |= _structure(patient, first)
    facts |= _output_and_loss(patient, first)
    tell(2, 4, "three optimizer steps")
    facts |= _three_steps(context, batches, patient, dependence=facts["depends_on_input"])
    tell(4, 4, "comparing gradients of different batches")
    if not patient.failures and context.effort != "smoke":
        unknown: dict[str, Any] = {}
        facts |= _quietly(lambda: _agreement(context), unknown)
        if session.device.type == "cuda":  # a CPU gains little from them, and its clock is everybody's
            facts["speeds"] = speeds(context.experiment.fresh, batches[0], seconds=SPEED_SECONDS)
    evidence = FirstBatchEvidence(**facts)
    _tell(context, evidence)
    failures = tuple(dict.fromkeys(replace(f, stage="first-batch") for f in patient.failures))
    return Seen(evidence=evidence, failures=failures, note=_note(evidence))


def _read(loader: Iterable[Any], count: int) -> list[Any]:
    with user_code("read training data", stage="first-batch"):
        return list(islice(loader, count))


# -- the first pass --------------------------------------------------------------------------------------------------


def _first_pass(context: Context, patient: _Patient) -> _FirstPass:
    """Run forward, loss and backward as configured; on the user's exception keep what came before it."""
    found = _FirstPass()
    try:
        _measured_pass(context, patient, found, functional=True)
    except UserCodeError as error:
        untraced = _FirstPass()
        try:  # once more without tracing, in case it was the tracing that this model cannot take
            _measured_pass(context, patient, untraced, functional=False)
        except UserCodeError:
            patient.failures.append(error.failure)
            if found.output is None:
                _outputs_alone(context, patient, found)
        else:
            return untraced
    return found


def _measured_pass(context: Context, patient: _Patient, found: _FirstPass, *, functional: bool) -> None:
    session = patient.session
    scale = HALF_SCALE if session.precision == "fp16" else 1.0
    with untouched(session.model, gradients=True):
        session.model.zero_grad(set_to_none=True)
        with (
            recorded_norms(session.model) as norms,
            recorded_calls(session.model) as calls,
            recorded_signals(session.model, functional=functional) as signals,
            recorded_loss(session) as call,
        ):
            found.calls = calls
            try:
                computed, outputs = patient.run(patient.batch)
                made = _made_by(signals.trace, outputs)
                found.loss_made = signals.trace.made_by(computed.loss) if signals.trace else OUTSIDE
            finally:
                found.operations = tuple(signals.trace.operations) if signals.trace else ()
                found.facts["layers"] = signals.records()
        found.facts["batchnorm_frozen"] = norms.frozen
        found.facts["running_variance_min"] = norms.smallest_variance
        _note_output(context, patient, found, outputs, made)
        found.loss = _loss_call(
            context, patient, found, _Passed(call=call, computed=computed, outputs=outputs, made=made)
        )
        with user_code("backward"):
            (computed.loss * scale).backward()  # type: ignore[no-untyped-call]
        found.facts["layers"] = tuple(
            replace(s, gradient_rms=s.gradient_rms / scale) for s in signals.records()
        )
        found.connected = reached(session.model)
        found.loss = replace(found.loss, weight_decay_pull=weight_decay_pull(session.optimizer) * scale)


def _made_by(trace: Any, outputs: object) -> int:  # noqa: ANN401
    tensor = _main_output(outputs)
    return trace.made_by(tensor) if trace is not None and tensor is not None else OUTSIDE


def _main_output(outputs: object) -> Tensor | None:
    """Return the output itself, or the largest floating tensor inside it."""
    floating = [t for t in tensors(outputs) if t.is_floating_point()]
    if isinstance(outputs, Tensor):
        return floating[0] if floating else None
    return max(floating, key=lambda t: t.numel(), default=None)


def _outputs_alone(context: Context, patient: _Patient, found: _FirstPass) -> None:
    """After a failure in the loss: look at the outputs anyway."""
    with untouched(patient.session.model), suppress(UserCodeError), torch.no_grad():
        outputs = patient.outputs(patient.inputs) if patient.session.step is None else None
        if outputs is not None:
            _note_output(context, patient, found, outputs, OUTSIDE)
            target = first_tensor(patient.session.members.targets_of(patient.batch))
            main = _main_output(outputs)
            found.loss = LossCallFacts(
                output_shape=_shape(main),
                target_shape=_shape(target),
                target_dtype=_dtype(target),
                value=math.nan,
                value_eval=math.nan,
            )


def _note_output(context: Context, patient: _Patient, found: _FirstPass, outputs: object, made: int) -> None:
    tensor = _main_output(outputs)
    if tensor is None or not tensor.numel():
        return
    facts = output_facts(tensor, whole=isinstance(outputs, Tensor), task=context.experiment.task)
    activation, bounds, layer = last_operation(found.operations, made)
    found.last_layer = layer or max(
        (path for path in found.calls if _owns(patient, path)),
        key=lambda p: found.calls[p].position,
        default="",
    )
    found.output = replace(facts, last_activation=activation, bounds=bounds, last_layer=found.last_layer)
    found.classes = int(tensor.shape[facts.class_axis]) if facts.class_axis >= 0 else 0


def _owns(patient: _Patient, path: str) -> bool:
    return next(patient.session.model.get_submodule(path).parameters(recurse=False), None) is not None


def _loss_call(context: Context, patient: _Patient, found: _FirstPass, passed: _Passed) -> LossCallFacts:
    """Return what met at the loss: as the configured loss got it, or else as a known loss function in a step did."""
    call, computed, output = passed.call, passed.computed, _main_output(passed.outputs)
    prediction, target = call.prediction, call.target
    if prediction is None and patient.session.step is None:
        prediction, target = output, first_tensor(computed.targets)
    shapes = (_shape(prediction), _shape(target))
    is_output = prediction is None or prediction is output
    label = target if target is not None else first_tensor(computed.targets)
    if prediction is None:
        own = next(
            (op for op in reversed(found.operations) if op.name in LOSS_CALLS and len(op.input_shapes) > 1),
            None,
        )
        if own is not None:
            shapes, is_output = (own.input_shapes[0], own.input_shapes[1]), own.producers[0] == passed.made
    data = context.so_far.data
    histogram = data.train.labels.histogram if data is not None else None
    return LossCallFacts(
        output_shape=shapes[0],
        target_shape=shapes[1],
        target_dtype=_dtype(label),
        value=_number(computed.loss),
        value_eval=math.nan,
        expected=expected_loss(
            patient.session.loss, context.experiment.task, label, found.classes, histogram
        ),
        penalty=_number(computed.penalty) if computed.penalty is not None else 0.0,
        aligned_value=_quietly(call.aligned_value, math.nan),
        prediction_is_output=is_output,
        function=taker(found.operations, passed.made),
    )


# -- control experiments ---------------------------------------------------------------------------------------------


def _controls(patient: _Patient) -> dict[str, Any]:
    """Run the experiments in eval mode; a model that cannot take one leaves that fact unknown."""
    model, inputs = patient.session.model, patient.inputs
    nan = math.nan
    facts: dict[str, Any] = {
        "depends_on_input": nan,
        "curvature": nan,
        "mixing": nan,
        "input_gradient": nan,
        "train_eval_difference": nan,
    }
    with untouched(model), mode(model, training=False):
        facts["depends_on_input"] = _quietly(lambda: input_dependence(patient.outputs, inputs), nan)
        fewer = sliced(inputs, max(1, size_of(inputs) // 2))
        mixing = _quietly(lambda: sample_mixing(model, patient.outputs, inputs, fewer), None)
        if mixing is not None:
            facts["mixing"], facts["mixing_layer"] = mixing.share, mixing.layer
        none: tuple[float, tuple[str, ...]] = (0.0, ())
        facts["eval_noise"], facts["eval_noise_layers"] = _quietly(
            lambda: eval_noise(model, patient.outputs, inputs), none
        )
    with untouched(model), mode(model, training=False):
        wake(model)
        facts["curvature"] = _quietly(lambda: curvature(patient.outputs, inputs), nan)
    same: tuple[tuple[str, ...], float] = ((), nan)
    facts["path_differs"], facts["train_eval_difference"] = _quietly(
        lambda: compare_modes(model, patient.outputs, inputs), same
    )
    with untouched(model):
        facts["input_gradient"] = _quietly(lambda: _input_gradient(patient), nan)
    return facts


def _quietly(experiment: Callable[[], Result], otherwise: Result) -> Result:
    """Return what a control experiment gives, or ``otherwise`` where this model cannot take it.

    A control hands the model inputs that its author never promised to accept: whatever it raises then is no fault.
    """
    try:
        return experiment()
    except StageUnable:
        raise
    except Exception:  # noqa: BLE001 - see above
        return otherwise


def _input_gradient(patient: _Patient) -> float:
    """Return the RMS gradient of the loss at floating inputs."""
    leaves: list[Tensor] = []

    def follow(tensor: Tensor) -> Tensor:
        if not tensor.is_floating_point():
            return tensor
        leaves.append(tensor.detach().clone().requires_grad_(True))
        return leaves[-1].clone()  # a copy, so that a forward may change its input in place

    batch = patient.session.members.with_inputs(patient.batch, transform(patient.inputs, follow))
    if not leaves:
        return math.nan
    computed, _ = patient.run(batch)
    gradients: tuple[Tensor | None, ...] = torch.autograd.grad(computed.loss, leaves, allow_unused=True)
    squares = [g.double().square().mean() for g in gradients if g is not None]
    return math.sqrt(float(torch.stack(squares).mean())) if squares else 0.0


# -- structure -------------------------------------------------------------------------------------------------------


def _structure(patient: _Patient, first: _FirstPass) -> dict[str, Any]:
    """Return what the traced forward says about reshapes, softmax axes, chains, norms and the graph."""
    model = patient.session.model
    facts: dict[str, Any] = {}
    full, fewer = _aligned(patient)
    axes = batch_axes(full, fewer)
    size = size_of(patient.batch)
    no_axes: dict[str, str] = {}
    facts["softmax_axes"] = _quietly(lambda: softmax_axes(full or first.operations, axes), no_axes)
    others = [trace for trace in (fewer, _resized(patient)) if trace]
    unknown: tuple[ReshapeFact, ...] = ()
    facts["reshapes"] = _quietly(lambda: suspicious_reshapes(full, axes, size, others), unknown)
    facts["batchnorm_axis_wrong"] = norms_over_wrong_axis(first.operations)
    facts["linear_chains"] = linear_chains(first.operations, first.loss_made)
    facts["activations_after_linear"] = not facts["linear_chains"]
    if first.connected or any(f.phase == "backward" for f in patient.failures):
        connected = first.connected or {
            name: False for name, p in model.named_parameters() if p.requires_grad
        }
        lost = [name for name, there in connected.items() if not there]
        with untouched(model):
            found = _quietly(
                lambda: unreached(model, lost, lambda: _loss_value(patient, training=True)), Unreached()
            )
        facts["unused_parameters"] = found.unused
        facts["cut"] = cut_point(
            model,
            found.cut_off,
            [n for n, there in connected.items() if there],
            first.calls,
            first.operations,
        )
    return facts


def _aligned(patient: _Patient) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
    """Trace the forward with all samples and with fewer; empty when either cannot run."""
    size = size_of(patient.batch)
    if size < 2:
        return (), ()
    count = size // 2 if size >= 4 else size - 1
    nothing: tuple[tuple[Operation, ...], tuple[Operation, ...]] = ((), ())
    return _quietly(
        lambda: (_trace(patient, patient.batch), _trace(patient, sliced(patient.batch, count))), nothing
    )


def _resized(patient: _Patient) -> tuple[Operation, ...]:
    """Trace the forward on narrower images or shorter sequences, where the model takes them: equal sizes come apart there."""
    first = first_tensor(patient.inputs)
    if first is None or first.ndim < 3 or min(first.shape[1:]) < 1:
        return ()
    axis = 1 if first.ndim == 3 else first.ndim - 1
    length = int(first.shape[axis])

    def crop(tensor: Tensor) -> Tensor:
        fits = tensor.ndim == first.ndim and tensor.shape[axis] == length
        return tensor.narrow(axis, 0, max(1, length // 2)) if fits else tensor

    batch = patient.session.members.with_inputs(patient.batch, transform(patient.inputs, crop))
    nothing: tuple[Operation, ...] = ()
    return _quietly(lambda: _trace(patient, batch), nothing)


def _trace(patient: _Patient, batch: object) -> tuple[Operation, ...]:
    model = patient.session.model
    with untouched(model), torch.no_grad(), traced(model) as trace:
        try:
            patient.run(batch)
        except UserCodeError:
            if not trace.operations:
                raise
        return tuple(trace.operations)


# -- output and loss -------------------------------------------------------------------------------------------------


def _output_and_loss(patient: _Patient, first: _FirstPass) -> dict[str, Any]:
    facts: dict[str, Any] = {"loss": first.loss}
    if first.output is not None:
        others, wide = _other_outputs(patient, first.last_layer)
        kept = confirmed(first.output, [*others, *wide])
        facts["output"] = replace(kept, limits=hard_limits([*others, *wide], wide))
    if not patient.failures:
        facts["loss"] = replace(
            first.loss,
            value_eval=_quietly(lambda: _loss_value(patient, training=False), math.nan),
            half_batch_ratio=_quietly(lambda: _half_batch_ratio(patient), math.nan),
        )
    return facts


def _other_outputs(patient: _Patient, last_layer: str) -> tuple[list[Tensor], list[Tensor]]:
    """Return outputs for inputs scaled up, negated and without content; and those with the last layer's parameters scaled."""
    model, inputs = patient.session.model, patient.inputs
    others: list[Tensor] = []
    wide: list[Tensor] = []

    def collect(given: Any, results: list[Tensor]) -> None:  # noqa: ANN401
        with torch.no_grad(), preserved_randomness():
            output = _main_output(patient.outputs(given))
        if output is not None:
            results.append(output.detach())

    with untouched(model):
        for given in (scaled(inputs, 10.0), scaled(inputs, -10.0), noise_like(inputs)):
            _quietly(lambda given=given: collect(given, others), None)  # type: ignore[misc]
        if last_layer:
            for factor in WIDER:
                with widened(model, last_layer, factor):
                    _quietly(lambda: collect(inputs, wide), None)
    return others, wide


def _loss_value(patient: _Patient, *, training: bool, batch: Any = None) -> float:  # noqa: ANN401
    """Return the loss of the batch with the same randomness at every call."""
    model = patient.session.model
    with untouched(model), mode(model, training=training), torch.no_grad():
        seed_everything(patient.session.seed)
        return _number(patient.session.compute(patient.batch if batch is None else batch).loss)


def _half_batch_ratio(patient: _Patient) -> float:
    """Return the loss of an even batch over the mean loss of its halves, eval mode."""
    half = size_of(patient.batch) // 2
    if half < 1:
        return math.nan
    even = sliced(patient.batch, 2 * half)
    start, end = sliced(even, half), _from(even, half)
    whole, *halves = (_loss_value(patient, training=False, batch=part) for part in (even, start, end))
    mean = sum(halves) / 2
    return whole / mean if mean else math.nan


def _from(batch: Any, start: int) -> Any:  # noqa: ANN401
    size = size_of(batch)
    return transform(batch, lambda t: t[start:] if t.ndim and t.shape[0] == size else t)


# -- real steps ------------------------------------------------------------------------------------------------------


def _three_steps(
    context: Context, batches: list[Any], before: _Patient, *, dependence: float
) -> dict[str, Any]:
    """Make optimizer steps on a fresh session until three count; return what they did to every parameter."""
    if any(failure.phase in {"forward", "loss", "step"} for failure in before.failures):
        return {}
    session = context.experiment.fresh()
    session.accumulate = min(session.accumulate, MOST_ACCUMULATED)
    _materialise(session, before.batch)
    updates = Updates(session)
    _reset_peak(session.device)
    times: list[float] = []
    facts: dict[str, Any] = {}
    supply = endless(batches)
    try:
        for index in range(MOST_TRIES):
            if updates.counted >= STEPS:
                break
            started = perf_counter()
            for step in steps(session, islice(supply, session.accumulate), start=index):
                updates.look(step)
            times.append(perf_counter() - started)
            if index and not updates.counted:
                end_epoch(
                    session
                )  # a warm-up in epochs that starts at 0: go on to its first epoch that trains
    except UserCodeError as error:
        if error.failure.phase not in {failure.phase for failure in before.failures}:
            before.failures.append(error.failure)
    patient = _Patient(session=session, batch=before.batch)
    facts["parameters"] = updates.records()
    facts["steps"] = updates.counted or updates.made
    facts["seconds"] = median(times) if times else 0.0
    facts["peak_memory"] = _peak(session.device)
    if updates.counted:
        facts["loss_after"] = _quietly(lambda: _loss_value(patient, training=True), math.nan)
    if not dependence > IGNORES and not math.isnan(dependence):
        with untouched(session.model), mode(session.model, training=False):
            later = _quietly(lambda: input_dependence(patient.outputs, patient.inputs), math.nan)
        facts["depends_on_input"] = max(dependence, later) if math.isfinite(later) else dependence
    return facts


def _agreement(context: Context) -> dict[str, Any]:
    """Compare the gradients of different batches, before any step and after a few."""
    session = context.experiment.fresh()
    session.accumulate = min(session.accumulate, MOST_ACCUMULATED)
    shares: list[float] = []
    made: list[int] = []
    samples = 0.0
    started = perf_counter()
    for wanted in AGREEMENT_AFTER:
        count = wanted - (made[-1] if made else 0)
        for _ in steps(session, islice(endless(session.train_loader), count * session.accumulate)):
            pass
        found = gradient_agreement(session, session.train_loader)
        if math.isfinite(found.share):
            shares.append(found.share)
            made.append(wanted)
            samples = found.samples
        if perf_counter() - started > AGREEMENT_SECONDS or not shares:
            break
    return {
        "gradient_agreement": tuple(shares),
        "agreement_steps": tuple(made),
        "agreement_samples": samples,
    }


def _materialise(session: Session, batch: object) -> None:
    """Let lazy layers take their shape, so that their parameters can be followed from the first step on."""
    if any(isinstance(p, UninitializedParameter) for p in session.model.parameters()):
        with (
            preserved_randomness(),
            mode(session.model, training=False),
            torch.no_grad(),
            suppress(UserCodeError),
        ):
            session.compute(batch)


def _reset_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak(device: torch.device) -> int:
    return int(torch.cuda.max_memory_allocated(device)) if device.type == "cuda" else 0


# -- telling ---------------------------------------------------------------------------------------------------------


def _note(evidence: FirstBatchEvidence) -> str:
    if not evidence.steps:
        return "no optimizer step could be made"
    return f"loss {evidence.loss.value:.4g} before and {evidence.loss_after:.4g} after {evidence.steps} steps"


def _tell(context: Context, evidence: FirstBatchEvidence) -> None:
    """Write signals by depth and a table to TensorBoard."""
    tell = context.tell
    rows = ["| layer | kind | mean | std | zeros | dead | gradient rms |", "|---|---|---|---|---|---|---|"]
    for s in evidence.layers[:MOST_ROWS]:
        tell.scalar("first-batch/activation std by depth", s.std, s.position)
        tell.scalar("first-batch/gradient rms by depth", s.gradient_rms, s.position)
        rows.append(
            f"| {s.path} | {s.kind} | {s.mean:.3g} | {s.std:.3g} | {s.zero_share:.0%} | {s.dead_units:.0%} "
            f"| {s.gradient_rms:.3g} |"
        )
    tell.text("first-batch/layers", "\n".join(rows))
    rows = [
        "| parameter | gradient | gradient rms | weight rms | changed | update ratio |",
        "|---|---|---|---|---|---|",
    ]
    for position, p in enumerate(evidence.parameters[:MOST_ROWS]):
        tell.scalar("first-batch/update ratio by parameter", p.update_ratio, position)
        rows.append(
            f"| {p.name} | {p.gradient} | {p.gradient_rms:.3g} | {p.weight_rms:.3g} | {'yes' if p.changed else 'no'} "
            f"| {p.update_ratio:.3g} |"
        )
    tell.text("first-batch/parameters", "\n".join(rows))


def _number(value: object) -> float:
    if isinstance(value, Tensor):
        return float(value.detach().float().mean()) if value.numel() else math.nan
    return float(value) if isinstance(value, int | float) else math.nan


def _shape(tensor: Tensor | None) -> tuple[int, ...]:
    return tuple(tensor.shape) if tensor is not None else ()


def _dtype(tensor: Tensor | None) -> str:
    return str(tensor.dtype).removeprefix("torch.") if tensor is not None else ""
