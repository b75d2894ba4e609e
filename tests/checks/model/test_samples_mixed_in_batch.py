from cnndoctor.check import run
from cnndoctor.checks.model.samples_mixed_in_batch import samples_mixed_in_batch
from cnndoctor.evidence.setup import Layer
from cnndoctor.finding import Finding
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(samples_mixed_in_batch, healthy_evidence()).finding is None


def test_mixed() -> None:
    """Samples that depend on each other are an error."""
    finding = found(
        samples_mixed_in_batch, {"first_batch.mixing": 0.5, "first_batch.mixing_layer": "rnn", "train": None}
    )
    assert finding.severity == "error"
    assert "rnn" in finding.message


def test_mixed_that_learns() -> None:
    """In a run that learns well they are a warning."""
    finding = found(samples_mixed_in_batch, {"first_batch.mixing": 0.5})
    assert finding.severity == "warning"
    assert "0.5" in finding.message


def test_unknown() -> None:
    """What could not be tested is not judged."""
    assert silent(samples_mixed_in_batch, {"first_batch.mixing": float("nan")})


def test_an_attention_that_takes_samples_for_steps() -> None:
    """Where no gradient tells, the shapes do: the batch stands where the steps should."""

    def attends(*shape: int) -> Finding | None:
        layer = Layer(
            path="attention",
            kind="MultiheadAttention",
            calls=1,
            input_shape=shape,
            settings={"batch_first": "False"},
        )
        facts = {
            "setup.layers": (layer,),
            "first_batch.batch_size": 64,
            "first_batch.mixing": float("nan"),
            "train": None,
        }
        return run(samples_mixed_in_batch, evidence_with(facts)).finding

    finding = attends(64, 17, 40)
    assert finding is not None
    assert "[T, N, F]" in finding.message
    assert attends(17, 64, 40) is None
    assert attends(64, 64, 40) is None


def test_a_collate_function_that_lets_samples_run_into_each_other() -> None:
    """Outputs that hang on what is collated beside a sample are told at the loader; rounding and padding are not."""
    finding = found(samples_mixed_in_batch, {"first_batch.collate_mixing": 0.7, "train": failed_train()})
    assert finding.severity == "error"
    assert [place.name for place in finding.places] == ["data.loader"]
    assert silent(samples_mixed_in_batch, {"first_batch.collate_mixing": 0.01})
    assert silent(samples_mixed_in_batch, {"first_batch.collate_mixing": float("nan")})
