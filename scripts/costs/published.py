"""What others ask for the same work: a training under skorch, sweeps of published finders; each where it is installed."""

from __future__ import annotations

import importlib.util
import io
import math
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module, metadata

from cnndoctor.experiment import Experiment
from cnndoctor.patient.session import Session
from costs.measuring import interleaved, timed
from costs.rows import Row
from costs.stages import SWEEP_RANGE, SWEEP_STEPS
from costs.training import bare_epochs, bare_steps

MONITORS = {"skorch": "skorch"}  # module → package
FINDERS = {"torch_lr_finder": "torch-lr-finder", "ignite": "pytorch-ignite"}


def absent() -> list[str]:
    """Return the packages that are not installed here."""
    return [
        package
        for module, package in {**MONITORS, **FINDERS}.items()
        if importlib.util.find_spec(module) is None
    ]


def published_rows(experiment: Experiment, name: str, rounds: int) -> Iterator[Row]:
    """Measure those that are installed, each against the same steps by hand and with its own construction.

    Args:
        experiment: A plain training: loss(model(inputs), targets).
        name: As in the table.
        rounds: Rounds of each row.
    """
    missing, epochs = absent(), experiment.config.train.epochs or 1

    def bare_training() -> float:
        return timed(lambda: _take(bare_epochs(experiment.fresh()), epochs))[0]

    def bare_sweep() -> float:
        return timed(lambda: bare_steps(experiment.fresh(), SWEEP_STEPS))[0]

    for package, bare, work in (
        ("skorch", bare_training, lambda session: _skorch(session, experiment.train_data, epochs)),
        ("torch-lr-finder", bare_sweep, _torch_lr_finder),
        ("pytorch-ignite", bare_sweep, _ignite),
    ):
        if package not in missing:
            yield _row(package, name, bare, _quietly(experiment, work), rounds)


def _row(package: str, name: str, bare: Callable[[], float], theirs: Callable[[], float], rounds: int) -> Row:
    (ratio,), spread, base = interleaved(bare, (theirs,), rounds)
    return Row(
        name=f"published/{package}, {name}",
        value=ratio,
        limit=math.inf,
        bare=base,
        noise=spread,
        note=f"{package} {metadata.version(package)}, default settings",
    )


def _quietly(experiment: Experiment, work: Callable[[Session], object]) -> Callable[[], float]:
    """Return a way to do it whose output goes nowhere."""

    def run() -> float:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            return timed(lambda: work(experiment.fresh()))[0]

    return run


def _take(epochs: Iterator[float], count: int) -> None:
    for _ in range(count):
        next(epochs)


def _skorch(session: Session, data: object, epochs: int) -> object:
    """Train as skorch does: each batch timed and its loss averaged, the history kept, every epoch printed."""
    group = session.optimizer.param_groups[0]
    net = import_module("skorch").NeuralNetClassifier(
        session.model,
        criterion=type(session.loss),
        optimizer=type(session.optimizer),
        optimizer__momentum=group["momentum"],
        lr=group["lr"],
        batch_size=session.train_loader.batch_size,  # type: ignore[attr-defined]
        iterator_train__shuffle=True,
        max_epochs=epochs,
        train_split=None,
    )
    return net.fit(data, None)


def _torch_lr_finder(session: Session) -> object:
    finder = import_module("torch_lr_finder").LRFinder(
        session.model, session.optimizer, session.loss, device="cpu"
    )
    session.optimizer.param_groups[0]["lr"] = SWEEP_RANGE[0]
    return finder.range_test(session.train_loader, end_lr=SWEEP_RANGE[1], num_iter=SWEEP_STEPS)


def _ignite(session: Session) -> object:
    trainer = import_module("ignite.engine").create_supervised_trainer(
        session.model, session.optimizer, session.loss
    )
    finder = import_module("ignite.handlers").FastaiLRFinder()
    kept = {"model": session.model, "optimizer": session.optimizer}
    start, end = SWEEP_RANGE
    with finder.attach(trainer, kept, num_iter=SWEEP_STEPS, start_lr=start, end_lr=end) as sweeping:
        return sweeping.run(session.train_loader)
