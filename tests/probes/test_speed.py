"""Timed steps: each way runs on a session of its own, and one that cannot run is left out."""

from cnndoctor.patient.session import Session
from cnndoctor.probes.speed import speeds, variants
from tests.small import small


def test_each_way_is_timed() -> None:
    """A float32 net without images: as configured, under autocast, with a larger batch."""
    experiment = small()
    batch = next(iter(experiment.train_loader()))
    found = speeds(experiment.fresh, batch, seconds=60.0)
    assert [one.name for one in found] == [one.name for one in variants(experiment.fresh())]
    assert {"as-configured", "bf16", "larger-batch"} <= {one.name for one in found}
    assert all(one.seconds_per_sample > 0 for one in found)


def test_what_does_not_run_is_left_out() -> None:
    """A model that refuses autocast, as on a device without it, leaves the others."""
    experiment = small()

    def fresh() -> Session:
        session = experiment.fresh()

        def refuse(*_: object) -> None:
            if session.precision == "bf16":
                raise RuntimeError("no such kernel")

        session.model.register_forward_pre_hook(refuse)
        return session

    names = [one.name for one in speeds(fresh, next(iter(experiment.train_loader())), seconds=60.0)]
    assert "bf16" not in names
    assert names[0] == "as-configured"
    assert names[-1] == "larger-batch"


def test_no_time_no_measurement() -> None:
    """Where time is over nothing is begun."""
    experiment = small()
    assert speeds(experiment.fresh, next(iter(experiment.train_loader())), seconds=-1.0) == ()
