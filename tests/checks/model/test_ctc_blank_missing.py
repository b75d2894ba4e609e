from cnndoctor.check import run
from cnndoctor.checks.model.ctc_blank_missing import ctc_blank_missing
from cnndoctor.evidence.setup import LossFacts
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent

TEN_SYMBOLS = {str(i): 50 for i in range(1, 11)}


def ctc(*, outputs: int) -> dict[str, object]:
    """Return the facts of CTC with index 0 as blank, over twenty time steps."""
    return {
        "setup.loss": LossFacts(name="CTCLoss", known=True, blank=0),
        "first_batch.output.shape": (20, 32, outputs),
    }


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(ctc_blank_missing, healthy_evidence()).finding is None


def test_too_narrow() -> None:
    """Labels beyond the head leave no room for the blank."""
    finding = found(ctc_blank_missing, {**ctc(outputs=10), "data.train.labels.histogram": TEN_SYMBOLS})
    assert finding.severity == "error"
    assert "blank" in finding.message


def test_every_output_taken() -> None:
    """Symbols on every output take the blank's index."""
    finding = found(ctc_blank_missing, ctc(outputs=10))
    assert finding.severity == "error"
    assert "no output is left" in finding.message


def test_too_long() -> None:
    """Targets longer than the output have an infinite loss."""
    finding = found(
        ctc_blank_missing, {**ctc(outputs=12), "data.train.labels.target_lengths_exceed_inputs": (3, 5)}
    )
    assert finding.severity == "error"
    assert "2 samples" in finding.message


def test_room() -> None:
    """One output more than symbols is right."""
    assert silent(ctc_blank_missing, {**ctc(outputs=11), "data.train.labels.histogram": TEN_SYMBOLS})


def test_padding() -> None:
    """Zeros that pad are no labels."""
    assert silent(
        ctc_blank_missing, {**ctc(outputs=11), "data.train.labels.histogram": {"0": 900} | TEN_SYMBOLS}
    )


def test_a_loss_of_the_users_own_that_calls_ctc() -> None:
    """What torch's CTC loss was given inside tells the width and the blank; with an output more there is room."""
    own = {
        "setup.loss": LossFacts(name="StringLoss", known=False),
        "data.train.labels.histogram": {str(digit): 280 for digit in range(10)},
        "first_batch.loss.ctc_outputs": 10,
        "first_batch.loss.ctc_blank": 0,
    }
    assert "All 10 outputs" in found(ctc_blank_missing, own).message
    assert silent(
        ctc_blank_missing, {**own, "first_batch.loss.ctc_outputs": 11, "first_batch.loss.ctc_blank": 10}
    )
    assert silent(ctc_blank_missing, {**own, "first_batch.loss.ctc_outputs": 0})


def test_a_symbol_numbered_as_the_blank() -> None:
    """Targets that hold the blank's index within their length can never be read, however many outputs there are."""
    held = {**ctc(outputs=12), "first_batch.loss.ctc_blank_targets": 0.3}
    finding = found(ctc_blank_missing, held)
    assert "30% of the targets hold 0" in finding.message
