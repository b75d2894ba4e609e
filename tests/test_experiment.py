"""An experiment builds what its file says, as a user would, and freshly seeded every time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, RandomSampler, SequentialSampler

from cnndoctor.errors import ConfigError, UserCodeError
from cnndoctor.experiment import Experiment
from cnndoctor.patient.task import Task
from tests.small import node, small


def loaders(experiment: Experiment) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Return both loaders of an experiment."""
    training, validation = experiment.train_loader(), experiment.validation_loader()
    assert isinstance(training, DataLoader)
    assert isinstance(validation, DataLoader)
    return training, validation


def count(batches: Iterable[Any]) -> int:
    """Return the number of batches."""
    return sum(1 for _ in batches)


def test_training_is_shuffled_and_validation_is_not() -> None:
    """That is what everybody wants who says nothing."""
    training, validation = loaders(small())
    assert isinstance(training.sampler, RandomSampler)
    assert isinstance(validation.sampler, SequentialSampler)


def test_validation_never_shuffles_nor_drops() -> None:
    """Settings of training do not leak into validation."""
    training, validation = loaders(small("data.loader={batch_size: 10, shuffle: true, drop_last: true}"))
    assert (count(training), count(validation)) == (4, 2)
    assert isinstance(validation.sampler, SequentialSampler)


def test_training_may_say_otherwise() -> None:
    """``shuffle: false`` is the user's word."""
    training, _ = loaders(small("data.loader.shuffle=false"))
    assert isinstance(training.sampler, SequentialSampler)


def test_validation_loader_overrides() -> None:
    """What differs for validation is taken from there, the rest from the loader."""
    training, validation = loaders(
        small("data.validation_loader={batch_size: 16}", "data.loader.num_workers=0")
    )
    assert (training.batch_size, validation.batch_size) == (8, 16)


def test_samplers_get_their_own_data() -> None:
    """A sampler's factory is called for each split, with the data set of that split first."""
    training, validation = loaders(small(f"data.loader.sampler={node('Backwards')}"))
    assert training.sampler is not validation.sampler
    assert next(iter(training.sampler)) == 47
    assert next(iter(validation.sampler)) == 15


def test_batch_sampler_decides_alone() -> None:
    """A batch sampler's factory gets the data set of its split; batch size and order of the loader no longer count."""
    sampler = node("Threes")
    training, validation = loaders(
        small(f"data.loader={{batch_size: 8, shuffle: true, batch_sampler: {sampler}}}")
    )
    assert [len(inputs) for inputs, _ in training] == [3] * 16
    assert [len(inputs) for inputs, _ in validation] == [3] * 5


def test_other_nodes_of_the_loader_are_built() -> None:
    """A collate function is a node like any other."""
    experiment = small(
        f"data.loader.collate_fn={node('stack', _partial_=True)}", "data.inputs=image", "data.targets=label"
    )
    session = experiment.fresh()
    batch = next(iter(session.train_loader))
    assert session.members.inputs_of(batch).shape == (8, 4)
    assert torch.isfinite(session.compute(session.prepare(batch)).loss)
    assert experiment.task is Task.CLASSIFICATION


@pytest.mark.parametrize("name", ["Stream", "Readable"])
def test_iterable_data_needs_no_length(name: str) -> None:
    """What can only be iterated is read in its own order, again for every epoch."""
    experiment = small(f"data.train={node(name)}", f"data.validation={node(name)}")
    training, validation = loaders(experiment)
    assert isinstance(training.dataset, IterableDataset)
    assert [count(training), count(training), count(validation)] == [6, 6, 6]


def test_finished_loaders_are_taken_as_they_are() -> None:
    """A loader that the user built is not wrapped."""
    experiment = small(
        "data={train_loader: {_target_: 'parts.py:unshuffled_loader'}, "
        "validation_loader: {_target_: 'parts.py:unshuffled_loader', size: 12}}"
    )
    training, validation = loaders(experiment)
    assert experiment.has_validation
    assert (count(training), count(validation)) == (4, 2)
    assert experiment.train_data is None
    assert experiment.task is Task.CLASSIFICATION


def test_without_validation() -> None:
    """Validation may be missing."""
    experiment = small("data.validation=null")
    assert not experiment.has_validation
    assert experiment.fresh().validation_loader is None


def test_optimizer_gets_the_parameters_or_the_model() -> None:
    """A factory whose first parameter is called ``model`` gets the model itself."""
    plain = small().fresh()
    assert {id(p) for g in plain.optimizer.param_groups for p in g["params"]} == {
        id(p) for p in plain.model.parameters()
    }
    grouped = small(f"optimizer={node('optimizer_of_model', lr=0.01)}").fresh()
    assert [len(group["params"]) for group in grouped.optimizer.param_groups] == [2, 4]


def test_sessions_are_fresh_and_equal() -> None:
    """Two sessions share nothing and begin with the same weights and batches; another seed gives others."""
    experiment = small()

    def start(seed: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        session = experiment.fresh(seed=seed)
        return session.model.get_parameter("head.weight").detach(), next(iter(session.train_loader))[0]

    (weight, batch), (again, same), (other, _) = start(), start(), start(4)
    assert torch.equal(weight, again)
    assert weight.data_ptr() != again.data_ptr()
    assert torch.equal(batch, same)
    assert not torch.equal(weight, other)


def test_session_says_what_the_file_says() -> None:
    """Precision, accumulation, clipping and schedule arrive in the session."""
    session = small(
        "train={epochs: 1, precision: bf16, accumulate: {steps: 4, normalise: false}, clip_grad_norm: 0.5}",
        "scheduler={_target_: torch.optim.lr_scheduler.StepLR, step_size: 1, interval: step}",
    ).fresh()
    assert (session.precision, session.accumulate, session.accumulate_normalised) == ("bf16", 4, False)
    assert (session.clip_grad_norm, session.scheduler_interval) == (0.5, "step")
    assert not session.scaler.is_enabled()
    assert session.model.training


def test_step_decides_what_is_computed() -> None:
    """A step's mapping gives loss, outputs, targets and penalty; a bare loss hides the outputs."""
    session = small(f"step={node('whole_step', _partial_=True)}").fresh()
    computed = session.compute(session.prepare(next(iter(session.train_loader))))
    assert computed.outputs.shape == (8, 2)
    assert computed.penalty is not None
    assert math.isfinite(float(computed.penalty.detach()))
    plain = small(f"step={node('plain_step', _partial_=True)}").fresh()
    computed = plain.compute(plain.prepare(next(iter(plain.train_loader))))
    assert computed.outputs is None
    assert computed.targets.shape == (8,)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (f"model={node('no_model')}", "returned an object of type dict; it must return a torch.nn.Module"),
        (f"data.train={node('Blobs', size=0)}", "the train data set is empty: len() is 0"),
        (f"data.train={node('Stream', size=0)}", "the train data set is empty: iterating it gives no sample"),
        ("data.loader={batch_size: 64, drop_last: true}", "48 samples do not fill one of 64. Lower"),
        (f"data.train={node('loader')}", "Write it under `data.train_loader`"),
        (f"data.train={node('once')}", "can be read only once"),
        ("data.train={_target_: builtins.int}", "neither indexed nor iterated"),
        ("loss={_target_: builtins.dict}", "`_partial_: true`"),
        ("step={_target_: builtins.dict}", "`_partial_: true`"),
        (f"optimizer={node('no_optimizer')}", "list; it must return one torch.optim.Optimizer. Where parts"),
        ("device=cuda:7", "device 'cuda:7' is not available here"),
    ],
)
def test_what_a_factory_must_not_return(setting: str, said: str) -> None:
    """Unusable results are refused at their line, with what was returned and what to do."""
    with pytest.raises(ConfigError) as raised:
        small(setting).fresh()
    (problem,) = raised.value.problems
    assert said in str(problem)
    assert problem.key == setting.partition("=")[0]


def test_exception_of_a_factory_is_the_users() -> None:
    """What a factory raises carries its phase and the user's line."""
    with pytest.raises(UserCodeError, match="features") as raised:
        small(f"model={node('failing_model')}").fresh()
    assert raised.value.failure.phase == "build model"
    assert raised.value.failure.file.endswith("parts.py")
    assert 'settings["features"]' in raised.value.failure.traceback


@pytest.mark.parametrize(
    ("target", "missing"), [("torch.nn.L1Loss", "update"), ("builtins.set", "compute and no reset")]
)
def test_a_metric_without_the_protocol_is_refused_at_once(target: str, missing: str) -> None:
    """What has no update, compute and reset is named with its key before anything is trained."""
    with pytest.raises(ConfigError) as raised:
        small(f"metrics={{hits: {{_target_: {target}}}}}").build_metrics()
    problem = raised.value.problems[0]
    assert problem.key == "metrics.hits"
    assert missing in problem.message
    assert "update(outputs, targets)" in problem.hint


def test_a_model_of_torchscript_is_refused(tmp_path) -> None:
    """Its layers cannot be looked at: the refusal says which part is scripted and what to return instead."""
    (tmp_path / "own.py").write_text(
        "import torch\n"
        "def net():\n"
        "    return torch.nn.Sequential(torch.nn.Flatten(), torch.jit.trace(torch.nn.Linear(4, 3), torch.zeros(1, 4)))\n"
    )
    with pytest.raises(ConfigError) as raised:
        small(f"model={{_target_: '{tmp_path}/own.py:net'}}").build_model()
    assert raised.value.problems[0].message.startswith("1 is compiled by TorchScript")
    assert "torch.compile may stay" in raised.value.problems[0].hint
