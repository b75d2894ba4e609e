"""A session: one freshly built model with its loss, optimizer, schedule and loaders, ready to be trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler

from cnndoctor.errors import UserCodeError
from cnndoctor.finding import UserFailure
from cnndoctor.patient.batches import Members, is_there, move, transform
from cnndoctor.patient.kept_values import KeptInGraph
from cnndoctor.patient.task import OfOtherOutputs, loss_name
from cnndoctor.user_code import user_code

CTC_NAMES = {"CTCLoss", "ctc_loss"}
NO_GRAPH = "does not require grad and does not have a grad_fn"
AUTOCAST = {"bf16": torch.bfloat16, "fp16": torch.float16}
# Borders and contexts without state, made once: a step of a tiny model is as short as a dozen such objects take to make.
_PLAIN: AbstractContextManager[None] = nullcontext()
_MOVE, _STEP, _FORWARD, _LOSS = (
    user_code(phase) for phase in ("move batch to device", "step", "forward", "loss")
)


@dataclass(
    slots=True, kw_only=True
)  # not frozen: that makes it three times as dear, and every step makes one
class Computed:
    """What one forward and loss gave; tensors still carry their graph.

    Attributes:
        loss: The scalar loss that is minimised.
        outputs: The model's outputs; None where a step hides them.
        targets: The targets that met them; None where there are none.
        penalty: Share of the loss that a step reports as penalty; None without.
    """

    loss: Tensor
    outputs: Any = None
    targets: Any = None
    penalty: Tensor | None = None


@dataclass(slots=True, kw_only=True)
class Session:
    """A model in training: everything in it is this session's own and may be changed.

    Attributes:
        model: The model, on the device, in training mode.
        loss: The loss; None when the step needs none.
        optimizer: The optimizer.
        scheduler: The scheduler; None without one.
        scheduler_interval: epoch or step.
        scheduler_monitor: Metric a plateau scheduler watches.
        step: The user's step; None for loss(model(inputs), targets).
        train_loader: Batches of training data; iterate it once an epoch.
        validation_loader: Batches of validation data; None without.
        members: Which members of a batch are inputs and targets.
        device: Where the model is.
        precision: fp32, bf16 or fp16.
        scaler: Gradient scaler; disabled unless fp16.
        accumulate: Batches per optimizer step.
        accumulate_normalised: Whether the loss is divided by ``accumulate``.
        clip_grad_norm: Limit of the global gradient norm; 0 is off.
        seed: The seed everything was built with.
        outputs_as_given: Whether the outputs that are scored are what the loss was given; a step may name others.
        change_inputs: Applied to the inputs of every batch (a trial's change); None leaves them.
        change_targets: Likewise for the targets.
        penalty_off: Train on the loss without the penalty that the step reports (a trial's change).
        kept_in_graph: Entered around the user's forward or step where gradients are wanted (a trial's change); None leaves
            what is detached detached.
    """

    model: nn.Module
    loss: Callable[..., Tensor] | None
    optimizer: torch.optim.Optimizer
    scheduler: Any
    scheduler_interval: str
    scheduler_monitor: str
    step: Callable[..., Any] | None
    train_loader: Iterable[Any]
    validation_loader: Iterable[Any] | None
    members: Members
    device: torch.device
    precision: str
    scaler: GradScaler
    accumulate: int
    accumulate_normalised: bool
    clip_grad_norm: float
    seed: int
    outputs_as_given: bool = True
    change_inputs: Callable[[Any], Any] | None = None
    change_targets: Callable[[Any], Any] | None = None
    penalty_off: bool = False
    kept_in_graph: KeptInGraph | None = None

    @property
    def scoring_loss(self) -> object:
        """Return the loss as it tells what the outputs are: scores, probabilities, logarithms of rates."""
        return self.loss if self.outputs_as_given else OfOtherOutputs(self.loss)

    def prepare(self, batch: object) -> Any:  # noqa: ANN401 - a batch holds what the user put in
        """Return the batch on the device, with this session's changes applied to inputs and targets."""
        if is_there(batch, self.device):
            batch = batch[:]  # type: ignore[index]  # a step may change its list; the loader's stays as it is
        else:
            with _MOVE:  # a batch class of the user's own moves itself
                batch = move(batch, self.device, non_blocking=self.device.type == "cuda")
        if self.change_inputs is not None:
            batch = self.members.with_inputs(batch, self.change_inputs(self.members.inputs_of(batch)))
        return batch

    def compute(self, batch: object) -> Computed:
        """Run forward and loss on a prepared batch in the configured precision.

        Args:
            batch: A batch from ``prepare``.

        Raises:
            UserCodeError: The user's model, loss or step raised.
        """
        if self.precision not in AUTOCAST:
            return self._computed(batch)
        with self.autocast():
            return self._computed(batch)

    def _computed(self, batch: object) -> Computed:
        if self.step is not None:
            return self._stepped(self.step, batch)
        outputs = self.forward(self.inputs_of(batch))
        targets = self.members.targets_of(batch)
        if targets is None:
            self._refuse_unknown_members(batch)
        if self.change_targets is not None:
            targets = self.change_targets(targets)
        with _LOSS:
            loss = self._loss(outputs, targets, batch)
            if type(loss) is not Tensor:
                loss = _tensor(loss, "the loss must return a tensor")
            _one_number(loss, "the loss")
        return Computed(loss=loss, outputs=outputs, targets=targets)

    def inputs_of(self, batch: object) -> Any:  # noqa: ANN401 - a batch holds what the user put in
        """Return what the model is given of a prepared batch.

        Args:
            batch: A batch from ``prepare``.

        Raises:
            UserCodeError: The experiment names a member that no batch has.
        """
        inputs = self.members.inputs_of(batch)
        if inputs is None or (type(inputs) is tuple and any(member is None for member in inputs)):
            self._refuse_unknown_members(batch)
        return inputs

    def _refuse_unknown_members(self, batch: object) -> None:
        """Name what the experiment asks of a batch and no batch has, before the model complains of getting nothing."""
        for setting, message in self.members.unknown(batch):
            raise UserCodeError(UserFailure(phase=f"pick {setting}", type="KeyError", message=message))

    def _stepped(self, step: Callable[..., Any], batch: object) -> Computed:
        with _STEP, self._kept():
            result = self._differentiable(
                lambda: step(self.model, batch, self.loss), surely=self.model.training
            )
            computed = self._from_step(result, batch)
        if self.penalty_off and computed.penalty is not None:
            return replace(computed, loss=computed.loss - computed.penalty)
        return computed

    def forward(self, inputs: object) -> Any:  # noqa: ANN401 - a model returns what it likes
        """Call the model; a tuple of members named by ``data.inputs`` becomes several arguments."""
        several = isinstance(self.members.inputs, tuple) and isinstance(inputs, tuple)
        arguments: Any = inputs if several else (inputs,)
        with _FORWARD:
            if torch.is_grad_enabled():
                if self.kept_in_graph is None:
                    return self.model(*arguments)
                with self.kept_in_graph:
                    return self.model(*arguments)
            return self._differentiable(lambda: self.model(*arguments))

    def autocast(self) -> Any:  # noqa: ANN401 - a context manager of either kind
        """Return the autocast context of the configured precision."""
        dtype = AUTOCAST.get(self.precision)
        return torch.autocast(self.device.type, dtype=dtype) if dtype else _PLAIN

    def _kept(self) -> AbstractContextManager[object]:
        """Return what keeps values in the graph; a context that does nothing where that, or a gradient, is not wanted."""
        return self.kept_in_graph if self.kept_in_graph is not None and torch.is_grad_enabled() else _PLAIN

    @staticmethod
    def _differentiable(call: Callable[[], Any], *, surely: bool = False) -> Any:  # noqa: ANN401
        """Call the user's code with gradients where it differentiates by itself, though who asks wants none.

        Adversarial examples, gradient penalties and forces are derivatives taken inside a step or a forward. A step in
        training mode gets gradients at once, as in any training loop; other calls only after they missed them.
        """
        if torch.is_grad_enabled():
            return call()
        if not surely:
            try:
                return call()
            except RuntimeError as error:
                if NO_GRAPH not in str(error):
                    raise
        with torch.enable_grad():
            return transform(call(), Tensor.detach)

    def _loss(self, outputs: Any, targets: Any, batch: Any) -> Tensor:  # noqa: ANN401
        assert self.loss is not None
        if isinstance(batch, tuple | list) and len(batch) >= 4 and loss_name(self.loss) in CTC_NAMES:
            input_lengths, target_lengths = batch[2], batch[3]
            return self.loss(outputs, targets, input_lengths, target_lengths)
        if isinstance(targets, tuple) and isinstance(self.members.targets, tuple):
            return self.loss(outputs, *targets)
        return self.loss(outputs, targets)

    def _from_step(self, result: object, batch: object) -> Computed:
        rule = "the step must return the loss as a tensor, or a mapping that holds it as 'loss'"
        if not isinstance(result, Mapping):
            loss = _one_number(_tensor(result, rule), "the step's loss")
            return Computed(loss=loss, targets=self._targets_of_step(batch))
        if "loss" not in result:
            raise TypeError(f"{rule}; its mapping has the keys {', '.join(map(str, result)) or '(none)'}")
        return Computed(
            loss=_one_number(_tensor(result["loss"], rule), "the step's loss"),
            outputs=result.get("outputs"),
            targets=result.get("targets", self._targets_of_step(batch)),
            penalty=result.get("penalty"),
        )

    def _targets_of_step(self, batch: object) -> Any:  # noqa: ANN401
        """Return the batch's targets when a step does not say which ones it used.

        Without a loss in the config nothing says that they met the outputs: an autoencoder's batch may carry labels too.
        """
        return self.members.targets_of(batch) if self.loss is not None else None


def _tensor(value: object, rule: str) -> Tensor:
    """Return the value when it is a tensor; anything else has no gradient.

    Raises:
        TypeError: With the rule that was broken.
    """
    if isinstance(value, Tensor):
        return value
    kind = "nothing (None; is a return statement missing?)" if value is None else f"a {type(value).__name__}"
    raise TypeError(f"{rule}, not {kind}")


def _one_number(loss: Tensor, whose: str) -> Tensor:
    """Return the loss when backward() can start from it; without gradients a loss per sample does no harm.

    Raises:
        ValueError: With the shape that it has instead.
    """
    if loss.numel() == 1 or not torch.is_grad_enabled():
        return loss
    shape = ", ".join(map(str, loss.shape))
    message = f"{whose} must be a single number, but has shape [{shape}]: backward() cannot start from it"
    raise ValueError(message)
