"""slow-hardware-use: a measured gain on a GPU, in a run long enough to care."""

import pytest

from cnndoctor.check import run
from cnndoctor.checks.runtime.slow_hardware_use import slow_hardware_use
from cnndoctor.evidence import Evidence
from cnndoctor.evidence.first_batch import Speed
from tests.changed import evidence_with


def _speeds(**seconds: float) -> tuple[Speed, ...]:
    names = {name: name.replace("_", "-") for name in seconds}
    return tuple(
        Speed(name=names[name], change=names[name], seconds_per_sample=value)
        for name, value in seconds.items()
    )


def _evidence(**changes: object) -> Evidence:
    given = {
        "experiment.device": "cuda:0",
        "train.seconds": 600.0,
        "first_batch.speeds": _speeds(as_configured=1e-4, channels_last=9e-5, bf16=4e-5, larger_batch=7e-5),
    }
    return evidence_with(given | {name.replace("__", "."): value for name, value in changes.items()})


def test_found() -> None:
    """bf16 halves the time and more: told first, with a patch; what gains less comes after it."""
    finding = run(slow_hardware_use, _evidence()).finding
    assert finding is not None
    assert "bf16 this machine trains 2.5 times as fast" in finding.message
    assert finding.remedies[0].patch == {"train.precision": "bf16"}
    assert len(finding.remedies) == 2


def test_the_simpler_way_where_it_is_as_good() -> None:
    """Channels-last alone comes within a tenth of both together: it is told."""
    speeds = (
        *_speeds(as_configured=1e-4, channels_last=5e-5, bf16=9e-5),
        Speed(name="bf16 and channels-last", change="both", seconds_per_sample=4.8e-5),
    )
    finding = run(slow_hardware_use, _evidence(first_batch__speeds=speeds)).finding
    assert finding is not None
    assert "channels-last this machine" in finding.message


@pytest.mark.parametrize(
    "changes",
    [{"train__seconds": 10.0}, {"first_batch__speeds": _speeds(as_configured=1e-4, bf16=8e-5)}],
    ids=["short-run", "small-gain"],
)
def test_silent(changes: dict[str, object]) -> None:
    """A run of seconds, or a gain of a quarter, is not worth a word."""
    assert run(slow_hardware_use, _evidence(**changes)).status == "passed"


def test_too_many_threads() -> None:
    """On a CPU one thread is four times as fast: told with how to set it; there is no key of the experiment for it."""
    speeds = (
        *_speeds(as_configured=4e-4, one_thread=1e-4),
        Speed(name="half-the-threads", change="8 threads instead of 16", seconds_per_sample=2e-4),
    )
    finding = run(slow_hardware_use, _evidence(experiment__device="cpu", first_batch__speeds=speeds)).finding
    assert finding is not None
    assert "one-thread this machine trains 4 times as fast" in finding.message
    assert "OMP_NUM_THREADS=1" in finding.remedies[0].text
    assert not finding.remedies[0].patch


@pytest.mark.parametrize("changes", [{"experiment__device": "mps"}, {"first_batch__speeds": ()}])
def test_not_applicable(changes: dict[str, object]) -> None:
    """A device where nothing is timed, or nothing was: the reason is told."""
    outcome = run(slow_hardware_use, _evidence(**changes))
    assert outcome.status == "skipped"
    assert outcome.reason
