"""Which samples a report shows, and under what."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.evidence.pictures import PicturesEvidence, SamplePicture
from cnndoctor.finding import Grade, Place, Severity
from cnndoctor.report import Cause
from cnndoctor.reporting.galleries import galleries_of, wanted_samples
from tests.healthy import healthy_evidence, healthy_train


def cause(check: str, *places: str) -> Cause:
    """Return a cause that names samples, and a key."""
    return Cause(
        check=check, family="data", severity=Severity.ERROR, confidence=0.9, grade=Grade.A, title="T", message="M",
        places=(*(Place(kind="sample", name=name) for name in places), Place(kind="key", name="train[0]")),
    )  # fmt: skip


def picture(split: str, index: int) -> SamplePicture:
    """Return a picture of a sample."""
    return SamplePicture(split=split, index=index, label="three", file="a.png", png="AAAA", width=8, height=8)


def test_samples_of_causes_come_before_the_worst() -> None:
    """What a cause names is wanted first, in its order, once, and never more than 24; a key is no sample."""
    causes = (cause("a", "train[5]", "train[1]"), cause("b", "train[1]", "validation[3]", "step 7"))
    assert wanted_samples(causes, healthy_evidence()) == (
        ("train", 5), ("train", 1), ("validation", 3), ("validation", 17),
    )  # fmt: skip
    many = tuple(cause(str(i), *(f"train[{8 * i + j}]" for j in range(8))) for i in range(9))
    assert len(wanted_samples(many, healthy_evidence())) == 24


def test_pictures_stand_under_what_names_them() -> None:
    """Each cause has its own pictures, and the worst say what they were taken for; what was not pictured is left out."""
    train = healthy_train()
    assert train.validation is not None
    judged = replace(
        train.validation, worst=(3, 17), worst_losses=(2.5, 1.0), worst_taken_for=("eight", "one")
    )
    evidence = healthy_evidence(
        train=replace(train, validation=judged),
        pictures=PicturesEvidence(pictures=(picture("train", 5), picture("validation", 17))),
    )
    found = galleries_of((cause("a", "train[5]", "train[9]"), cause("b", "train[2]")), evidence)
    assert [(gallery.name, [each.place for each in gallery.pictures]) for gallery in found] == [
        ("a", ["train[5]"]),
        ("worst", ["validation[17]"]),
    ]
    assert found[1].pictures[0].told == "labelled three, taken for one, loss 1"
    assert galleries_of((cause("a", "train[5]"),), healthy_evidence()) == ()
