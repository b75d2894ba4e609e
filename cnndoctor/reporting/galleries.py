"""Which samples a report should show, and, from the pictures taken of them, its galleries. Pure; no torch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cnndoctor.evidence import Evidence
from cnndoctor.evidence.pictures import SamplePicture
from cnndoctor.evidence.train import Evaluation
from cnndoctor.finding import Place
from cnndoctor.report import Cause, Gallery, Picture
from cnndoctor.reporters.numbers import number

MOST = 24
MOST_OF_A_CAUSE = 8
MOST_OF_THE_WORST = 12
WORST = "worst"
_SAMPLE = re.compile(r"(train|validation)\[(\d+)\]")


def wanted_samples(causes: Sequence[Cause], evidence: Evidence) -> tuple[tuple[str, int], ...]:
    """Return (split, index) of the samples worth a picture, most important first, each once.

    Args:
        causes: The ranked diagnosis.
        evidence: What the stages saw; its last judgement names the samples with the largest loss.
    """
    named = [sample for cause in causes for sample in _samples(cause)]
    judged = evidence.train.judged if evidence.train else None
    worst = [(judged.split, index) for index in judged.worst[:MOST_OF_THE_WORST]] if judged else []
    return tuple(dict.fromkeys([*named, *worst]))[:MOST]


def galleries_of(causes: Sequence[Cause], evidence: Evidence) -> tuple[Gallery, ...]:
    """Return a gallery for each cause whose samples were pictured, and one of the samples with the largest loss.

    Args:
        causes: The ranked diagnosis.
        evidence: What the stages saw, with the pictures.
    """
    if evidence.pictures is None:
        return ()
    known = {(picture.split, picture.index): picture for picture in evidence.pictures.pictures}
    found = [
        Gallery(
            name=cause.check,
            title="Samples that this names",
            check=cause.check,
            pictures=tuple(_shown(known[sample]) for sample in _samples(cause) if sample in known),
        )
        for cause in causes
    ]
    judged = evidence.train.judged if evidence.train else None
    if judged is not None:
        title = f"{judged.split.capitalize()} samples with the largest loss, by the final weights"
        found.append(Gallery(name=WORST, title=title, pictures=tuple(_worst(judged, known))))
    return tuple(gallery for gallery in found if gallery.pictures)


def _samples(cause: Cause) -> list[tuple[str, int]]:
    matches = (_SAMPLE.fullmatch(place.name) for place in _sample_places(cause.places))
    return [(match[1], int(match[2])) for match in matches if match][:MOST_OF_A_CAUSE]


def _sample_places(places: Iterable[Place]) -> Iterable[Place]:
    return (place for place in places if place.kind == "sample")


def _worst(judged: Evaluation, known: dict[tuple[str, int], SamplePicture]) -> Iterable[Picture]:
    for rank, index in enumerate(judged.worst[:MOST_OF_THE_WORST]):
        picture = known.get((judged.split, index))
        if picture is None:
            continue
        taken_for = judged.worst_taken_for[rank] if rank < len(judged.worst_taken_for) else ""
        loss = number(judged.worst_losses[rank]) if rank < len(judged.worst_losses) else ""
        yield _shown(picture, f"taken for {taken_for}" if taken_for else "", f"loss {loss}" if loss else "")


def _shown(picture: SamplePicture, *more: str) -> Picture:
    told = [f"labelled {picture.label}" if picture.label else "", *more]
    return Picture(
        place=f"{picture.split}[{picture.index}]",
        told=", ".join(part for part in told if part),
        file=picture.file,
        png=picture.png,
        width=picture.width,
        height=picture.height,
    )
