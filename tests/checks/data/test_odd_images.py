"""Promises of odd-images."""

from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.data.odd_images import odd_images as check
from cnndoctor.evidence.data import ImageFacts, OddImages
from tests.healthy import healthy_data, healthy_evidence


def found(*odd: OddImages, examined: int = 200):
    """Judge a training split with these odd images."""
    data = healthy_data()
    train = replace(data.train, images=ImageFacts(examined=examined, odd=odd), names={"7": "img/7.png"})
    return run(check, healthy_evidence(data=replace(data, train=train)))


def test_healthy_is_silent():
    """No odd image, or no image at all, is no finding."""
    assert run(check, healthy_evidence()).finding is None
    assert found().status == "passed"


def test_odd_images_are_named_with_their_files():
    """Kind, count and indices stand in the message, the files in the places."""
    finding = found(OddImages(kind="dark", count=2, samples=(7, 9))).finding
    assert finding is not None
    assert "2 dark in train (7, 9)" in finding.message
    assert finding.places[0].file == "img/7.png"


def test_what_many_images_are_is_not_odd():
    """A kind that more than a tenth of the images belong to is the nature of the data."""
    assert found(OddImages(kind="dark", count=30, samples=tuple(range(20)))).finding is None
