"""The gradient check: wrong backwards are found and named, right ones stay silent however they look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cnndoctor.evidence import GradientEvidence
from cnndoctor.evidence.gradient import LeavingCall, TensorCheck
from cnndoctor.stages.gradient import _note, run
from tests.stages.alone import context_of, written
from tests.stages.gradient_nets import RIGHT, WRONG

FILE = Path(__file__).with_name("gradient_nets.py")
CONFIG = """\
model: {{_target_: "{file}:build", group: {group}, name: "{name}"}}
data:
  train: {{_target_: "{file}:{data}"}}
  loader: {{batch_size: 8}}
loss: {loss}
optimizer: {{_target_: torch.optim.SGD, lr: 0.1}}
train: {{epochs: 1, precision: {precision}}}
stages: {{gradient: {{seconds: {seconds}}}}}
{more}
"""
CROSS_ENTROPY = "{_target_: torch.nn.CrossEntropyLoss}"


@pytest.fixture
def examine(tmp_path: Path):
    """Return a function that runs the stage on one of the networks."""

    def examined(
        group: str = "right",
        name: str = "kinks",
        *,
        data: str = "vectors",
        loss: str = CROSS_ENTROPY,
        precision: str = "fp32",
        seconds: float = 60,
        more: str = "",
    ) -> GradientEvidence:
        text = CONFIG.format(
            file=FILE,
            group=group,
            name=name,
            data=data,
            loss=loss,
            precision=precision,
            seconds=seconds,
            more=more,
        )
        evidence = run(context_of(written(tmp_path, text))).evidence
        assert evidence is not None
        return evidence

    return examined


@pytest.mark.parametrize("name", list(WRONG))
def test_a_wrong_backward_is_found_and_named(examine, name: str) -> None:
    """Each planted fault gives a wrong tensor, and the module (and custom function) it sits in comes first."""
    evidence = examine("wrong", name, data="images" if "CNN" in name else "vectors")
    _, path, function = WRONG[name]
    assert evidence.checkable, evidence.reason
    assert any(tensor.verdict == "wrong" for tensor in evidence.tensors), evidence
    assert evidence.modules[0].path == path
    assert evidence.modules[0].source_file == str(FILE)
    if function:
        assert evidence.modules[0].functions == (function,)


@pytest.mark.parametrize("name", list(RIGHT))
def test_a_right_backward_stays_silent(examine, name: str) -> None:
    """Kinks, noise, normalisation, casts and deliberate tricks never give a wrong or uneasy tensor."""
    evidence = examine(name=name, data=RIGHT[name][1])
    assert [t for t in evidence.tensors if t.verdict in {"wrong", "uneasy"}] == []
    assert evidence.checkable or evidence.reason


def test_a_wrong_loss_is_named(examine) -> None:
    """A custom function outside the model stands for itself, with the line of its backward."""
    evidence = examine(name="plain", loss=f'{{_target_: "{FILE}:CustomLoss"}}')
    assert [(m.path, m.kind, m.functions) for m in evidence.modules] == [("", "FocalLoss", ("FocalLoss",))]
    assert evidence.modules[0].backward_line > evidence.modules[0].source_line


def test_a_wrong_step_is_named(examine) -> None:
    """A function applied in the user's step is found like one in the model."""
    evidence = examine(name="plain", more=f'step: {{_target_: "{FILE}:in_a_step", _partial_: true}}')
    assert evidence.modules[0].functions == ("SignFlipped",)


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_reduced_precision_is_checked_in_double(examine, precision: str) -> None:
    """The configured autocast is left out: what is checked is the mathematics."""
    evidence = examine("wrong", "factor 1.1", precision=precision)
    assert evidence.modules[0].functions == ("TenPercent",)


def test_logging_in_a_step_is_no_fault(examine) -> None:
    """An accuracy computed on detached outputs changes nothing."""
    evidence = examine(name="plain", more=f'step: {{_target_: "{FILE}:scaled_step", _partial_: true}}')
    assert {tensor.verdict for tensor in evidence.tensors} == {"ok"}


def test_mappings_are_batches_too(examine) -> None:
    """A batch and an output may be mappings, with members that are no tensors."""
    more = f'step: {{_target_: "{FILE}:mapping_step", _partial_: true}}'
    evidence = examine("others", "mapping", data="mappings", more=more)
    assert {tensor.verdict for tensor in evidence.tensors} == {"ok"}


def test_a_stream_is_checked(examine) -> None:
    """An iterable data set without a length gives its batches."""
    evidence = examine(name="plain", data="stream")
    assert evidence.samples == 4
    assert {tensor.verdict for tensor in evidence.tensors} == {"ok"}


def test_large_targets_do_not_hide_or_invent_errors(examine) -> None:
    """Tolerances follow the size of the loss."""
    evidence = examine(name="plain", data="table", loss="{_target_: torch.nn.MSELoss}")
    assert {tensor.verdict for tensor in evidence.tensors} == {"ok"}


def test_what_cannot_be_repeated_is_not_judged(examine) -> None:
    """A model that gives another value each time is not checkable, and the reason says by how much it differs."""
    evidence = examine(name="clock")
    assert not evidence.checkable
    assert "two evaluations of the same batch differ by" in evidence.reason


def test_time_box_names_what_was_left_out(examine) -> None:
    """With no time every tensor is listed as untested."""
    evidence = examine(name="plain", seconds=1e-6)
    assert evidence.untested == ("first.weight", "first.bias", "last.weight", "last.bias", "input")
    assert evidence.tensors == ()


def test_two_runs_give_the_same_evidence(examine) -> None:
    """The same seed gives the same numbers, time aside."""
    first, second = examine(name="convolution", data="images"), examine(name="convolution", data="images")
    assert replace(first, seconds=0.0) == replace(second, seconds=0.0)


def test_default_dtype_is_put_back(examine) -> None:
    """Whatever happens, tensors made afterwards are float32 again."""
    examine(name="clock")
    assert torch.get_default_dtype() is torch.float32


def test_parameters_that_miss_a_part_of_their_gradient_are_named(examine) -> None:
    """A state cut at every step costs its cell a part of the gradient; the call and its line are known."""
    evidence = examine("others", "cut state")
    assert evidence.cut_parameters == ("cell.weight", "cell.bias")
    assert [(call.name, call.file) for call in evidence.cut_by][:1] == [("detach", str(FILE))]
    assert {tensor.verdict for tensor in evidence.tensors} == {"ok", "unchecked"}


@pytest.mark.parametrize(
    ("group", "name"), [("others", "whole state"), ("right", "round with detach"), ("right", "hard gumbel")]
)
def test_a_cut_that_costs_no_gradient_is_not_named(examine, group: str, name: str) -> None:
    """A state kept after the sequence and straight-through estimators cut nothing off."""
    evidence = examine(group, name)
    assert evidence.checkable, evidence.reason
    assert evidence.cut_parameters == ()


@pytest.mark.parametrize(("reported", "cut"), [("false", ()), ("true", ("features.weight", "features.bias"))])
def test_features_of_another_objective_are_cut_on_purpose(
    examine, reported: str, cut: tuple[str, ...]
) -> None:
    """A probe on features that another loss trains is meant; where that loss is only a penalty, it is not."""
    more = f'step: {{_target_: "{FILE}:probed_step", _partial_: true, reported: {reported}}}'
    assert examine("others", "probed", more=more).cut_parameters == cut


def test_the_note_counts_only_what_agrees() -> None:
    """Unchecked tensors are not said to agree, and why they are unchecked is said."""
    good = TensorCheck(name="a", layer="", error=1e-9)
    left = replace(good, name="b", verdict="unchecked")
    call = LeavingCall(name="detach", file="x.py", line=1)
    mixed = GradientEvidence(checkable=True, tensors=(good, left), cut_by=(call,))
    assert _note(replace(mixed, tensors=(good,))) == "1 tensors agree to 1e-09"
    assert _note(mixed) == "1 of 2 tensors agree to 1e-09, 1 unchecked (values leave the graph by detach)"
    meant = GradientEvidence(checkable=True, tensors=(left,), reason="meant")
    assert _note(meant) == "all 1 tensors unchecked (meant)"
