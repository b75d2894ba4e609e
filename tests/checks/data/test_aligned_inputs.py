"""aligned-inputs: one layout for all images, and a simple model by places that beats the convolutions."""

import pytest

from cnndoctor.check import run
from cnndoctor.checks.data.aligned_inputs import aligned_inputs
from tests.changed import evidence_with, failed_train
from tests.verdicts import found

ALIGNED = {"data.train.layout_share": 0.8, "train": failed_train()}


def test_found() -> None:
    """A shared layout, 98 % by a simple model and chance by the network."""
    finding = found(aligned_inputs, ALIGNED)
    assert "80% of the pixels" in finding.message
    assert finding.places[1].name == "features.1.0"


@pytest.mark.parametrize(
    "changes",
    [
        {"data.train.layout_share": 0.48},
        {"train": evidence_with({}).train},
        {"data.baseline.validation": 0.12},
    ],
    ids=["digits", "network-does-well", "simple-models-fail-too"],
)
def test_silent(changes: dict[str, object]) -> None:
    """Images as varied as centred digits, a good network, or simple models that fail too: no word."""
    assert run(aligned_inputs, evidence_with({**ALIGNED, **changes})).status == "passed"


@pytest.mark.parametrize("changes", [{"data.train.layout_share": float("nan")}, {"setup.layers": ()}])
def test_not_applicable(changes: dict[str, object]) -> None:
    """No images, or no convolution."""
    assert run(aligned_inputs, evidence_with({**ALIGNED, **changes})).status == "skipped"
