from cnndoctor.check import run
from cnndoctor.checks.gradients.clipping_always_active import clipping_always_active
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(clipping_always_active, healthy_evidence()).finding is None


def test_always() -> None:
    """Clipping in every step of a run that fails is a note until a paired run without it does better."""
    finding = found(
        clipping_always_active, {"experiment.clip_grad_norm": 0.01, "train": failed_train(clipped_share=0.99)}
    )
    assert finding.severity == "note"
    assert "99%" in finding.message


def test_confirmed() -> None:
    """Two paired runs that learn without clipping make it an error."""
    pairs = [("as-configured", 0.1), ("no-clipping", 0.9)]
    trials = TrialsEvidence(
        reason="chance",
        chance=0.1,
        trials=tuple(
            Trial(name=name, change=name, seed=seed, steps=100, train_score=score, validation_score=score)
            for name, score in pairs
            for seed in (0, 1)
        ),
    )
    outcome = run(
        clipping_always_active,
        evidence_with(
            {"experiment.clip_grad_norm": 0.01, "train": failed_train(clipped_share=0.99), "trials": trials}
        ),
    )
    assert outcome.finding is not None, outcome
    assert outcome.finding.severity == "error"


def test_language_model() -> None:
    """A limit near the norm in a run that learns well is fine."""
    assert silent(clipping_always_active, {"experiment.clip_grad_norm": 1.0, "train.clipped_share": 0.99})
