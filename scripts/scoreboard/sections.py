"""Sections of the page behind the first tables: baselines, families, calibration, and every miss by name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scoreboard.baselines import always, listed, verdict_of
from scoreboard.cases import PARTS, Case
from scoreboard.material import Catalogue, Material, answers_of, of_part
from scoreboard.records import Record, Said
from scoreboard.scoring import score
from scoreboard.tally import Answer, Bin, calibration, calibration_error, confusions, families, tally


def baselines_section(material: Material) -> Iterator[str]:
    """Yield how two simple ways to answer do on the same examinations."""
    yield "## Beside two simple ways to answer\n"
    yield f"*Always the same* says `{material.constant}` of every run: no fault is planted more often in the tuning part (ties"
    yield "go by the alphabet). *Every finding* lists what the checks found, severe before mild and sure before unsure,"
    yield "without folding symptoms under their causes; a hint stays a note.\n"
    yield (
        "| part | answer | cause first | among three | two faults: named | wrong names a sick run | healthy"
        " | false warnings a run | false errors a run |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    ways = list(_ways(material))
    for part in PARTS:
        for name, answers in ways:
            own = of_part(answers, part)
            if not own:
                continue
            t = tally(own)
            yield (
                f"| {part} | {name} | {t.first} | {t.among_three} | {t.doubles_named} | {t.wrong_beside_a_run} | {t.healthy}"
                f" | {t.alarms_per_healthy('warning')} | {t.alarms_per_healthy('error')} |"
            )
    yield ""


def _ways(material: Material) -> Iterator[tuple[str, list[Answer]]]:
    constant = always(material.constant)
    yield "cnndoctor", answers_of(material)
    yield "every finding", [_answer(c, r, listed(r), material) for c, r in material.pairs]
    yield "always the same", [_answer(c, r, constant, material) for c, r in material.pairs]


def _answer(case: Case, record: Record, causes: Sequence[Said], material: Material) -> Answer:
    worth = score(case.expected, causes, verdict=verdict_of(causes, record), hints=material.catalogue.hints)
    return Answer(case=case, record=record, score=worth)


def families_section(answers: Sequence[Answer], catalogue: Catalogue) -> Iterator[str]:
    """Yield recall and false alarms by family."""
    yield "## By family of faults\n"
    yield "False alarms are counted under the family of the check that raised them, on healthy runs; *came first wrongly*"
    yield "are runs with another fault planted.\n"
    yield "| part | family | cause first | named | false warnings | false errors | came first wrongly |"
    yield "|---|---|---|---|---|---|---|"
    for part in PARTS:
        for row in families(of_part(answers, part), catalogue.family_of):
            yield (
                f"| {part} | {row.family} | {row.first} | {row.named} | {row.warnings} | {row.errors} | {row.misplaced} |"
            )
    yield ""


def calibration_section(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield how often causes were right, by how sure they were said to be."""
    yield "## How sure, and how often right\n"
    yield "Causes above a note by the confidence they were said with; right is what was planted. A true finding that nobody"
    yield "planted counts as wrong here.\n"
    yield "| part | confidence | first causes | mean said | right | all causes | mean said | right |"
    yield "|---|---|---|---|---|---|---|---|"
    errors = []
    for part in PARTS:
        own = of_part(answers, part)
        first, every = calibration(own, first_only=True), calibration(own, first_only=False)
        for one, other in zip(first, every, strict=True):
            if other.said:
                yield f"| {part} | {one.low:.2f}–{one.high:.2f} | {_bin(one)} | {_bin(other)} |"
        if any(one.said for one in every):
            distance = f"{calibration_error(first):.3f} (first), {calibration_error(every):.3f} (all)"
            errors.append(f"{part} {distance}")
    yield f"\nExpected calibration error: {'; '.join(errors) or 'nothing was said'}.\n"


def _bin(one: Bin) -> str:
    return f"{one.said} | {one.mean_confidence:.2f} | {one.right / one.said:.2f}" if one.said else "0 | – | –"


def instead_section(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield what came first where the planted cause did not."""
    rows = [(part, *row) for part in PARTS for row in confusions(of_part(answers, part))]
    yield "## What came first instead\n"
    if not rows:
        yield "Nothing: the planted cause came first everywhere.\n"
        return
    yield "| part | planted | what came first | runs |"
    yield "|---|---|---|---|"
    for part, planted, top, count in rows:
        yield f"| {part} | {planted.replace('|', 'or')} | {top} | {count} |"
    yield ""


def false_alarms_section(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield each false alarm with its sentence."""
    yield "## False alarms on healthy runs\n"
    there = False
    for answer in answers:
        if answer.case.expected.kind not in {"healthy", "note"}:
            continue
        for said in answer.score.alarms:
            there = True
            yield (
                f"- {answer.case.name}, seed {answer.record.seed}: {said.severity} `{said.check}`"
                f" ({said.confidence:.2f}). {' '.join(said.message.split())}"
            )
    yield "" if there else "None.\n"


def crashes_section(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield our own faults."""
    crashed = [answer for answer in answers if answer.record.crashes]
    if not crashed:
        return
    yield "## Crashes of ours\n"
    for answer in crashed:
        said = " ".join("; ".join(answer.record.crashes).split())
        yield f"- {answer.case.name}, seed {answer.record.seed}: {said}"
    yield ""
