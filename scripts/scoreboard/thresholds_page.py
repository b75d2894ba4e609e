"""The page on thresholds: which are held by saved runs, which no run decides, and by how much. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from cnndoctor.check import Check
from cnndoctor.finding import Value
from scoreboard.neighbours import RULE
from scoreboard.saved_runs import SavedRun
from scoreboard.thresholds_tally import NEAR, Counts, Row, Side, Tally

NOT_DECIDED = "not decided by these runs"
MOVES_LITTLE = "moves neither sound nor planted"
FIRST_NAMES = 3

INTRODUCTION = """\
# The thresholds: which are held by runs

Every threshold of a check can be set under `thresholds:` of an experiment file. Where its value comes from stands under
*References* of the check's page (`cnndoctor explain CHECK`). This page holds each against saved examinations of experiments
whose answer is known: what would be found with half of it and with twice, with a tenth and with ten times? It is written by

`python scripts/thresholds.py FOLDER… --out docs/thresholds.md`

from folders that `python scripts/clinic.py --keep FOLDER` left behind; nothing on it is written by hand, and nothing is
examined again: each run's evidence is read, and judged by one check alone with one threshold changed.
"""
READING = """\
- **Sound, flagged**: sound runs where the check says more than a note. *Noted*: where it says a note.
- **Planted, found**: runs where this very fault is planted and the check says so; more than a note, unless it is a hint.
- **Related**: likewise where a fault is planted that explains this one, or that it explains. *Others*: runs with faults that
  have nothing to do with it, where it says more than a note.
- a → b → c are half, default and twice; one number where all three find the very same runs.
- **Tight**: half or twice would flag a sound run or lose a planted fault. **Held**: these do not, and a tenth or ten times
  would; the row says with which value. Most are so from one side alone. *Moves neither sound nor planted*: only notes come and
  go, or findings beside other faults. *Not decided by these runs*: not even a tenth or ten times changes anything on any run,
  because nothing comes near the limit or nothing depends on it; the value is chosen, and these runs cannot tell.

What this cannot show: checks were written beside many of these runs, so they flatter the defaults; a few runs of a
fault decide little; limits inside the stages, and constants in a check's file, are not moved; a check is judged alone, so
that what another cause would fold under itself counts as found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """All that the page is made of.

    Attributes:
        runs: The judged runs; a tally's numbers are places in it.
        left_out: Reason → examinations that were not judged.
        checks: The catalogue.
        tally: What was counted.
        commit: State of the code that judged.
    """

    runs: Sequence[SavedRun]
    left_out: Mapping[str, int]
    checks: Sequence[Check]
    tally: Tally
    commit: str = ""


def thresholds_page(material: Thresholds) -> str:
    """Return the whole page as Markdown."""
    sections = (_opening(material), _tight(material), _better(material), _tables(material))
    return "\n".join(line for section in sections for line in section).rstrip() + "\n"


def _opening(material: Thresholds) -> Iterator[str]:
    rows = material.tally.rows
    yield INTRODUCTION
    yield RULE + "\n"
    yield READING + "\n"
    yield from _runs(material)
    said = Counter(_standing(row) for row in rows)
    yield f"Of {len(rows)} thresholds {said['tight']} are tight, {said['held']} held within ten times,"
    yield f"{said[NOT_DECIDED]} not decided by these runs; of the other {said[MOVES_LITTLE]} no value that was tried changes"
    yield "what is said of a sound run, beyond notes, or of a planted fault.\n"


def _runs(material: Thresholds) -> Iterator[str]:
    kinds = Counter(run.case.expected.kind for run in material.runs)
    seeds = ", ".join(str(seed) for seed in sorted({run.seed for run in material.runs}))
    experiments = len({run.case.config for run in material.runs})
    yield "## The runs\n"
    yield f"{len(material.runs)} runs of {experiments} experiments, the newest of each experiment and seed ({seeds}):"
    yield f"{kinds['healthy']} sound, {kinds['fault']} with one planted fault, {kinds['faults']} with two,"
    yield f"{kinds['note']} with one that is worth a note. Seeds of one experiment are not independent."
    if material.commit:
        yield f"Judged by the checks of {material.commit}; examined with that state of the code and earlier ones."
    if material.left_out:
        said = ", ".join(f"{count} {reason}" for reason, count in sorted(material.left_out.items()))
        yield f"Left out: {said}."
    yield ""


def _tight(material: Thresholds) -> Iterator[str]:
    yield "## Tight\n"
    tight = [row for row in material.tally.rows if row.harms]
    for row in tight:
        said = "; ".join(_harm(row, side, material.runs) for side in row.harms)
        yield f"- {_named(row)}: {said}"
    if not tight:
        yield "None."
    yield ""


def _better(material: Thresholds) -> Iterator[str]:
    yield "## Where another value does better on these runs\n"
    better = [(row, side) for row in material.tally.rows for side in row.betters]
    for row, side in better:
        fewer = row.seen["default"].alarms - row.seen[side].alarms
        more = row.seen[side].planted - row.seen["default"].planted
        said = f"{side} ({_number(row.values[side])}) flags {len(fewer)} sound less, finds {len(more)} planted more"
        yield f"- {_named(row)}: {said} ({_names(fewer | more, material.runs)})"
    if not better:
        yield "None: no value that was tried flags fewer sound runs or finds more planted faults without doing harm elsewhere."
    yield ""


def _harm(row: Row, side: Side, runs: Sequence[SavedRun]) -> str:
    flagged = row.seen[side].alarms - row.seen["default"].alarms
    lost = row.seen["default"].planted - row.seen[side].planted
    words = [f"flags {len(flagged)} more sound ({_names(flagged, runs)})"] if flagged else []
    words += [f"loses {len(lost)} planted ({_names(lost, runs)})"] if lost else []
    return f"{side} {' and '.join(words)}"


def _named(row: Row) -> str:
    return f"`{row.check}`, `{row.name}` = {_number(row.values['default'])}"


def _names(numbers: set[int], runs: Sequence[SavedRun]) -> str:
    names = sorted({runs[number].case.name for number in numbers})
    return ", ".join(names[:FIRST_NAMES]) + (" …" if len(names) > FIRST_NAMES else "")


def _tables(material: Thresholds) -> Iterator[str]:
    family_of = {check.id: check.family for check in material.checks}
    for family, rows in groupby(material.tally.rows, key=lambda row: family_of[row.check]):
        yield f"## {family.replace('_', ' ').capitalize()}\n"
        yield (
            "| check; runs: sound judged, planted, related | threshold | half, **default**, twice | sound, flagged | noted"
            " | planted, found | related | others | these runs |"
        )
        yield "|---" * 9 + "|"
        for check, own in groupby(rows, key=lambda row: row.check):
            for place, row in enumerate(own):
                yield _line(row, _check_cell(check, material.tally.counts[check]) if not place else "")
        yield ""


def _check_cell(check: str, counts: Counts) -> str:
    return f"`{check}`; {counts.sound}, {counts.planted}, {counts.related}"


def _line(row: Row, check: str) -> str:
    below, default, above = (_number(row.values[side]) for side in NEAR)
    cells = (
        check,
        f"`{row.name}`",
        f"{below}, **{default}**, {above}",
        *(_counted(row, what) for what in ("alarms", "notes", "planted", "related", "others")),
        _said(row),
    )
    return f"| {' | '.join(cells)} |"


def _counted(row: Row, what: str) -> str:
    sets = [getattr(row.seen[side], what) for side in NEAR]
    if all(one == sets[0] for one in sets):
        return str(len(sets[0]))
    return " → ".join(str(len(one)) for one in sets)


def _standing(row: Row) -> str:
    """Return in a word what these runs know of a threshold."""
    if row.harms:
        return "tight"
    if row.far_harms:
        return "held"
    return MOVES_LITTLE if row.is_decided else NOT_DECIDED


def _said(row: Row) -> str:
    """Return the same with the values that do harm."""
    match _standing(row):
        case "tight":
            return f"**tight**: {' and '.join(row.harms)}"
        case "held":
            return "held: " + ", ".join(_far_harm(row, side) for side in row.far_harms)
        case other:
            return other


def _far_harm(row: Row, side: Side) -> str:
    flagged, lost = row.flagged(side), row.lost(side)
    words = [f"flags {flagged} sound"] * bool(flagged) + [f"loses {lost} planted"] * bool(lost)
    return f"{_number(row.values[side])} {' and '.join(words)}"


def _number(value: Value) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)
