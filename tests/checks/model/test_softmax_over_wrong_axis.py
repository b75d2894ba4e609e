from cnndoctor.check import run
from cnndoctor.checks.model.softmax_over_wrong_axis import softmax_over_wrong_axis
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evaluation, healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(softmax_over_wrong_axis, healthy_evidence()).finding is None


def test_over_the_batch() -> None:
    """A softmax over the batch is an error."""
    finding = found(softmax_over_wrong_axis, {"first_batch.output.sums_to_one": (0,)})
    assert finding.severity == "error"
    assert "the batch" in finding.message


def test_log_softmax_over_the_batch() -> None:
    """So is a log_softmax."""
    finding = found(
        softmax_over_wrong_axis, {"first_batch.output.log_sums_to_one": (0,), "setup.loss.name": "NLLLoss"}
    )
    assert finding.severity == "error"
    assert "the batch" in finding.message


def test_over_the_classes() -> None:
    """A softmax over the classes is not this fault."""
    assert silent(softmax_over_wrong_axis, {"first_batch.output.sums_to_one": (1,)})


def test_attention_over_the_batch() -> None:
    """A softmax within the forward that runs over the batch is named when samples are seen to mix, and only then."""
    attention = {"forward@12": "axis 0 of 32x4x16x16 (batch)"}
    finding = found(
        softmax_over_wrong_axis,
        {"first_batch.softmax_axes": attention, "first_batch.mixing": 0.02, "train": None},
    )
    assert "forward@12" in finding.message
    assert "samples-mixed-in-batch" in softmax_over_wrong_axis.explains
    apart = run(
        softmax_over_wrong_axis,
        evidence_with({"first_batch.softmax_axes": attention, "first_batch.mixing": 0.0, "train": None}),
    )
    assert apart.finding is None, apart


def test_attention_over_the_keys() -> None:
    """Attention that normalises over its keys is right."""
    outcome = run(
        softmax_over_wrong_axis,
        evidence_with(
            {"first_batch.softmax_axes": {"a": "axis 3 of 32x4x16x16"}, "first_batch.mixing": 0.02}
        ),
    )
    assert outcome.finding is None, outcome


def test_weights_summed_over_the_other_axis() -> None:
    """An attention whose weights do not sum to one where they are summed: an error where the run fails, a note near the top."""
    facts = {
        "first_batch.crossed_weights": ("forward@38",),
        "first_batch.softmax_axes": {"forward@38": "axis 1 of 16x14x14"},
    }
    top = healthy_evaluation("validation", 364, 0.01, 0.999)
    good = healthy_evaluation("validation", 364, 0.3, 0.9)
    assert found(softmax_over_wrong_axis, {**facts, "train.validation": good}).severity == "warning"
    assert found(softmax_over_wrong_axis, {**facts, "train": failed_train()}).severity == "error"
    assert found(softmax_over_wrong_axis, {**facts, "train.validation": top}).severity == "note"
