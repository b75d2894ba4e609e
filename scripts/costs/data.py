"""The data stage against one pass over its loader, and on ten times the samples."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from cnndoctor.config import load
from cnndoctor.experiment import Experiment
from cnndoctor.observers import Observers
from cnndoctor.opening import open_experiment
from cnndoctor.stages import data as data_stage
from costs.measuring import apart, context_of, interleaved, peak, timed
from costs.rows import Row
from costs.works import NETS, WORK, opened

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


def data_sets(
    scratch: Path, mnist: Path | None, cifar: Path | None, *, quick: bool
) -> Iterator[tuple[str, Experiment]]:
    """Yield the data sets that the data stage reads, without its budget."""
    yield "digits", opened(WORK[0], scratch)
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


def data_row(experiment: Experiment, name: str, rounds: int) -> Row:
    """Measure the data stage against one pass over the loader."""

    def bare() -> float:
        loader = experiment.train_loader()
        return timed(lambda: sum(1 for _ in loader))[0]

    def surveyed() -> float:
        return timed(lambda: data_stage.run(context_of(experiment, Observers([]))))[0]

    (ratio,), spread, base = interleaved(bare, (surveyed,), min(rounds, 3))
    # The stage has a fixed part, well under a second; only a data set that takes seconds to read says anything of the target.
    limit = 1.15 if base > 2000 else math.inf
    return Row(name=f"data/{name}", value=ratio, limit=limit, bare=base, noise=spread)


def growth_rows(scratch: Path, *, quick: bool) -> Iterator[Row]:
    """Measure time and memory of the data stage on ten times the samples."""
    few = 20_000 if quick else 100_000
    files = {
        size: _data(scratch, f"grow{size}", _samples(size, "[8]")).config.path for size in (few, 10 * few)
    }
    measured = {size: apart(_survey_apart, str(file)) for size, file in files.items()}
    (low, low_peak), (high, high_peak) = measured[few], measured[10 * few]
    note = f"{few:,} to {10 * few:,} samples"
    seconds = f"{note}: {low:.1f} s to {high:.1f} s"
    yield Row(name="growth/data stage, time", value=high / low / 10, limit=1.15, note=seconds)
    peaks = f"{note}: {low_peak / 2**20:.0f} to {high_peak / 2**20:.0f} MiB of the process at its peak"
    yield Row(name="growth/data stage, memory", value=high_peak / low_peak, limit=1.1, note=peaks)


def _survey_apart(config: str) -> tuple[float, int]:
    """Return CPU seconds of the data stage and the bytes of the process at its peak."""
    experiment = open_experiment(load(Path(config)))
    seconds = timed(lambda: data_stage.run(context_of(experiment, Observers([]))))[0]
    return seconds, peak()
