"""Promises of the data stage: every shape of data a user may bring, and the same evidence twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

from cnndoctor.config import load
from cnndoctor.context import Context, Seen
from cnndoctor.evidence import DataEvidence
from cnndoctor.opening import open_experiment
from cnndoctor.patient.batches import Members
from cnndoctor.patient.task import Task
from cnndoctor.stages import data as stage
from tests.stages.alone import context_of

COUNT = 60
CONFIG = """
name: t
task: classification
model: {_target_: torch.nn.Linear, in_features: 4, out_features: 3}
data:
  train: {_target_: torch.utils.data.TensorDataset, _args_: []}
loss: {_target_: torch.nn.CrossEntropyLoss}
optimizer: {_target_: torch.optim.SGD, lr: 0.1}
train: {epochs: 1}
"""


def vectors(count: int = COUNT, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs and labels that follow from them."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(count, 4, generator=generator)
    return inputs, inputs[:, :3].argmax(1)


@dataclass
class Pair:
    image: torch.Tensor
    label: int


class Listed(Dataset[Any]):
    """A map-style data set of ready samples; what is an exception is raised."""

    def __init__(self, samples: list[Any]) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Any:
        sample = self.samples[index]
        if isinstance(sample, Exception):
            raise sample
        return sample


class Stream(IterableDataset[Any]):
    def __init__(self, samples: list[Any]) -> None:
        self.samples = samples

    def __iter__(self) -> Iterator[Any]:
        return iter(self.samples)


class Noisy(Listed):
    def __getitem__(self, index: int) -> Any:
        inputs, label = self.samples[index]
        return inputs + 0.01 * torch.randn(inputs.shape), label


def pairs(seed: int = 0) -> list[Any]:
    """Return ready samples."""
    inputs, labels = vectors(seed=seed)
    return list(zip(inputs, labels.tolist(), strict=True))


@pytest.fixture
def look(tmp_path: Path) -> Any:
    """Return a function that runs the stage over given data sets or loaders."""

    def run(
        train: Any, validation: Any = None, *, members: Members | None = None, loader: Any = None
    ) -> Seen[DataEvidence]:
        path = tmp_path / "t.yaml"
        path.write_text(CONFIG.replace("_args_: []", "_args_: [1]"), encoding="utf-8")
        given = Given(load(path), train, validation, members or Members(), loader)
        return stage.run(context_of(given))  # type: ignore[arg-type]

    return run


class Given:
    """What the stage asks of an experiment, with data that are given instead of built."""

    def __init__(self, config: Any, train: Any, validation: Any, members: Members, loader: Any) -> None:
        self.config, self.members, self.task, self.seed = config, members, Task.CLASSIFICATION, 0
        self.train_data, self.validation_data = train, validation
        self.has_validation = validation is not None
        self.finished = loader

    def train_loader(self) -> Any:
        shuffle = not isinstance(self.train_data, IterableDataset)
        return self.finished or DataLoader(self.train_data, batch_size=8, shuffle=shuffle)

    def validation_loader(self) -> Any:
        return DataLoader(self.validation_data, batch_size=8) if self.validation_data is not None else None


def test_the_tutorial_twice_gives_the_same_evidence() -> None:
    """Two passes over digits.yaml agree in everything but seconds."""
    context = context_of(open_experiment(load(Path("configs/digits.yaml"))))
    first, second = (_timeless(stage.run(context).evidence) for _ in range(2))
    assert first == second
    assert first.train.examined == 1433
    assert first.train.random_reads > 0.5
    assert first.validation is not None
    assert first.validation.random_reads == 0
    assert first.baseline.validation > 0.9


def _timeless(evidence: DataEvidence | None) -> DataEvidence:
    assert evidence is not None
    assert evidence.validation is not None
    train, validation = (
        replace(split, loader=replace(split.loader, seconds_per_batch=0.0))
        for split in (evidence.train, evidence.validation)
    )
    return replace(evidence, train=train, validation=validation, seconds=0.0)


def test_the_stage_says_what_it_read(look: Any) -> None:
    """The line of the stage tells how many samples of which split it read, and their shape."""
    inputs, labels = vectors()
    seen = look(TensorDataset(inputs, labels), TensorDataset(inputs[:20], labels[:20]))
    assert seen.note == "read 60 train and 20 validation samples, inputs of shape 4"


def test_mapping_samples(look: Any) -> None:
    """Mappings are read by the names of inputs and targets."""
    samples = [{"label": label, "image": inputs} for inputs, label in pairs()]
    seen = look(Listed(samples), members=Members(inputs="image", targets="label"))
    assert seen.evidence.train.inputs.shapes == {"4": COUNT}
    assert sum(seen.evidence.train.labels.histogram.values()) == COUNT


def test_dataclass_samples_with_a_collate_of_their_own(look: Any) -> None:
    """Samples that only the user's collate function understands are described as it gives them."""
    data = Listed([Pair(inputs, label) for inputs, label in pairs()])
    loader = DataLoader(
        data,
        batch_size=8,
        collate_fn=lambda batch: (
            torch.stack([s.image for s in batch]),
            torch.tensor([s.label for s in batch]),
        ),
    )
    seen = look(data, loader=loader)
    assert seen.evidence.train.inputs.shapes == {"4": COUNT}
    assert seen.evidence.train.labels.distinct == 3


def texts(seed: int) -> torch.Tensor:
    """Return rows of words drawn with Zipf's frequencies, [N, T], by their places in the language."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.multinomial(1 / torch.arange(1.0, 301), 12_000, replacement=True, generator=generator)
    return drawn.reshape(600, 20)


def numbered_by(rows: torch.Tensor, corpus: torch.Tensor) -> torch.Tensor:
    """Return the rows with each word's place in a vocabulary of a corpus, its most frequent word first."""
    counts = torch.bincount(corpus.reshape(-1), minlength=300)
    return counts.argsort(descending=True, stable=True).argsort()[rows]


@pytest.mark.parametrize("own", [True, False])
def test_a_vocabulary_of_validations_own_is_seen(look: Any, own: bool) -> None:
    """Words that validation numbered by itself are told from those that training numbered for both."""
    train, held_out = texts(0), texts(1)
    labels = torch.arange(600) % 3
    seen = look(
        TensorDataset(numbered_by(train, train), labels),
        TensorDataset(numbered_by(held_out, held_out if own else train), labels),
    )
    assert seen.evidence.validation.own_vocabulary is own
    assert seen.evidence.train.own_vocabulary


def test_numbers_that_are_no_words_have_no_vocabulary(look: Any) -> None:
    """Rows of real numbers say nothing of one."""
    inputs, labels = vectors()
    seen = look(TensorDataset(inputs, labels), TensorDataset(inputs, labels))
    assert not seen.evidence.train.own_vocabulary
    assert not seen.evidence.validation.own_vocabulary


def test_a_stream_without_length(look: Any) -> None:
    """An iterable data set is read from its loader; nothing needs len()."""
    seen = look(Stream(pairs()), Stream(pairs(seed=1)))
    assert seen.evidence.train.examined == COUNT
    assert not seen.evidence.train.map_style
    assert seen.evidence.train.loader.batch_size == 8
    assert seen.evidence.overlap.exact == 0


def test_a_finished_loader_of_another_make(look: Any) -> None:
    """A plain list of batches is a loader."""
    inputs, labels = vectors()
    batches = list(zip(inputs.split(8), labels.split(8), strict=True))
    seen = look(None, loader=batches)
    assert seen.evidence.train.examined == COUNT
    assert seen.evidence.train.loader.last_batch_size == 4


def test_texts_and_missing_targets(look: Any) -> None:
    """Inputs that are text, and samples without targets, leave what can be said."""
    seen = look(Listed([(f"sample {i}", i % 3) for i in range(COUNT)]))
    assert seen.evidence.train.inputs.kind == "text"
    assert seen.evidence.baseline.metric == ""
    seen = look(Listed(list(vectors()[0])))
    assert seen.evidence.train.targets.kind == "none"


def test_samples_that_raise_are_noted_and_left_out(look: Any) -> None:
    """The pass goes on behind a broken sample."""
    samples = pairs()
    samples[7] = OSError("truncated file")
    seen = look(Listed(samples))
    assert seen.evidence.train.broken_samples == (7,)
    assert seen.evidence.train.examined == COUNT - 1
    assert seen.evidence.train.broken[0].phase == "read train[7]"
    assert "truncated file" in seen.evidence.train.broken[0].message


def test_a_data_set_that_always_raises_leaves_one_failure(look: Any) -> None:
    """Nothing readable: one failure, no evidence."""
    seen = look(Listed([ValueError("no such column")] * COUNT))
    assert seen.evidence is None
    assert [failure.phase for failure in seen.failures] == ["read train[0]"]


def test_samples_of_different_shapes_fail_as_a_batch(look: Any) -> None:
    """What collate refuses becomes a failure beside the evidence."""
    samples = [(torch.zeros(3 + i % 2), 0) for i in range(COUNT)]
    seen = look(Listed(samples))
    assert len(seen.evidence.train.inputs.shapes) == 2
    assert "equal size" in seen.failures[0].message


def test_copies_and_contradictions_are_counted(look: Any) -> None:
    """Copies within training, across splits and with other labels are told apart."""
    samples = pairs()
    first, label = samples[0]
    seen = look(
        Listed([*samples, (first.clone(), label), (first.clone(), (label + 1) % 3)]),
        Listed([*pairs(seed=1), samples[5]]),
    )
    assert seen.evidence.train.duplicates.extra == 2
    assert seen.evidence.train.duplicates.conflicting_samples == 3
    assert seen.evidence.overlap.examples == ((5, COUNT),)


def test_subsets_share_samples_under_augmentation(look: Any) -> None:
    """Indices into one data set tell what augmentation hides from hashes."""
    data = Noisy(pairs())
    seen = look(Subset(data, range(40)), Subset(data, range(35, 60)))
    assert seen.evidence.overlap.exact == 5
    assert seen.evidence.train.random_reads == 1.0


class Transformed(Listed):
    def __init__(self, samples: list[Any], transform: Any) -> None:
        super().__init__(samples)
        self.transform = transform

    def __getitem__(self, index: int) -> Any:
        inputs, label = self.samples[index]
        return (self.transform(inputs) if self.transform is not None else inputs), label


def test_copies_under_augmentation(look: Any) -> None:
    """Copies are told by reading without transform; the user's data set stays as it is."""
    train = Transformed(pairs(), lambda inputs: inputs + 0.1 * torch.randn(4))
    seen = look(train, Listed([*pairs(seed=1), pairs()[5]]))
    assert seen.evidence.overlap.examples == ((5, COUNT),)
    assert train.transform is not None


def test_a_sorted_loader_shows_runs_of_labels(look: Any) -> None:
    """Batches of one label stand far from random ones."""
    inputs, _ = vectors(300)
    labels = torch.arange(300) // 100
    data = TensorDataset(inputs, labels)
    seen = look(data, loader=DataLoader(data, batch_size=10))
    assert seen.evidence.train.loader.shuffles is False
    assert seen.evidence.train.loader.label_run_excess > 10
    assert seen.evidence.train.loader.distinct_labels_per_batch < 0.5


def test_the_budget_is_said(look: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass that was cut says by how much, and had a fair look."""
    monkeypatch.setattr(stage, "SMOKE_SAMPLES", 30)
    context_run = stage.run

    def smoke(context: Context) -> Seen[DataEvidence]:
        return context_run(replace(context, effort="smoke"))

    monkeypatch.setattr(stage, "run", smoke)
    inputs, _ = vectors(300)
    seen = look(TensorDataset(inputs, torch.arange(300) // 100))
    assert seen.evidence.train.cut
    assert "30 of 300 train samples" in seen.evidence.budget
    assert seen.evidence.train.labels.distinct == 3


class Grouped(Listed):
    def __init__(self, samples: list[Any], groups: Any) -> None:
        super().__init__(samples)
        self.groups = groups


def test_groups_on_both_sides_are_counted(look: Any) -> None:
    """Groups that two data sets, or two subsets of one, share are named; names of single samples are no groups."""
    people = [f"p{i % 12}" for i in range(COUNT)]
    whole = Grouped(pairs(), people)
    overlap = look(Subset(whole, range(48)), Subset(whole, range(48, 60))).evidence.overlap
    assert (overlap.groups, overlap.group_samples, overlap.group_size) == (12, 12, 12)
    apart = look(Grouped(pairs(), torch.arange(COUNT) // 5), Grouped(pairs(1), torch.arange(COUNT) // 5 + 50))
    assert (apart.evidence.overlap.groups, apart.evidence.overlap.group_size) == (0, COUNT)
    own = look(Grouped(pairs(), list(range(COUNT))), Grouped(pairs(1), list(range(COUNT))))
    assert own.evidence.overlap.group_size == 0


@pytest.mark.parametrize("kind", ["tuple", "mapping", "keys"])
def test_every_tensor_of_a_sample_is_looked_at(look: Any, kind: str) -> None:
    """A NaN in the second tensor, copies equal in both and noise of validation are seen, each under its name."""
    generator = torch.Generator().manual_seed(0)
    left, right = torch.randn(2, COUNT, 20, generator=generator)
    right[5, 3] = torch.nan
    left[9], right[9] = left[8], right[8]
    left[11] = left[10]  # equal in one alone: no copy
    shape = {
        "tuple": lambda a, b: ((a, b), 0),
        "mapping": lambda a, b: ({"a": a, "b": b}, 0),
        "keys": lambda a, b: {"a": a, "b": b, "y": 0},
    }[kind]
    members = Members(inputs=("a", "b"), targets="y") if kind == "keys" else Members()
    train = [shape(a, b) for a, b in zip(left, right, strict=True)]

    class Shaken(Listed):
        def __getitem__(self, index: int) -> Any:
            return shape(left[index], right[index] + torch.randn(20))

    found = look(Listed(train), Shaken(train), members=members).evidence
    first, second = ("inputs[0]", "inputs[1]") if kind == "tuple" else ("a", "b")
    assert [one.name for one in found.train.tensors] == [first, second]
    assert found.train.tensors[1].facts.nonfinite_samples == (5,)
    assert not found.train.tensors[0].facts.nonfinite_count
    assert found.train.duplicates.examples == ((8, 9),)
    assert [one.random_reads for one in found.validation.tensors] == [0.0, 1.0]
    assert look(Listed(train), Listed(train[:20]), members=members).evidence.overlap.exact == 20


class OneGraph(Dataset[dict[str, torch.Tensor]]):
    """A whole graph as the only sample; splits differ in their mask alone."""

    def __init__(self, first: int) -> None:
        self.sample = {"x": torch.randn(COUNT, 4, generator=torch.Generator().manual_seed(0))}
        self.sample["mask"] = torch.arange(COUNT) % 3 == first

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return self.sample


@pytest.mark.parametrize(("step", "shared"), [(True, 0), (False, 1)], ids=["step", "no step"])
def test_one_graph_with_other_masks_is_no_overlap(tmp_path: Path, *, step: bool, shared: int) -> None:
    """What a step gets as a whole is compared as a whole; without a step the model sees the equal inputs alone."""
    (tmp_path / "graph.py").write_text("def step(model, batch, loss):\n    return model(batch['x']).mean()\n")
    path = tmp_path / "experiment.yaml"
    loss = "loss: {_target_: torch.nn.CrossEntropyLoss}"
    own = 'step: {_target_: "graph.py:step", _partial_: true}'
    config = CONFIG.replace("_args_: []", "_args_: [1]")
    path.write_text(config.replace(loss, own) if step else config)
    given = Given(load(path), OneGraph(0), OneGraph(1), Members(inputs="x", targets="mask"), None)
    seen = stage.run(context_of(given))  # type: ignore[arg-type]
    assert seen.evidence is not None
    assert seen.evidence.overlap.exact == shared
