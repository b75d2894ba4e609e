"""What is measured: trainings of many shapes, written as experiment files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cnndoctor.config import load
from cnndoctor.experiment import Experiment
from cnndoctor.opening import open_experiment

ROOT = Path(__file__).resolve().parents[2]


NETS = ROOT / "scripts" / "bench_nets.py"


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


def opened(work: Work, scratch: Path, *, epochs: int = 1) -> Experiment:
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
