"""Measures what the examination costs, as ratios against the same work without it, and says which targets hold.

    python scripts/bench.py --out docs/performance.md
    python scripts/bench.py --quick --only 'train/*'

Everything is CPU time of one process with one thread. The ways of one row take turns within it, each round begins and ends
with the bare way, and the row is the median over rounds: what the machine does meanwhile cancels out.
"""

from __future__ import annotations

import atexit
import fnmatch
import gc
import importlib.util
import math
import os
import platform
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import torch
import typer

from cnndoctor.config import load
from cnndoctor.context import Context
from cnndoctor.doctor import Options, diagnose
from cnndoctor.evidence import Evidence, ExperimentEvidence, FailuresEvidence
from cnndoctor.evidence.train import Epoch
from cnndoctor.experiment import Experiment
from cnndoctor.loop import endless
from cnndoctor.observers import Observers
from cnndoctor.observers.tensorboard import TensorBoardObserver
from cnndoctor.opening import open_experiment
from cnndoctor.patient.session import Session
from cnndoctor.probes.layers import SURE_LOOKS, LayerMonitor
from cnndoctor.rates import band
from cnndoctor.rates.sweep import sweep
from cnndoctor.stages import data as data_stage
from cnndoctor.stages import gradient as gradient_stage
from cnndoctor.stages.train import course_of
from cnndoctor.training.course import Course

ROOT = Path(__file__).resolve().parent.parent
NETS = Path(__file__).resolve().parent / "bench_nets.py"
SWEEP_STEPS = 100
SWEEP_RANGE = (1e-6, 1e-3)  # where nothing breaks: both ways make the same number of steps

DIGITS = "train: {_target_: cnndoctor.datasets.digits, split: train}"
PICTURES = "train: {{_target_: '{nets}:samples', size: {size}, shape: [3, 32, 32], classes: {classes}{more}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One training that is measured.

    Attributes:
        name: As in the table.
        model: Target of the model.
        data: The data section's lines.
        batch: Batch size.
        epochs: Epochs; a quarter of them with ``--quick``.
        arguments: Of the model, as they go on in the file.
        optimizer: Target and arguments.
    """

    name: str
    model: str
    data: str
    batch: int
    epochs: int
    arguments: str = ""
    optimizer: str = "torch.optim.SGD, lr: 0.01, momentum: 0.9"


def _pictures(size: int, classes: int = 10, more: str = "") -> str:
    return PICTURES.format(nets=NETS, size=size, classes=classes, more=more)


WORK = (
    Work(name="small CNN, digits", model="SmallCNN", data=DIGITS, batch=64, epochs=20),
    Work(name="ResNet-18 narrow, 32×32", model="ResNet", data=_pictures(640), batch=16, epochs=3),
    Work(name="VGG without norm, 32×32", model="vgg", data=_pictures(640), batch=16, epochs=3),
    Work(name="U-Net, 32×32", model="UNet", data=_pictures(400, 3, ", dense: true"), batch=8, epochs=3),
    Work(name="small ViT, 32×32", model="ViT", data=_pictures(640), batch=16, epochs=3),
    Work(
        name="MLP, tiny steps",
        model="mlp",
        data=f"train: {{_target_: '{NETS}:samples', size: 2000, shape: [8], classes: 2}}",
        batch=16,
        epochs=30,
    ),
    Work(
        name="GRU, 8×8 rows",
        model="RowsGRU",
        data=f"train: {{_target_: '{NETS}:samples', size: 1600, shape: [8, 8], classes: 10}}",
        batch=32,
        epochs=10,
    ),
)
# Depth: the same step of a residual layer, ten to a thousand times.
DEPTHS = tuple(
    Work(
        name=f"{depth:,} layers",
        model="deep",
        arguments=f", depth: {depth}",
        data=f"train: {{_target_: '{NETS}:samples', size: {size}, shape: [32], classes: 4}}",
        batch=16,
        epochs=4,
    )
    for depth, size in ((10, 6400), (100, 1600), (1000, 640))
)
MEMORY_WORK = (
    WORK[3],
    Work(
        name="wide MLP under Adam",
        model="wide",
        data=f"train: {{_target_: '{NETS}:samples', size: 960, shape: [256], classes: 10}}",
        batch=16,
        epochs=1,
        optimizer="torch.optim.Adam, lr: 1e-4",
    ),
)
FINDERS = ("fastai", "torch_lr_finder", "lightning", "ignite")
MNIST_SOURCE = """import numpy, torch
def read():
    with numpy.load({path!r}) as file:
        images, labels = file["x_train"], file["y_train"]
    return torch.utils.data.TensorDataset(torch.from_numpy(images)[:, None].float().div(255), torch.from_numpy(labels))
"""
CIFAR_SOURCE = """import io, zipfile
import numpy, torch
from PIL import Image
class read(torch.utils.data.Dataset):
    def __init__(self):
        self.archive = zipfile.ZipFile({path!r})
        self.names = sorted(n for n in self.archive.namelist() if n.startswith("train/") and n.endswith(".jpg"))
        self.classes = sorted({{n.split("/")[1] for n in self.names}})
    def __len__(self):
        return len(self.names)
    def __getitem__(self, index):
        name = self.names[index]
        image = Image.open(io.BytesIO(self.archive.read(name))).convert("RGB")
        pixels = torch.from_numpy(numpy.array(image)).permute(2, 0, 1).float().div(255)
        return pixels, self.classes.index(name.split("/")[1])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        name: What was measured.
        bare: Milliseconds of the bare way in all; 0 where there is none.
        value: The ratio, or seconds.
        limit: The most that is allowed.
        unit: × for a ratio, s for seconds.
        noise: Median difference of the bare way against itself in one round; 0 where it was not measured.
        note: What else is to be said.
    """

    name: str
    value: float
    limit: float
    bare: float = 0.0
    unit: str = "×"
    noise: float = 0.0
    note: str = ""

    @property
    def passed(self) -> bool:
        """Return whether the target holds."""
        return self.value <= self.limit


def main(
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="About a minute: shorter runs, fewer rounds.")
    ] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Glob of row names; repeatable.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds; 0: 7, or 3 with --quick.")] = 0,
    mnist: Annotated[Path | None, typer.Option("--mnist", help="mnist.npz, for its row.")] = None,
    cifar: Annotated[
        Path | None, typer.Option("--cifar", help="Archive of train/<class>/*.jpg, for its row.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write the table to this Markdown file.")
    ] = None,
) -> None:
    """Measure, print the table, and write it to a file; exits 0 also when targets are missed, for they are the result."""
    torch.set_num_threads(1)
    rounds = rounds or (3 if quick else 7)
    rows: list[Row] = []
    globs = only or ["*"]
    missing = _missing(mnist=mnist, cifar=cifar)
    with tempfile.TemporaryDirectory() as scratch:
        for row in _rows(Path(scratch), globs, rounds, (mnist, cifar), quick=quick):
            rows.append(row)
            print(_line(row), file=sys.stderr, flush=True)
            if out is not None:  # after every row: whoever interrupts it keeps what was measured
                out.write_text(_page([*rows, *_summary(rows)], rounds, missing), encoding="utf-8")
    if not rows:
        print("no row matches", file=sys.stderr)
        raise typer.Exit(2)
    print("\n".join(_table([*rows, *_summary(rows)])))


def _rows(
    scratch: Path, globs: Sequence[str], rounds: int, real: tuple[Path | None, Path | None], *, quick: bool
) -> Iterator[Row]:
    """Measure one row after the other."""

    def wanted(*names: str) -> bool:
        return any(fnmatch.fnmatch(name, glob) for name in names for glob in globs)

    if wanted("start/checks"):
        yield from _starting(1 if quick else 5)
    if wanted("judge/recheck"):
        yield from _judging(scratch, 1 if quick else 5)
    for work in (*WORK, *DEPTHS):
        if wanted(f"train/{work.name}", f"train+TensorBoard/{work.name}"):
            epochs = max(1, work.epochs // 4) if quick else work.epochs
            yield from _training(_opened(work, scratch, epochs=epochs), work.name, scratch, rounds)
    for work in WORK[:2]:
        if wanted(f"lr-range/{work.name}"):
            yield _sweeping(_opened(work, scratch), work.name, rounds)
    if wanted("memory/any"):
        yield from _remembering(scratch)
    if wanted("checklist/any"):
        yield from _checking(scratch, rounds)
    for name, experiment in _surveyed(scratch, *real, quick=quick):
        if wanted(f"data/{name}"):
            yield _surveying(experiment, name, rounds)
    if wanted("growth/any"):
        yield from _growing_data(scratch, quick=quick)


def _opened(work: Work, scratch: Path, *, epochs: int = 1) -> Experiment:
    """Write the work as an experiment file and open it."""
    file = scratch / f"{work.model}.yaml"
    file.write_text(
        f"name: bench\ndevice: cpu\nmodel: {{_target_: '{NETS}:{work.model}'{work.arguments}}}\n"
        f"data:\n  {work.data}\n  loader: {{batch_size: {work.batch}}}\n"
        "loss: {_target_: torch.nn.CrossEntropyLoss}\n"
        f"optimizer: {{_target_: {work.optimizer}}}\n"
        f"train: {{epochs: {epochs}}}\n",
        encoding="utf-8",
    )
    return open_experiment(load(file))


def _training(experiment: Experiment, name: str, scratch: Path, rounds: int) -> Iterator[Row]:
    """Measure the watched run, without and with TensorBoard, and hold its losses against those of the bare loop."""
    for kind, board in (("train", None), ("train+TensorBoard", scratch / "board")):
        side_by_side(experiment, board)  # warm-up: allocators, caches, imports
        runs = [side_by_side(experiment, board) for _ in range(rounds)]
        same = all(run.same for run in runs)
        yield Row(
            name=f"{kind}/{name}",
            value=median(run.watched / run.bare for run in runs),
            limit=1.08 if same else 0.0,
            bare=1000 * median(run.bare for run in runs),
            noise=median(abs(run.again / run.bare - 1) for run in runs),
            note=f"{runs[0].steps} steps; losses {'bit-identical' if same else 'DIFFER'}",
        )


@dataclass(slots=True, kw_only=True)
class SideBySide:
    """CPU seconds of one watched run and of two bare ones, which took turns with it epoch by epoch.

    Attributes:
        watched: Of the watched run.
        bare: Of the bare run; without the share of the other bare run's half of the turns.
        again: Of the same bare run a second time: how far it is from ``bare`` is noise.
        same: Whether all losses are bit-identical.
        steps: Steps of each.
    """

    watched: float = 0.0
    bare: float = 0.0
    again: float = 0.0
    same: bool = True
    steps: int = 0


def side_by_side(experiment: Experiment, board: Path | None) -> SideBySide:
    """Train watched and, epoch by epoch in turn, twice without watching; what the machine does meanwhile hits all three.

    Args:
        experiment: What is trained.
        board: Where TensorBoard logs go; None for none.
    """
    found = SideBySide()
    epochs = experiment.config.train.epochs or 1
    twins = [_Turn(bare_epochs(experiment.fresh())) for _ in range(2)]
    session = experiment.fresh()
    tell = Observers([TensorBoardObserver(board)] if board else [])
    tell.stage_started("train", "training as configured")
    course = course_of(_context(experiment, tell), session)
    monitor = LayerMonitor(session.model, every=experiment.config.stages.train.monitor_every)
    told = course.listener.epoch
    clock = 0.0

    def between(course: Course, epoch: Epoch) -> None:
        nonlocal clock
        told(course, epoch)
        found.watched += time.process_time() - clock
        state = torch.get_rng_state()
        means = [twin.next() for twin in (twins if epoch.index % 2 else reversed(twins))]
        found.same &= all(mean == epoch.train_loss for mean in means)
        torch.set_rng_state(state)
        clock = time.process_time()

    course.listener.epoch = between
    gc.collect()
    gc.freeze()  # what is there now is not looked through again and again, by whoever's turn it is
    clock = time.process_time()
    course.go(monitor)
    tell.close()  # what is still to be written is part of the price
    found.watched += time.process_time() - clock
    found.bare, found.again = (twin.seconds for twin in twins)
    found.same &= len(course.epochs) == epochs
    found.steps = course.step
    return found


class _Turn:
    """A bare run that goes on for one epoch whenever it is its turn, with its own random state."""

    def __init__(self, epochs: Iterator[float]) -> None:
        self._epochs = epochs
        self._random = torch.get_rng_state()
        self.seconds = 0.0

    def next(self) -> float:
        """Return the mean loss of the next epoch."""
        torch.set_rng_state(self._random)
        started = time.process_time()
        mean = next(self._epochs)
        self.seconds += time.process_time() - started
        self._random = torch.get_rng_state()
        return mean


def bare_epochs(session: Session) -> Iterator[float]:
    """Train as a person writes it by hand, with the loss read every step as people do; yield the mean loss of each epoch."""
    assert session.loss is not None
    while True:
        losses = []
        for inputs, targets in session.train_loader:
            session.optimizer.zero_grad(set_to_none=True)
            loss = session.loss(session.model(inputs), targets)
            loss.backward()  # type: ignore[no-untyped-call]
            session.optimizer.step()
            losses.append(loss.item())
        yield sum(losses) / len(losses)


def _sweeping(experiment: Experiment, name: str, rounds: int) -> Row:
    """Measure a sweep against as many bare steps, each with its own construction."""
    rates = band.spaced(*SWEEP_RANGE, SWEEP_STEPS)

    def bare() -> float:
        return _timed(lambda: _bare_steps(experiment.fresh(), SWEEP_STEPS))[0]

    def swept() -> float:
        return _timed(lambda: sweep(experiment, rates, seed=experiment.seed))[0]

    (ratio,), spread, base = _interleaved(bare, (swept,), rounds)
    return Row(
        name=f"lr-range/{name}", value=ratio, limit=1.05, bare=base, noise=spread, note=f"{SWEEP_STEPS} steps"
    )


def _bare_steps(session: Session, count: int) -> None:
    assert session.loss is not None
    for inputs, targets in islice(endless(session.train_loader), count):
        session.optimizer.zero_grad(set_to_none=True)
        loss = session.loss(session.model(inputs), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        session.optimizer.step()
        loss.item()


def _surveyed(
    scratch: Path, mnist: Path | None, cifar: Path | None, *, quick: bool
) -> Iterator[tuple[str, Experiment]]:
    """Yield the data sets that the data stage reads, without its budget."""
    yield "digits", _opened(WORK[0], scratch)
    size = 10_000 if quick else 60_000
    yield f"synthetic, {size:,} of 28×28", _data(scratch, "synthetic", _samples(size, "[1, 28, 28]"))
    for name, path, source in (("MNIST", mnist, MNIST_SOURCE), ("CIFAR-10 JPEG", cifar, CIFAR_SOURCE)):
        if path is not None:
            module = scratch / f"real_{name[:5].lower()}.py"
            module.write_text(source.format(path=str(path.resolve())), encoding="utf-8")
            yield name, _data(scratch, name[:5], f"{{_target_: '{module}:read'}}")


def _samples(size: int, shape: str) -> str:
    return f"{{_target_: '{NETS}:Computed', size: {size}, shape: {shape}, classes: 10}}"


def _data(scratch: Path, name: str, node: str) -> Experiment:
    """Open an experiment of which only the data matters."""
    file = scratch / f"data-{name}.yaml"
    file.write_text(
        "name: survey\ndevice: cpu\ntask: classification\nmodel: {_target_: torch.nn.Flatten}\n"
        f"data:\n  train: {node}\n  loader: {{batch_size: 64}}\nloss: {{_target_: torch.nn.CrossEntropyLoss}}\n"
        "optimizer: {_target_: torch.optim.SGD, lr: 0.1}\ntrain: {epochs: 1}\n"
        "stages: {data: {max_samples: null, seconds: null}}\n",
        encoding="utf-8",
    )
    return open_experiment(load(file))


def _surveying(experiment: Experiment, name: str, rounds: int) -> Row:
    """Measure the data stage against one pass over the loader."""

    def bare() -> float:
        loader = experiment.train_loader()
        return _timed(lambda: sum(1 for _ in loader))[0]

    def surveyed() -> float:
        return _timed(lambda: data_stage.run(_context(experiment, Observers([]))))[0]

    (ratio,), spread, base = _interleaved(bare, (surveyed,), min(rounds, 3))
    # The stage has a fixed part, well under a second; only a data set that takes seconds to read says anything of the target.
    limit = 1.15 if base > 2000 else math.inf
    return Row(name=f"data/{name}", value=ratio, limit=limit, bare=base, noise=spread)


def _growing_data(scratch: Path, *, quick: bool) -> Iterator[Row]:
    """Measure time and memory of the data stage on ten times the samples."""
    few = 20_000 if quick else 100_000
    files = {
        size: _data(scratch, f"grow{size}", _samples(size, "[8]")).config.path for size in (few, 10 * few)
    }
    measured = {size: _apart(_survey_apart, str(file)) for size, file in files.items()}
    (low, low_peak), (high, high_peak) = measured[few], measured[10 * few]
    note = f"{few:,} to {10 * few:,} samples"
    seconds = f"{note}: {low:.1f} s to {high:.1f} s"
    yield Row(name="growth/data stage, time", value=high / low / 10, limit=1.15, note=seconds)
    peaks = f"{note}: {low_peak / 2**20:.0f} to {high_peak / 2**20:.0f} MiB of the process at its peak"
    yield Row(name="growth/data stage, memory", value=high_peak / low_peak, limit=1.1, note=peaks)


def _survey_apart(config: str) -> tuple[float, int]:
    """Return CPU seconds of the data stage and the bytes of the process at its peak."""
    experiment = open_experiment(load(Path(config)))
    seconds = _timed(lambda: data_stage.run(_context(experiment, Observers([]))))[0]
    return seconds, _peak()


def _remembering(scratch: Path) -> Iterator[Row]:
    """Measure the memory at its peak of a watched and a bare run, each in a process of its own."""
    for work in MEMORY_WORK:
        config = _opened(work, scratch, epochs=1).config.path
        bare = median(_apart(_bare_apart, str(config)) for _ in range(3))
        watched = median(_apart(_watched_apart, str(config)) for _ in range(3))
        note = f"{bare / 2**20:.0f} to {watched / 2**20:.0f} MiB of the process at its peak"
        yield Row(name=f"memory/{work.name}", value=watched / bare, limit=1.05, note=note)


def _bare_apart(config: str) -> int:
    experiment = open_experiment(load(Path(config)))
    next(bare_epochs(experiment.fresh()))
    return _peak()


def _watched_apart(config: str) -> int:
    experiment = open_experiment(load(Path(config)))
    session = experiment.fresh()
    course_of(_context(experiment, Observers([])), session).go(LayerMonitor(session.model))
    return _peak()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _apart(work: Callable[[str], Any], argument: str) -> Any:  # noqa: ANN401 - what the work returns
    """Run it in a fresh process with one thread, which has imported the same as every other."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        pool.submit(torch.set_num_threads, 1).result()
        return pool.submit(work, argument).result()


def _checking(scratch: Path, rounds: int) -> Iterator[Row]:
    """Measure the gradient stage, and all stages but the training, against twenty epochs of bare training."""
    experiment = _opened(WORK[0], scratch, epochs=20)

    def bare() -> float:
        epochs = bare_epochs(experiment.fresh())
        return _timed(lambda: [next(epochs) for _ in range(20)])[0]

    def gradient() -> float:
        return _timed(lambda: gradient_stage.run(_context(experiment, Observers([]))))[0]

    def checklist() -> float:
        options = Options(out=None, skip=("train",))
        return _timed(lambda: diagnose(experiment.config, options))[0]

    (one, all_of_them), spread, base = _interleaved(bare, (gradient, checklist), min(rounds, 3))
    note = "share of 20 epochs of the small CNN"
    yield Row(name="checklist/gradient stage", value=one, limit=math.inf, bare=base, noise=spread, note=note)
    yield Row(
        name="checklist/without training",
        value=all_of_them,
        limit=math.inf,
        bare=base,
        noise=spread,
        note=note,
    )


def _starting(repeats: int) -> Iterator[Row]:
    """Measure commands that need no torch, each in a process of its own, and those that import it."""
    config = str(ROOT / "configs" / "digits.yaml")
    _spent([sys.executable, "-c", "import torch"])
    torch_seconds = median(_spent([sys.executable, "-c", "import torch"]) for _ in range(repeats))
    cases = (
        ("--help", ("--help",), 0.3),
        ("checks", ("checks",), 0.3),
        ("explain", ("explain", "dead-relu"), 0.3),
        ("schema", ("schema",), 0.3),
        ("validate --static", ("validate", "--static", config), 0.3),
        ("validate", ("validate", config), torch_seconds + 0.5),
    )
    for name, arguments, limit in cases:
        command = [sys.executable, "-m", "cnndoctor", *arguments]
        _spent(command)  # compiles what is not compiled yet
        seconds = median(_spent(command) for _ in range(repeats))
        note = f"import torch alone: {torch_seconds:.2f} s" if limit > 0.3 else ""
        yield Row(name=f"start/{name}", value=seconds, limit=limit, unit="s", note=note)


def _judging(scratch: Path, repeats: int) -> Iterator[Row]:
    """Measure judging a saved run again, and writing its report, after the start-up."""
    runs = scratch / "runs"
    program = [sys.executable, "-m", "cnndoctor"]
    config = str(ROOT / "configs" / "digits.yaml")
    _spent(
        [*program, "diagnose", config, "-q", "--out", str(runs), "--profile", "smoke", "--fail-on", "never"]
    )
    folder = next(iter(runs.glob("*/*/report.json"))).parent
    start = median(_spent([*program, "checks"]) for _ in range(repeats))
    for name, arguments in (("recheck", ["recheck"]), ("render html", ["render", "--format", "html"])):
        _spent([*program, *arguments, str(folder)])
        spent = median(_spent([*program, *arguments, str(folder)]) for _ in range(repeats))
        yield Row(
            name=f"judge/{name}",
            value=max(0.0, spent - start),
            limit=0.3,
            unit="s",
            note=f"above {start:.2f} s of start-up",
        )


def _spent(command: Sequence[str]) -> float:
    """Return the CPU seconds of a process and its children; its modules are compiled, as those of an installed program are."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPYCACHEPREFIX": str(_compiled())}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = os.times()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False, env=environment)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


@cache
def _compiled() -> Path:
    """Return where measured processes keep compiled modules; installing writes them, a checkout may be told not to."""
    folder = tempfile.mkdtemp(prefix="cnndoctor-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _interleaved(
    bare: Callable[[], float], ways: Sequence[Callable[[], float]], rounds: int
) -> tuple[list[float], float, float]:
    """Return the median ratio of each way, the noise of the bare way, and its milliseconds; the ways swap places."""
    ratios: list[list[float]] = [[] for _ in ways]
    noises, bases = [], []
    for run in (bare, *ways):  # warm-up: allocators, caches, and imports that a way makes when it first runs
        run()
    for turn in range(rounds):
        first = bare()
        order = list(range(len(ways)))
        spent = dict.fromkeys(order, 0.0)
        for way in order if turn % 2 else reversed(order):
            spent[way] = ways[way]()
        last = bare()
        base = (first + last) / 2
        bases.append(base)
        noises.append(abs(first - last) / base)
        for way, seconds in spent.items():
            ratios[way].append(seconds / base)
    return [median(values) for values in ratios], median(noises), 1000 * median(bases)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def _context(experiment: Experiment, tell: Observers) -> Context:
    described = ExperimentEvidence(name="bench", path="", lines={}, task=experiment.task.value)
    return Context(
        experiment=experiment, so_far=Evidence(experiment=described, failures=FailuresEvidence()), tell=tell
    )


def _summary(rows: Sequence[Row]) -> list[Row]:
    """Return the medians over all trainings, which have a target of their own."""
    found = []
    for kind in ("train", "train+TensorBoard"):
        values = [row.value for row in rows if row.name.startswith(f"{kind}/") and "layers" not in row.name]
        if len(values) > 1:
            found.append(Row(name=f"{kind}, median of {len(values)}", value=median(values), limit=1.03))
    return found


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| what | measured | target | holds | bare | noise | |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        yield _line(row)


def _line(row: Row) -> str:
    places = 3 if row.unit == "×" else 2
    bare = f"{row.bare:.0f} ms" if row.bare else ""
    noise = f"±{row.noise:.1%}" if row.noise else ""
    target = f"≤ {row.limit:.2f}" if math.isfinite(row.limit) else "none"
    holds = ("pass" if row.passed else "**FAIL**") if math.isfinite(row.limit) else ""
    return (
        f"| {row.name} | {row.value:.{places}f} {row.unit} | {target} | {holds} "
        f"| {bare} | {noise} | {row.note} |"
    )


def _page(rows: Sequence[Row], rounds: int, missing: Sequence[str]) -> str:
    table = "\n".join(_table(rows))
    asked = shlex.join(_options(sys.argv[1:]))
    absent = f"\nNot measured: {'; '.join(missing)}.\n" if missing else ""
    return f"""# What it costs

Written by `python scripts/bench.py {asked}`; misses included.{QUICK if "--quick" in asked else ""}

Every row with × is a ratio of CPU times against the same work done by hand, in one process with one thread, the median over
{rounds} rounds. *Noise* is how far the bare way is from itself within one round: no row is better known than that. `train/…` is
the watched training run of the train stage with default settings: its loop, layer looks, curves and scores; the bare loop reads
its loss every step and does nothing else, and the two take turns epoch by epoch. `train/… layers` is a residual network of so
many linear layers with tiny batches. `lr-range/…` is one sweep against as many steps by hand. `memory/…` is the whole process's
peak in both ways. `checklist/…` is CPU time as a share of twenty epochs. `data/…` is the data stage without its budget against
one pass over its loader; its target is for data sets that take seconds to read. `growth/…` is ten times the samples: time in
tenths, memory as it is. `start/…` and `judge/…` are CPU seconds of whole processes.

Modules of measured processes are compiled beforehand, as those of an installed program are.

`diagnose --overhead 3%` sets what watching may cost in the train stage. The first {SURE_LOOKS} looks at the layers (900 steps)
are made whatever they cost, so that what they show never hangs on a clock; later ones are left out while all that watching took
since then (these looks, curves, scores, logs) is more than its share of the time, but for eight from 1,000 steps to 10,000.

{table}
{absent}
Python {platform.python_version()}, torch {torch.__version__}, {platform.machine()}. Meanwhile {os.getloadavg()[2]:.1f} programs
(a mean over a quarter of an hour) wanted the {os.cpu_count()} processors of the machine: the more, the slower is every program
that wants the same caches, and the less are single rows worth.
"""


QUICK = " `--quick` trains a quarter of the epochs, on which the dense first looks weigh four times as much."


def _options(arguments: Sequence[str]) -> list[str]:
    """Return the options as typed, without those that name a file of this machine."""
    files = ("--mnist", "--cifar", "--out")
    return [
        word
        for before, word in zip(("", *arguments), arguments, strict=False)
        if word not in files and before not in files
    ]


def _missing(*, mnist: Path | None, cifar: Path | None) -> list[str]:
    """Return what was not measured, and why."""
    said = [
        f"{name} (no {option} given)"
        for name, option, path in (("MNIST", "--mnist", mnist), ("CIFAR-10", "--cifar", cifar))
        if path is None
    ]
    if not any(importlib.util.find_spec(finder) for finder in FINDERS):
        said.append("`lr-find` against published finders (none of them is installed here)")
    return said


if __name__ == "__main__":
    typer.run(main)
