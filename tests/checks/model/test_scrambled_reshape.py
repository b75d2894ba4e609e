import pytest

from cnndoctor.check import run
from cnndoctor.checks.model.scrambled_reshape import scrambled_reshape
from cnndoctor.evidence.first_batch import ReshapeFact
from tests.changed import evidence_with, paired_trials
from tests.healthy import healthy_evaluation, healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(scrambled_reshape, healthy_evidence()).finding is None


def test_view_for_permute() -> None:
    """A view with the shape of a permute is a warning before training."""
    finding = found(
        scrambled_reshape,
        {
            "first_batch.reshapes": (ReshapeFact(before=(32, 16, 8), after=(32, 8, 16), scrambles=True),),
            "train": None,
        },
    )
    assert finding.severity == "warning"
    assert "[32, 8, 16]" in finding.message


def test_batch_cut() -> None:
    """A reshape that mixes samples is an error."""
    finding = found(
        scrambled_reshape,
        {
            "first_batch.reshapes": (ReshapeFact(before=(32, 16, 8), after=(16, 32, 8), mixes_batch=True),),
            "first_batch.mixing": 0.4,
        },
    )
    assert finding.severity == "error"
    assert "batch axis" in finding.message


def test_windows() -> None:
    """Folding windows into the batch without mixing is right."""
    assert silent(
        scrambled_reshape,
        {"first_batch.reshapes": (ReshapeFact(before=(32, 16, 8), after=(128, 4, 8), mixes_batch=True),)},
    )


def test_learns_less_than_a_simple_model() -> None:
    """A run that learns, but far less than a simple model, still has the reshape for a cause; a good one has a note."""
    fact = ReshapeFact(before=(32, 12, 4, 4), after=(32, 16, 12), scrambles=True)
    reached = {split: healthy_evaluation(split, 1400, 1.2, 0.64) for split in ("train", "validation")}
    changes = {f"train.{split}": value for split, value in reached.items()}
    finding = found(scrambled_reshape, {"first_batch.reshapes": (fact,), **changes})
    assert finding.severity == "warning"
    assert finding.confidence > 0.7
    assert "underfitting" in scrambled_reshape.explains
    well = run(scrambled_reshape, evidence_with({"first_batch.reshapes": (fact,)}))
    assert well.finding is not None
    assert well.finding.severity == "note"


def test_only_a_nearly_perfect_fit_excuses_it() -> None:
    """A network learns something from scrambled values too; a note is left for those that lose nothing by it."""
    for score, severity in ((0.99, "note"), (0.85, "warning")):
        finding = found(
            scrambled_reshape,
            {
                "first_batch.reshapes": (ReshapeFact(before=(32, 96, 3), after=(32, 3, 96), scrambles=True),),
                "train.train": healthy_evaluation("train", 1433, 0.3, score),
                "train.validation": healthy_evaluation("validation", 364, 0.3, score),
                "data.baseline.validation": 0.8,
                "data.baseline.train": 0.8,
            },
        )
        assert finding.severity == severity


SCRAMBLED = {"data.train.scrambled": "colours-last", "data.train.unscrambled_steps": 0.4}


def test_images_that_the_data_set_scrambles() -> None:
    """Where undoing a reshape smooths nearly all images and paired runs gain by it, the data set is named."""
    pairs = paired_trials({"as-configured": (0.64, 0.68), "unscrambled": (0.95, 0.96)})
    finding = found(scrambled_reshape, {**SCRAMBLED, "trials": pairs})
    assert finding.severity == "error"
    assert [place.name for place in finding.places] == ["data.train"]
    assert "[H, W, C]" in finding.message
    assert "40%" in finding.message


def test_half_of_a_small_error_is_proof() -> None:
    """Near the top there is little to gain: what halves the error on both seeds is proven, what gains less a note."""
    pairs = paired_trials({"as-configured": (0.938, 0.939), "unscrambled": (0.987, 0.986)})
    assert found(scrambled_reshape, {**SCRAMBLED, "trials": pairs}).severity == "error"
    hardly = paired_trials({"as-configured": (0.938, 0.939), "unscrambled": (0.95, 0.96)})
    assert found(scrambled_reshape, {**SCRAMBLED, "trials": hardly}).severity == "note"


def test_stripes_are_no_scrambled_images() -> None:
    """What only looks so is a note, and nothing once paired runs do no better without the reshape."""
    fair = {"train.validation": healthy_evaluation("validation", 364, 0.5, 0.8)}
    told = found(scrambled_reshape, {**SCRAMBLED, **fair})
    assert told.severity == "note"
    assert "look as if" in told.message
    perfect = {"train.validation": healthy_evaluation("validation", 364, 0.01, 0.999)}
    assert silent(scrambled_reshape, {**SCRAMBLED, **perfect})
    alike = paired_trials({"as-configured": (0.64, 0.68), "unscrambled": (0.62, 0.66)})
    assert silent(scrambled_reshape, {**SCRAMBLED, "trials": alike})


VIEWED = {"first_batch.reshapes": (ReshapeFact(before=(32, 16, 8), after=(32, 8, 16), scrambles=True),)}


def test_a_permute_in_its_place_that_gains_is_proof() -> None:
    """Pairs with axes swapped make an error of a forward's reshape, also in a run that learns, with what they gain."""
    for runs, gained in (
        ({"as-configured": (0.64, 0.68), "permuted": (0.95, 0.96)}, 0.27 / 0.9),
        ({"as-configured": (0.938, 0.939), "permuted": (0.987, 0.986)}, 0.047 / 0.9),
    ):
        finding = found(scrambled_reshape, {**VIEWED, "trials": paired_trials(runs)})
        assert finding.severity == "error"
        assert finding.confidence == 0.95
        assert "with a permute in its place" in finding.message
        assert finding.measured["gained"] == pytest.approx(gained)


def test_a_permute_that_gains_nothing_leaves_it_at_what_is_seen() -> None:
    """A reshape that costs nothing in pairs is a note where the run fits, as without pairs."""
    alike = paired_trials({"as-configured": (0.95, 0.96), "permuted": (0.95, 0.97)})
    finding = found(scrambled_reshape, {**VIEWED, "trials": alike})
    assert finding.severity == "note"
    assert "permute in its place" not in finding.message


def test_pairs_accuse_no_forward_without_a_reshape() -> None:
    """What a swap of axes gains where nothing was reshaped is no reshape's fault; nor is a sound flattening's."""
    gains = paired_trials({"as-configured": (0.64, 0.68), "permuted": (0.95, 0.96)})
    assert silent(scrambled_reshape, {"trials": gains})
    flat = (ReshapeFact(before=(32, 16, 8), after=(32, 128)),)
    assert silent(scrambled_reshape, {"first_batch.reshapes": flat, "trials": gains})
