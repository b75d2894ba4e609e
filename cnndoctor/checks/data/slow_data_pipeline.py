"""Training that waits for its data."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity


@check(severity=Severity.WARNING, grade="B", of_pace=True)
def slow_data_pipeline(
    train: TrainEvidence,
    data: DataEvidence | None,
    *,
    max_wait_share: float = 0.3,
    min_seconds_waited: float = 10.0,
    min_step_seconds: float = 0.005,
) -> Judgement:
    """Training waits for its data.

    What it measures:
        The share of the training time spent waiting for the next batch, the first batch of every epoch left out; never the
        number of workers. Runs that wait less than ten seconds in all, and steps of a few milliseconds, are not judged; time in
        which other programs had the processor counts for neither.
    Why it matters:
        The device idles for that share of the run.
    How to fix:
        ``data.loader: {num_workers: 4, persistent_workers: true, pin_memory: true}``; decode and resize once and cache;
        vectorise transforms; read larger files in order.
    When it is not a fault:
        Tiny models, whose steps are shorter than reading any batch.

    References:
        - TensorFlow's input pipeline analyser calls more than 20 % highly input-bound; handing a batch over
          alone cost 12 to 15 % in runs of ours, so the limit is 30 %. Of 871 examined runs five waited for more than
          half of their time and for more than eight seconds, all of them planted
    """
    # Beside busy neighbours the same steps take several times as long: that is no matter of the data.
    step_seconds = (1 - train.starved_share) * train.seconds_per_step
    seconds = max((1 - train.starved_share) * train.seconds, train.planned_steps * step_seconds)
    if seconds * train.wait_share < min_seconds_waited or step_seconds < min_step_seconds:
        return NotApplicable(
            reason=f"the planned run waits less than {min_seconds_waited:g} s in all, or its steps take a few milliseconds"
        )
    if train.wait_share <= max_wait_share:
        return None
    workers = data.train.loader.workers if data else 0
    return Finding(
        message=(
            f"Training spends {train.wait_share:.0%} of its time waiting for batches (limit {max_wait_share:.0%}), "
            f"with {workers} workers: it could be up to {1 / max(0.05, 1 - train.wait_share):.1f} times as fast."
        ),
        confidence=0.8,
        severity=Severity.WARNING if train.wait_share > 0.5 else Severity.NOTE,
        places=(Place(kind="key", name="data.loader"),),
        measured={"wait_share": train.wait_share, "workers": workers},
        remedies=(
            Remedy(
                text="Read samples in more processes.", patch={"data.loader.num_workers": max(4, 2 * workers)}
            ),
            Remedy(text="Decode and resize once, and cache the result."),
        ),
    )
