from cnndoctor.check import run
from cnndoctor.checks.model.detached_graph import detached_graph
from cnndoctor.evidence.first_batch import CutPoint
from cnndoctor.evidence.setup import Parameter
from cnndoctor.finding import UserFailure
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(detached_graph, healthy_evidence()).finding is None


def test_cut() -> None:
    """Parameters without a gradient behind a cut are an error."""
    outcome = run(
        detached_graph,
        evidence_with(
            {
                "first_batch.cut": CutPoint(layer="features.1.0", cut_off=("features.0.0.weight",)),
                "train": None,
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or detached_graph.severity) == "error"
    assert "features.1.0" in outcome.finding.message


def test_cut_that_learns() -> None:
    """A cut in a run that learns all the same is a warning."""
    outcome = run(
        detached_graph,
        evidence_with({"first_batch.cut": CutPoint(layer="head", cut_off=("features.0.0.weight",))}),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or detached_graph.severity) == "warning"
    assert "head" in outcome.finding.message


def test_backbone() -> None:
    """A backbone under no_grad that learns is a note."""
    outcome = run(
        detached_graph,
        evidence_with({"first_batch.cut": CutPoint(layer="head", cut_off=("backbone.0.weight",))}),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or detached_graph.severity) == "note"
    assert "head" in outcome.finding.message


def test_nothing_left() -> None:
    """What backward() says without any graph is understood."""
    outcome = run(
        detached_graph,
        evidence_with(
            {
                "first_batch": None,
                "failures.failures": (
                    UserFailure(
                        phase="backward",
                        type="RuntimeError",
                        message="element 0 of tensors does not require grad and does not have a grad_fn",
                    ),
                ),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or detached_graph.severity) == "error"
    assert "does not depend" in outcome.finding.message


def test_frozen() -> None:
    """A frozen layer is not cut off."""
    outcome = run(
        detached_graph,
        evidence_with(
            {
                "first_batch.cut": CutPoint(layer="head", cut_off=("head.weight",)),
                "setup.parameters": (
                    Parameter(
                        name="head.weight", layer="head", kind="Linear", shape=(10, 128), trainable=False
                    ),
                ),
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
