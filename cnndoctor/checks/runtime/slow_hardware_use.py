"""A training step that the same machine would make much faster with another setting."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import ExperimentEvidence, FirstBatchEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity, Value

ENOUGH = 0.9  # of the best gain: the simplest way that comes so near is told
ADVICE = {
    "channels-last": "Put model and images into channels-last memory: model.to(memory_format=torch.channels_last).",
    "bf16": "Train under bf16 autocast.",
    "bf16 and channels-last": "Train under bf16 autocast, with model and images in channels-last memory.",
    "larger-batch": "Use a larger batch, with the learning rate scaled to it.",
    "one-thread": "Train with one thread: OMP_NUM_THREADS=1 in the environment, or torch.set_num_threads(1) in the program.",
    "half-the-threads": "Train with half of the threads: OMP_NUM_THREADS in the environment, or torch.set_num_threads().",
}


@check(severity=Severity.NOTE, grade="C", of_pace=True)
def slow_hardware_use(
    experiment: ExperimentEvidence,
    first_batch: FirstBatchEvidence,
    train: TrainEvidence | None,
    *,
    min_gain: float = 1.3,
    min_seconds: float = 60.0,
) -> Judgement:
    """This machine would train clearly faster with another precision, memory layout, batch size or number of threads.

    What it measures:
        The time of ten training steps on one batch as configured and in other ways, on this very machine (median of three
        rounds, after a warm-up). On a GPU: with channels-last memory, under bf16 autocast, with both, and with four times the
        batch. On a CPU: with one thread, and with half of many. The finding needs a gain of 30 % for each sample, in a run
        that takes at least a minute.
    Why it matters:
        Full precision leaves tensor cores idle, small batches leave most of the chip idle, and convolutions work faster on
        channels-last memory. On a CPU torch takes a thread for each core that it sees: where others use them too, or a
        container may use few of many, the threads of a small operation wait for each other longer than it takes. Shorter runs
        are more experiments.
    How to fix:
        The setting that was measured: ``train.precision: bf16``; channels-last for model and images; a larger batch with its
        rate (see batch-size-without-lr-scaling). Then, unmeasured here: ``torch.compile``, fused optimizers, widths in
        multiples of 8, more loader workers where the loop waits for data. Another number of threads adds in another order:
        losses change in their last digits. With several devices, data-parallel training
        (``DistributedDataParallel``, one process each) divides the time almost by their number while each keeps a full
        batch. For a fast model at the end, knowledge distillation: train a small one on the outputs of the large one.
    When it is not a fault:
        Short runs; models that need full precision; a batch size that was tuned.

    References:
        - NVIDIA, "Deep Learning Performance Guide"; PyTorch, "Performance tuning guide", channels-last and autocast
        - S. Li et al., "PyTorch distributed", 2020, arXiv:2006.15704
        - limits are ours, chosen; no run decides them (docs/thresholds.md)
    """
    if experiment.device.startswith("mps"):
        return NotApplicable(reason=f"nothing is timed on {experiment.device}")
    if len(first_batch.speeds) < 2 or first_batch.speeds[0].seconds_per_sample <= 0:
        return NotApplicable(reason="no other way of running the step was timed")
    configured, *others = first_batch.speeds
    gains = {
        s.name: configured.seconds_per_sample / s.seconds_per_sample
        for s in others
        if s.seconds_per_sample > 0
    }
    seconds = max(train.seconds, train.planned_steps * train.seconds_per_step) if train else 0.0
    if seconds < min_seconds or max(gains.values(), default=0.0) < min_gain:
        return None
    chosen = next(name for name, gain in gains.items() if gain >= ENOUGH * max(gains.values()))
    words = {speed.name: speed.change for speed in others}
    measured: dict[str, Value] = {f"gain of {name}": round(gain, 2) for name, gain in gains.items()}
    return Finding(
        message=(
            f"A sample costs {1e6 * configured.seconds_per_sample:.3g} microseconds in training; with {words[chosen]} this "
            f"machine trains {gains[chosen]:.2g} times as fast (limit {min_gain:g})."
        ),
        confidence=0.8,
        places=(Place(kind="key", name="train"),),
        measured=measured,
        remedies=tuple(
            Remedy(
                text=f"{ADVICE[name]} Measured: {gain:.2g} times as fast.",
                patch={"train.precision": "bf16"} if name.startswith("bf16") else {},
            )
            for name, gain in sorted(gains.items(), key=lambda item: (item[0] != chosen, -item[1]))
            if gain >= min_gain
        ),
    )
