"""transfer-not-used: few colour images, fresh weights, and a validation that falls short."""

from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.training.transfer_not_used import transfer_not_used
from cnndoctor.evidence import Evidence
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evaluation, healthy_setup, healthy_train

GAP = replace(healthy_train(), validation=healthy_evaluation("validation", 364, 1.5, 0.5))


def _evidence(**changes: object) -> Evidence:
    given: dict[str, object] = {"data.train.inputs.shapes": {"3x32x32": 1433}, "train": GAP}
    return evidence_with(given | {name.replace("__", "."): value for name, value in changes.items()})


def test_behind_training() -> None:
    """100 % on training data and 50 % on validation, from weights as drawn."""
    finding = run(transfer_not_used, _evidence()).finding
    assert finding is not None
    assert "1,433 colour images" in finding.message
    assert "99.6% on training data and 50.0% on validation" in finding.message


def test_behind_simple_models() -> None:
    """At chance where simple models reach 98 %, images with the channel last."""
    evidence = _evidence(train=failed_train(), data__train__inputs__shapes={"64x64x3": 1433})
    finding = run(transfer_not_used, evidence).finding
    assert finding is not None
    assert "behind simple models" in finding.message


def _pretrained() -> object:
    setup = healthy_setup()
    return replace(setup, parameters=tuple(replace(p, constant=False) for p in setup.parameters))


def _frozen() -> object:
    setup = healthy_setup()
    return replace(setup, parameters=tuple(replace(p, trainable=p.layer == "head") for p in setup.parameters))


def _without_norms(std: float) -> object:
    setup = healthy_setup()
    kept = (p for p in setup.parameters if "Norm" not in p.kind)
    return replace(
        setup, parameters=tuple(replace(p, std=std * p.fan_in**-0.5 if p.fan_in else 0.1) for p in kept)
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"train": healthy_train()},
        {"data__train__size": 50_000},
        {"setup": _pretrained()},
        {"setup": _frozen()},
        {"setup": _without_norms(0.8)},
        {"experiment__intent_memorise": True},
    ],
    ids=["does-well", "many-images", "pretrained", "frozen", "pretrained-without-norms", "memorise"],
)
def test_silent(changes: dict[str, object]) -> None:
    """A run that does well, many images, weights that somebody trained, or memorising on purpose: no word."""
    assert run(transfer_not_used, _evidence(**changes)).status == "passed"


def test_default_weights_without_norms_are_fresh() -> None:
    """Torch's default spread, 0.577 over the root of fan-in, is an initialisation."""
    assert run(transfer_not_used, _evidence(setup=_without_norms(0.577))).status == "found"


@pytest.mark.parametrize("shape", ["1x8x8", "3x8x8", "64", ""])
def test_not_applicable(shape: str) -> None:
    """Grey, tiny or no images: nothing to transfer."""
    assert run(transfer_not_used, _evidence(data__train__inputs__shapes={shape: 1433})).status == "skipped"
