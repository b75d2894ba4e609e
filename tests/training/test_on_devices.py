"""The watched run on an accelerator, and in the formats and modes that are used there; skipped where there is none."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

import pytest
import torch
from torch import nn

from cnndoctor.errors import StageUnable
from cnndoctor.experiment import Experiment
from cnndoctor.loop import steps
from cnndoctor.patient.randomness import seed_everything
from cnndoctor.probes.layers import LayerMonitor
from cnndoctor.training.course import FETCH_EVERY, Course, plan_of
from tests.data import gpu_parts
from tests.small import small

on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
devices = pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=on_gpu)])
PICTURES = 'data.train={_target_: "gpu_parts.py:pictures"}'
VALIDATION = 'data.validation={_target_: "gpu_parts.py:pictures", size: 16}'


def with_pictures(model: str, device: str, *settings: str) -> Experiment:
    """Open an experiment on pictures with one of the models of ``gpu_parts.py``."""
    return small(
        f"device={device}", f'model={{_target_: "gpu_parts.py:{model}"}}', PICTURES, VALIDATION, *settings
    )


def trained(experiment: Experiment) -> Course:
    """Return a course that has run to its end, watched as usual."""
    session = experiment.fresh()
    course = Course(experiment=experiment, session=session, plan=plan_of(experiment, session, smoke=False))
    assert course.go(LayerMonitor(session.model, every=2)) == "completed"
    return course


def by_hand(model: nn.Module, device: str, *, precision: torch.dtype | None = None) -> list[float]:
    """Train pictures as the tutorial does."""
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    loader = torch.utils.data.DataLoader(gpu_parts.pictures(), batch_size=8, shuffle=True)
    losses = []
    for _ in range(3):
        for inputs, labels in loader:
            optimizer.zero_grad()
            with torch.autocast(device, dtype=precision) if precision else contextlib.nullcontext():
                loss = criterion(model(inputs.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@pytest.fixture
def deterministic(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let torch refuse whatever is not deterministic."""
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@on_gpu
def test_auto_takes_the_accelerator() -> None:
    """Without a word on the device a run with an accelerator uses it."""
    course = trained(small("device=auto"))
    assert course.session.device.type == "cuda"
    assert next(course.session.model.parameters()).is_cuda


@devices
@pytest.mark.usefixtures("deterministic")
def test_deterministic_mode_is_kept(device: str) -> None:
    """Watching calls nothing that torch's deterministic mode refuses, and the losses are those of the loop by hand."""
    course = trained(with_pictures("ChannelsLast", device))
    seed_everything(3)
    assert course.curves.losses == by_hand(gpu_parts.ChannelsLast().to(device), device)


@devices
def test_channels_last_stays(device: str) -> None:
    """The memory format of weights is as it was after a watched run."""
    course = trained(with_pictures("ChannelsLast", device))
    weight = course.session.model.get_parameter("body.0.weight")
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert not weight.is_contiguous()


@devices
def test_autocast_is_that_of_a_loop_by_hand(device: str) -> None:
    """In bfloat16 the losses are those of autocast by hand."""
    course = trained(with_pictures("cnn", device, "train.precision=bf16"))
    seed_everything(3)
    expected = by_hand(gpu_parts.cnn().to(device), device, precision=torch.bfloat16)
    assert course.curves.losses == pytest.approx(expected, rel=0 if device == "cpu" else 1e-3)


@on_gpu
def test_half_precision_trains_with_a_scaler() -> None:
    """In float16 gradients are scaled and the run learns."""
    course = trained(with_pictures("cnn", "cuda", "train.precision=fp16", "train.epochs=10"))
    assert course.session.scaler.is_enabled()
    assert course.curves.losses[-1] < course.curves.losses[0]


@on_gpu
def test_a_compiled_model_trains() -> None:
    """A model under torch.compile is watched to its end, with no hook left on it."""
    pytest.importorskip("triton", reason="torch.compile needs triton on a GPU")
    course = trained(with_pictures("compiled", "cuda"))
    assert all(not m._forward_hooks for m in course.session.model.modules())


@on_gpu
def test_the_loop_never_waits_for_the_device() -> None:
    """No operation of a step makes the host wait for the device."""
    session = with_pictures("cnn", "cuda").fresh()
    batches = [session.prepare(batch) for batch in session.train_loader]
    made = 0
    torch.cuda.set_sync_debug_mode("error")
    try:
        for step in steps(session, batches):
            made = step.index + 1
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert made == len(batches)


@on_gpu
def test_watching_waits_for_the_device_a_few_times_only() -> None:
    """Losses, layers and scores come in bundles: far fewer waits than steps."""
    experiment = small("device=cuda", 'data.train={_target_: "parts.py:Blobs", size: 4000}', "train.epochs=1")
    session = experiment.fresh()
    course = Course(experiment=experiment, session=session, plan=plan_of(experiment, session, smoke=False))
    session.validation_loader = None
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            course.go(LayerMonitor(session.model))
    finally:
        torch.cuda.set_sync_debug_mode("default")
    waits = sum("synchroniz" in str(warning.message) for warning in caught)
    assert course.step == 500
    assert waits < course.step / FETCH_EVERY * 4 + 80


@on_gpu
def test_too_little_device_memory_is_no_crash() -> None:
    """A step that asks for more memory than there is ends the stage with a sentence that says so."""
    step = 'step={_target_: "gpu_parts.py:step_too_large", _partial_: true}'
    with pytest.raises(StageUnable, match="memory ran out during step"):
        trained(with_pictures("cnn", "cuda", step))


def test_too_little_host_memory_is_no_crash() -> None:
    """On the host likewise."""
    step = 'step={_target_: "gpu_parts.py:step_too_large", _partial_: true}'
    with pytest.raises(StageUnable, match="memory ran out during step"):
        trained(with_pictures("cnn", "cpu", step))
