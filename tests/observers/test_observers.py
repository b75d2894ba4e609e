"""Whoever listens is told everything and can disturb nothing."""

import logging
from typing import Any

import numpy as np
import pytest

from cnndoctor.observers import Observers
from cnndoctor.report import StageResult


class Recorder:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.told.append((name, *arguments))


class Broken:
    """Raises whatever it is told."""

    def __getattr__(self, name: str) -> Any:
        def fail(*arguments: object) -> None:
            raise OSError("No space left on device")

        return fail


def tell_all(observers: Observers) -> None:
    """Say everything there is to say."""
    observers.stage_started("setup", "counts")
    observers.progress(1, None, "counts")
    observers.scalar("loss/train", 1.0, 0)
    observers.scalars({"loss/train": 1.0, "lr": 0.1}, 1)
    observers.histogram("h", [1], [0, 1], 0)
    observers.image("i", np.zeros((1, 1), np.uint8), 0, "caption")
    observers.text("t", "text")
    observers.stage_finished(StageResult(name="setup", status="ran"))
    observers.close()


def test_everyone_is_told_everything() -> None:
    """Each observer hears each call, in order."""
    recorders = [Recorder(), Recorder()]
    tell_all(Observers(recorders))
    names = [call[0] for call in recorders[0].told]
    assert names == [
        "stage_started",
        "progress",
        "scalar",
        "scalars",
        "histogram",
        "image",
        "text",
        "stage_finished",
        "close",
    ]
    assert recorders[0].told == recorders[1].told


def test_a_broken_observer_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    """Its exceptions stay inside, the others are still told, and the log has one line."""
    recorder = Recorder()
    with caplog.at_level(logging.WARNING):
        tell_all(Observers([Broken(), recorder]))
    assert len(recorder.told) == 9
    assert [record.getMessage() for record in caplog.records] == [
        "Broken failed and may be incomplete: OSError: No space left on device"
    ]


def test_interruption_is_not_held_back() -> None:
    """Ctrl-C inside an observer still ends the run."""

    class Interrupted(Recorder):
        def close(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Observers([Interrupted()]).close()
