"""One prediction for every input is found, unless nearly all labels are the same."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.catalogue import by_id
from cnndoctor.check import run
from tests.changed import failed_train
from tests.healthy import healthy_evidence


def test_constant_predictions_are_found_against_the_labels() -> None:
    """Silent when one label holds 95 % of the samples."""
    train = failed_train()
    assert train.train is not None
    constant = replace(train, train=replace(train.train, top_prediction_share=1.0))
    assert run(by_id("constant-predictions"), healthy_evidence(train=constant)).finding
    assert constant.train is not None
    skewed = replace(constant, train=replace(constant.train, top_label_share=0.95, chance=0.95))
    assert not run(by_id("constant-predictions"), healthy_evidence(train=skewed)).finding
