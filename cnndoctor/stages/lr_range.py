"""Learning-rate range: which rates this experiment can use, and whether the configured one is among them.

Sweeps over two seeds give a band and a candidate. For a verdict on the configured rate, short runs at it, at a tenth and at
ten times it, from equal weights over equal batches, show what the rate itself does; no more is run than the verdict needs:
a rate that lies well inside the band and clearly trains is left at that. Where the rate itself is asked for, or the verdict
may be bad, a ladder of short runs around the candidate, in the shape of the planned schedule, gives the suggestion. All of it
keeps within a number of steps: 600, or a tenth of the planned run where that is more.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace

import torch
from torch.nn.parameter import is_lazy

from cnndoctor.context import Context, Seen
from cnndoctor.evidence import LrRangeEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.patient.batches import as_bytes
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.rates.confirmation import confirm
from cnndoctor.rates.consensus import believed, conclude
from cnndoctor.rates.plan import plan_of
from cnndoctor.rates.refinement import refine
from cnndoctor.rates.seeds import sweeps_over_seeds

SECONDS = 120.0  # for all sweeps; a slow model gets fewer seeds and shorter pairs


def run(context: Context) -> Seen[LrRangeEvidence]:
    """Sweep, then confirm by paired runs around the configured rate; where the rate is asked for, climb the ladder instead.

    Args:
        context: The experiment, what setup saw of its schedule, and who is told.
    """
    started = time.perf_counter()
    box = TimeBox(2 * SECONDS)
    evidence = find_lr(context, refined=context.rate_wanted)
    if not context.rate_wanted and context.effort != "smoke" and evidence.configured_peak > 0:
        evidence = confirm(context, evidence, box)
        if len(evidence.paired) > 1 and not box.over:
            evidence = refine(context, evidence, box)
    evidence = replace(evidence, seconds=time.perf_counter() - started)
    return Seen(evidence=evidence, note=_note(evidence))


def find_lr(context: Context, *, refined: bool = True) -> LrRangeEvidence:
    """Find the band of usable rates and a suggestion; what ``lr-find`` does.

    Args:
        context: The experiment and who is told.
        refined: Let a ladder of short runs work out the suggestion; otherwise it is the sweeps' own.

    Returns:
        Band and suggestion, or a refusal with its reason; no paired runs.
    """
    started = time.perf_counter()
    experiment, box = context.experiment, TimeBox(SECONDS)
    before = _fingerprint(experiment)
    with preserved_randomness():
        plan = plan_of(experiment, context.so_far.setup)
        sweeps = sweeps_over_seeds(context, plan, box, ladder=refined)
        evidence = LrRangeEvidence(
            configured=plan.configured,
            configured_peak=plan.peak,
            schedule=plan.schedule,
            sweeps=tuple(sweeps),
            steps=sum(len(one.losses) for one in sweeps),
            group_ratios=plan.ratios,
        )
        evidence = conclude(evidence, believed(sweeps))
        if refined and context.effort != "smoke" and not box.over:
            evidence = refine(context, evidence, box)
    restored = before == _fingerprint(experiment)
    return replace(evidence, restored=restored, seconds=time.perf_counter() - started)


def _fingerprint(experiment: Experiment) -> str:
    """Return a hash of what a fresh session is made of and of every global random state."""
    hasher = hashlib.blake2b(digest_size=16)
    hasher.update(torch.get_rng_state().numpy().tobytes())
    with preserved_randomness():
        model = experiment.fresh().model
        for name, tensor in (*model.named_parameters(), *model.named_buffers()):
            hasher.update(name.encode())
            if not is_lazy(tensor):  # a lazy layer has no values before its first forward
                hasher.update(as_bytes(tensor).numpy().tobytes())
        hasher.update(bytes(module.training for module in model.modules()))
    return hasher.hexdigest()


def _note(evidence: LrRangeEvidence) -> str:
    """Return one phrase for the stage table."""
    if evidence.refusal:
        return f"no suggestion: {evidence.refusal}"
    return (
        f"suggests {evidence.suggestion:.2g}, usable from {evidence.band[0]:.2g} to {evidence.band[1]:.2g}, "
        f"configured {evidence.configured_peak:.2g}"
    )
