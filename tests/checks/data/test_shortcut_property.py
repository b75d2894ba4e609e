"""Promises of shortcut-property."""

from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.data.shortcut_property import shortcut_property as check
from cnndoctor.evidence.data import ImageFacts, PropertyFacts
from tests.healthy import healthy_data, healthy_evidence


def found(score: float, classes: int = 2):
    """Judge a training split whose brightness tells so much."""
    data = healthy_data()
    facts = (
        PropertyFacts(name="contrast", score=1 / classes, classes=classes),
        PropertyFacts(name="brightness", score=score, classes=classes),
    )
    train = replace(data.train, images=ImageFacts(examined=200, properties=facts))
    return run(check, healthy_evidence(data=replace(data, train=train)))


def test_healthy_is_silent():
    """A property that tells a little is no finding."""
    assert run(check, healthy_evidence()).finding is None
    assert found(0.7).status == "passed"
    assert found(0.7, classes=10).status == "passed"


def test_a_property_that_tells_the_class_is_a_note():
    """It is named, with its score and chance."""
    finding = found(0.97).finding
    assert finding is not None
    assert check.severity.value == "note"
    assert "brightness" in finding.message
    assert "97%" in finding.message
    assert "50%" in finding.message
