"""The decorator reads a check off its function; run() turns evidence into one outcome and never raises."""

import pytest

from cnndoctor.check import Check, Judgement, Need, check, run
from cnndoctor.evidence import SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Grade, NotApplicable, Severity
from tests.healthy import healthy_evidence

FOUND = Finding(message="Found.", confidence=0.9)


def made(judgement: Judgement, **how: object) -> Check:
    """Return a check that always says the same."""

    @check(severity="warning", grade="B", explains=("loss-flat",))
    def judge(setup: SetupEvidence, train: TrainEvidence | None, *, limit: float = 0.5) -> Judgement:
        """Something is wrong.

        What it measures:
            Nothing.
        """
        if how.get("raises"):
            raise ValueError(limit)
        return judgement

    return judge


def test_decorator_reads_needs_thresholds_and_title() -> None:
    """Positional parameters are needs, keyword-only ones thresholds, the first paragraph the title."""
    judge = made(None)
    assert judge.needs == (Need(record=SetupEvidence), Need(record=TrainEvidence, optional=True))
    assert judge.thresholds == {"limit": 0.5}
    assert judge.title == "Something is wrong"
    assert (judge.severity, judge.grade, judge.family, judge.id) == (
        Severity.WARNING,
        Grade.B,
        "tests",
        "test-check",
    )


@pytest.mark.parametrize(
    ("judgement", "status"),
    [(FOUND, "found"), (None, "passed"), (NotApplicable(reason="no loss"), "skipped")],
)
def test_outcome_follows_the_judgement(judgement: Judgement, status: str) -> None:
    """A finding is found, nothing is passed, not applicable is skipped with its reason."""
    outcome = run(made(judgement), healthy_evidence())
    assert outcome.status == status
    assert outcome.finding is (judgement if status == "found" else None)


def test_missing_evidence_skips() -> None:
    """A check whose evidence is missing is skipped and says which stage left none."""
    outcome = run(made(FOUND), healthy_evidence(setup=None))
    assert (outcome.status, outcome.reason) == ("skipped", "the setup stage left no evidence")


def test_optional_evidence_may_be_missing() -> None:
    """Optional evidence is handed over as None."""
    assert run(made(FOUND), healthy_evidence(train=None)).status == "found"


def test_crash_becomes_an_outcome() -> None:
    """A fault of our own in one check is told with type, text and line and hides nothing else."""
    outcome = run(made(None, raises=True), healthy_evidence(), {"limit": 0.7})
    assert outcome.status == "crashed"
    assert "ValueError: 0.7 (line " in outcome.reason


def test_parameters_must_be_evidence() -> None:
    """A positional parameter that is no record is refused when the check's needs are asked for."""

    def wrong(size: "list[int]") -> None: ...

    made_wrong = check(severity="note", grade="C")(wrong)
    with pytest.raises(TypeError, match="must be an evidence record"):
        _ = made_wrong.needs
