"""All that the page is made of: examinations beside their experiments, and what it has to know of the checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scoreboard.cases import Case, Part
from scoreboard.records import Record
from scoreboard.scoring import score_record
from scoreboard.tally import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What the scoreboard has to know of the checks.

    Attributes:
        family_of: Check id → family.
        hints: Ids of checks that by themselves say no more than a note.
    """

    family_of: Mapping[str, str]
    hints: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that the page is made of.

    Attributes:
        pairs: Each examination beside its experiment.
        catalogue: The checks.
        constant: The fault that the first baseline always names.
        stale: Examinations left out because their experiment was changed since.
        harm: What was written by ``harm.py --json``: one mapping an experiment.
    """

    pairs: tuple[tuple[Case, Record], ...]
    catalogue: Catalogue
    constant: str
    stale: int = 0
    harm: tuple[Mapping[str, object], ...] = ()


def answers_of(material: Material) -> list[Answer]:
    """Return what each diagnosis is worth, in the order of the examinations."""
    hints = material.catalogue.hints
    return [
        Answer(case=case, record=record, score=score_record(case.expected, record, hints))
        for case, record in material.pairs
    ]


def of_part(answers: Iterable[Answer], part: Part) -> list[Answer]:
    """Return the answers of one part."""
    return [answer for answer in answers if answer.case.part == part]
