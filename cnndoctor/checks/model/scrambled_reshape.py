"""A view or reshape where a permute was meant."""

from __future__ import annotations

from collections.abc import Sequence

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.data import Split
from cnndoctor.evidence.first_batch import ReshapeFact
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import EVALUATES_WRONGLY, LEARNS_NOTHING, merged
from cnndoctor.signs.success import behind_baseline, evaluation_gain, near_perfect, trained_well
from cnndoctor.signs.trial_gains import AS_CONFIGURED, best_gain, halving, rescue, worst_gain

UNSCRAMBLED, PERMUTED = "unscrambled", "permuted"


@check(
    severity="warning",
    grade="B",
    explains=merged(LEARNS_NOTHING, EVALUATES_WRONGLY, ("samples-mixed-in-batch",)),
)
def scrambled_reshape(
    first_batch: FirstBatchEvidence,
    data: DataEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    max_mixing: float = 1e-3,
    nearly_perfect: float = 0.9,
) -> Finding | None:
    """A view or reshape reorders values where axes were meant to be swapped.

    What it measures:
        Every view, reshape and flatten of the forward whose result has the shape that a permute would give, or which
        cuts across the batch axis while samples were seen to depend on each other. Of colour images as the data set gives
        them, whether nearly all get smoother when a reshape between [H, W, C] and [C, H, W] is undone; of sequences [T, C],
        whether they go on along their rows and leap where a channel of [C, T] would begin; proven by paired runs with the
        reshape undone, as long as the configured run and with two seeds, and a note without them.
    Why it matters:
        ``view`` keeps the order in memory. [N, C, H, W] viewed as [N, H, W, C] has the right shape and the wrong
        contents: pixels of different channels and places are put side by side, silently.
    How to fix:
        ``x.permute(0, 2, 3, 1)`` (or ``transpose``) to swap axes; ``flatten(1)`` to keep the batch axis; check with a
        tensor of ``arange`` values.
    When it is not a fault:
        Splitting and merging neighbouring axes (heads, windows, patches) keeps the order and is right. A run that
        fits its data all but perfectly, and no worse than a simple model, gets a note.

    References:
        - Stack Overflow 51143206, "Difference between tensor.permute and tensor.view"
        - limits are ours; saved runs of scripts/clinic.py hold ``nearly_perfect``, the other is chosen
          (docs/thresholds.md)
    """
    if data is not None and data.train.scrambled:
        tried = trials is not None and len(trials.of(UNSCRAMBLED)) > 1
        gained = _gained(trials, UNSCRAMBLED)
        if gained or _ahead(trials) or not (tried or near_perfect(train)):
            return _of_data(data.train, gained)
    mixed = first_batch.mixing > max_mixing  # NaN compares as False: unknown
    wrong = [fact for fact in first_batch.reshapes if fact.scrambles or (fact.mixes_batch and mixed)]
    if not wrong:
        return None
    first = wrong[0]
    gained = _gained(trials, PERMUTED)
    if gained:
        return _of_forward(wrong, gained)
    baseline = data.baseline if data else None
    learnt = trained_well(train, baseline)
    fitted = train is not None and evaluation_gain(train.train) >= nearly_perfect
    good = learnt and fitted and not behind_baseline(train, baseline)
    proven = first.mixes_batch and mixed
    return Finding(
        message=f"A reshape turns {list(first.before)} into {list(first.after)}: {_what(first)}.",
        confidence=0.5 if good else 0.93 if proven else 0.8,
        severity=_severity(proven=proven, good=good, failed=train is not None and not learnt),
        places=tuple(_place(fact) for fact in wrong[:3]),
        measured={"reshapes": len(wrong)},
        remedies=(
            Remedy(text="Use permute or transpose to swap axes, and flatten(1) to keep the batch axis."),
        ),
    )


def _severity(*, proven: bool, good: bool, failed: bool) -> Severity | None:
    """Return an error for what mixes samples for certain or fails to learn, a note where the run goes well with it."""
    if proven:
        return Severity.ERROR
    if good:
        return Severity.NOTE
    return Severity.ERROR if failed else None


def _gained(trials: TrialsEvidence | None, name: str) -> float:
    """Return by how much the run gets further with the axes put right; near the top half of its error is enough."""
    return rescue(trials, name) or halving(trials, name)


def _ahead(trials: TrialsEvidence | None) -> bool:
    """Return whether the inputs put right did better on every seed than any run as configured, by however little.

    Of two seeds each that happens by chance once in six times: worth a note beside pictures that look scrambled.
    """
    return worst_gain(trials, UNSCRAMBLED) > best_gain(trials, AS_CONFIGURED)


def _of_forward(wrong: Sequence[ReshapeFact], gained: float) -> Finding:
    """Say what swapping the axes gains where the forward reshapes them."""
    first = wrong[0]
    return Finding(
        message=f"A reshape turns {list(first.before)} into {list(first.after)}: {_what(first)}; with a permute in its place "
        f"the same run gets {gained:.0%} of the way from chance to perfect further, with two seeds.",
        confidence=0.95,
        severity=Severity.ERROR,
        places=tuple(_place(fact) for fact in wrong[:3]),
        measured={"reshapes": len(wrong), "gained": gained},
        remedies=(
            Remedy(text="Use permute or transpose to swap axes, and flatten(1) to keep the batch axis."),
        ),
    )


def _of_data(split: Split, gained: float) -> Finding:
    """Say that the inputs are scrambled before the model gets them: sure where paired runs with the reshape undone gain.

    Stripes and checkers are smoother under some reshapes, too: by looks alone it is a thing to look at.
    """
    axes = {
        "colours-last": ("images", "[H, W, C]", "[C, H, W]", "neighbouring pixels"),
        "colours-first": ("images", "[C, H, W]", "[H, W, C]", "neighbouring pixels"),
        "time-last": ("sequences", "[C, T]", "[T, C]", "neighbouring times"),
    }
    what, memory, read, neighbours = axes[split.scrambled]
    hold, given = ("hold", "but were") if gained else ("look as if they held", "and were")
    return Finding(
        message=f"The {what} {hold} their values in the order {memory}, {given} given the shape {read} by a reshape: undone, "
        f"the steps between {neighbours} come to {split.unscrambled_steps:.0%} of what they are"
        + (
            f", and the same run gets {gained:.0%} of the way to perfect further, with two seeds."
            if gained
            else "."
        ),
        confidence=0.95 if gained else 0.5,
        severity=Severity.ERROR if gained else Severity.NOTE,
        places=(Place(kind="key", name="data.train"),),
        measured={"unscrambled_steps": split.unscrambled_steps, **({"gained": gained} if gained else {})},
        remedies=(
            Remedy(
                text=f"Swap the axes where the data set makes its {what}: transpose in NumPy, permute or transpose in PyTorch, "
                "not reshape or view."
            ),
        ),
    )


def _what(fact: ReshapeFact) -> str:
    if fact.mixes_batch:
        return "the batch axis changes its meaning and samples are mixed"
    return "the shape is that of a swap of axes, but view and reshape keep the order in memory and scramble the values"


def _place(fact: ReshapeFact) -> Place:
    if fact.source_file:
        return Place(kind="source", name=fact.source_file, file=fact.source_file, line=fact.source_line)
    return Place(kind="layer", name=fact.layer)
