from cnndoctor.check import run
from cnndoctor.checks.model.model_too_deep_for_its_init import model_too_deep_for_its_init
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.layers import deep_stack
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(model_too_deep_for_its_init, healthy_evidence()).finding is None


def test_shrinks() -> None:
    """A signal that halves in each of twelve layers is an error when nothing is learnt."""
    finding = found(model_too_deep_for_its_init, {**deep_stack(growth=0.5), "train": failed_train()})
    assert finding.severity == "error"
    assert "0.50" in finding.message


def test_steady() -> None:
    """A steady signal is fine."""
    assert silent(model_too_deep_for_its_init, {**deep_stack(), "train": failed_train()})


def test_wild_weights() -> None:
    """Weights of a wild scale are another fault."""
    assert silent(
        model_too_deep_for_its_init, {**deep_stack(weight_std=1.0, growth=8.0), "train": failed_train()}
    )
