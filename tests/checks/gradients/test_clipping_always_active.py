import pytest

from cnndoctor.check import run
from cnndoctor.checks.gradients.clipping_always_active import clipping_always_active
from cnndoctor.evidence.lr_range import PairedRun
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


def _clipped(**changes: object) -> dict[str, object]:
    """Return a run whose steps are cut to a two hundredth, and short runs at higher rates that learn more."""
    ends = {1.0: 1.6, 10.0: 0.9, 40.0: 0.5}
    paired = tuple(
        PairedRun(
            factor=f,
            lr=0.05 * f,
            seed=seed,
            steps=60,
            loss_start=1.8,
            loss_end=end,
            eval_end=end,
            eval_losses=(end,) * 5,
        )
        for f, end in ends.items()
        for seed in (0, 1)
    )
    return {
        "experiment.clip_grad_norm": 0.01,
        "train": failed_train(clipped_share=1.0, gradient_norms=(2.0,) * 20),
        "lr_range.configured_peak": 0.05,
        "lr_range.band": (0.16, 26.0),
        "lr_range.paired": paired,
        "setup.optimizer.adaptive": False,
        **changes,
    }


def test_steps_that_only_clipping_makes_too_short() -> None:
    """Where short runs learn at rates raised by what clipping takes away, it is the cause of a rate that seems too low."""
    finding = found(clipping_always_active, _clipped())
    assert finding.severity == "error"
    assert "200 times shorter" in finding.message


@pytest.mark.parametrize(
    "changes",
    [
        {"setup.optimizer.adaptive": True},
        {"lr_range.band": (0.01, 26.0)},
        {"lr_range.band": (0.16, 5.0)},
        {"lr_range.paired": ()},
    ],
    ids=["Adam", "a usable rate", "too high without clipping", "no short runs"],
)
def test_without_that_proof_it_stays_a_note(changes: dict[str, object]) -> None:
    """Nothing says that the rate would be right without clipping."""
    assert found(clipping_always_active, _clipped(**changes)).severity == "note"
