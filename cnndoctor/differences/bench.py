"""The bench: a copy of the model in float64, moved off its corners, that gives the same loss as often as it is asked."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from cnndoctor.errors import UserCodeError
from cnndoctor.experiment import Experiment
from cnndoctor.patient.batches import move, size_of, transform
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Computed, Session
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.probes.custom_functions import custom_functions
from cnndoctor.probes.double_precision import InDouble
from cnndoctor.probes.replay import Replay

BATCHES = 3  # a kink of one batch is none of the next
JITTER = 0.05  # of a tensor's root mean square; moves zero biases and dead heads off the points where gradients lie
SMALLEST_JITTER = 0.01  # for tensors that are zero throughout
NOISY = 1e-10  # relative difference of two evaluations of the same point


@dataclass(slots=True, kw_only=True)
class Bench:
    """The double copy and all that is needed to evaluate it again and again.

    Attributes:
        session: With the double copy as its model.
        batches: A few small batches, in float64.
        replay: Puts buffers and generators back before each evaluation.
        mode: Keeps what the user's code computes in float64, and hears what leaves the graph.
        generator: Of random directions and elements.
        box: The stage's time.
        evaluations: Losses computed so far.
        batch: The present one of ``batches``.
    """

    session: Session
    batches: list[Any]
    replay: Replay
    mode: InDouble
    generator: torch.Generator
    box: TimeBox
    evaluations: int = 0
    batch: Any = field(default=None)

    def computed(self) -> Computed:
        """Compute outputs and loss of the present batch at the present weights, graph included."""
        self.evaluations += 1
        self.replay.restore()
        with preserved_randomness(), self.mode:
            return self.session.compute(self.batch)

    def loss(self) -> Tensor:
        """Compute the loss of the present batch at the present weights, graph included."""
        return self.computed().loss

    def value(self) -> float:
        """Compute the loss as a number."""
        return float(self.loss().detach())


class NotCheckable(Exception):
    """The gradient cannot be held against differences; the message says why."""


def build_bench(experiment: Experiment, samples: int, box: TimeBox) -> Bench:
    """Build the double copy on batches of a few samples; on larger ones where the model insists.

    Args:
        experiment: Where the fresh session comes from.
        samples: Samples in a batch, where the model takes so few.
        box: The stage's time.

    Raises:
        NotCheckable: The training loader gave no batch.
        UserCodeError: The model takes none of the batches.
    """
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
    return Bench(
        session=session,
        batches=doubled,
        batch=doubled[0],
        replay=Replay(session.model, session.loss),
        mode=InDouble(),
        generator=generator,
        box=box,
    )


def first_evaluation(bench: Bench) -> tuple[float, dict[str, Any]]:
    """Make sure that the loss is a number that can be differentiated and repeated.

    Args:
        bench: At its first batch.

    Returns:
        The loss, and the custom functions in its graph by name.

    Raises:
        NotCheckable: The loss is no such number.
    """
    loss = bench.loss()
    if loss.numel() != 1:
        raise NotCheckable(f"the loss has {loss.numel()} elements")
    if not loss.requires_grad:
        raise NotCheckable("the loss has no graph")
    if bench.mode.lower_precision or loss.dtype != torch.float64:
        raise NotCheckable(
            "the model computes in lower precision whatever its weights are (autocast, or compiled code)"
        )
    base, again = float(loss.detach()), bench.value()
    if not math.isfinite(base):
        raise NotCheckable(f"the loss is {base}")
    if abs(base - again) > NOISY * max(abs(base), abs(again)):
        message = f"two evaluations of the same batch differ by {abs(base - again):.2g} although every generator was replayed"
        raise NotCheckable(message)
    return base, custom_functions(loss)


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
    raise last or NotCheckable("the training loader gave no batch")


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
