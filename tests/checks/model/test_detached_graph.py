from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.model.detached_graph import detached_graph
from cnndoctor.evidence import GradientEvidence
from cnndoctor.evidence.first_batch import CutPoint
from cnndoctor.evidence.gradient import LeavingCall
from cnndoctor.evidence.setup import Parameter
from cnndoctor.finding import UserFailure
from tests.changed import evidence_with, failed_first_batch, failed_train, paired_trials
from tests.healthy import healthy_evaluation, healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(detached_graph, healthy_evidence()).finding is None


def test_cut() -> None:
    """Parameters without a gradient behind a cut are an error."""
    finding = found(
        detached_graph,
        {"first_batch.cut": CutPoint(layer="features.1.0", cut_off=("features.0.0.weight",)), "train": None},
    )
    assert finding.severity == "error"
    assert "features.1.0" in finding.message


def test_cut_that_learns() -> None:
    """A cut in a run that learns all the same is a warning."""
    cut = CutPoint(layer="head", cut_off=("features.0.0.weight",))
    finding = found(detached_graph, {"first_batch.cut": cut, "train.layers": ()})
    assert finding.severity == "warning"
    assert "head" in finding.message


def test_what_thaws_later_is_not_cut_off() -> None:
    """A body that gets no gradient until its head has settled, and has one at the end, is left alone."""
    cut = CutPoint(layer="head", cut_off=("features.0.0.weight",))
    assert silent(detached_graph, {"first_batch.cut": cut})


def test_backbone() -> None:
    """A backbone under no_grad that learns is a note."""
    finding = found(
        detached_graph, {"first_batch.cut": CutPoint(layer="head", cut_off=("backbone.0.weight",))}
    )
    assert finding.severity == "note"
    assert "head" in finding.message


def test_an_encoder_behind_a_simple_model_is_not_meant() -> None:
    """A name excuses no cut where the run fits its own training data far worse than a simple model predicts unseen data."""
    cut = CutPoint(layer="classifier", cut_off=("encoder.0.weight",))
    facts = {
        "first_batch.cut": cut,
        "train.layers": (),
        "train.train": healthy_evaluation("train", 364, 0.6, 0.72),
    }
    assert found(detached_graph, {**facts, "data.baseline.train": 0.7}).severity == "note"
    assert found(detached_graph, {**facts, "data.baseline.train": 0.98}).severity == "error"


@pytest.mark.parametrize(
    "said",
    [
        "grad can be implicitly created only for scalar outputs",
        "one of the variables needed for gradient computation has been modified by an inplace operation",
    ],
)
def test_a_backward_that_breaks_proves_no_cut(said: str) -> None:
    """Where backward() raised for another reason, missing gradients say nothing of a cut."""
    failure = UserFailure(phase="backward", type="RuntimeError", message=said, stage="first-batch")
    changes = {
        "first_batch.cut": CutPoint(layer="3", cut_off=("features.0.0.weight",)),
        "failures.failures": (failure,),
        "train": None,
    }
    assert silent(detached_graph, changes)


def test_nothing_left() -> None:
    """What backward() says without any graph is understood."""
    finding = found(
        detached_graph,
        {
            **failed_first_batch(
                "backward", "element 0 of tensors does not require grad and does not have a grad_fn"
            )
        },
    )
    assert finding.severity == "error"
    assert "does not depend" in finding.message


@pytest.mark.parametrize(("custom", "remedies"), [(False, 1), (True, 2)])
def test_a_step_that_steers_itself_is_told_to_leave_it(custom: bool, remedies: int) -> None:
    """Where a step of the user's cuts everything off, it may call backward itself: that is said beside the usual cuts."""
    told = found(
        detached_graph,
        {
            "experiment.custom_step": custom,
            "setup.parameters": (Parameter(name="a.weight", layer="a", kind="Linear", shape=(1,)),),
            "first_batch.cut": CutPoint(layer="a", cut_off=("a.weight",)),
            "train": None,
        },
    )
    assert len(told.remedies) == remedies
    assert ("backward()" in told.remedies[-1].text) is custom


def test_frozen() -> None:
    """A frozen layer is not cut off."""
    assert silent(
        detached_graph,
        {
            "first_batch.cut": CutPoint(layer="head", cut_off=("head.weight",)),
            "setup.parameters": (
                Parameter(name="head.weight", layer="head", kind="Linear", shape=(10, 128), trainable=False),
            ),
        },
    )


CUT = GradientEvidence(
    checkable=True,
    cut_parameters=("cell.weight", "cell.bias"),
    cut_by=(LeavingCall(name="detach", file="net.py", line=7),),
)


def test_half_of_what_a_good_run_misses() -> None:
    """A cut whose removal halves what a good run misses, on both seeds, is a warning at the layer and the line."""
    trials = paired_trials({"as-configured": (0.9, 0.91), "attached": (0.98, 0.99)}, chance=0.0)
    outcome = run(
        detached_graph, evidence_with({"gradient": CUT, "trials": replace(trials, whole_score=0.9)})
    )
    assert outcome.finding is not None, outcome
    assert outcome.finding.severity == "warning"
    assert [(place.kind, place.name, place.line) for place in outcome.finding.places] == [
        ("layer", "cell", 0),
        ("source", "detach", 7),
    ]
    assert "98%" in outcome.finding.message


def test_a_bad_run_that_the_whole_graph_rescues() -> None:
    """A cut that keeps the run from learning is an error, where nothing else cures as well."""
    scores = {"as-configured": (0.1, 0.1), "attached": (0.9, 0.95), "lr*10": (0.5, 0.5)}
    facts = {"gradient": CUT, "train": failed_train(), "trials": paired_trials(scores)}
    finding = found(detached_graph, facts)
    assert finding.severity == "error"
    better = paired_trials({**scores, "lr*10": (0.97, 0.98)})
    assert silent(detached_graph, {**facts, "trials": better})


@pytest.mark.parametrize(
    ("attached", "whole", "cut"),
    [
        ((0.93, 0.94), 0.9, CUT),
        ((0.98, 0.92), 0.9, CUT),
        ((0.98, 0.98), 0.97, CUT),
        ((0.98,), 0.9, CUT),
        ((0.98, 0.99), 0.9, GradientEvidence(checkable=True)),
    ],
    ids=["a little", "one seed", "no better than the whole run", "run once", "nothing is cut"],
)
def test_what_proves_no_cut(attached: tuple[float, ...], whole: float, cut: GradientEvidence) -> None:
    """Small gains, gains on one seed and gains that the whole run has caught up with prove nothing."""
    trials = paired_trials({"as-configured": (0.9, 0.91), "attached": attached}, chance=0.0)
    facts = {"gradient": cut, "trials": replace(trials, whole_score=whole)}
    assert silent(detached_graph, facts)


def test_an_encoder_that_is_cut_off_is_not_meant_where_the_whole_graph_goes_much_further() -> None:
    """What a name excuses is an error where paired runs without the cut get a fifth of the way further, on two seeds."""
    cut = {
        "first_batch.cut": CutPoint(layer="decoder.embedding", cut_off=("encoder.weight_ih_l0",)),
        "train.validation": healthy_evaluation("validation", 364, 0.6, 0.8),
    }
    whole = paired_trials({"as-configured": (0.8, 0.8), "attached": (1.0, 0.99), "lr*10": (0.88, 0.86)})
    finding = found(detached_graph, {**cut, "trials": whole})
    assert finding.severity == "error"
    assert "further" in finding.message
    alike = paired_trials({"as-configured": (0.8, 0.8), "attached": (0.85, 0.84), "lr*10": (0.88, 0.86)})
    assert found(detached_graph, {**cut, "trials": alike}).severity == "note"
