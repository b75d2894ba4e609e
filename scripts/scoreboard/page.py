"""The page that the clinic writes: what was examined, how well it was understood, and every miss by name. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from statistics import mean

from scoreboard.cases import PARTS, Part
from scoreboard.every import every_experiment
from scoreboard.harm_table import harm_section
from scoreboard.material import Material, answers_of, of_part
from scoreboard.sections import (
    baselines_section,
    calibration_section,
    crashes_section,
    false_alarms_section,
    families_section,
    instead_section,
)
from scoreboard.tally import Answer, Tally, interval, tally

WHAT = {
    "tuning": (
        "**The tuning part** is `configs/patients` (planted faults) and `configs/healthy` (sound runs, many of them odd to look"
        " at). The checks were written while looking at these very experiments, so its numbers say that nothing broke since;"
        " they are no estimate of what happens on programs nobody here has seen. `configs/programs` belongs to it too: programs"
        " that began like those of the test part, and were opened, by lot and by program, to learn from what was missed."
    ),
    "test": (
        "**The test part** is `configs/unseen`: programs written by people who had not read the checks, their tests or the"
        " tuning part, and did not run the examination on what they wrote. Its authors know the catalogue of"
        " faults and choose from it: expect less on your runs."
    ),
}
HOW_SCORED = """\
- **Cause first**: the first cause above a note is the planted one (of two planted faults: one of the two). *Among three*:
  it is one of the first three above a note.
- **Two faults**: how many of the planted faults were named as causes, not folded under another; in brackets, of how many runs
  both were.
- **Hints**: faults that are worth a note and no more: the note is there and nothing stands above a note.
- **Healthy**: the verdict of a sound run is *healthy*. **False alarms** are causes on sound runs, for each such run.
- **Crashes** are ours: a stage or a check that broke, or no report."""


def page(material: Material) -> str:
    """Return the whole page as Markdown."""
    answers = answers_of(material)
    sections = (
        _opening(material),
        _at_a_glance(answers),
        _programs(answers),
        _strengths(answers),
        baselines_section(material),
        families_section(answers, material.catalogue),
        calibration_section(answers),
        instead_section(answers),
        false_alarms_section(answers),
        crashes_section(answers),
        harm_section(material.harm),
        every_experiment(answers),
    )
    return "\n".join(line for section in sections for line in section).rstrip() + "\n"


def _opening(material: Material) -> Iterator[str]:
    yield "# The clinic: planted faults and healthy runs\n"
    yield "`python scripts/clinic.py` examines experiments whose answer is known, each in a process of its own with"
    yield "one thread, and writes this page from what the reports say; nothing on it is written by hand.\n"
    there = {case.part for case, _ in material.pairs}
    for part in PARTS:
        yield WHAT[part] + ("" if part in there else " **It was not examined for this page.**") + "\n"
    yield HOW_SCORED + "\n"
    yield from _states(material)


def _states(material: Material) -> Iterator[str]:
    states = Counter((record.commit, record.package, record.options) for _, record in material.pairs)
    yield "Code that was examined with (a `+` means changes that were not committed):\n"
    yield "| commit | hash of the package | options of diagnose | examinations |"
    yield "|---|---|---|---|"
    for (commit, package, options), count in sorted(states.items()):
        yield f"| {commit or '–'} | {package} | {options or '–'} | {count} |"
    if len(states) > 1:
        yield "\nThe examinations are not all of one state of the code: read the sums with that in mind."
    if material.stale:
        yield f"\nLeft out: {material.stale} examinations of experiments that were changed since."
    yield ""


def _at_a_glance(answers: Sequence[Answer]) -> Iterator[str]:
    yield "## At a glance\n"
    yield (
        "| part | seed | cause first | among three | two faults: named | hints | healthy"
        " | false warnings a run | false errors a run | s, median | s, most | crashes |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for part in PARTS:
        own = of_part(answers, part)
        seeds = sorted({answer.record.seed for answer in own})
        for seed in seeds:
            yield _row(part, str(seed), tally([a for a in own if a.record.seed == seed]))
        if own:
            yield _row(f"**{part}**", "all", tally(own))
    yield ""
    for part in PARTS:
        yield from _uncertainty(part, of_part(answers, part))


def _row(name: str, seed: str, t: Tally) -> str:
    doubles = f"{t.doubles_named} ({t.doubles_whole})" if t.doubles_named.of else "–"
    return (
        f"| {name} | {seed} | {t.first} | {t.among_three} | {doubles} | {t.notes} | {t.healthy}"
        f" | {t.alarms_per_healthy('warning')} | {t.alarms_per_healthy('error')}"
        f" | {t.median_seconds:.0f} | {max(t.seconds):.0f} | {t.crashes} |"
    )


def _uncertainty(part: Part, answers: Sequence[Answer]) -> Iterator[str]:
    """Say how far the shares can be trusted; seeds of one experiment are alike, so experiments are counted."""
    said = []
    for what, kinds in (("cause first", {"fault", "faults"}), ("healthy", {"healthy"})):
        chosen = sorted((a for a in answers if a.case.expected.kind in kinds), key=lambda a: a.case.config)
        shares = [
            mean(a.score.first if what == "cause first" else a.score.well for a in group)
            for _, group in groupby(chosen, key=lambda a: a.case.config)
        ]
        if shares:
            low, high = interval(mean(shares), len(shares))
            said.append(
                f"{what} {mean(shares):.0%} (95 % interval {low:.0%} to {high:.0%}, {len(shares)} experiments)"
            )
    if said:
        yield f"{part.capitalize()} part: {'; '.join(said)}.\n"


def _programs(answers: Sequence[Answer]) -> Iterator[str]:
    own = of_part(answers, "test")
    if not own:
        return
    yield "## The test part, program by program\n"
    yield from _grouped(own, "program", lambda answer: answer.case.group)


def _strengths(answers: Sequence[Answer]) -> Iterator[str]:
    chosen = [answer for answer in answers if answer.case.strength]
    if not chosen:
        return
    yield "## Mild and strong faults\n"
    yield "The same mistake planted twice, once so that it costs a little and once so that it costs much.\n"
    yield from _grouped(chosen, "part and strength", lambda a: f"{a.case.part}, {a.case.strength}")


def _grouped(answers: Sequence[Answer], title: str, group_of: Callable[[Answer], str]) -> Iterator[str]:
    yield (
        f"| {title} | cause first | among three | two faults: named | healthy"
        " | false warnings | false errors | s, median | crashes |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for name in sorted({group_of(answer) for answer in answers}):
        t = tally([answer for answer in answers if group_of(answer) == name])
        yield (
            f"| {name} | {t.first} | {t.among_three} | {t.doubles_named} | {t.healthy}"
            f" | {t.warnings} | {t.errors} | {t.median_seconds:.0f} | {t.crashes} |"
        )
    yield ""
