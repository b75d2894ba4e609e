from cnndoctor.check import run
from cnndoctor.checks.model.output_ignores_input import output_ignores_input
from cnndoctor.evidence.first_batch import LayerSignal, PartRead
from cnndoctor.evidence.setup import Layer, Parameter
from tests.changed import failed_train
from tests.healthy import healthy_evidence, healthy_train
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(output_ignores_input, healthy_evidence()).finding is None


def test_constant() -> None:
    """An output that no input changes is an error."""
    finding = found(output_ignores_input, {"first_batch.depends_on_input": 0.0, "train": failed_train()})
    assert finding.severity == "error"
    assert "Zeroed" in finding.message


def test_zero_head() -> None:
    """With a head that starts at zero it says nothing yet."""
    assert silent(
        output_ignores_input,
        {
            "first_batch.depends_on_input": 0.0,
            "train": None,
            "setup.parameters": (
                Parameter(name="head.weight", layer="head", kind="Linear", shape=(10, 128), std=0.0),
            ),
        },
    )


def test_unknown() -> None:
    """What could not be tested is not judged."""
    assert silent(output_ignores_input, {"first_batch.depends_on_input": float("nan")})


def signals(behind: float) -> dict[str, object]:
    """Return a recurrent network in which samples differ by so much behind the recurrent layer."""
    return {
        "setup.layers": (
            Layer(path="emb", kind="Embedding", position=0),
            Layer(path="lstm", kind="LSTM", position=1),
        ),
        "first_batch.layers": (
            LayerSignal(path="emb", kind="Embedding", varies_over_samples=0.8, position=0),
            LayerSignal(path="lstm", kind="LSTM", varies_over_samples=behind, position=1),
        ),
        "first_batch.depends_on_input": 0.38,
        "train": failed_train(),
    }


def test_a_recurrent_layer_that_forgets_what_it_read() -> None:
    """Samples that differ before an LSTM and not behind it, in a run at chance, are an error at the LSTM."""
    finding = found(output_ignores_input, {**signals(1.2e-5), "first_batch.told_apart": 1e-7})
    assert finding.severity == "error"
    assert [place.name for place in finding.places] == ["lstm"]
    assert "padded" in finding.remedies[0].text


def test_a_recurrent_layer_that_remembers() -> None:
    """Nothing is said where outputs differ between samples, and nothing where the run learns all the same."""
    assert silent(output_ignores_input, {**signals(0.7), "first_batch.told_apart": 0.5})
    learns = {name: value for name, value in signals(1.2e-5).items() if name != "train"}
    assert silent(output_ignores_input, {**learns, "first_batch.told_apart": 1e-7})


def test_a_model_that_reads_only_the_first_step() -> None:
    """What of a sequence never reaches the output is named where the run falls behind simple models."""
    facts = {"first_batch.part_read": PartRead(axis=1, start=0, stop=8, length=32), "train": failed_train()}
    finding = found(output_ignores_input, facts)
    assert finding.severity == "error"
    assert "places 0 to 7" in finding.message
    assert silent(output_ignores_input, {**facts, "train": healthy_train()})


def test_the_end_of_a_sequence_may_be_all_that_is_remembered() -> None:
    """A recurrence that has forgotten all but the last quarter before any step may learn to remember it."""
    end = PartRead(axis=1, start=24, stop=32, length=32)
    assert silent(output_ignores_input, {"first_batch.part_read": end, "train": failed_train()})


def test_a_mask_that_is_the_wrong_way_round() -> None:
    """Words that may be swapped without any effect, beside samples that may not, are named; words that are read are not."""
    facts = {"first_batch.told_apart": 0.03, "first_batch.words_read": 0.0, "train": failed_train()}
    assert "padding" in found(output_ignores_input, facts).message
    assert silent(output_ignores_input, {**facts, "first_batch.words_read": 0.2})
    assert silent(output_ignores_input, {**facts, "train": healthy_train()})
