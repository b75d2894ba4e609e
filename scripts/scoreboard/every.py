"""The last tables of the page: each experiment on a line, each seed in a column. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from scoreboard.tally import Answer

FIRST_ALARMS = 3


def every_experiment(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield a table for each group of experiments.

    Args:
        answers: Ordered by part and group.
    """
    for (part, group), own in groupby(answers, key=lambda answer: (answer.case.part, answer.case.group)):
        yield f"## Every experiment: {part}, {group}\n"
        yield from _table(list(own))
        yield ""


def _table(answers: Sequence[Answer]) -> Iterator[str]:
    seeds = sorted({answer.record.seed for answer in answers})
    yield f"| experiment | {' | '.join(f'seed {seed}' for seed in seeds)} | s |"
    yield "|---" * (len(seeds) + 2) + "|"
    for _, group in groupby(answers, key=lambda answer: answer.case.config):
        own = {answer.record.seed: answer for answer in group}
        one = next(iter(own.values()))
        cells = " | ".join(_cell(own[seed]) if seed in own else "–" for seed in seeds)
        seconds = max(answer.record.seconds for answer in own.values())
        yield f"| {one.case.name.split('/', 1)[1]} | {cells} | {seconds:.0f} |"


def _cell(answer: Answer) -> str:
    """Say in a few words how the examination ended; what is not well stands in capitals."""
    if answer.record.crashes:
        return "CRASHED"
    match answer.case.expected.kind:
        case "healthy":
            return "healthy" if answer.score.well else f"FLAGGED: {_alarms(answer) or answer.record.verdict}"
        case "note":
            return "a note" if answer.score.well else f"NO: {_alarms(answer) or 'not noted'}"
        case "fault":
            return _one_fault(answer)
        case "faults":
            return _two_faults(answer)


def _one_fault(answer: Answer) -> str:
    if answer.score.first:
        assert answer.score.top is not None
        return f"first ({answer.score.top.confidence:.2f})"
    where = "AMONG THREE" if answer.score.among_three else "NO"
    return f"{where}: {_top(answer)}"


def _two_faults(answer: Answer) -> str:
    faults = answer.case.expected.faults
    missing = [fault[0] for fault, named in zip(faults, answer.score.named, strict=True) if not named]
    said = "both" if not missing else f"WITHOUT {', '.join(missing)}"
    return said if answer.score.first else f"{said}; FIRST: {_top(answer)}"


def _top(answer: Answer) -> str:
    return answer.score.top.check if answer.score.top else answer.record.verdict


def _alarms(answer: Answer) -> str:
    return ", ".join(f"{said.check} ({said.severity})" for said in answer.score.alarms[:FIRST_ALARMS])
