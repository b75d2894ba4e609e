"""Measures the search for copies in the data pass: what it costs, which planted leaks it finds, and what it invents.

    python scripts/bench_data.py --mnist mnist.npz --out docs/stages.md

MNIST (``x_train``, ``y_train``, ``x_test``, ``y_test``) is also found in the folder ``CNNDOCTOR_DATA``; without it only the
embedded digits are read, and the section says so. Costs are CPU time of one thread; both ways take turns.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import torch
import typer
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, TensorDataset

from cnndoctor.datasets import digits
from cnndoctor.patient.batches import Members
from cnndoctor.survey.copies import Fingerprints, overlap_of
from cnndoctor.survey.source import source_of
from stages_page import write_section

LIMIT = 1.5
ROUNDS = 7
EACH = 10  # leaks of each kind: 0.1 % of MNIST's test images
Alter = Callable[[Tensor, torch.Generator], Tensor]


def _jpeg(image: Tensor, _: torch.Generator) -> Tensor:
    kept = io.BytesIO()
    Image.fromarray((image[0] * 255).round().byte().numpy()).save(kept, "JPEG", quality=75)
    return torch.from_numpy(np.array(Image.open(io.BytesIO(kept.getvalue())))).float()[None] / 255


def _noise(size: float) -> Alter:
    def noisy(image: Tensor, generator: torch.Generator) -> Tensor:
        return (image + size * torch.randn(image.shape, generator=generator)).clamp(0, 1)

    return noisy


EXACT: dict[str, Alter] = {"equal": lambda image, _: image}
ALTERED: dict[str, Alter] = {
    "a pixel to the right": lambda image, _: torch.roll(image, 1, 2),
    "a pixel up": lambda image, _: torch.roll(image, -1, 1),
    "darker, less contrast": lambda image, _: 0.7 * image + 0.1,
    "JPEG, quality 75": _jpeg,
    "noise of 0.03": _noise(0.03),
}
GRAIN: dict[str, Alter] = {"noise of 0.01": _noise(0.01), "darker": lambda image, _: 0.7 * image}


class Pictures(Dataset[tuple[Tensor, int]]):
    """Images as files hold them: decoded, scaled and normalised at every read."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.files, self.labels = [], labels.tolist()
        for image in images:
            kept = io.BytesIO()
            Image.fromarray((image[0] * 255).round().byte().numpy()).save(kept, "PNG")
            self.files.append(kept.getvalue())

    def __len__(self) -> int:
        """Return how many."""
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Decode one."""
        image = torch.from_numpy(np.array(Image.open(io.BytesIO(self.files[index]))))
        return image[None].float().div(255).sub(0.1307).div(0.3081), self.labels[index]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Images and labels of training and validation."""

    name: str
    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]


def main(
    *,
    mnist: Annotated[Path | None, typer.Option("--mnist", help="MNIST as npz.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", envvar="CNNDOCTOR_DATA", help="Folder with mnist.npz.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Page whose data section is written.")] = None,
) -> None:
    """Measure, print the section, and write it."""
    torch.set_num_threads(1)
    small = Split(name="digits, 8×8", train=_pair(digits("train")), validation=_pair(digits("validation")))
    leaks, costs = [*_leaks(small, EXACT | GRAIN)], []
    mnist = mnist or (data / "mnist.npz" if data is not None else None)
    if mnist is not None and mnist.exists():
        large = _mnist(mnist)
        leaks += _leaks(large, EXACT | ALTERED)
        costs = [
            _cost("tensors in memory", TensorDataset(*large.train)),
            _cost("PNG files, decoded and normalised", Pictures(*large.train)),
        ]
    text = _section(leaks, costs)
    print(text)
    if out is not None:
        write_section(out, "data", text)


def _pair(data: Any) -> tuple[Tensor, Tensor]:  # noqa: ANN401 - the digits as a dataset
    return data.images, data.targets


def _mnist(path: Path) -> Split:
    with np.load(path) as file:
        parts = [
            (torch.from_numpy(file[f"x_{p}"])[:, None].float() / 255, file[f"y_{p}"])
            for p in ("train", "test")
        ]
    train, test = ((images, torch.from_numpy(labels)) for images, labels in parts)
    return Split(name=f"MNIST, {len(train[0]):,} and {len(test[0]):,}", train=train, validation=test)


def _read(data: Dataset[Any], against: Fingerprints | None = None) -> Fingerprints:
    """Read a data set as the stage does, and take its fingerprints."""
    prints = Fingerprints(against=against)
    for chunk in source_of("train", DataLoader(data, batch_size=64), data, Members()).chunks(None, None):
        prints.take(chunk)
    return prints


def _leaks(split: Split, kinds: dict[str, Alter]) -> list[str]:
    """Plant leaks of each kind and return a row for each; the last row counts what was invented."""
    generator = torch.Generator().manual_seed(3)
    images = split.validation[0].clone()
    sources = torch.randperm(len(split.train[0]), generator=generator)[: EACH * len(kinds)].tolist()
    for place, source in enumerate(sources):
        images[place] = list(kinds.values())[place // EACH](split.train[0][source], generator)
    train = _read(TensorDataset(*split.train))
    within = train.duplicates()
    validation = _read(TensorDataset(images, split.validation[1]), train)
    seen = overlap_of(train, validation, same_object=False)
    found = dict(validation.near) | {there: here for here, there in seen.examples}
    rows = []
    for number, kind in enumerate(kinds):
        places = range(number * EACH, (number + 1) * EACH)
        count = sum(found.get(place) == sources[place] for place in places)
        rows.append(f"| {split.name} | {kind} | {count} of {EACH} |")
    invented = sum(1 for place, source in found.items() if place >= len(sources) or sources[place] != source)
    rows.append(f"| {split.name} | *invented, across* | {invented} |")
    rows.append(
        f"| {split.name} | *within training, nothing planted* | {within.extra} equal, {within.near} alike |"
    )
    return rows


def _cost(name: str, data: Dataset[Any]) -> str:
    """Return a row: the pass with fingerprints against the bare pass over a shuffled loader."""
    bare: list[float] = []
    full: list[float] = []
    for _ in range(ROUNDS):
        bare.append(_seconds(lambda: sum(1 for _ in DataLoader(data, batch_size=64, shuffle=True))))
        full.append(_seconds(lambda: _read(data).duplicates()))
    ratio = median(b / a for a, b in zip(bare, full, strict=True))
    verdict = "pass" if ratio <= LIMIT else "**FAIL**"
    seconds = f"{median(bare):.2f} s | {median(full):.2f} s"
    return f"| MNIST 60,000, {name} | {seconds} | {ratio:.2f} × | ≤ {LIMIT} | {verdict} |"


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _section(leaks: list[str], costs: list[str]) -> str:
    lines = ["| data | planted in validation | found |", "|---|---|---|", *leaks]
    if costs:
        lines += [
            "",
            "| pass over | bare | with copies looked for | ratio | target | holds |",
            "|---|---|---|---|---|---|",
            *costs,
        ]
    else:
        lines += ["", "MNIST was not at hand: its rows are missing."]
    table = "\n".join(lines)
    return f"""## Copies in the data pass

Written by `python scripts/bench_data.py --mnist mnist.npz --out docs/stages.md`. Copies of training images are planted in
validation, {EACH} of each kind, and count as found when the pair is named. *Invented* are pairs that nobody planted. Costs are
CPU time of one thread, {ROUNDS} rounds, both ways in turns: the bare pass is a shuffled loader that does nothing; the other
reads as the stage does, takes content hashes and looks, and finds equal and altered copies within the split. Tensors that lie
in memory cost so little to read that every look at each pixel counts: the stage takes them a few hundred at a time, where the
loader takes one by one. The ratio, the median over the rounds, moves by a tenth or two with what else the machine does.

{table}"""


if __name__ == "__main__":
    typer.run(main)
