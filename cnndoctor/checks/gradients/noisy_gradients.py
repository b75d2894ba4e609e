"""Batches so small that their gradients have next to nothing in common."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import FirstBatchEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.success import held_out_gain
from cnndoctor.signs.trial_gains import rescue

MEASUREMENTS = 2  # at the start alone, healthy runs may show as little agreement as noisy ones


@check(severity=Severity.NOTE, grade="C")
def noisy_gradients(
    first_batch: FirstBatchEvidence,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    min_agreement: float = 0.1,
    max_samples: int = 16,
    good_gain: float = 0.8,
) -> Judgement:
    """The batch is so small that the gradients of two batches have next to nothing in common.

    What it measures:
        The gradients of up to 32 disjoint batches at equal weights, before the first step and after ten: the squared length of
        what they share over the mean squared length of one of them. It is 1 / (1 + noise scale / batch size): below 0.1 the
        noise of a batch is more than nine times its signal. Only where a step sees at most 16 samples and the run leaves room
        for more (below 80 % of the way from chance to perfect); paired runs with eight times the batch, where they were
        made, say how much it would help.
    Why it matters:
        Most of each step is a random walk: the loss swings, and only a small learning rate averages the noise away.
    How to fix:
        A larger batch, or gradients accumulated over several (``train.accumulate: 8``) where memory is short; data-parallel
        training adds the batches of several devices. Otherwise a lower rate, more momentum, or a decaying rate: they average
        over steps what the batch does not average over samples. Raise the rate with the batch (linearly for SGD, by the
        square root for Adam).
    When it is not a fault:
        Small batches that train well: up to the noise scale they cost more steps, not more samples. Near a minimum every
        gradient is mostly noise, which is why the beginning is looked at.

    References:
        - S. McCandlish, J. Kaplan, D. Amodei, "An empirical model of large-batch training", 2018, arXiv:1812.06162
        - limits are ours: of 32 healthy runs the lowest pair of measurements is 0.08 and 0.04, at a batch of 32
    """
    found = first_batch.gradient_agreement
    if len(found) < MEASUREMENTS:
        return NotApplicable(reason="the gradients of different batches were not compared")
    samples = first_batch.agreement_samples
    if max(found) >= min_agreement or samples > max_samples or train is None:
        return None
    if held_out_gain(train) >= good_gain:
        return None
    helped = rescue(trials, "bigger-batch")
    measured = ", ".join(
        f"{share:.2f} after {step}" for share, step in zip(found, first_batch.agreement_steps, strict=False)
    )
    bigger = f" Eight times the batch gains {helped:.0%} of the way from chance to perfect." if helped else ""
    return Finding(
        message=(
            f"Gradients of batches of {samples:.3g} samples share next to nothing ({measured} steps; limit "
            f"{min_agreement:g}): each step is mostly noise.{bigger}"
        ),
        confidence=0.8 if helped else 0.5,
        places=(Place(kind="key", name="data.loader.batch_size"),),
        measured={"agreement": max(found), "samples": samples, "gain_of_a_larger_batch": helped},
        remedies=(
            Remedy(
                text="Use a larger batch, or accumulate gradients over several.",
                patch={"train.accumulate": 8},
            ),
            Remedy(text="Lower the learning rate, or let it decay."),
        ),
    )
