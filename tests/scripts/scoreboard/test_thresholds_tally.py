"""Counting what a threshold decides: sound runs flagged, planted faults found, on both of its sides."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.check import Check, check
from cnndoctor.evidence import DataEvidence, Evidence
from cnndoctor.finding import Finding
from cnndoctor.judge import Rules
from scoreboard.cases import Expected
from scoreboard.thresholds_tally import KnownRun, Row, kin_of, tally
from tests.healthy import healthy_evidence


def made(name: str, grade: str = "B", explains: tuple[str, ...] = ()) -> Check:
    """Return a check that finds a training split of fewer samples than its threshold."""

    @check(severity="warning", grade=grade, explains=explains)  # type: ignore[arg-type]
    def judge(data: DataEvidence, *, min_samples: int = 100) -> Finding | None:
        """Too few samples."""
        return Finding(message="Few.", confidence=0.9) if data.train.size < min_samples else None

    return replace(judge, id=name)


def evidence(size: int) -> Evidence:
    """Return a healthy run on so many samples."""
    data = healthy_evidence().data
    assert data is not None
    return healthy_evidence(data=replace(data, train=replace(data.train, size=size)))


def sound(size: int, rules: Rules | None = None) -> KnownRun:
    """Return a sound run."""
    return KnownRun(expected=Expected(), evidence=evidence(size), rules=rules or Rules())


def planted(size: int, fault: str) -> KnownRun:
    """Return a run with a planted fault."""
    return KnownRun(expected=Expected(kind="fault", faults=((fault,),)), evidence=evidence(size))


def row(*runs: KnownRun, grade: str = "B") -> Row:
    """Return what is counted of the one threshold of ``few``, which explains ``thin``."""
    counted = tally(runs, (made("few", grade, ("thin",)), made("thin"), made("apart")))
    return next(row for row in counted.rows if row.check == "few")


def test_twice_flags_a_sound_run() -> None:
    """A sound run between the limit and its twice is flagged by the latter alone, which makes that side tight."""
    seen = row(sound(150), sound(500))
    assert [len(seen.seen[side].alarms) for side in ("half", "default", "twice")] == [0, 0, 1]
    assert seen.harms == ("twice",)
    assert seen.is_decided


def test_half_loses_a_planted_fault() -> None:
    """A planted fault between the half and the limit is lost by the former."""
    seen = row(planted(70, "few"))
    assert (seen.lost("half"), seen.lost("twice"), seen.harms) == (1, 0, ("half",))


def test_far_values_hold_what_near_ones_do_not() -> None:
    """A sound run between twice and ten times the limit leaves it untight, and held by ten times."""
    seen = row(sound(500))
    assert (seen.harms, seen.far_harms) == ((), ("ten times",))


def test_a_hint_is_noted_on_sound_runs_and_is_enough_where_planted() -> None:
    """What only hints flags no sound run, and a note of it names its planted fault."""
    seen = row(sound(70), planted(70, "few"), grade="C")
    assert seen.seen["default"].alarms == set()
    assert (seen.seen["default"].notes, seen.seen["default"].planted) == ({0}, {1})


def test_another_value_that_does_better_is_told() -> None:
    """Where the half flags fewer sound runs and loses nothing, it does better; where it loses something it does not."""
    assert row(sound(70)).betters == ("half", "a tenth")
    assert row(sound(70), planted(70, "few")).betters == ()


def test_findings_beside_other_faults_are_told_apart() -> None:
    """A fault that it explains is related, one that has nothing to do with it is another."""
    seen = row(planted(70, "thin"), planted(70, "apart")).seen["default"]
    assert (seen.related, seen.others) == ({0}, {1})


def test_what_moves_nothing_is_not_decided() -> None:
    """Runs far from the limit and its neighbours say nothing of it."""
    seen = row(sound(5000), planted(5, "few"))
    assert not seen.is_decided
    assert seen.harms == ()


def test_what_the_experiment_sets_stays_set() -> None:
    """A threshold or an ignored check of the experiment's own file is no matter of the default."""
    own = Rules(thresholds={"few": {"min_samples": 10}})
    assert not row(sound(150, own)).is_decided
    assert not row(sound(150, Rules(ignore={"few": "is meant"}))).is_decided


def test_runs_are_counted_for_each_check() -> None:
    """Sound runs that it could judge, runs with its own fault, and runs with a related one."""
    nothing = replace(sound(10), evidence=healthy_evidence(data=None))
    runs = (sound(10), nothing, planted(10, "few"), planted(10, "thin"), planted(10, "apart"))
    counts = tally(runs, (made("few", explains=("thin",)), made("thin"), made("apart"))).counts["few"]
    assert (counts.sound, counts.planted, counts.related) == (1, 1, 1)


def test_kin_are_related_at_any_distance_in_both_directions() -> None:
    """Causes of causes and effects of effects belong together; neighbours without a way between them do not."""
    checks = (made("a", explains=("b",)), made("b", explains=("c",)), made("c"), made("d"))
    related = {kin.own: kin.related for kin in kin_of(checks)}
    assert related == {"a": {"b", "c"}, "b": {"a", "c"}, "c": {"a", "b"}, "d": set()}
