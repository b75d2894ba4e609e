"""What explains what, in which order a person reads it, and the verdict."""

from cnndoctor.check import Check, Role
from cnndoctor.diagnosis import causes_of, verdict_of, with_places
from cnndoctor.finding import Finding, Grade, Outcome, Place, Severity
from cnndoctor.report import StageResult, Verdict


def a_check(
    id_: str,
    *,
    explains: tuple[str, ...] = (),
    grade: str = "B",
    severity: str = "error",
    role: Role = "cause",
) -> Check:
    """Return a check that is never run."""
    return Check(
        id=id_, family="test", severity=Severity(severity), grade=Grade(grade), role=role, explains=explains,
        function=lambda: None, title=id_,
    )  # fmt: skip


def found(id_: str, confidence: float = 0.8, severity: Severity | None = None) -> Outcome:
    """Return the outcome of a check that found something."""
    finding = Finding(message=f"{id_}.", confidence=confidence, severity=severity)
    return Outcome(check=id_, status="found", finding=finding)


def test_what_is_explained_is_a_symptom() -> None:
    """An explained finding is folded under its cause and is no cause itself."""
    checks = [a_check("rate", explains=("diverges",)), a_check("diverges", role="symptom")]
    (cause,) = causes_of([found("rate"), found("diverges")], checks)
    assert cause.check == "rate"
    assert [symptom.check for symptom in cause.symptoms] == ["diverges"]


def test_explains_through_silent_checks() -> None:
    """The chain may lead over checks that stayed silent."""
    checks = [
        a_check("init", explains=("gradients",)),
        a_check("gradients", explains=("flat",)),
        a_check("flat", role="symptom"),
    ]
    (cause,) = causes_of([found("init"), found("flat")], checks)
    assert cause.symptoms[0].check == "flat"


def test_a_cause_that_is_not_there_passes_nothing_on() -> None:
    """What was looked for and not found cannot have brought anything about; an effect may be too weak to be found."""
    cases: tuple[tuple[Role, list[str]], ...] = (("cause", ["noise", "overlap"]), ("symptom", ["overlap"]))
    for role, causes in cases:
        checks = [
            a_check("overlap", explains=("duplicates",)),
            a_check("duplicates", explains=("noise",), role=role),
            a_check("noise"),
        ]
        outcomes = [found("overlap"), Outcome(check="duplicates", status="passed"), found("noise")]
        assert [cause.check for cause in causes_of(outcomes, checks)] == causes


def test_what_was_shown_beside_a_treatment_is_no_effect_of_what_was_treated() -> None:
    """Two causes stand where one explains the other by the catalogue, but was treated when the other was found."""
    checks = [a_check("fault", explains=("rate",)), a_check("rate")]
    rate = Outcome(
        check="rate",
        status="found",
        finding=Finding(message="rate", confidence=0.8, stands_beside=("fault",)),
    )
    assert [c.check for c in causes_of([found("fault"), found("rate")], checks)] == ["fault"]
    assert {c.check for c in causes_of([found("fault"), rate], checks)} == {"fault", "rate"}


def test_what_cures_the_run_by_itself_is_explained_by_nothing() -> None:
    """A repair that alone makes the run go well is of a fault of its own, whatever else was found."""
    checks = [a_check("cut", explains=("scale",)), a_check("scale", explains=("flat",)), a_check("flat")]
    own = Finding(message="scale", confidence=0.93, by_itself=True)
    outcomes = [found("cut"), Outcome(check="scale", status="found", finding=own), found("flat")]
    assert {cause.check for cause in causes_of(outcomes, checks)} == {"cut", "scale"}
    assert [cause.check for cause in causes_of([found("cut"), found("scale")], checks)] == ["cut"]


def test_what_evidence_accounts_for_is_no_cause_though_its_repair_cures_the_run() -> None:
    """Scaled inputs cure a run whose own norm was to scale them, over the wrong axis: the norm is the cause."""
    checks = [a_check("norm"), a_check("scale")]
    own = Outcome(
        check="scale",
        status="found",
        finding=Finding(message="scale", confidence=0.93, by_itself=True),
    )
    norm = Finding(message="norm", confidence=0.88, rules_out=("scale",))
    outcomes = [Outcome(check="norm", status="found", finding=norm), own]
    assert [cause.check for cause in causes_of(outcomes, checks)] == ["norm"]


def test_what_a_treated_cause_explains_cannot_explain_what_stands_beside() -> None:
    """The flat loss went with the fault, so that it is not why the rate is wrong; what nothing treated explains may be."""
    checks = [
        a_check("fault", explains=("flat",)),
        a_check("flat", explains=("rate",), role="symptom"),
        a_check("noise", explains=("rate",)),
        a_check("rate"),
    ]
    beside = Finding(message="rate", confidence=0.8, stands_beside=("fault",))
    rate = Outcome(check="rate", status="found", finding=beside)

    def causes(*outcomes: Outcome) -> set[str]:
        return {cause.check for cause in causes_of(outcomes, checks)}

    assert causes(found("fault"), found("flat"), rate) == {"fault", "rate"}
    assert causes(found("fault"), found("flat"), found("rate")) == {"fault"}
    assert causes(found("flat"), rate) == {"flat"}
    assert causes(found("fault"), found("noise"), rate) == {"fault", "noise"}


def test_each_finding_stands_under_one_cause_beside_a_treatment() -> None:
    """The effect that two causes share is folded under one of them, and the cause beside the treatment is no symptom."""
    checks = [
        a_check("fault", explains=("flat", "rate")),
        a_check("flat", explains=("rate",), role="symptom"),
        a_check("rate", explains=()),
    ]
    beside = Finding(message="rate", confidence=0.8, stands_beside=("fault",))
    outcomes = [found("fault"), found("flat"), Outcome(check="rate", status="found", finding=beside)]
    causes = {cause.check: [s.check for s in cause.symptoms] for cause in causes_of(outcomes, checks)}
    assert causes == {"fault": ["flat"], "rate": []}


def test_a_note_never_hides_an_error() -> None:
    """A note does not explain a warning or an error away."""
    checks = [
        a_check("hint", explains=("flat",), severity="note", grade="C"),
        a_check("flat", role="symptom"),
    ]
    assert [cause.check for cause in causes_of([found("hint"), found("flat")], checks)] == ["flat", "hint"]


def test_a_lone_symptom_says_so() -> None:
    """A symptom that nothing explains becomes the cause and says that the cause was not found."""
    (cause,) = causes_of([found("flat")], [a_check("flat", role="symptom")])
    assert cause.message == "flat. The cause was not found."


def test_causes_come_before_bare_symptoms() -> None:
    """A mild cause is read before a loud symptom that it does not explain."""
    checks = [a_check("decay", severity="warning"), a_check("flat", role="symptom")]
    causes = causes_of([found("flat", 0.99), found("decay", 0.7)], checks)
    assert [cause.check for cause in causes] == ["decay", "flat"]


def test_what_is_hardly_sure_is_a_hint_unless_it_explains_something_sure() -> None:
    """Half sure alone is a note, whatever the check's severity; with an effect that was seen for sure it speaks up."""
    checks = [a_check("guess", explains=("flat",)), a_check("flat", role="symptom")]
    (alone,) = causes_of([found("guess", 0.5)], checks)
    assert alone.severity is Severity.NOTE
    (cause,) = causes_of([found("guess", 0.5), found("flat")], checks)
    assert cause.check == "guess"
    assert cause.severity is Severity.ERROR
    assert {c.severity for c in causes_of([found("guess", 0.5), found("flat", 0.5)], checks)} == {
        Severity.NOTE
    }


def test_order_is_severity_then_confidence_then_id() -> None:
    """Errors before warnings, sure before unsure; ties are broken by grade and id, so that the order is stable."""
    checks = [
        a_check("b"),
        a_check("a"),
        a_check("proof", grade="A"),
        a_check("mild", severity="warning"),
        a_check("sure"),
    ]
    outcomes = [found("mild", 0.99), found("b"), found("sure", 0.95), found("a"), found("proof")]
    assert [cause.check for cause in causes_of(outcomes, checks)] == ["sure", "proof", "a", "b", "mild"]


def test_what_is_unsure_is_no_proof() -> None:
    """A check that proves by construction says grade A of what it is sure of; below 0.8 it is called statistics."""
    grades = {
        confidence: causes_of([found("proof", confidence)], [a_check("proof", grade="A")])[0].grade
        for confidence in (0.6, 0.79, 0.8, 0.97)
    }
    assert grades == {0.6: "B", 0.79: "B", 0.8: "A", 0.97: "A"}
    assert causes_of([found("hint", 0.5)], [a_check("hint", grade="C")])[0].grade is Grade.C


def test_observed_effects_support_a_cause_a_little() -> None:
    """Three effects outweigh a small difference in confidence, but not a large one."""
    checks = [
        a_check("plain"),
        a_check("rich", explains=("x", "y", "z")),
        *(a_check(i, role="symptom") for i in "xyz"),
    ]
    effects = [found(i) for i in "xyz"]
    assert causes_of([found("plain", 0.84), found("rich", 0.8), *effects], checks)[0].check == "rich"
    assert causes_of([found("plain", 0.95), found("rich", 0.8), *effects], checks)[0].check == "plain"


def test_a_hint_is_a_note_by_itself() -> None:
    """A grade C finding is a note unless a finding of grade A or B that it explains stands beside it."""
    checks = [
        a_check("dense", explains=("overfitting",), grade="C", severity="warning"),
        a_check("overfitting", severity="warning"),
    ]
    assert causes_of([found("dense")], checks)[0].severity is Severity.NOTE
    (cause,) = causes_of([found("dense"), found("overfitting")], checks)
    assert (cause.check, cause.severity) == ("dense", Severity.WARNING)


def test_two_that_explain_each_other_both_stay() -> None:
    """A circle hides nothing."""
    checks = [a_check("a", explains=("b",)), a_check("b", explains=("a",))]
    assert {cause.check for cause in causes_of([found("a"), found("b")], checks)} == {"a", "b"}


def test_ignored_and_passed_are_no_causes() -> None:
    """Only what was found counts."""
    ignored = Outcome(
        check="a", status="ignored", reason="meant", finding=Finding(message="a.", confidence=1.0)
    )
    assert causes_of([ignored, Outcome(check="b", status="passed")], [a_check("a"), a_check("b")]) == ()


def test_every_finding_appears_once() -> None:
    """Each finding is a cause or the symptom of one cause."""
    checks = [a_check("a", explains=("x",)), a_check("b", explains=("x",)), a_check("x", role="symptom")]
    causes = causes_of([found("a"), found("b"), found("x")], checks)
    assert sorted([c.check for c in causes] + [s.check for c in causes for s in c.symptoms]) == [
        "a",
        "b",
        "x",
    ]


def test_verdict() -> None:
    """Unhealthy above a note, incomplete when a stage crashed, healthy otherwise."""
    (error,) = causes_of([found("a")], [a_check("a")])
    (note,) = causes_of([found("a")], [a_check("a", severity="note")])
    crashed = StageResult(name="train", status="crashed")
    assert verdict_of([error], [crashed]) is Verdict.UNHEALTHY
    assert verdict_of([note], [crashed]) is Verdict.INCOMPLETE
    assert verdict_of([note], [StageResult(name="train", status="ran")]) is Verdict.HEALTHY


def test_places_get_file_and_line() -> None:
    """A config key is shown with its line; a place that knows its file keeps it."""
    key, source = (
        Place(kind="key", name="optimizer.lr"),
        Place(kind="source", name="net.py", file="net.py", line=3),
    )
    outcome = Outcome(
        check="a", status="found", finding=Finding(message="a.", confidence=1.0, places=(key, source))
    )
    (cause,) = causes_of([outcome], [a_check("a")])
    placed = with_places(cause, {("key", "optimizer.lr"): ("digits.yaml", 14)})
    assert [(place.file, place.line) for place in placed.places] == [("digits.yaml", 14), ("net.py", 3)]


def test_a_warning_that_brings_an_error_about_is_an_error() -> None:
    """Naming the cause of an error does not make the run look better than not naming it."""
    checks = [
        a_check("batch-of-one", explains=("chance",), severity="warning"),
        a_check("chance", role="symptom"),
    ]
    (cause,) = causes_of([found("batch-of-one"), found("chance")], checks)
    assert cause.severity is Severity.ERROR
    (mild,) = causes_of([found("batch-of-one"), found("chance", severity=Severity.WARNING)], checks)
    assert mild.severity is Severity.WARNING


def test_a_confirmed_hint_counts_unless_anything_found_explains_it() -> None:
    """Paired runs make a warning of grade B of a hint; where a note could bring it about it stays a hint."""
    checks = [a_check("short", grade="C"), a_check("scrambled", explains=("short",), grade="C")]
    confirmed = Outcome(
        check="short",
        status="found",
        finding=Finding(message="Short.", confidence=0.75, severity=Severity.WARNING, confirmed=True),
    )
    (cause,) = causes_of([confirmed], checks)
    assert (cause.severity, cause.grade) == (Severity.WARNING, Grade.B)
    note = found("scrambled", severity=Severity.NOTE)
    assert {cause.severity for cause in causes_of([confirmed, note], checks)} == {Severity.NOTE}
