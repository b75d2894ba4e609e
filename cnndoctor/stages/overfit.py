"""Overfit: can this experiment learn a handful of samples by heart, and if not, which single change makes it?

A fixed subset is learnt with everything off that resists memorising. Only when that fails the ladder is climbed, one
change a rung, until something rescues it; only when it succeeds regularisation comes back, to see whether it gets in the way.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cnndoctor.context import Context, Seen
from cnndoctor.errors import UserCodeError
from cnndoctor.evidence import OverfitEvidence
from cnndoctor.evidence.overfit import Rung
from cnndoctor.experiment import Experiment
from cnndoctor.overfitting.attempt import Fit, Goal, fit
from cnndoctor.overfitting.ladder import REGULARISATION_OFF, changes_to_try, rung_of
from cnndoctor.overfitting.subset import Subset, tiny_subset
from cnndoctor.patient.changes import Change
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.scoring import Tally, constant_loss
from cnndoctor.patient.session import Session
from cnndoctor.patient.task import Task
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.patient.treatment import switch_dropout_off
from cnndoctor.signs.foreign_score import vouched_for

SMOKE_STEPS = 150
# Times max_steps that a run whose loss still falls clearly may take: a timid rate is no broken model.
EXTENSIONS = 3
RUNG_STEPS = 300  # a rung that rescues a small model does so in far fewer: 40 to 200 measured
WITH_REGULARISATION = 4  # dropout of 0.5 slows memorising by a factor of 4 to 5, measured
LOWER_RATES = (0.1, 0.01)
CURVE_POINTS = 100
LADDER_SHARE = 0.5  # of the stage's time that the configured run may take, so that the ladder still has some


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What every attempt of one examination shares."""

    context: Context
    subset: Subset
    goal: Goal
    box: TimeBox
    max_steps: int

    @property
    def experiment(self) -> Experiment:
        return self.context.experiment


def run(context: Context) -> Seen[OverfitEvidence]:
    """Learn a tiny subset by heart, climb the ladder when that fails.

    Args:
        context: The experiment and who is told.
    """
    started = time.perf_counter()
    experiment, knobs = context.experiment, context.experiment.config.stages.overfit
    session = experiment.fresh()
    setup = context.so_far.setup
    subset = tiny_subset(
        session.train_loader, session.members, knobs.samples, classes=setup.classes if setup else 0
    )
    if subset is None:
        return Seen(evidence=None, note="the training loader gave no batch")
    bench = _Bench(
        context=context,
        subset=subset,
        goal=Goal(
            task=experiment.task,
            reachable=subset.reachable,
            own_loss=not vouched_for(context.so_far)
            or (experiment.task is Task.REGRESSION and setup is not None and not setup.loss.known),
        ),
        box=TimeBox(knobs.seconds),
        max_steps=min(knobs.max_steps, SMOKE_STEPS) if context.effort == "smoke" else knobs.max_steps,
    )
    configured, session = _as_configured(bench)
    evidence = _evidence(bench, configured, session)
    if context.effort != "smoke" and not evidence.cut_short:
        if configured.reached:
            evidence = _with_regularisation(bench, evidence, configured)
        elif not (configured.falling and configured.metric == "loss-reduction"):
            evidence = _climb(bench, evidence, session, configured)
    evidence = replace(evidence, seconds=time.perf_counter() - started)
    return Seen(evidence=evidence, note=_note(evidence))


def _as_configured(bench: _Bench) -> tuple[Fit, Session]:
    """Run as configured, longer while its loss still clearly falls."""
    session = bench.experiment.fresh(change=REGULARISATION_OFF)
    # Half of the time for the configured run: a slow model must leave some for the ladder.
    seconds = bench.experiment.config.stages.overfit.seconds
    half = replace(bench, box=TimeBox(LADDER_SHARE * seconds if seconds else None))
    extended = 1 if bench.context.effort == "smoke" else EXTENSIONS

    def enough(attempt: Fit) -> bool:
        done = len(attempt.losses)
        return done >= bench.max_steps and not attempt.falling

    attempt = _attempt(half, session, "as configured", max_steps=extended * bench.max_steps, until=enough)
    return attempt, session


def _attempt(
    bench: _Bench,
    session: Session,
    name: str,
    *,
    max_steps: int,
    place: str = "",
    **how: Any,  # noqa: ANN401
) -> Fit:
    tell, most = bench.context.tell, min(max_steps, bench.max_steps)

    def at_look(step: int, loss: float) -> None:
        tell.progress(min(step, most), most, f"memorising {bench.subset.samples} samples: {name}{place}")
        tell.scalar(f"overfit/{name.replace(' ', '-')}", loss, step)

    return fit(
        session,
        bench.subset.batch,
        bench.goal,
        max_steps=max_steps,
        box=bench.box,
        tell=at_look,
        **how,
    )


def _evidence(bench: _Bench, configured: Fit, session: Session) -> OverfitEvidence:
    subset = bench.subset
    metric = configured.metric or "loss-reduction"
    scored = metric != "loss-reduction"
    return OverfitEvidence(
        samples=subset.samples,
        classes=subset.classes,
        metric=metric,
        goal=bench.goal.score(configured.chance) if scored else Goal(task=Task.CUSTOM).score(0.0),
        chance=configured.chance if scored else 0.0,
        configured=rung_of(configured, REGULARISATION_OFF, seed=bench.experiment.seed),
        reachable=subset.reachable,
        switched_off=tuple(_switched_off(bench)),
        loss_curve=_thinned(configured.losses),
        constant_outputs=configured.constant,
        parameters=sum(p.numel() for p in session.model.parameters() if p.requires_grad),
        chance_loss=_chance_loss(bench, session),
        cut_short=configured.timed_out and not configured.reached,
        note=subset.note,
    )


def _switched_off(bench: _Bench) -> Iterator[str]:
    """Yield what was off in words: what the configuration has of it, and what a fixed batch leaves out by itself."""
    dropouts, decay, smoothing = _regularisation(bench.experiment)
    if dropouts:
        yield f"dropout ({dropouts} layer{'s' if dropouts > 1 else ''})"
    if decay:
        yield "weight decay"
    if smoothing:
        yield "label smoothing"
    config = bench.experiment.config
    if config.scheduler is not None:
        yield "learning-rate schedule (its peak rate is kept)"
    if config.train.accumulate.steps > 1:
        yield "gradient accumulation"
    yield "augmentation (each sample was drawn once)"
    if config.step is not None:
        yield "nothing inside the step: what it mixes (mixup, noise) stays on"


def _regularisation(experiment: Experiment) -> tuple[int, bool, bool]:
    """Return the number of active dropout layers, and whether there is weight decay and label smoothing."""
    with preserved_randomness():
        session = experiment.fresh()
        decay = any(group.get("weight_decay", 0.0) > 0 for group in session.optimizer.param_groups)
        smoothing = float(getattr(session.loss, "label_smoothing", 0.0) or 0.0) > 0
        return len(switch_dropout_off(session.model)), decay, smoothing


def _chance_loss(bench: _Bench, session: Session) -> float:
    """Return the loss of the best constant prediction on the subset."""
    targets = session.members.targets_of(session.prepare(bench.subset.batch))
    tally = Tally(task=bench.goal.task, loss=session.scoring_loss)
    with preserved_randomness():
        computed = session.compute(session.prepare(bench.subset.batch))
    tally.add(computed.outputs, computed.targets if computed.targets is not None else targets)
    return constant_loss(session.loss, bench.goal.task, tally) if session.step is None else math.nan


def _with_regularisation(bench: _Bench, evidence: OverfitEvidence, configured: Fit) -> OverfitEvidence:
    """Put regularisation back; when it keeps the subset from being learnt, put back each part alone."""
    dropouts, decay, smoothing = _regularisation(bench.experiment)
    parts = {"dropout": bool(dropouts), "weight decay": decay, "label smoothing": smoothing}
    present = [part for part, there in parts.items() if there]
    if not present:
        return evidence
    steps = min(WITH_REGULARISATION * max(60, len(configured.losses)), EXTENSIONS * bench.max_steps)
    whole = _regularised(bench, present, steps, "with-regularisation")
    evidence = replace(evidence, with_regularisation=whole)
    if whole.reached:
        return evidence
    if len(present) == 1:
        alone: tuple[Rung, ...] = (replace(whole, name=_part_name(present[0])),)
    else:
        alone = tuple(
            _regularised(bench, [part], steps, _part_name(part)) for part in present if not _late(bench)
        )
    lower = _dropout_at_lower_rate(bench, alone, steps)
    return replace(evidence, parts=alone, dropout_at_lower_rate=lower)


def _dropout_at_lower_rate(bench: _Bench, alone: tuple[Rung, ...], steps: int) -> Rung | None:
    """Try dropout at lower rates where it fails: noise that only steps too large make of it is not its fault."""
    if not any(part.name == _part_name("dropout") and not part.reached for part in alone):
        return None
    attempt = None
    for factor in LOWER_RATES:
        if _late(bench) or (attempt is not None and attempt.reached):
            break
        attempt = _regularised(bench, ["dropout"], steps, f"with-dropout-at-lr*{factor:g}", lr_factor=factor)
    return attempt


def _part_name(part: str) -> str:
    return f"with-{part.replace(' ', '-')}"


def _regularised(bench: _Bench, present: list[str], steps: int, name: str, *, lr_factor: float = 1.0) -> Rung:
    change = replace(
        REGULARISATION_OFF,
        name=name,
        words=f"{', '.join(present)} as configured",
        lr_factor=lr_factor,
        dropout_off="dropout" not in present,
        weight_decay_off="weight decay" not in present,
        label_smoothing_off="label smoothing" not in present,
    )
    session = bench.experiment.fresh(change=change)
    scored_plain = "dropout" in present
    attempt = _attempt(bench, session, name, max_steps=steps, score_plain=scored_plain, patient=False)
    return rung_of(attempt, change, seed=bench.experiment.seed)


def _climb(bench: _Bench, evidence: OverfitEvidence, session: Session, configured: Fit) -> OverfitEvidence:
    """Try one change after the other until one rescues the run, then see whether the rescue holds with another seed.

    A change need not suit the user's code, a loss that refuses scaled targets for example: that is no fault, and no rung.
    """
    rungs: list[Rung] = []
    first_loss = configured.losses[0] if configured.losses else math.inf
    prepared = session.prepare(bench.subset.batch)
    rescuer: Change | None = None
    changes = [*changes_to_try(session, prepared, bench.goal.task, first_loss, evidence.chance_loss)]
    for number, change in enumerate(changes, start=1):
        if _late(bench):
            break
        try:
            place = f" (change {number} of {len(changes)})"
            rungs.append(_rung(bench, change, bench.experiment.seed, place))
        except UserCodeError:
            continue
        if rungs[-1].reached:
            rescuer = change
            break
    confirmed = False
    if rescuer is not None and not _late(bench):
        seed = bench.experiment.seed + 1
        again = _rung(bench, rescuer, seed)
        plain = _rung(bench, REGULARISATION_OFF, seed)
        rungs += [again, plain]
        confirmed = again.reached and not plain.reached
    return replace(
        evidence, rungs=tuple(rungs), rescued_by=rescuer.name if rescuer else "", confirmed=confirmed
    )


def _rung(bench: _Bench, change: Change, seed: int, place: str = "") -> Rung:
    session = bench.experiment.fresh(seed=seed, change=change)
    most = min(RUNG_STEPS, bench.max_steps)
    attempt = _attempt(bench, session, change.name, max_steps=most, place=place, patient=False)
    return rung_of(attempt, change, seed=seed)


def _late(bench: _Bench) -> bool:
    return bench.box.over


def _thinned(losses: list[float]) -> tuple[float, ...]:
    stride = max(1, -(-len(losses) // CURVE_POINTS))
    return tuple(losses[::stride])


def _note(evidence: OverfitEvidence) -> str:
    """Return one phrase for the stage table."""
    attempt = evidence.configured
    if evidence.cut_short:
        return f"cut short after {attempt.steps} steps: the time box is full"
    if attempt.reached:
        return f"{evidence.samples} samples learnt in {attempt.steps} steps"
    rescued = next((rung.change for rung in evidence.rungs if rung.name == evidence.rescued_by), "")
    but = f", but with {rescued}" if rescued else ""
    steps = "1 step" if attempt.steps == 1 else f"{attempt.steps} steps"
    return f"{evidence.samples} samples not learnt in {steps}{but}"
