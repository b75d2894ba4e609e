from cnndoctor.check import run
from cnndoctor.checks.model.single_unit_softmax import single_unit_softmax
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(single_unit_softmax, healthy_evidence()).finding is None


def test_softmax_over_one_unit() -> None:
    """A softmax over one unit is always 1."""
    finding = found(
        single_unit_softmax, {"first_batch.output.shape": (32, 1), "first_batch.output.sums_to_one": (1,)}
    )
    assert finding.severity == "error"
    assert "single unit" in finding.message


def test_cross_entropy_over_one_unit() -> None:
    """CrossEntropyLoss on one unit with float targets of that shape is the same fault."""
    finding = found(
        single_unit_softmax,
        {
            "first_batch.output.shape": (32, 1),
            "first_batch.loss.output_shape": (32, 1),
            "first_batch.loss.target_shape": (32, 1),
        },
    )
    assert finding.severity == "error"
    assert "CrossEntropyLoss" in finding.message


def test_one_logit() -> None:
    """One logit for BCEWithLogitsLoss is right."""
    assert silent(
        single_unit_softmax,
        {
            "setup.loss.name": "BCEWithLogitsLoss",
            "first_batch.output.shape": (32, 1),
            "first_batch.loss.target_shape": (32, 1),
        },
    )


def test_an_attention_that_weighs_each_place_alone() -> None:
    """A softmax within the forward over one number for each place is told with its place; loud also in a run that learns."""
    facts = {
        "first_batch.single_softmaxes": ("attention@42",),
        "first_batch.softmax_axes": {"attention@42": "axis 2 of 64x40x1"},
    }
    finding = found(single_unit_softmax, facts)
    assert finding.severity == "warning"
    assert "axis 2 of 64x40x1" in finding.message
    assert found(single_unit_softmax, {**facts, "train": failed_train()}).severity == "error"
