"""The gradient check: wrong backwards are found and named, right ones stay silent however they look."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from cnndoctor.config import load
from cnndoctor.evidence import Evidence, FailuresEvidence, GradientEvidence
from cnndoctor.experiment import open_experiment
from cnndoctor.observers import Observers
from cnndoctor.stages import Context
from cnndoctor.stages.gradient import run

FILE = Path(__file__).with_name("gradient_nets.py")
CONFIG = """\
model: {{_target_: "{file}:build", group: {group}, name: "{name}"}}
data:
  train: {{_target_: "{file}:{data}"}}
  loader: {{batch_size: 8}}
loss: {loss}
optimizer: {{_target_: torch.optim.SGD, lr: 0.1}}
train: {{epochs: 1, precision: {precision}}}
stages: {{gradient: {{seconds: 60}}}}
{more}
"""
CROSS_ENTROPY = "{_target_: torch.nn.CrossEntropyLoss}"


def _nets() -> Any:
    specification = importlib.util.spec_from_file_location("gradient_nets_of_the_tests", FILE)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


NETS = _nets()


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
        more: str = "",
    ) -> GradientEvidence:
        text = CONFIG.format(file=FILE, group=group, name=name, data=data, loss=loss, precision=precision, more=more)
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        experiment = open_experiment(load(path))
        context = Context(experiment=experiment, so_far=_nothing_seen(), tell=Observers())
        evidence = run(context).evidence
        assert evidence is not None
        return evidence

    return examined


def _nothing_seen() -> Evidence:
    from tests.healthy import healthy_experiment

    return Evidence(experiment=healthy_experiment(), failures=FailuresEvidence())


@pytest.mark.parametrize("name", list(NETS.WRONG))
def test_a_wrong_backward_is_found_and_named(examine, name: str) -> None:
    """Each planted fault gives a wrong tensor, and the module (and custom function) it sits in comes first."""
    evidence = examine("wrong", name, data="images" if "CNN" in name else "vectors")
    _, path, function = NETS.WRONG[name]
    assert evidence.checkable, evidence.reason
    assert any(tensor.verdict == "wrong" for tensor in evidence.tensors), evidence
    assert evidence.modules[0].path == path
    assert evidence.modules[0].source_file == str(FILE)
    if function:
        assert evidence.modules[0].functions == (function,)


@pytest.mark.parametrize("name", list(NETS.RIGHT))
def test_a_right_backward_stays_silent(examine, name: str) -> None:
    """Kinks, noise, normalisation, casts and deliberate tricks never give a wrong or uneasy tensor."""
    evidence = examine("right", name, data=NETS.RIGHT[name][1])
    assert [t for t in evidence.tensors if t.verdict in {"wrong", "uneasy"}] == []
    assert evidence.checkable or evidence.reason


if __name__ == "__main__":
    raise SystemExit(pytest.main([__file__]))
