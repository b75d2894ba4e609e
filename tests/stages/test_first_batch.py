"""The first-batch stage: every fact is found on a network that has it, and none on a zoo of healthy ones."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from cnndoctor.context import Seen
from cnndoctor.evidence import FirstBatchEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.patient.session import Session
from cnndoctor.stages.first_batch import run
from tests.stages.alone import context_of, written
from tests.stages.looked_at_nets import HEALTHY, SICK

FILE = Path(__file__).with_name("looked_at_nets.py")
CONFIG = """\
model: {{_target_: "{file}:{model}"{name}}}
data:
  train: {{_target_: "{file}:{data}"}}
  loader: {{batch_size: 8}}
loss: {loss}
optimizer: {optimizer}
train: {{epochs: 2, precision: {precision}}}
{more}
"""
SGD = "{_target_: torch.optim.SGD, lr: 0.05}"
LOSSES = {"quantities": "MSELoss", "columns": "MSELoss", "many_labels": "BCEWithLogitsLoss"}
NETS: dict[str, tuple[Any, ...]] = {**HEALTHY, **SICK}


@pytest.fixture
def look(tmp_path: Path):
    """Return a function that runs the stage on one of the networks."""

    def looked(
        name: str = "plain",
        *,
        model: str = "build",
        data: str = "",
        loss: str = "",
        optimizer: str = SGD,
        precision: str = "fp32",
        more: str = "",
    ) -> Seen[FirstBatchEvidence]:
        entry = NETS[name]
        data = data or entry[1]
        kind = LOSSES.get(data, "CrossEntropyLoss")
        if len(entry) > 2:
            more += f'step: {{_target_: "{FILE}:{entry[2]}", _partial_: true}}\n'
        text = CONFIG.format(
            file=FILE,
            model=model,
            name=f", name: {name}" if model == "build" else "",
            data=data,
            loss=loss or f"{{_target_: torch.nn.{kind}}}",
            optimizer=optimizer,
            precision=precision,
            more=more,
        )
        return run(context_of(written(tmp_path, text)))

    return looked


@pytest.fixture
def facts(look):
    """Return a function that gives the evidence of one network, whose code must not raise."""

    def evidence(name: str, **changes: Any) -> FirstBatchEvidence:
        seen = look(name, **changes)
        assert seen.evidence is not None
        assert seen.failures == ()
        found: FirstBatchEvidence = seen.evidence
        return found

    return evidence


@pytest.mark.parametrize("name", list(HEALTHY))
def test_healthy_networks_show_nothing_odd(facts, name) -> None:
    """A healthy network of any kind gives no cut, no mixing, no odd reshape, no chain, no frozen or unused parameter."""
    seen = facts(name)
    assert seen.cut is None
    assert seen.unused_parameters == ()
    assert seen.linear_chains == ()
    assert seen.reshapes == ()
    assert seen.batchnorm_axis_wrong == ()
    assert not [text for text in seen.softmax_axes.values() if "batch" in text]
    assert seen.mixing == 0 or math.isnan(seen.mixing)
    assert seen.depends_on_input > 1e-3
    assert seen.train_eval_difference == 0 or math.isnan(seen.train_eval_difference)
    assert seen.eval_noise == 0 or name == "vae"
    assert seen.batchnorm_frozen == ()
    assert seen.steps == 3
    # What a normalisation behind them swallows has a gradient of rounding only, what waits behind a zero an even smaller one.
    usual = sorted(step.gradient_rms for step in seen.parameters)[len(seen.parameters) // 2]
    felt = [step for step in seen.parameters if step.gradient_rms > 1e-3 * usual]
    assert all(step.changed and step.gradient == "ok" for step in felt)
    assert not [step for step in seen.parameters if step.gradient == "none"]
    assert math.isfinite(seen.loss.value)
    assert math.isfinite(seen.loss_after)
    assert seen.path_differs == (("aux",) if name == "auxiliary-head" else ())
    assert not seen.output.sums_to_one
    assert not seen.output.in_unit_interval
    assert not seen.output.never_negative
    assert max((signal.dead_units for signal in seen.layers if signal.kind == "ReLU"), default=0) < 0.9


@pytest.mark.parametrize("name", ["detached", "data-cut"])
def test_cut_after_the_first_layer(facts, name) -> None:
    """A detach in the forward is found with the layer behind it, the parameters before it and its line."""
    cut = facts(name).cut
    assert cut is not None
    assert cut.layer == "second"
    assert cut.cut_off == ("first.weight", "first.bias")
    assert "detach" in _line(cut) or ".data" in _line(cut)


@pytest.mark.parametrize(("name", "word"), [("numpy", "numpy"), ("no-grad", "no_grad")])
def test_cut_before_the_last_layer(facts, name, word) -> None:
    """A numpy round trip and a no_grad block are found with their line."""
    cut = facts(name).cut
    assert cut is not None
    assert cut.layer == "last"
    assert len(cut.cut_off) == 4
    assert word in _line(cut)


def test_cut_of_everything(look) -> None:
    """A loss without a graph is the user's failure in backward, and everything is cut off."""
    seen = look("all-cut")
    assert [failure.phase for failure in seen.failures] == ["backward"]
    assert len(seen.evidence.cut.cut_off) == 6
    assert "tolist" in _line(seen.evidence.cut)


def test_a_backward_that_breaks_is_no_cut(look) -> None:
    """A backward() that raises half-way leaves layers without a gradient, and no word of where the graph would end."""
    seen = look("in-place")
    assert ["inplace" in failure.message for failure in seen.failures] == [True]
    assert seen.evidence.cut is None


@pytest.mark.parametrize("name", ["overwritten", "unused"])
def test_unused_layers(facts, name) -> None:
    """A layer that is never called, or whose output is thrown away, is unused and not cut off."""
    seen = facts(name)
    assert seen.unused_parameters == ("second.weight", "second.bias")
    assert seen.cut is None


@pytest.mark.parametrize("name", ["wrong-view", "wrong-heads", "wrong-view-equal"])
def test_scrambled_reshape(facts, name) -> None:
    """A view in the place of a permute is found with its line."""
    found = facts(name).reshapes
    assert found
    assert all(fact.scrambles and not fact.mixes_batch for fact in found)
    assert "reshape" in _line(found[0]) or "view" in _line(found[0])


def test_reshape_that_mixes_samples(facts) -> None:
    """A view that puts layers of the recurrent state in the batch's place mixes samples, and the mixing is measured."""
    seen = facts("batch-view")
    assert [fact.mixes_batch for fact in seen.reshapes] == [True]
    assert seen.mixing > 0.1


def test_softmax_over_the_batch(facts) -> None:
    """A softmax over axis 0 is named with its axis, sums to one there, and mixes samples."""
    seen = facts("batch-softmax")
    assert list(seen.softmax_axes.values()) == ["axis 0 of 8x3 (batch)"]
    assert seen.output.sums_to_one == (0,)
    assert seen.mixing > 0.01


@pytest.mark.parametrize(
    ("name", "layer"),
    [("centred", "last"), ("time-first", "rnn"), ("time-first-attention", "encoder.layers.0.self_attn")],
)
def test_mixing(facts, name, layer) -> None:
    """Samples that see each other are measured and the first layer is named, for numbers and for tokens."""
    seen = facts(name)
    assert seen.mixing > 0.01
    assert seen.mixing_layer == layer


def test_mixing_by_the_largest_sample(facts) -> None:
    """What only the largest sample does to the others shows when each is made the largest."""
    assert facts("by-the-largest").mixing > 0.01


def test_norm_without_running_statistics_is_no_mixing(facts) -> None:
    """A batch norm without running statistics mixes samples by its nature: that is not what mixing means here."""
    assert facts("no-batch-statistics").mixing == 0


def test_noise_in_eval_mode(facts) -> None:
    """A functional dropout that is always on is measured, and the layer behind it named."""
    seen = facts("eval-dropout")
    assert seen.eval_noise > 0.05
    assert seen.eval_noise_drawn == 0
    assert seen.eval_noise_layers == ("last",)


def test_gaussian_noise_is_drawn_whatever_dropout_does(facts) -> None:
    """What a variational step samples is there with every dropout off, too."""
    seen = facts("vae")
    assert seen.eval_noise > 0
    assert seen.eval_noise_drawn == pytest.approx(seen.eval_noise)


def test_another_path_in_eval_mode(facts) -> None:
    """A layer that runs in training only is named, and the outputs of both modes differ."""
    seen = facts("other-in-eval")
    assert seen.path_differs == ("extra",)
    assert seen.train_eval_difference > 0.01


def test_noise_of_training_hides_no_other_path(facts) -> None:
    """Gaussian noise that a model adds while it trains is no other path, and what stands beside it is one."""
    assert facts("noisy-training").train_eval_difference == 0
    assert facts("noisy-and-scaled-training").train_eval_difference > 0.5


def test_output_that_ignores_its_input(facts) -> None:
    """An output made of parameters alone does not depend on its input."""
    seen = facts("ignores")
    assert seen.depends_on_input == 0
    assert seen.input_gradient == 0
    assert seen.output.varies_over_samples == 0


def test_norm_over_the_wrong_axis(facts) -> None:
    """A BatchNorm1d over time steps behind a linear layer is named."""
    assert facts("wrong-norm").batchnorm_axis_wrong == ("bn",)


def test_nothing_but_pools(facts) -> None:
    """Pools and norms between three layers are no activation; one ReLU between any two of them is."""
    assert facts("only-pooled").only_pooled
    assert not facts("pooled-and-activated").only_pooled
    assert not facts("deep-linear").only_pooled  # that is a chain


def test_linear_chains(facts) -> None:
    """Linear layers in a row are one chain, also through dropout and flattening."""
    assert facts("deep-linear").linear_chains == ("0 → 1 → 3",)
    assert facts("no-activation-conv").linear_chains == ("a → b → fc",)
    assert not facts("deep-linear").activations_after_linear
    assert facts("forgotten").linear_chains == ("a → b → c",)  # the activations' results are thrown away


def test_frozen_statistics(facts) -> None:
    """A batch norm with momentum 0 never moves its running statistics."""
    assert facts("frozen-statistics").batchnorm_frozen == ("1",)
    assert facts("frozen-statistics").batchnorm_untrained == ()


def test_weights_copied_without_their_statistics(facts) -> None:
    """A frozen batch norm with trained weights and the statistics of a new layer is told; with statistics it is not."""
    assert facts("copied-weights").batchnorm_untrained == ("1",)
    assert facts("copied-with-statistics").batchnorm_untrained == ()


def test_dead_and_saturated_units(facts) -> None:
    """Units that never fire and units at their limit are counted, for layers and for functions in the forward."""
    assert _signal(facts("dead"), "ReLU").dead_units == 1
    functional = _signal(facts("functional-dead"), "ReLU")
    assert functional.dead_units == 1
    assert functional.path.startswith("relu@")
    assert _signal(facts("saturated"), "Sigmoid").saturated > 0.8


def test_heads(facts) -> None:
    """What the last operation can put out is recognised, whatever stands behind it."""
    softmax = facts("softmax").output
    assert (softmax.sums_to_one, softmax.in_unit_interval, softmax.last_activation) == ((1,), True, "Softmax")
    logs = facts("log-softmax").output
    assert (logs.log_sums_to_one, logs.last_activation, logs.bounds) == ((1,), "LogSoftmax", (-math.inf, 0.0))
    sigmoid = facts("sigmoid").output
    assert (sigmoid.sums_to_one, sigmoid.in_unit_interval, sigmoid.bounds) == ((), True, (0.0, 1.0))
    relu = facts("relu-head").output
    assert (relu.never_negative, relu.in_unit_interval, relu.last_activation, relu.last_layer) == (
        True,
        False,
        "ReLU",
        "2",
    )
    tanh = facts("tanh-head").output
    assert (tanh.last_activation, tanh.bounds) == ("Tanh", (-1.0, 1.0))
    one = facts("one-unit").output
    assert one.sums_to_one == (1,)
    assert one.std == 0


def test_loss_call(facts) -> None:
    """Shapes, the chance level, the halves of the batch and silent broadcasting are measured at the loss."""
    plain = facts("plain").loss
    assert (plain.output_shape, plain.target_shape, plain.target_dtype) == ((8, 3), (8,), "int64")
    assert 0.9 < plain.expected < 1.1
    assert plain.half_batch_ratio == pytest.approx(1, abs=1e-4)
    assert plain.prediction_is_output
    summed = facts("plain", loss="{_target_: torch.nn.CrossEntropyLoss, reduction: sum}").loss
    assert summed.half_batch_ratio == pytest.approx(2, abs=1e-4)
    broad = facts("broadcast").loss
    assert (broad.output_shape, broad.target_shape) == ((8, 1), (8,))
    assert abs(broad.aligned_value - broad.value) > 0.01
    assert facts("half-labels").loss.expected == pytest.approx(math.log(2))
    heads = facts("dict-outputs").loss
    assert (heads.output_shape, heads.target_shape) == ((8, 3), (8,))
    assert facts("vae").loss.penalty > 0


def test_loss_of_several_terms(facts) -> None:
    """What a step adds up is counted, and has no chance level; neither has a loss that the step never calls."""
    plain = facts("plain").loss
    assert (plain.terms, plain.meets_targets) == (1, True)
    for name in ("dict-outputs", "auxiliary-head"):
        summed = facts(name).loss
        assert (summed.terms, math.isnan(summed.expected)) == (2, True)
    assert math.isnan(facts("vae", loss="{_target_: torch.nn.MSELoss}").loss.expected)


def test_targets_that_met_other_outputs(facts) -> None:
    """A reconstruction that met its image in the loss, beside labels that a score would be held against."""
    step = f'step: {{_target_: "{FILE}:labelled_vae_step", _partial_: true}}\n'
    labelled = facts("plain", more=step).loss
    assert (labelled.function, labelled.meets_targets) == ("mse_loss", False)
    assert facts("vae").loss.meets_targets


def test_targets_that_the_loss_never_saw(facts) -> None:
    """A discriminator's scores met ones and zeros, and a step hands back labels up to 2 beside them."""
    step = f'step: {{_target_: "{FILE}:adversarial_step", _partial_: true}}\n'
    facts_of = facts("one-unit", loss="{_target_: torch.nn.BCEWithLogitsLoss}", more=step).loss
    assert (facts_of.other_targets, facts_of.terms) == (True, 2)
    assert not facts("half-labels").loss.other_targets


def test_failing_forward(look) -> None:
    """A forward that raises is the user's failure, and what stands before it is kept."""
    seen = look(model="raising_forward")
    assert [failure.phase for failure in seen.failures] == ["forward"]
    assert seen.failures[0].line
    assert seen.evidence is not None
    assert seen.evidence.steps == 0


def test_failing_loss(look) -> None:
    """A loss that raises is the user's failure; the output is described anyway."""
    seen = look(model="wrong_width")
    assert [failure.phase for failure in seen.failures] == ["loss"]
    assert seen.evidence.output.shape == (8, 2)
    assert (seen.evidence.loss.output_shape, seen.evidence.loss.target_shape) == ((8, 2), (8,))


def test_updates(facts) -> None:
    """A step that does nothing changes no bit; a rate far too small falls below the precision of the weights."""
    still = facts("plain", optimizer=f'{{_target_: "{FILE}:Vanilla", lr: 0.1}}')
    assert not any(step.changed for step in still.parameters)
    zero = facts("plain", optimizer="{_target_: torch.optim.SGD, lr: 0.0}")
    assert zero.steps
    assert all(step.gradient == "ok" and not step.changed for step in zero.parameters)
    tiny = facts("plain", optimizer="{_target_: torch.optim.SGD, lr: 1.0e-12}")
    assert all(step.below_precision > 0.9 for step in tiny.parameters if step.name.endswith("weight"))
    sound = facts("plain", optimizer="{_target_: torch.optim.Adam, lr: 1.0e-3}")
    assert all(step.below_precision == 0 and 1e-4 < step.update_ratio < 0.1 for step in sound.parameters)


def test_warm_up_from_zero(facts) -> None:
    """Steps at rate 0 of a warm-up do not count as steps that change nothing, per step or per epoch."""
    for interval in ("step", "epoch"):
        warm = f"{{_target_: torch.optim.lr_scheduler.LinearLR, start_factor: 1.0e-10, total_iters: 3, interval: {interval}}}"
        seen = facts("plain", more=f"scheduler: {warm}\n")
        assert seen.steps == 3
    zero = '{_target_: torch.optim.lr_scheduler.LambdaLR, lr_lambda: {_target_: "%s:rising", _partial_: true}, interval: epoch}'
    seen = facts("plain", more=f"scheduler: {zero % FILE}\n")
    assert seen.steps == 3
    assert all(step.changed for step in seen.parameters)


def test_mixed_precision(facts) -> None:
    """Half precision with a scaler and brain floats are looked at as configured."""
    for precision in ("bf16", "fp16"):
        seen = facts("plain", precision=precision)
        assert seen.steps == 3
        assert all(step.gradient == "ok" for step in seen.parameters)


def test_two_runs_agree(look) -> None:
    """The same seed gives the same evidence, seconds aside."""
    once, again = look("vit").evidence, look("vit").evidence
    assert _without_time(once) == _without_time(again)


def _without_time(evidence: FirstBatchEvidence) -> str:
    return repr(replace(evidence, seconds=0.0))  # repr, because NaN differs from itself


def _signal(evidence: FirstBatchEvidence, kind: str) -> Any:
    return next(signal for signal in evidence.layers if signal.kind == kind)


def _line(place: Any) -> str:
    lines = Path(place.source_file).read_text(encoding="utf-8").splitlines()
    return str(lines[place.source_line - 1])


def test_nothing_is_left_behind(look, monkeypatch) -> None:
    """After the stage no module of its sessions holds a hook, and dropout rates are as built."""
    built: list[Session] = []
    fresh = Experiment.fresh

    def kept(self: Experiment, **settings: Any) -> Session:
        built.append(fresh(self, **settings))
        return built[-1]

    monkeypatch.setattr(Experiment, "fresh", kept)
    look("transformer")
    assert built
    for session in built:
        for module in session.model.modules():
            assert not module._forward_hooks
            assert not module._forward_pre_hooks
            assert not module._backward_hooks
            assert "forward" not in vars(module)
            if isinstance(module, torch.nn.Dropout):
                assert module.p == 0.1
