"""The setup stage: what stands before training is listed, whatever the forward does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnndoctor.context import Seen
from cnndoctor.evidence import SetupEvidence
from cnndoctor.stages.setup import run
from tests.stages.alone import context_of, written

FILE = Path(__file__).with_name("looked_at_nets.py")
CONFIG = """\
model: {{_target_: "{file}:{model}"{name}}}
data:
  train: {{_target_: "{file}:{data}"}}
  loader: {{batch_size: {batch_size}}}
loss: {loss}
optimizer: {optimizer}
train: {train}
{more}
"""
SGD = "{_target_: torch.optim.SGD, lr: 0.05, momentum: 0.9}"
CROSS_ENTROPY = "{_target_: torch.nn.CrossEntropyLoss}"


@pytest.fixture
def look(tmp_path: Path):
    """Return a function that runs the stage on one of the networks."""

    def looked(
        name: str = "plain",
        *,
        model: str = "build",
        data: str = "vectors",
        loss: str = CROSS_ENTROPY,
        optimizer: str = SGD,
        train: str = "{epochs: 2}",
        batch_size: int = 8,
        more: str = "",
    ) -> Seen[SetupEvidence]:
        given = f", name: {name}" if model == "build" else ""
        text = CONFIG.format(
            file=FILE,
            model=model,
            name=given,
            data=data,
            loss=loss,
            optimizer=optimizer,
            train=train,
            batch_size=batch_size,
            more=more,
        )
        return run(context_of(written(tmp_path, text)))

    return looked


@pytest.fixture
def facts(look):
    """Return a function that gives the evidence of one experiment, whose code must not raise."""

    def evidence(name: str = "plain", **changes: Any) -> SetupEvidence:
        seen = look(name, **changes)
        assert seen.failures == ()
        found: SetupEvidence = seen.evidence
        return found

    return evidence


def test_layers(facts) -> None:
    """Layers come with their order, shapes, settings and the line that made them."""
    seen = facts("resnet", data="images")
    layers = {layer.path: layer for layer in seen.layers}
    assert (layers["stem"].position, layers["stem"].calls, layers["relu"].calls) == (0, 1, 3)
    assert (layers["stem"].input_shape, layers["stem"].output_shape) == ((8, 3, 16, 16), (8, 8, 16, 16))
    assert layers["stem"].settings["kernel_size"] == "3"
    lines = Path(layers["fc"].source_file).read_text(encoding="utf-8").splitlines()
    assert "self.fc = " in lines[layers["fc"].source_line - 1]
    assert (seen.output_shape, seen.classes) == ((8, 3), 3)
    assert seen.normalisation == ("bn0", "bn1", "bn2")


def test_unused_layer_has_no_calls(facts) -> None:
    """A layer that the forward never calls has no position."""
    layers = {layer.path: layer for layer in facts("unused").layers}
    assert (layers["second"].calls, layers["second"].position) == (0, -1)


def test_parameters(facts) -> None:
    """Frozen, shared, constant and purposely frozen parameters are told apart."""
    frozen = facts("frozen-backbone", data="images", more='intent: {frozen: ["backbone.0.*"]}')
    named = {p.name: p for p in frozen.parameters}
    assert not named["backbone.0.weight"].trainable
    assert named["backbone.0.weight"].frozen_on_purpose
    assert not named["backbone.1.weight"].frozen_on_purpose
    assert named["backbone.1.weight"].constant
    assert named["backbone.0.weight"].fan_in == 27
    tied = {p.name: p for p in facts("tied", data="next_words").parameters}
    assert tied["embed.weight"].other_names == ("out.weight",)
    zero = {p.name: p for p in facts("resnet-zero-init", data="images").parameters}
    assert zero["fc.weight"].identical_rows
    assert not zero["stem.weight"].identical_rows


def test_optimizer(facts) -> None:
    """Groups, momentum and foreign tensors of the optimizer are listed."""
    sgd = facts().optimizer
    assert (sgd.name, sgd.adaptive, sgd.groups[0].momentum, sgd.groups[0].parameters) == (
        "SGD",
        False,
        0.9,
        4,
    )
    adam = facts(optimizer=f'{{_target_: "{FILE}:params_of_another", lr: 0.01}}').optimizer
    assert (adam.name, adam.adaptive, adam.foreign) == ("Adam", True, ((2, 2),))
    assert adam.groups[0].momentum == 0.9


def test_loss(facts) -> None:
    """A loss module and a loss function are both read for their settings."""
    module = facts(loss="{_target_: torch.nn.CrossEntropyLoss, label_smoothing: 0.1, ignore_index: 5}").loss
    assert (module.known, module.reduction, module.label_smoothing, module.ignore_index) == (
        True,
        "mean",
        0.1,
        5,
    )
    function = facts(
        loss="{_target_: torch.nn.functional.cross_entropy, _partial_: true, reduction: sum}"
    ).loss
    assert (function.name, function.known, function.reduction, function.ignore_index) == (
        "cross_entropy",
        True,
        "sum",
        -100,
    )


def test_loose_modules(facts) -> None:
    """Layers in plain containers are listed with their line; repeated registered ones are not."""
    loose = {item.path: item for item in facts(model="Scattered").loose_modules}
    assert set(loose) == {"hidden[0]", "hidden[1]", "heads['a'][0]", "teacher[0]", "scale[0]"}
    assert not loose["teacher[0]"].trainable
    assert loose["hidden[0]"].parameters == 272
    lines = Path(loose["hidden[0]"].source_file).read_text(encoding="utf-8").splitlines()
    assert "self.hidden" in lines[loose["hidden[0]"].source_line - 1]


def test_kept_in_eval(facts) -> None:
    """A model that keeps its batch norm in eval mode says so; dropout rates are listed."""
    seen = facts(model="KeepsEval")
    assert seen.in_eval_on_purpose == ("net.1",)
    assert seen.dropouts == {"net.3": 0.3}
    assert facts("resnet", data="images").in_eval_on_purpose == ()


@pytest.mark.parametrize(("model", "data"), [("raising_forward", "vectors"), ("build", "images")])
def test_failing_forward(look, model, data) -> None:
    """A forward that raises takes nothing away but shapes and order."""
    seen = look(model=model, data=data)
    assert [failure.phase for failure in seen.failures] == ["forward"]
    assert seen.failures[0].stage == "setup"
    assert seen.evidence.parameters
    assert seen.evidence.planned_steps == 6
    assert seen.evidence.output_shape == ()


def _schedule(name: str, interval: str, **arguments: Any) -> str:
    given = ", ".join(f"{key}: {value}" for key, value in arguments.items())
    return f"scheduler: {{_target_: torch.optim.lr_scheduler.{name}, {given}, interval: {interval}}}"


def test_planned_rates(facts) -> None:
    """The schedule is followed to its end per epoch and per step, with exact positions."""
    none = facts()
    assert (none.planned_lr, none.planned_steps, none.steps_per_epoch) == (((0.0, 0.05),), 6, 3)
    steps = facts(train="{epochs: 4}", more=_schedule("StepLR", "epoch", step_size=2, gamma=0.1))
    assert [progress for progress, _ in steps.planned_lr] == [0, 0.25, 0.5, 0.75]
    assert [lr for _, lr in steps.planned_lr] == pytest.approx([0.05, 0.05, 0.005, 0.005])
    fast = facts(train="{steps: 1000}", more=_schedule("ExponentialLR", "step", gamma=0.9))
    assert len(fast.planned_lr) == 200
    assert fast.planned_lr[-1] == pytest.approx((0.999, 0.05 * 0.9**999))
    plateau = facts(more=_schedule("ReduceLROnPlateau", "epoch", patience=2) + "\n")
    assert plateau.planned_lr == ()


def test_schedule_that_ends_early(look) -> None:
    """A one-cycle schedule shorter than the run is the user's failure, at its step."""
    seen = look(train="{epochs: 20}", more=_schedule("OneCycleLR", "step", max_lr=0.1, total_steps=12))
    assert [failure.phase for failure in seen.failures] == ["scheduler"]
    assert "step 13 of 60" in seen.failures[0].message
    assert len(seen.evidence.planned_lr) == 13


def test_unknown_length(facts) -> None:
    """An iterable data set without a length leaves the number of steps unknown, not the epochs' schedule."""
    seen = facts(
        data="Stream", train="{epochs: 4}", more=_schedule("StepLR", "epoch", step_size=2, gamma=0.1)
    )
    assert (seen.planned_steps, seen.steps_per_epoch) == (0, 0)
    assert len(seen.planned_lr) == 4


def test_two_classes_of_one_score(facts) -> None:
    """A head of one unit tells two classes apart."""
    loss = "{_target_: torch.nn.BCEWithLogitsLoss}"
    seen = facts("broadcast", data="binary", loss=loss)
    assert seen.classes == 2


def test_lazy_layers(facts) -> None:
    """Lazy layers have their shape after the probe forward."""
    assert all(p.shape for p in facts("lazy").parameters)
